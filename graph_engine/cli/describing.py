"""``summary`` and ``code``: what a network costs, and the PyTorch that it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.measure import Measurement
from rich.table import Table

from graph_engine.cli.output import (
    complain,
    console,
    counted,
    in_bytes,
    plain_table,
    print_json,
    print_source,
    print_table,
    say,
)
from graph_engine.cli.projects import network_of
from graph_engine.codegen import make_source
from graph_engine.errors import ParameterError
from graph_engine.inference import Inference
from graph_engine.project import Project, storage
from graph_engine.summary import Row, Summary, summarize

BATCH = 32


def summary(project: Project, network: str, sizes: Sequence[str], as_json: bool) -> None:
    """Prints the table of a network."""
    graph = network_of(project, network)
    inference = Inference(graph)
    found = summarize(inference, _sizes(sizes))
    errors = sum(problem.severity == "error" for problem in inference.problems())
    if as_json:
        print_json({"network": graph.name, "errors": errors, **found.to_dict()})
        return
    print_table(_fitting(found))
    say("")
    for line in _totals(found):
        say(line)
    if errors:
        complain(f"Incomplete: {counted(errors, 'error')}; see `netloom check`.")


def code(project: Project, network: str, output: Path | None) -> None:
    """Writes the source of a network to standard output, or whole or not at all to a file."""
    text = make_source(Inference(network_of(project, network))).text
    if output is None:
        print_source(text)
    else:
        storage.write(output, text.encode("utf-8"))
        say(f"Wrote {output}.")


def _sizes(texts: Sequence[str]) -> Mapping[str, int]:
    found = {}
    for text in texts:
        name, sign, number = text.partition("=")
        is_number = number.isascii() and number.isdecimal() and 0 < int(number[:12]) < 2**31
        if not (sign and name.isidentifier() and is_number):
            raise ParameterError(f"A size is given as NAME=NUMBER, such as T=128, not {text!r}.")
        found[name] = int(number)
    return found


def _fitting(found: Summary) -> Table:
    """The table, without the receptive field where that does not fit the terminal."""
    table = _table(found, sees=any(row.receptive_field for row in found.rows))
    needed = Measurement.get(console, console.options.update(max_width=10_000), table).maximum
    if console.is_terminal and needed > console.width:
        return _table(found, sees=False)
    return table


def _table(found: Summary, sees: bool) -> Table:
    numbers = ("parameters", "mult-adds", "memory", *(("sees",) if sees else ()))
    table = plain_table("name", "layer", "output", *numbers, numbers=numbers)
    table.columns[0].overflow = table.columns[1].overflow = "fold"
    table.columns[2].no_wrap = True
    for row in found.rows:
        table.add_row(row.name, row.layer, row.output_shape, *_costs(row)[: len(numbers)])
    return table


def _costs(row: Row) -> tuple[str, ...]:
    return (
        f"{row.parameters:,}" if row.parameters else "",
        f"{row.multiply_adds:,}" if row.multiply_adds else "",
        in_bytes(row.activation_bytes),
        "×".join(map(str, row.receptive_field)),
    )


def _totals(found: Summary) -> list[str]:
    frozen = found.parameters - found.trainable_parameters
    lines = [
        counted(found.parameters, "parameter") + (f" ({frozen:,} frozen)" if frozen else ""),
        f"{found.multiply_adds:,} multiply-adds and {in_bytes(found.activation_bytes)} of "
        "activations a sample",
        f"about {in_bytes(found.training_bytes(BATCH))} to train with batches of {BATCH}",
    ]
    if found.sizes:
        lines.append("at " + ", ".join(f"{name} = {size}" for name, size in found.sizes.items()))
    return lines
