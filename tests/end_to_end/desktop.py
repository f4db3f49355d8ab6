"""A virtual desktop of its own, with a window manager, and the hands that move and type there."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

SIZE = "1280x800"
PATIENCE = 30.0
PAUSE = 0.02
STEPS = 6
Found = TypeVar("Found")


class Point(NamedTuple):
    """A place on the screen, in pixels."""

    x: int
    y: int


def center(place: Mapping[str, int]) -> Point:
    """The middle of a box."""
    return Point(place["left"] + place["width"] // 2, place["top"] + place["height"] // 2)


def wait(look: Callable[[], Found], told: Callable[[], object], seconds: float = PATIENCE) -> Found:
    """What ``look`` answers as soon as that counts as true; fails, telling what was seen instead."""
    until = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > until:
            raise AssertionError(f"Waited {seconds:.0f} s in vain: {told()}")
        time.sleep(PAUSE)
    return found


class Desktop:
    """A display that nobody sees. Everything goes through the X server, as from a mouse and keys."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE}x24"]
        # Without -r a key that a slow machine lets go of late would repeat.
        command += ["-r", "-nolisten", "tcp"]
        self._server = _start(command, os.environ, pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start."
        self.environment = {**_plain(os.environ), "DISPLAY": f":{number}"}
        self._manager = _start(["openbox", "--sm-disable"], self.environment)
        wait(self._is_managed, lambda: "the window manager")

    def close(self) -> None:
        """Ends both programs."""
        for program in (self._manager, self._server):
            program.terminate()
            program.wait(10)

    def _is_managed(self) -> bool:
        return self._run("get_num_desktops", check=False).returncode == 0

    def _run(self, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["xdotool", *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment, check=check, capture_output=True, text=True
        )

    # Keys ----------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Presses keys one after the other; ``ctrl+z`` is one of them."""
        self._run("key", "--delay", 4, *keys)

    def write(self, text: str) -> None:
        """Types a text."""
        self._run("type", "--delay", 4, text)

    # Mouse ---------------------------------------------------------------------------------------

    def move(self, to: Point) -> None:
        """Moves the pointer."""
        self._run("mousemove", *to)

    def click(self, at: Point, *, holding: str = "") -> None:
        """Clicks, with a key held if one is named."""
        held, let_go = (("keydown", holding), ("keyup", holding)) if holding else ((), ())
        self._run("mousemove", *at, *held, "click", 1, *let_go)

    def double_click(self, at: Point) -> None:
        """Clicks twice."""
        self._run("mousemove", *at, "click", "--repeat", 2, "--delay", 30, 1)

    def take(self, at: Point) -> None:
        """Presses the left button and keeps it down."""
        self._run("mousemove", *at, "mousedown", 1)

    def carry(self, start: Point, end: Point) -> None:
        """Moves the pointer from one place to another, over the places between."""
        path = [
            Point(
                start.x + (end.x - start.x) * step // STEPS,
                start.y + (end.y - start.y) * step // STEPS,
            )
            for step in range(1, STEPS + 1)
        ]
        self._run(*(word for place in path for word in ("mousemove", *place)))

    def drop(self) -> None:
        """Lets the left button go."""
        self._run("mouseup", 1)

    # What can be seen of it from outside -----------------------------------------------------------

    def clipboard(self) -> str:
        """The text on the clipboard; empty where there is none."""
        command = ["xclip", "-out", "-selection", "clipboard"]
        found = subprocess.run(
            command, env=self.environment, capture_output=True, timeout=20, check=False
        )
        return found.stdout.decode()

    def active_title(self) -> str:
        """The title of the window that has the keyboard."""
        return self._run("getactivewindow", "getwindowname", check=False).stdout.strip()


def _start(
    command: list[str], environment: Mapping[str, str], pass_fds: Iterable[int] = ()
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=environment,
        pass_fds=tuple(pass_fds),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _plain(environment: Mapping[str, str]) -> dict[str, str]:
    """What of the surroundings a program on this desktop sees: nothing of another desktop or of Qt."""
    wanted = ("PATH", "LANG", "LC_ALL", "TMPDIR", "NETLOOM_TEST_RUN", "VIRTUAL_ENV")
    return {"LC_CTYPE": "C.UTF-8", **{k: environment[k] for k in wanted if k in environment}}
