"""The commands and their options; what they do is in the files beside this one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, NoReturn

import click

from graph_engine.cli.output import complain, fit_streams
from graph_engine.cli.projects import UnreadableError, load, network_of
from graph_engine.errors import DesignError

ERRORS, UNREADABLE, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141

STATUSES = """Exit status: 0 done; 1 problems or a refusal, told in a sentence on standard error;
2 a project that cannot be read, or arguments that make no sense; 130 interrupted with Ctrl-C."""


class Commands(click.Group):
    """The commands in the order in which one meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of their definition."""
        return list(self.commands)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The entry point of ``netloom``: runs a command and leaves with its exit status."""
    fit_streams()
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Runs a command and answers the exit status; what a person can fix becomes a sentence."""
    try:
        with application.make_context("netloom", list(arguments)) as context:
            status = application.invoke(context)
        sys.stdout.flush()
    except UnreadableError as error:
        complain(str(error))
        return UNREADABLE
    except DesignError as error:
        complain(str(error))
        return ERRORS
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:  # Ctrl-C, or no answer, at the question of `fix`
        complain("\nStopped; the project is as it was.")
        return INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return int(status or 0)


def _print_version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"netloom {installed_version('netloom')}")
        context.exit()


project_file = click.argument("project", type=click.Path(path_type=Path))
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
network_name = click.option(
    "--network", metavar="NAME", default="", help="Which network: main, else the first."
)


def written_file(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option that names the file to write."""
    path = click.Path(path_type=Path)
    return click.option(
        "-o", "--output", metavar="FILE", type=path, default=None, help="File to write."
    )(function)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    epilog=STATUSES,
    context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
@click.pass_context
def application(context: click.Context) -> int:
    """Draw neural networks, train them, and take clean PyTorch away."""
    if context.invoked_subcommand is not None:
        return 0
    from graph_engine.cli.starting import first_steps

    return first_steps()


@application.command()
@click.argument("template", default="")
@written_file
@click.option("--list", "show", is_flag=True, help="List the templates.")
@as_json
def new(template: str, output: Path | None, show: bool, as_json: bool) -> None:
    """Make a project from a template; --list shows them."""
    from graph_engine.cli import starting

    if show or not template:
        starting.list_templates(as_json)
    else:
        starting.new(template, output)


@application.command()
@project_file
@as_json
def check(project: Path, as_json: bool) -> int:
    """List the problems of a project. Exit status: 0 no errors, 1 errors, 2 unreadable."""
    from graph_engine.cli import checking

    return checking.check(load(project), project, as_json)


@application.command()
@project_file
@click.option("-y", "--yes", is_flag=True, help="Make all repairs without asking.")
def fix(project: Path, yes: bool) -> int:
    """Make the repairs that problems offer, and save the project."""
    from graph_engine.cli import checking

    return checking.fix(load(project), yes)


@application.command()
@project_file
@click.option(
    "--run",
    metavar="RUN",
    default="",
    help="Examine a run with what it began with: its name, its number, or last.",
)
@network_name
@as_json
def doctor(project: Path, run: str, network: str, as_json: bool) -> int:
    """Say what is likely to go wrong in training, or what went wrong in a run, and what helps."""
    from graph_engine.cli import examining

    return examining.doctor(load(project), network, run, as_json)


@application.command()
@project_file
@network_name
@click.option(
    "--size",
    "sizes",
    metavar="NAME=N",
    multiple=True,
    help="Value of a size that varies, such as T=128; 64 where nothing is said.",
)
@as_json
def summary(project: Path, network: str, sizes: tuple[str, ...], as_json: bool) -> None:
    """Show each layer's output shape, parameters, multiply-adds and memory."""
    from graph_engine.cli import describing

    describing.summary(load(project), network, sizes, as_json)


@application.command()
@project_file
@written_file
@network_name
def code(project: Path, output: Path | None, network: str) -> None:
    """Print the PyTorch source of a network."""
    from graph_engine.cli import describing

    describing.code(load(project), network, output)


@application.command()
@project_file
@click.option("--epochs", type=int, default=None, help="How often every sample is met.")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default=None,
    help="Where to compute.",
)
@click.option("--seed", type=int, default=None, help="Start of all randomness.")
@click.option(
    "--set",
    "pairs",
    metavar="KEY=VALUE",
    multiple=True,
    help="Change the recipe for this run, such as optimizer.lr=0.01. May be repeated.",
)
@click.option(
    "--resume",
    metavar="RUN",
    default="",
    help="Go on with a run: its name, its number, or last.",
)
@click.option(
    "--from-run",
    metavar="RUN",
    default="",
    help="Begin a new run with the weights of another, as far as they fit.",
)
@network_name
@as_json
def train(
    project: Path,
    epochs: int | None,
    device: str | None,
    seed: int | None,
    pairs: tuple[str, ...],
    resume: str,
    from_run: str,
    network: str,
    as_json: bool,
) -> int:
    """Train a network. Ctrl-C leaves a checkpoint that --resume goes on from."""
    from graph_engine.cli import training
    from graph_engine.cli.following import follow
    from graph_engine.training import launch

    if resume and from_run:
        raise click.UsageError("--resume goes on with a run, --from-run begins a new one.")
    loaded = load(project)
    named = {"epochs": epochs, "device": device, "seed": seed}
    changed = partial(training.settings, named=named, pairs=pairs)
    if resume:
        folder = launch.resumed_run(launch.history_of(loaded), resume, network, changed)
    else:
        recipe = changed(loaded.training_recipe())
        begin_from = launch.history_of(loaded).find(from_run) if from_run else None
        folder = launch.new_run(loaded, network_of(loaded, network), recipe, begin_from)
    return follow(folder, project, as_json)


@application.command()
@project_file
@as_json
def runs(project: Path, as_json: bool) -> None:
    """List the runs of a project with their best metrics."""
    from graph_engine.cli import training

    training.runs(load(project), as_json)


@application.command()
@project_file
@click.argument(
    "inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--run",
    metavar="RUN",
    default="last",
    help="The run: its name, its number, or last, which is the default.",
)
@as_json
def predict(project: Path, inputs: tuple[Path, ...], run: str, as_json: bool) -> None:
    """Let the trained network of a run answer for .csv, .npz, .png or .jpg files."""
    from graph_engine.cli import predicting

    predicting.predict(load(project), run, inputs, as_json)


@application.command()
@click.argument("name", default="")
@as_json
def layers(name: str, as_json: bool) -> None:
    """List the catalogue of layers, or show the help of one, by its name or a synonym."""
    from graph_engine.cli import catalogue

    catalogue.show(name, as_json)
