"""``summary``, ``code`` and ``layers``: what a network is, and what there is to build from."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from graph_engine.cli.output import console, counted, in_bytes, print_json, print_text
from graph_engine.cli.projects import network_of
from graph_engine.codegen import make_source
from graph_engine.declaration import Declared, Parameter
from graph_engine.errors import DesignError, ParameterError
from graph_engine.inference import Inference
from graph_engine.layers import CATALOGUE, Layer
from graph_engine.project import Project
from graph_engine.summary import Summary, summarize


def summary(project: Project, network: str, sizes: list[str], as_json: bool) -> None:
    """Prints the table of a network."""
    graph = network_of(project, network)
    inference = Inference(graph)
    found = summarize(inference, _sizes(sizes))
    if as_json:
        print_json({"network": graph.name, **found.to_dict()})
        return
    console.print(_table(graph.name, found))
    console.print(_totals(found))
    missing = [p for p in inference.problems() if p.severity == "error"]
    if missing:
        console.print(
            f"Incomplete: {counted(len(missing), 'problem')}; see `netloom check`.", style="red"
        )


def code(project: Project, network: str, output: Path | None) -> None:
    """Writes the source of a network to standard output or to a file."""
    text = make_source(Inference(network_of(project, network))).text
    if output is None:
        print_text(text)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise DesignError(f"{output} cannot be written: {error.strerror or error}.") from error
    console.print(f"Wrote {output}.", markup=False)


def layers(name: str, as_json: bool) -> None:
    """Prints the catalogue, or the help of one layer."""
    if name:
        layer = _layer(name)
        print_json(describe(layer)) if as_json else _print_help(layer)
        return
    if as_json:
        print_json([describe(layer) for layer in CATALOGUE.values()])
        return
    families: dict[str, list[type[Layer]]] = {}
    for layer in CATALOGUE.values():
        families.setdefault(layer.family, []).append(layer)
    for family, members in families.items():
        table = Table(
            title=family, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0)
        )
        table.add_column(min_width=28, no_wrap=True, style="bold")
        for layer in members:
            table.add_row(layer.__name__, first_sentence(layer.help()))
        console.print(table)
        console.print()


def describe(layer: type[Layer]) -> dict[str, Any]:
    """A layer of the catalogue as the JSON output gives it."""
    return {
        "name": layer.__name__,
        "family": layer.family,
        "aliases": list(layer.aliases),
        "help": layer.help(),
        "inputs": [
            {"name": p.name, "optional": p.optional, "variadic": p.variadic} for p in layer.inputs
        ],
        "outputs": [{"name": p.name} for p in layer.outputs],
        "parameters": [
            {
                "name": p.name,
                "takes": p.expected(),
                "default": _plain(p.default),
                "help": p.help,
            }
            for p in layer.parameters().values()
        ],
    }


def first_sentence(text: str) -> str:
    """The text up to its first full stop."""
    head, stop, _ = text.partition(". ")
    return head + "." if stop else text


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.saved() if isinstance(value, Declared) and hasattr(value, "saved") else value


def _layer(name: str) -> type[Layer]:
    if name in CATALOGUE:
        return CATALOGUE[name]
    by_word = {word.lower(): n for n, layer in CATALOGUE.items() for word in (n, *layer.aliases)}
    near = difflib.get_close_matches(name.lower(), by_word, 3)
    hint = f" Did you mean {' or '.join(dict.fromkeys(by_word[n] for n in near))}?" if near else ""
    raise DesignError(f"There is no layer called {name!r}.{hint}")


def _print_help(layer: type[Layer]) -> None:
    console.print(f"[bold]{layer.__name__}[/bold]  {layer.family}")
    console.print(layer.help(), markup=False)
    if layer.aliases:
        console.print(f"Also called: {', '.join(layer.aliases)}", markup=False)
    ports = (("Inputs", layer.inputs), ("Outputs", layer.outputs))
    for title, rows in ports:
        names = [
            p.name + (" (optional)" if p.optional else " …" if p.variadic else "") for p in rows
        ]
        console.print(f"{title}: {', '.join(names) or 'none'}", markup=False)
    table = Table("parameter", "default", "takes", "help", box=None, padding=(0, 2, 0, 0))
    for parameter in layer.parameters().values():
        table.add_row(parameter.name, _default(parameter), parameter.expected(), parameter.help)
    if layer.parameters():
        console.print(table)
    rest = (layer.__doc__ or "").partition("\n\n")[2]
    links = [line.strip() for line in rest.splitlines() if "http" in line]
    for line in links:
        console.print(line, markup=False)


def _default(parameter: Parameter) -> str:
    return "" if parameter.default is None else str(parameter.default)


def _sizes(texts: list[str]) -> Mapping[str, int]:
    found = {}
    for text in texts:
        name, sign, number = text.partition("=")
        if not (
            sign and name.isidentifier() and number.isdecimal() and 0 < int(number[:12]) < 2**31
        ):
            raise ParameterError(f"A size is given as NAME=NUMBER, such as T=128, not {text!r}.")
        found[name] = int(number)
    return found


def _table(name: str, found: Summary) -> Table:
    table = Table(title=name, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for head in ("name", "layer", "output"):
        table.add_column(head, no_wrap=True)
    for head in ("parameters", "mult-adds", "memory", "sees"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in found.rows:
        table.add_row(
            row.name,
            row.layer,
            row.output_shape,
            f"{row.parameters:,}" if row.parameters else "",
            f"{row.multiply_adds:,}" if row.multiply_adds else "",
            in_bytes(row.activation_bytes),
            "×".join(map(str, row.receptive_field)),
        )
    return table


def _totals(found: Summary) -> str:
    frozen = found.parameters - found.trainable_parameters
    parts = [
        counted(found.parameters, "parameter") + (f" ({frozen:,} frozen)" if frozen else ""),
        f"{found.multiply_adds:,} multiply-adds a sample",
        f"{in_bytes(found.activation_bytes)} of activations a sample",
        f"about {in_bytes(found.training_bytes(32))} to train with batches of 32",
    ]
    if found.sizes:
        parts.append("at " + ", ".join(f"{n} = {v}" for n, v in found.sizes.items()))
    return ", ".join(parts)
