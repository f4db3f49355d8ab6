"""Sets Netloom up on first use, then starts it.

    python3 run.py [ARGUMENTS…]         netloom ARGUMENTS…
    python3 run.py test [ARGUMENTS…]    the tests: pytest ARGUMENTS…

Standard library only. A stamp in .venv, written last, says what that was made for; while it still holds,
a start goes straight through.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import shutil
import subprocess
import sys
import zlib
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from typing import Any

if sys.platform != "win32":
    import fcntl

ROOT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
PYTHON, NETLOOM = f"{BIN}/python{EXE}", f"{BIN}/netloom{EXE}"
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off", "--editable")
FAMILIES = {"debian": 0, "ubuntu": 0, "fedora": 1, "rhel": 1, "centos": 1, "arch": 2}
INSTALLERS = ("apt-get install", "dnf install", "pacman -S")
REASONS = {
    "No space left": "The disk is full: the environment takes 1.5 GB. Make room and start this again.",
    "ensurepip": "Python's venv module is missing. Debian, Ubuntu: sudo apt-get install python3-venv",
    "Retrying": "The network is out of reach, and Netloom needs it this once. Start this again later.",
    "": "The set-up failed; the lines above say why. The next start tries again.",
}
# What Qt opens, and what the tests of the window run, with the package that has it in each family; names
# with xcb or x11 on an X display only.
SYSTEM = {
    "libGL.so.1": "libgl1 libglvnd-glx libglvnd",
    "libEGL.so.1": "libegl1 libglvnd-egl libglvnd",
    "libfontconfig.so.1": "libfontconfig1 fontconfig fontconfig",
    "libxkbcommon.so.0": "libxkbcommon0 libxkbcommon libxkbcommon",
    "libdbus-1.so.3": "libdbus-1-3 dbus-libs dbus",
    "libglib-2.0.so.0": "libglib2.0-0 glib2 glib2",
    "libxcb-cursor.so.0": "libxcb-cursor0 xcb-util-cursor xcb-util-cursor",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0 libxkbcommon-x11 libxkbcommon-x11",
    "libxcb-icccm.so.4": "libxcb-icccm4 xcb-util-wm xcb-util-wm",
    "libxcb-keysyms.so.1": "libxcb-keysyms1 xcb-util-keysyms xcb-util-keysyms",
    "libxcb-shape.so.0": "libxcb-shape0 libxcb libxcb",
    "Xvfb": "xvfb xorg-x11-server-Xvfb xorg-server-xvfb",
    **{name: f"{name} {name} {name}" for name in ("openbox", "xdotool", "xclip")},
}

say = partial(print, file=sys.stderr, flush=True)  # standard output belongs to the program


def refuse_old_python(version: tuple[int, ...]) -> None:
    """Exits with a sentence where ``version`` is older than Netloom needs."""
    if version < OLDEST_PYTHON:
        sentence = "Netloom needs Python {}.{} or newer, but this is Python {}.{}."
        sys.exit(sentence.format(*OLDEST_PYTHON, *version))


def purpose(root: Path, extras: Collection[str]) -> dict[str, Any]:
    """What the environment of ``root`` must have been made for, as its stamp records it."""
    python = [*sys.version_info[:2]]
    requirements = zlib.crc32((root / "pyproject.toml").read_bytes())
    return {"python": python, "place": str(root), "requirements": requirements, "extras": [*extras]}


def read_stamp(venv: Path) -> dict[str, Any]:
    """The stamp of a finished environment; empty where there is none that can be read."""
    try:
        return dict(json.loads((venv / "stamp.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def condition(venv: Path, stamp: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Whether the environment is ready, outdated, or broken: cut off half-way or elsewhere now."""
    moved = any(stamp.get(key, wanted[key]) != wanted[key] for key in ("python", "place"))
    if moved or (venv / "unfinished").exists() or not (venv / PYTHON).exists():
        return "broken"
    fits = stamp.get("requirements") == wanted["requirements"]
    is_complete = set(wanted["extras"]) <= set(stamp.get("extras", ()))
    return "ready" if fits and is_complete and (venv / NETLOOM).exists() else "outdated"


def set_up(root: Path, venv: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """Makes or repairs the environment, one start at a time, and answers its stamp."""
    say("Setting Netloom up in .venv. A first time takes one to five minutes, mostly for PyTorch.")
    with Path(__file__).open("rb+") as itself:
        if sys.platform != "win32":
            fcntl.flock(itself, fcntl.LOCK_EX)
        stamp = read_stamp(venv)
        found = condition(venv, stamp, wanted)
        if found == "broken":
            if venv.exists():
                shutil.rmtree(venv)
            venv.mkdir()
            (venv / "unfinished").touch()
            follow([sys.executable, "-m", "venv", str(venv)], venv)
        extras = sorted({*wanted["extras"], *stamp.get("extras", ())})
        if found != "ready":
            target = f"{root}[{','.join(extras)}]" if extras else str(root)
            follow([str(venv / PYTHON), *PIP, target], venv)
            stamp = wanted | {"extras": extras}
            (venv / "stamp.json").write_text(json.dumps(stamp), encoding="utf-8")
            (venv / "unfinished").unlink(missing_ok=True)
    return stamp


def follow(command: list[str], venv: Path) -> None:
    """Runs a step of the set-up and retells what takes long; exits with a sentence if it fails."""
    lines = []
    with subprocess.Popen(command, stdout=PIPE, stderr=STDOUT, text=True) as step:
        for line in step.stdout or ():
            lines.append(f"    {line.rstrip()}")
            words = line.split()
            if words[:1] == ["Downloading"] and words[-1] in ("MB)", "GB)"):
                say(f"  fetching {Path(words[1]).name.partition('-')[0]} {' '.join(words[-2:])}")
            elif words[:2] == ["Installing", "collected"]:
                say(f"  packages to unpack: {len(words) - 3}")
                (venv / "unfinished").touch()
    if step.returncode:
        reasons = [why for sign, why in REASONS.items() if sign in "\n".join(lines)]
        sys.exit("\n".join([*lines[-12:], reasons[0]]))


def is_there(name: str) -> bool:
    """Whether the system has a program, or can load a shared library, wherever it keeps it."""
    try:
        return bool(ctypes.CDLL(name) if ".so" in name else shutil.which(name))
    except OSError:
        return False


def install_line(missing: Collection[str], release: Mapping[str, str]) -> list[str]:
    """The command that brings ``missing`` to the distribution of an os-release; empty if unknown."""
    names = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    for family in (FAMILIES[name] for name in names if name in FAMILIES):
        packages = dict.fromkeys(SYSTEM[name].split()[family] for name in missing)
        return [*INSTALLERS[family].split(), *packages]
    return []


def look_around(venv: Path, stamp: dict[str, Any], is_test: bool) -> None:
    """Says how to get what the system lacks for the window or its tests; on a build machine gets it."""
    unseen = () if os.environ.get("DISPLAY") else ("xcb", "x11")
    needed = [n for n in SYSTEM if is_test or (".so" in n and not any(x in n for x in unseen))]
    has_qt = any(venv.glob("lib/python*/site-packages/PySide6"))
    if sys.platform != "linux" or not has_qt or set(needed) <= set(stamp.get("system", ())):
        return
    missing = [name for name in needed if not is_there(name)]
    line = install_line(missing, platform.freedesktop_os_release())
    if not missing:
        (venv / "stamp.json").write_text(json.dumps(stamp | {"system": needed}), encoding="utf-8")
    elif line[:1] == ["apt-get"] and os.environ.get("CI") and os.geteuid() == 0:
        silent = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for each in (["apt-get", "update"], [*line, "-y", "--no-install-recommends"]):
            subprocess.run([*each, "-qq"], check=False, stdin=DEVNULL, env=silent)
    else:
        who = "The tests of the window need" if is_test else "The window needs"
        how = f" This brings it:\n    sudo {' '.join(line)}" if line else ""
        say(f"{who} what is missing here: {', '.join(missing)}.{how}")


def main(arguments: list[str]) -> int:
    """Sets up whatever is missing, then turns into the program that was asked for."""
    refuse_old_python(tuple(sys.version_info[:2]))
    is_test = arguments[:1] == ["test"]
    venv, wanted = ROOT / ".venv", purpose(ROOT, ["test"] if is_test else [])
    try:
        stamp = read_stamp(venv)
        if condition(venv, stamp, wanted) != "ready":
            stamp = set_up(ROOT, venv, wanted)
        look_around(venv, stamp, is_test)
    except OSError as error:
        sys.exit(f"Netloom could not be set up: {error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next start takes the set-up up again.")
    command = [str(venv / NETLOOM), *arguments]
    if is_test:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        os.chdir(ROOT)
        command = [str(venv / PYTHON), "-m", "pytest", *arguments[1:]]
    if sys.platform == "win32":
        return subprocess.call(command)
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
