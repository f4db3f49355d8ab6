"""What the commands print: tables for people, one JSON document for scripts, sentences for errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from rich.console import Console

from graph_engine.errors import DesignError, ProjectError

ERRORS, UNREADABLE = 1, 2

console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
complaints = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def print_text(text: str) -> None:
    """Plain text on standard output, byte for byte."""
    sys.stdout.write(text)


def leave(sentence: str, status: int = ERRORS) -> NoReturn:
    """Says what went wrong and ends the command."""
    complaints.print(sentence, style="red", markup=False)
    raise typer.Exit(status)


@contextmanager
def sentences() -> Iterator[None]:
    """Turns what a person can fix into its sentence and an exit status: 2 for a file that cannot be
    read, 1 for everything else."""
    try:
        yield
    except ProjectError as error:
        leave(str(error), UNREADABLE)
    except DesignError as error:
        leave(str(error), ERRORS)


def counted(number: int, noun: str) -> str:
    """``1 problem``, ``2 problems``, ``1,000 layers``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def in_bytes(number: float) -> str:
    """``1.5 MiB``"""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024 or unit == "GiB":
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    raise AssertionError
