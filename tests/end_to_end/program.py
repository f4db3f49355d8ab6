"""The running program on a virtual desktop: started as a person would, watched by a witness."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.end_to_end.desktop import PATIENCE, Desktop, Point, center, wait

ROOT = Path(__file__).parents[2]
NETLOOM = Path(sys.executable).with_name("netloom")
State = dict[str, Any]


class Process:
    """A program with a home of its own; what it writes to its standard error is kept."""

    def __init__(
        self, desktop: Desktop, home: Path, command: list[str], pass_fds: tuple[int, ...] = ()
    ) -> None:
        self.desktop = desktop
        self._errors = home / "errors.txt"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=desktop.environment | surroundings(home),
                pass_fds=pass_fds,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    @property
    def errors(self) -> str:
        """Everything that went to the standard error until now."""
        return self._errors.read_text(encoding="utf-8", errors="replace")

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self) -> int:
        """Waits until it has ended by itself; its exit status."""
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """Ends it, whatever it does."""
        if self.is_running:
            self._process.kill()
        self._process.wait(PATIENCE)

    def files_of_torch(self) -> list[str]:
        """What of torch it has in memory; a worker that it starts may have more."""
        lines = Path(f"/proc/{self._process.pid}/maps").read_text().splitlines()
        found = {line.split(maxsplit=5)[5] for line in lines if "/" in line}
        return sorted(file for file in found if "torch" in file.rpartition("site-packages")[2])


class Program(Process):
    """The program with its witness. Its questions only look; ``desktop`` has the hands."""

    def __init__(self, desktop: Desktop, home: Path, *projects: Path) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.end_to_end.witness", str(theirs.fileno())]
            command += map(str, projects)
            super().__init__(desktop, home, command, (theirs.fileno(),))
        self._line.settimeout(PATIENCE)
        self._answers = self._line.makefile("r", encoding="utf-8")

    def kill(self) -> None:
        """Ends it, and hears no more of it."""
        super().kill()
        self._answers.close()
        self._line.close()

    def ask(self, about: str, **details: object) -> Any:
        """The answer to a question; see the witness for what can be asked."""
        self._line.sendall(json.dumps({"about": about, **details}).encode() + b"\n")
        answer = self._answers.readline()
        assert answer, f"The program has ended: {self.errors}"
        return json.loads(answer)

    @property
    def state(self) -> State:
        """What the window shows now."""
        found: State = self.ask("state")
        return found

    def until(self, told: str, look: Callable[[State], object]) -> State:
        """Waits until what the window shows satisfies ``look``, or fails, telling what it shows."""
        seen: State = {}

        def check() -> bool:
            nonlocal seen
            seen = self.state
            try:
                return bool(look(seen))
            except KeyError:  # no document is open
                return False

        wait(check, lambda: f"{told}. {self.errors}The window shows {json.dumps(seen, indent=1)}")
        return seen

    # Places ----------------------------------------------------------------------------------------

    def middle(self, about: str, **details: object) -> Point:
        """The middle of what a question is about, once it can be seen and has come to rest."""
        before: list[object] = []

        def look() -> bool:
            before.append(self.ask(about, **details))
            return bool(before[-1]) and before[-2:-1] == before[-1:]

        wait(look, lambda: f"{about} {details} to be in sight. The window shows {self.state}")
        return center(self.ask(about, **details))

    def node(self, name: str) -> Point:
        """Where a node stands."""
        return self.middle("node", name=name)

    # What hands do often -----------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Presses keys."""
        self.desktop.press(*keys)

    def click(self, name: str, within: str = "") -> None:
        """Clicks the widget of that name, in a widget of that class where there are several."""
        self.desktop.click(self.middle("widget", name=name, within=within))

    def quick_add(self, typed: str, name: str) -> None:
        """Tab, some letters, Enter: a layer behind the current one, which becomes the current one."""
        self.press("Tab")
        self.until("the search opens", lambda s: s["is_searching"] and "Search" in s["focus"])
        self.desktop.write(typed)
        self.press("Return")
        self.until(f"{name} is drawn", lambda s: s["selected"] == [name] and name in s["shown"])

    def drag_wire(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Draws a wire from an output to an input with the mouse."""
        start = self.middle("port", node=source[0], port=source[1], output=True)
        end = self.middle("port", node=target[0], port=target[1], output=False)
        self.desktop.take(start)
        self.until("a wire hangs on the pointer", lambda s: s["tool"] == "DrawWire")
        self.desktop.carry(start, end)
        self.desktop.drop()
        ends = (f"{target[0]}.{target[1]}", f"{source[0]}.{source[1]}")
        self.until(f"{ends} are joined", lambda s: s["wires"].get(ends[0]) == ends[1])

    def picture(self, path: Path) -> None:
        """Keeps what is on the screen."""
        self.ask("picture", path=str(path))


def surroundings(home: Path) -> dict[str, str]:
    """A home that is nobody's, for settings, recent files and copies against crashes."""
    folders = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state"}
    folders |= {"XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "runtime"}
    for folder in folders.values():
        (home / folder).mkdir(mode=0o700, exist_ok=True)
    return {
        "HOME": str(home),
        "QT_QPA_PLATFORM": "xcb",
        "OMP_NUM_THREADS": "1",
        **{name: str(home / folder) for name, folder in folders.items()},
    }
