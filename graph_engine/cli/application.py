"""The commands and their options; what they do is in the files beside this one."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

from graph_engine.cli.output import sentences
from graph_engine.project import Project

application = typer.Typer(
    name="netloom",
    help="Draw neural networks, train them, and take clean PyTorch away.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(metavar="PROJECT", help="A .netloom file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Network = Annotated[
    str, typer.Option("--network", help="Which network; main if there are several.")
]


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"netloom {installed_version('netloom')}")
        raise typer.Exit


@application.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Draw neural networks, train them, and take clean PyTorch away."""
    if context.invoked_subcommand is None:
        from graph_engine.cli.starting import first_steps

        with sentences():
            raise typer.Exit(first_steps())


@application.command()
def new(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="Name of a template.")] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="File to write.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List the templates.")] = False,
) -> None:
    """Make a project from a template; --list shows them."""
    from graph_engine.cli import starting

    with sentences():
        starting.list_templates() if show or not template else starting.new(template, output)


@application.command()
def check(project: File, as_json: Json = False) -> None:
    """List the problems of a project. Exit status: 0 none, 1 errors, 2 unreadable."""
    from graph_engine.cli import checking

    with sentences():
        raise typer.Exit(checking.check(Project.load(project), as_json))


@application.command()
def fix(
    project: File,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Make all repairs without asking.")
    ] = False,
) -> None:
    """Make the repairs that problems offer, and save the project."""
    from graph_engine.cli import checking

    with sentences():
        raise typer.Exit(checking.fix(Project.load(project), yes))


@application.command()
def summary(
    project: File,
    network: Network = "",
    size: Annotated[
        list[str], typer.Option("--size", metavar="NAME=N", help="Value of a size that varies.")
    ] = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Show each layer's output shape, parameters, multiply-adds and memory."""
    from graph_engine.cli import describing

    with sentences():
        describing.summary(Project.load(project), network, size, as_json)


@application.command()
def code(
    project: File,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="File to write.")
    ] = None,
    network: Network = "",
) -> None:
    """Print the PyTorch source of a network."""
    from graph_engine.cli import describing

    with sentences():
        describing.code(Project.load(project), network, output)


@application.command()
def layers(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="One layer.")] = "",
    as_json: Json = False,
) -> None:
    """List the catalogue of layers, or show the help of one."""
    from graph_engine.cli import describing

    with sentences():
        describing.layers(name, as_json)


@application.command()
def train(
    project: File,
    epochs: Annotated[int | None, typer.Option(help="How often every sample is met.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "",
    seed: Annotated[int | None, typer.Option(help="Start of all randomness.")] = None,
    settings: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change the recipe for this run, such as optimizer.lr=0.01.",
        ),
    ] = [],  # noqa: B006
    resume: Annotated[
        str, typer.Option(metavar="RUN", help="Go on with a run: its name, its number, or last.")
    ] = "",
    network: Network = "",
    as_json: Json = False,
) -> None:
    """Train a network. Ctrl-C leaves a checkpoint that --resume goes on from."""
    from graph_engine.cli import training

    with sentences():
        loaded = Project.load(project)
        changed = partial(
            training.settings, epochs=epochs, device=device, seed=seed, pairs=settings
        )
        if resume:
            folder = training.resumed_run(loaded, resume, changed)
        else:
            folder = training.new_run(loaded, network, changed(loaded.training_recipe()))
        raise typer.Exit(training.follow(folder, as_json))


@application.command()
def runs(project: File, as_json: Json = False) -> None:
    """List the runs of a project with their best metrics."""
    from graph_engine.cli import training

    with sentences():
        training.runs(Project.load(project), as_json)


@application.command()
def predict(
    project: File,
    inputs: Annotated[
        list[Path], typer.Argument(metavar="INPUT…", help=".csv, .npz, .png or .jpg files.")
    ],
    run: Annotated[
        str, typer.Option(metavar="RUN", help="The run: its name, its number, or last.")
    ] = "last",
    as_json: Json = False,
) -> None:
    """Let the trained network of a run answer for new inputs."""
    from graph_engine.cli import predicting

    with sentences():
        predicting.predict(Project.load(project), run, inputs, as_json)
