"""``new``, and what Netloom does when it is started without a command and without a screen."""

from __future__ import annotations

import tempfile
from pathlib import Path

from graph_engine import templates
from graph_engine.cli.following import follow
from graph_engine.cli.output import plain_table, print_table, quoted, say
from graph_engine.cli.projects import network_of
from graph_engine.errors import ProjectError
from graph_engine.training.launch import new_run

FIRST = "cnn-digits"


def list_templates() -> None:
    """Prints the shipped designs, a line each."""
    table = plain_table()
    table.add_column(no_wrap=True)
    for name, description in templates.described():
        table.add_row(name, description)
    print_table(table)


def new(template: str, output: Path | None) -> None:
    """Writes a project made from a template. Raises ProjectError where the file exists already."""
    project = templates.new(template)
    path = output or Path(f"{template}.netloom")
    if path.exists():
        raise ProjectError(f"{path} exists already. Choose another name with -o.")
    project.save(path)
    say(f"Wrote {path}. Train it with: netloom train {quoted(path)}")


def first_steps() -> int:
    """Trains the digits network in a folder that is thrown away, and says how to go on."""
    say(
        "Netloom trains its digits network: a small convolutional network that learns to read "
        "8×8 images of handwritten digits."
    )
    with tempfile.TemporaryDirectory(prefix="netloom-") as folder:
        project = templates.new(FIRST)
        project.save(Path(folder) / f"{FIRST}.netloom")
        run = new_run(project, network_of(project), project.training_recipe())
        status = follow(run, None, as_json=False)
    say(f"\nMake it yours:    netloom new {FIRST}")
    say(f"                  netloom train {FIRST}.netloom")
    say("Everything else:  netloom --help")
    return status
