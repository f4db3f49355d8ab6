"""Twenty thousand damaged and hostile project files: each is refused in a sentence, or opens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graph_engine import Project
from tests.engine.emitted import strange
from tests.engine.mutants import mutant, seeds

COUNT = int(os.environ.get("NETLOOM_MUTANTS", "20000"))


def run(start: int, count: int, folder: Path) -> dict[str, Any]:
    """The report of a guarded process that opened so many mutants."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.mutation_run", str(start), str(count), str(folder)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_the_files_that_mutants_are_made_from_are_sound() -> None:
    for content in seeds():
        assert Project.read(content).networks


def test_a_mutant_is_always_the_same() -> None:
    assert [mutant(i) for i in range(50)] == [mutant(i) for i in range(50)]


@pytest.mark.timeout(600)
def test_no_mutant_does_anything_but_open_or_be_refused(tmp_path: Path) -> None:
    report = run(0, COUNT, tmp_path)

    # Nothing was raised but ProjectError on loading and DesignError later; nothing was executed,
    # imported, or opened beside the file; what was emitted has only names that the engine chose.
    assert report["failure_count"] == 0, "\n".join(report["failures"])
    # The mutants reach every stage; else this would prove nothing.
    assert report["refused"] > COUNT / 4
    assert report["loaded"] > COUNT / 5
    assert report["faulty"] > COUNT / 20
    assert report["emitted"] > COUNT / 20
    # CPU time, for both opening and what follows; beyond the memory the process would have died.
    assert report["slowest"] < 0.25, f"mutant({report['slowest_index']})"
    assert report["mebibytes"] < 300


@pytest.mark.parametrize(
    "text",
    [
        "import os\n",
        "from subprocess import run\n",
        "x = open('a')\n",
        "x = ().__class__.__bases__\n",
        "exec('1')\n",
        "with x: pass\n",
        "x = nobody\n",
        "def f(x):\n    global y\n",
    ],
)
def test_the_second_wall_would_notice(text: str) -> None:
    assert strange(text, frozenset())


def test_the_guard_would_notice(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.engine.mutation_run import Guard\n"
        f"guard = Guard(Path({str(tmp_path / 'mine')!r})); guard.on_duty = True\n"
        "eval('1'); open('/dev/null').close(); import colorsys\n"
        "guard.on_duty = False; print(*guard.deeds, sep='\\n')"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip

    seen = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"compile", "exec", "open", "import"} <= seen
