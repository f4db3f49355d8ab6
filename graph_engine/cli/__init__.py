"""The command line: everything that Netloom can do to a project, without a window."""

from graph_engine.cli.application import main

__all__ = ["main"]
