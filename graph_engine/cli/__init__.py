"""The command line: everything that Netloom can do to a project, without a window."""

import io
import os
import sys

from graph_engine.cli.application import application

BROKEN_PIPE = 141


def main() -> None:
    """The entry point of ``netloom``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        application()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(BROKEN_PIPE)


__all__ = ["application", "main"]
