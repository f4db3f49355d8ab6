"""What the commands print: sentences and tables for people, one JSON document for scripts.

A terminal gets tables that fit it and sentences that wrap; a pipe gets whole lines. Signs that an
encoding lacks are spelled out, so that nothing fails on the × of a shape.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

WIDEST = 10_000
"""Columns of a pipe: more than any table has."""

SIGNS = {
    "×": "x", "→": "->", "←": "<-", "…": "...", "–": "-", "—": "-", "−": "-", "“": '"', "”": '"',
    "‘": "'", "’": "'", "·": "*", "≤": "<=", "≥": ">=", "²": "^2", "√": "sqrt", "±": "+-",
}  # fmt: skip


class _Stream(Console):
    """A console that leaves a reader's early end to the way out of the program."""

    def on_broken_pipe(self) -> None:
        """Lets the error through; rich would choose an exit status of its own."""
        raise BrokenPipeError


console = _Stream(highlight=False)
complaints = _Stream(stderr=True, highlight=False)


def fit_streams() -> None:
    """Makes standard output and error write whatever their encoding can, and spell out the rest."""
    codecs.register_error("spelled", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="spelled")


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(SIGNS.get(sign, "?") for sign in text), error.end


def say(sentence: str, style: str = "") -> None:
    """A sentence on standard output."""
    _print(console, sentence, style)


def complain(sentence: str, style: str = "red") -> None:
    """A sentence on standard error."""
    _print(complaints, sentence, style)


def _print(to: Console, sentence: str, style: str) -> None:
    to.print(sentence, style=style or None, markup=False, soft_wrap=not to.is_terminal)


def print_table(table: Table) -> None:
    """A table: fitted to a terminal, in whole lines for a pipe."""
    if console.is_terminal:
        console.print(table)
        return
    text = io.StringIO()
    Console(file=text, width=WIDEST, highlight=False, color_system=None).print(table)
    print_text("".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines()))


def plain_table(*heads: str, numbers: tuple[str, ...] = ()) -> Table:
    """A table without lines; the columns named in ``numbers`` are kept whole and stand right."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=bool(heads), pad_edge=False)
    for head in heads:
        is_number = head in numbers
        table.add_column(head, justify="right" if is_number else "left", no_wrap=is_number)
    return table


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    is_plain = "utf" not in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    print_text(json.dumps(document, indent=2, ensure_ascii=is_plain, allow_nan=False) + "\n")


def print_text(text: str) -> None:
    """Text on standard output as it is."""
    sys.stdout.write(text)


def print_source(text: str) -> None:
    """Python source on standard output: in UTF-8, as Python reads it, wherever it goes to a file."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None or sys.stdout.isatty():
        print_text(text)
        return
    sys.stdout.flush()
    buffer.write(text.encode("utf-8"))
    buffer.flush()


def counted(number: int, noun: str) -> str:
    """``1 problem``, ``2 problems``, ``1,000 layers``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def in_bytes(number: float) -> str:
    """``512 B``, ``1.5 MiB``; never larger than TiB."""
    if number < 1024:
        return f"{number:.0f} B"
    units = iter(("KiB", "MiB", "GiB", "TiB"))
    unit = next(units)
    number /= 1024
    while number >= 1024 and unit != "TiB":
        number, unit = number / 1024, next(units)
    return f"{number:.1f} {unit}"


def quoted(path: Path) -> str:
    """A path as it can be typed into a shell."""
    text = str(path)
    return subprocess.list2cmdline([text]) if os.name == "nt" else shlex.quote(text)
