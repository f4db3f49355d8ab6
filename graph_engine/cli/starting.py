"""``new``, and what Netloom does when it is started without a command and without a screen."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from graph_engine import templates
from graph_engine.cli.following import follow
from graph_engine.cli.output import plain_table, print_json, print_table, quoted, say
from graph_engine.cli.projects import network_of
from graph_engine.errors import ProjectError
from graph_engine.training.launch import new_run

FIRST = "cnn-digits"
FACTS = ("title", "family", "data", "within", "metric", "direction", "target", "paper")


def list_templates(as_json: bool = False) -> None:
    """Prints the shipped designs in teaching order, each with its data, its time and what it reaches."""
    told = dict(templates.described())
    catalogue = templates.catalogue()
    if as_json:
        print_json([_row(name, line, catalogue.get(name)) for name, line in told.items()])
        return
    table = plain_table("template", "family", "data", "within", "reaches", "", numbers=("within",))
    table.columns[0].no_wrap = True
    for name, line in told.items():
        entry = catalogue.get(name)
        facts = (
            (entry.family, entry.data, f"{entry.within:g} s", entry.figure) if entry else ("",) * 4
        )
        table.add_row(name, *facts, line)
    print_table(table)


def _row(name: str, line: str, entry: templates.Entry | None) -> dict[str, Any]:
    facts = {key: getattr(entry, key) for key in FACTS} if entry else {}
    return {"name": name, "description": line, **facts}


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
