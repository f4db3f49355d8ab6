"""``netloom``: the window where there is a screen and nothing else is asked for, or the command line."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence


def main() -> None:
    """The entry point of the program."""
    arguments = sys.argv[1:]
    if wants_window(arguments, os.environ, sys.platform):
        gc.disable()  # nothing is thrown away while everything is loaded; the program enables it then
        from app.application import run  # noqa: PLC0415

        sys.exit(run(arguments))
    from graph_engine.cli import main as command_line  # noqa: PLC0415

    command_line()


def wants_window(arguments: Sequence[str], environment: Mapping[str, str], platform: str) -> bool:
    """Whether only projects are named, and there is a screen to show them on."""
    if not all(each.endswith(".netloom") for each in arguments):
        return False
    return has_screen(environment, platform) or bool(environment.get("QT_QPA_PLATFORM"))


def has_screen(environment: Mapping[str, str], platform: str) -> bool:
    """Whether windows can be opened here."""
    if platform in ("win32", "darwin"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    main()
