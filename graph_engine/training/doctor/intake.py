"""From a project, and a run of it, to the case that the rules look at."""

from __future__ import annotations

from pathlib import Path

from graph_engine.data.choice import DataChoice, prepare
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.project import Project
from graph_engine.training.doctor.case import Case
from graph_engine.training.doctor.evidence import Evidence
from graph_engine.training.doctor.facts import DataFacts, facts_of
from graph_engine.training.drawing import drawing_of
from graph_engine.training.folder import RunFolder
from graph_engine.training.launch import input_names
from graph_engine.training.recipe import Recipe


def case_of(project: Project, graph: Graph, run: Evidence | None = None) -> Case:
    """One of a project's networks with the project's recipe and data.

    Raises DesignError where recipe or data are none, or the data cannot be read.
    """
    recipe, data = project.training_recipe(), project.data_choice()
    folder = project.path.absolute().parent if project.path else None
    return Case(Inference(graph), recipe, data, read_facts(data, folder, graph, recipe), run)


def case_of_run(folder: RunFolder) -> Case:
    """A run with the drawing, the recipe and the data that it began with.

    Raises DesignError where the folder does not have them, or the data cannot be read.
    """
    project, snapshot = drawing_of(folder), folder.snapshot()
    graph = project.networks[snapshot.network]
    data = DataChoice.read(snapshot.data)
    at = Path(snapshot.data_folder) if snapshot.data_folder else None
    facts = facts_of(prepare(data, at, snapshot.inputs)) if not snapshot.others else None
    return Case(Inference(graph), snapshot.recipe, data, facts, Evidence.of_folder(folder))


def read_facts(
    data: DataChoice, folder: Path | None, graph: Graph, recipe: Recipe
) -> DataFacts | None:
    """What is to be known of the data of a project in ``folder``; None for a network that is not fed
    with them.

    Raises DatasetError where they cannot be read.
    """
    procedure = recipe.procedure
    if procedure and procedure.fed and graph.name != procedure[procedure.fed]:
        return None
    return facts_of(prepare(data, folder, input_names(graph)))


def networks_of(project: Project, graph: Graph) -> list[Graph]:
    """The networks that are trained together with this one, itself included."""
    procedure = project.training_recipe().procedure
    if procedure is None or not procedure.makes:
        return [graph]
    names = (procedure[procedure.makes], procedure[procedure.fed])
    return [project.networks[name] for name in names if name in project.networks] or [graph]
