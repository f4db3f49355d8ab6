"""``new``, and what Netloom does when it is started without a command and without a screen."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.table import Table

from graph_engine import templates
from graph_engine.cli.output import console
from graph_engine.cli.training import follow, new_run
from graph_engine.errors import ProjectError

FIRST = "cnn-digits"


def list_templates() -> None:
    """Prints the shipped designs, a line each."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    for name, description in templates.described():
        table.add_row(name, description)
    console.print(table)


def new(template: str, output: Path | None) -> None:
    """Writes a project made from a template. Raises ProjectError where the file exists already."""
    project = templates.new(template)
    path = output or Path(f"{template}.netloom")
    if path.exists():
        raise ProjectError(f"{path} exists already: choose another name with -o.")
    project.save(path)
    console.print(f"Wrote {path}. Train it with: netloom train {path}", markup=False)


def first_steps() -> int:
    """Trains the digits network in a folder that is thrown away, and says how to go on."""
    console.print(
        "There is no screen here, so Netloom trains its digits network: a small convolutional network "
        "that learns to read 8×8 images of handwritten digits.",
        markup=False,
    )
    with tempfile.TemporaryDirectory(prefix="netloom-") as folder:
        project = templates.new(FIRST)
        project.save(Path(folder) / f"{FIRST}.netloom")
        run = new_run(project, "", project.training_recipe())
        status = follow(run, as_json=False, keeps=False)
    console.print(
        f"\nMake it yours:  netloom new {FIRST}   then  netloom train {FIRST}.netloom\n"
        "Everything else:  netloom --help",
        markup=False,
    )
    return status
