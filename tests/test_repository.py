"""What holds of the repository as a whole: who may import what, and how large and where things are."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENGINE = ROOT / "graph_engine"
SOURCES = [*sorted(ENGINE.rglob("*.py")), *sorted((ROOT / "app").rglob("*.py")), ROOT / "run.py"]

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
TOP_LEVEL = {
    *("app", "graph_engine", "resources", "tests", "pyproject.toml", "run.py"),
    *("README.md", "LICENSE", "CHANGELOG.md", "ARCHITECTURE.md"),
}
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
HEAVY = {"torch", "torchmetrics", "sklearn", "PySide6", "pyqtgraph", "app"}


def contract(identifier: str) -> dict[str, list[str]]:
    """One import contract of pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return next(entry for entry in settings["contracts"] if entry.get("id") == identifier)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# A __main__ starts its program when it is imported.
MODULES = [module_name(p) for p in SOURCES if p.is_relative_to(ENGINE) and p.stem != "__main__"]
MARKED = contract("torch-directly")["allowed_importers"]


def is_marked(module: str) -> bool:
    """Whether the contracts let this module import torch; ``package.*`` stands for what is in it."""
    return module in MARKED or f"{module.rpartition('.')[0]}.*" in MARKED


def imported_by(modules: list[str]) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after importing these."""
    text = f"import json, sys, {', '.join(modules)}; print(json.dumps([*sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout)} & HEAVY


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_module_not_marked_for_torch_starts_without_it() -> None:
    unmarked = [module for module in MODULES if not is_marked(module)]

    assert imported_by(unmarked) == set()


def test_the_two_torch_contracts_name_the_same_files() -> None:
    guarded = contract("torch-indirectly")

    assert guarded["protected_modules"] == MARKED
    assert guarded["allowed_importers"] == MARKED


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    sizes = {f.name: (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions(path)}

    assert lines < LONGEST_FILE
    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}


def test_the_top_level_holds_what_it_should_and_nothing_else() -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)

    entries = {line.partition("/")[0] for line in listed.stdout.splitlines()}

    assert {name for name in entries if not name.startswith(".")} <= TOP_LEVEL


def test_every_module_name_says_what_is_in_it() -> None:
    names = {part for path in SOURCES for part in path.relative_to(ROOT).with_suffix("").parts}

    assert names & SAYS_NOTHING == set()


def test_run_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse((ROOT / "run.py").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        node.module if isinstance(node, ast.ImportFrom) and node.module else node.names[0].name
        for node in imports
    }

    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_run_stays_a_small_file() -> None:
    assert len((ROOT / "run.py").read_text(encoding="utf-8").splitlines()) < 200


def test_a_test_run_that_leaves_a_process_behind_fails(tmp_path: Path) -> None:
    leak = """
        import subprocess
        def test_leak():
            process = subprocess.Popen(["sh", "-c", "sleep 600 & echo $!"], stdout=subprocess.PIPE)
            with open("number", "wb") as file:
                file.write(process.stdout.readline())
            process.wait()
            process.stdout.close()
    """
    (tmp_path / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text())
    (tmp_path / "test_leak.py").write_text("\n".join(line[8:] for line in leak.splitlines()))

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    subprocess.run(["kill", (tmp_path / "number").read_text().strip()], check=True)

    assert "1 passed" in done.stdout
    assert "left this process behind" in done.stdout
    assert done.returncode == 1
