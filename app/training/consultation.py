"""What the doctor is asked, and what comes of it: worked out beside the window, on copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.background import Snapshot
from app.training.recording import Recording
from graph_engine.data.choice import DataChoice
from graph_engine.errors import DatasetError, DesignError, TrainingError
from graph_engine.training import titles
from graph_engine.training.doctor import (
    ORDER,
    RULES,
    RUN_RULES,
    Case,
    DataFacts,
    Finding,
    examine,
)
from graph_engine.training.doctor.evidence import MOST_FRAMES, Evidence, stacked
from graph_engine.training.doctor.intake import read_facts
from graph_engine.training.drawing import Drawn, differences, drawing_of
from graph_engine.training.events import Failed, Finished, Frame, Layers, Started
from graph_engine.training.folder import RunFolder
from graph_engine.training.recipe import Recipe

Frames = list[Callable[[], Frame]]


@dataclass(frozen=True, slots=True, eq=False)
class RunSoFar:
    """A run at one moment: views of what its recording holds, which only grows."""

    name: str
    started: Started | None
    layers: Layers | None
    losses: NDArray[np.float64]
    epochs: tuple[Mapping[str, float], ...]
    tables: Mapping[str, Frames]
    ending: Finished | Failed | None

    @classmethod
    def of(cls, recording: Recording) -> RunSoFar:
        """The run as far as it is known; cheap however long it is."""
        most = {titles.GRADIENTS: MOST_FRAMES, titles.ACTIVATIONS: MOST_FRAMES}
        shown = (*most, titles.OUTPUTS, titles.TARGETS)
        series = recording.series.get("loss")
        return cls(
            name=recording.name,
            started=recording.started,
            layers=recording.layers,
            losses=series.values if series is not None else np.empty(0),
            epochs=tuple(each.metrics for each in recording.epochs),
            tables={title: recording.track(title).some(most.get(title, 1)) for title in shown},
            ending=recording.ending,
        )

    def evidence(self) -> Evidence:
        """What the rules judge by; frames that cannot be read are left out."""
        frames = {title: list(_read(each)) for title, each in self.tables.items()}
        last = {title: found[-1].array() for title, found in frames.items() if found}
        failed = self.ending if isinstance(self.ending, Failed) else None
        return Evidence(
            task=self.started.task if self.started else "",
            losses=self.losses,
            epochs=self.epochs,
            planned=self.started.epochs if self.started else 0,
            layers=self.layers,
            gradients=stacked(frames[titles.GRADIENTS]),
            activations=stacked(frames[titles.ACTIVATIONS]),
            outputs=last.get(titles.OUTPUTS),
            targets=last.get(titles.TARGETS),
            reason=self.ending.reason if isinstance(self.ending, Finished) else "",
            failure=failed.message if failed else "",
            failed_node=failed.node if failed else "",
        )


def _read(frames: Frames) -> list[Frame]:
    found = []
    for frame in frames:
        with suppress(TrainingError):
            found.append(frame())
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A design at one moment, and a run beside it; ``known`` are facts that were read before."""

    drawing: Snapshot
    recipe: Mapping[str, Any]
    data: Mapping[str, Any]
    folder: Path | None
    run: RunSoFar | None = None
    runs: Path | None = None
    known: Known | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The facts of some data for some inputs, or in a sentence why there are none."""

    key: str
    facts: DataFacts | None
    sentence: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """``findings`` come worst first. Where the run ``is_outdated``, because the design in the window is
    another by now, those about it have no cures. ``looked`` says what was looked at."""

    findings: tuple[Finding, ...] = ()
    looked: str = ""
    sentence: str = ""
    known: Known | None = None
    is_outdated: bool = False


def consult(question: Question) -> Answer:
    """Asks all rules; takes its time."""
    try:
        recipe, data = Recipe.read(question.recipe), DataChoice.read(question.data)
    except DesignError as error:
        return Answer(sentence=str(error))
    inference = question.drawing.inference()
    if any(problem.severity == "error" for problem in inference.problems()):
        return Answer(sentence="The drawing has errors. Mend what stands in Problems first.")
    known = _facts(question, inference.graph, recipe, data)
    case = Case(inference, recipe, data, known.facts)
    found = [finding for finding in examine(case) if finding.rule not in RUN_RULES]
    is_outdated = False
    if question.run is not None:
        about, is_outdated = _about_run(question, case)
        found += about
    found.sort(key=lambda finding: ORDER.index(finding.severity))
    return Answer(tuple(found), _looked(question, known), known.sentence, known, is_outdated)


def _facts(question: Question, graph: Any, recipe: Recipe, data: DataChoice) -> Known:
    inputs = {name: node.layer for name, node in graph.nodes.items() if not graph.ports_in(name)}
    key = repr((question.data, question.folder, sorted(inputs), recipe.procedure))
    if question.known is not None and question.known.key == key:
        return question.known
    try:
        return Known(key, read_facts(data, question.folder, graph, recipe))
    except (DatasetError, OSError) as error:
        return Known(key, None, str(error))


def _about_run(question: Question, case: Case) -> tuple[list[Finding], bool]:
    """What the rules say of the run, judged by the design that it began with, and whether that is
    another than the one in the window by now."""
    assert question.run is not None
    now = replace(case, run=question.run.evidence())
    then = _began_with(question, now)
    found = [finding for finding in examine(then or now) if finding.rule in RUN_RULES]
    if then is None:
        return found, False
    return [replace(finding, cure=None) for finding in found], True


def _began_with(question: Question, now: Case) -> Case | None:
    """The run with its own design; None where the one in the window is the same, or it kept none."""
    if question.runs is None or question.run is None:
        return None
    folder = RunFolder(question.runs / question.run.name)
    try:
        snapshot, project = folder.snapshot(), drawing_of(folder)
        data = DataChoice.read(snapshot.data)
    except (DesignError, OSError):
        return None
    name = question.drawing.network.name
    shown = Drawn({name: question.drawing.network}, question.drawing.blocks)
    is_same = not differences(Drawn.of(project), shown, [name])
    if is_same and data == now.data and snapshot.recipe == now.recipe:
        return None
    graph = project.networks.get(snapshot.network)
    if graph is None:
        return None
    facts = now.facts if data == now.data else None
    return Case(Snapshot.of(graph).inference(), snapshot.recipe, data, facts, now.run)


def _looked(question: Question, known: Known) -> str:
    parts = ["the drawing", "the recipe"]
    if not known.sentence:
        parts.append("the data")
    if question.run is not None:
        parts.append(question.run.name)
    return f"{len(RULES)} rules looked at {', '.join(parts[:-1])} and {parts[-1]}"
