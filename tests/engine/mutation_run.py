"""Opens mutants one after another under guard and reports as JSON: ``python -m … START COUNT FOLDER``.

Memory is limited by the system, time is taken for each file, and an audit hook notes whatever the engine
should not do while it reads: execute, compile, import, open another file, reach the network.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from graph_engine import DesignError, Inference, Project
from graph_engine.codegen import make_source
from graph_engine.declaration import Declared
from graph_engine.errors import ProjectError
from graph_engine.layers import CATALOGUE
from graph_engine.modules import definition
from tests.engine.emitted import strange
from tests.engine.mutants import mutant, seeds

MEBIBYTE = 2**20
MOST_MEMORY = 300 * MEBIBYTE
HARMLESS = ("sys._getframe", "object.__getattr__", "os.stat", "code.__new__", "builtins.id")


class Guard:
    """Notes forbidden deeds while it is on duty."""

    def __init__(self, file: Path) -> None:
        self.file, self.on_duty, self.deeds = str(file), False, list[str]()
        sys.addaudithook(self.saw)

    def saw(self, event: str, arguments: tuple[Any, ...]) -> None:
        """The audit hook."""
        if self.on_duty and not self._is_allowed(event, arguments):
            self.deeds.append(f"{event} {str(arguments)[:200]}")

    def _is_allowed(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if event == "open":
            return str(arguments[0]) == self.file and arguments[1] in ("rb", "r")
        if event == "compile":  # formulas are parsed into a tree; executing one would be an `exec`
            return arguments[1] in ("<unknown>", b"<unknown>")
        return event in HARMLESS


class Run:
    """Opens, infers and writes source, and counts what came of it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "mutant.netloom"
        self.guard = Guard(self.file)
        self.counts = {"refused": 0, "loaded": 0, "faulty": 0, "emitted": 0}
        self.slowest, self.slowest_index = 0.0, -1
        self.failures: list[str] = []

    def judge(self, index: int, content: bytes) -> None:
        """Opens one file."""
        self.file.write_bytes(content)
        self.guard.on_duty = True
        begun = time.process_time()
        try:
            texts = self._read()
        except Exception:
            texts = []
            self.failures.append(f"{index}: {traceback.format_exc()}")
        finally:
            self.guard.on_duty = False
        seconds = time.process_time() - begun
        if seconds > self.slowest:
            self.slowest, self.slowest_index = seconds, index
        for text, classes in texts:
            self.counts["emitted"] += 1
            self.failures += [f"{index}: emitted {word}" for word in strange(text, classes)]
        self.failures += [f"{index}: {deed}" for deed in self.guard.deeds]
        self.guard.deeds.clear()

    def _read(self) -> list[tuple[str, frozenset[str]]]:
        try:
            project = Project.load(self.file)
        except ProjectError as error:
            self.counts["refused"] += 1
            if len(str(error)) > 1000:
                raise AssertionError("a refusal is a sentence, not a page") from error
            return []
        self.counts["loaded"] += 1
        assert Project.read(project.text().encode()) == project, "does not survive a save"
        found = []
        for network in project.networks.values():
            inference = Inference(network)
            if inference.is_whole():
                text = make_source(inference).text
                found.append((text, definitions(inference)))
            else:
                self.counts["faulty"] += 1
        return found


def definitions(inference: Inference) -> frozenset[str]:
    """The classes that the source copies from the engine."""
    own: set[str] = set()
    for visit in inference.visits.values():
        own.update(visit.layer.definitions())
        for copy in dict.fromkeys(visit.copies):
            own |= definitions(copy)
    return frozenset(own)


def limit_memory() -> None:
    """No more than 300 MiB beyond what the program has now; more is a MemoryError."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MOST_MEMORY, size + MOST_MEMORY))


def main(start: int, count: int, folder: Path) -> None:
    """Prints the report."""
    run = Run(folder)
    _warm_up()
    for content in seeds():
        run.file.write_bytes(content)
        run._read()
        _refuse_once(content)
    run.counts = dict.fromkeys(run.counts, 0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limit_memory()
    for index in range(start, start + count):
        run.judge(index, mutant(index))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = {
        **run.counts,
        "slowest": run.slowest,
        "slowest_index": run.slowest_index,
        "mebibytes": (peak - before) / 1024,
        "seconds": time.process_time(),
        "failures": run.failures[:20],
        "failure_count": len(run.failures),
    }
    json.dump(report, sys.stdout)


def _warm_up() -> None:
    """Has annotations and the engine's own modules read, as happens at the first use of each."""
    waiting = [Declared]
    while waiting:
        declared = waiting.pop()
        waiting += declared.__subclasses__()
        with suppress(TypeError):  # a base class may leave the kind of a parameter open
            declared.parameters()
    for kind in CATALOGUE.values():
        for example in kind.examples:
            for name in kind(**example.parameters).definitions():
                definition(name)


def _refuse_once(content: bytes) -> None:
    """Has every lazy import of the refusals done before the guard watches."""
    for broken in (content[:50], content.replace(b'"Linear"', b'"Linaer"'), b"\xff"):
        try:
            Project.read(broken)
        except DesignError:
            continue


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
