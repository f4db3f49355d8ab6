"""Trains the templates as ``netloom train`` does and writes down what they reach.

    python -m resources.templates.measure [NAME…] [--seeds 3] [--quick]

Writes ``results.json`` beside this file, and the table of all results as a help page. Times are those of
the processor, which other programs' work does not lengthen. They depend on the machine, so each stands
beside a ratio to a small fixed loop of torch that is timed just before.
``--quick`` trains once each and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from graph_engine import Project, templates
from graph_engine.cli.projects import network_of
from graph_engine.templates import Entry, figure
from graph_engine.training.doctor import RULES, examine
from graph_engine.training.doctor.intake import case_of_run
from graph_engine.training.events import Event, Failed, Finished, Started
from graph_engine.training.folder import RunFolder
from graph_engine.training.launch import new_run
from graph_engine.training.session import Session
from graph_engine.training.usage import seconds_of

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE.parent / "help" / "templates" / "results.md"
Row = dict[str, Any]


def calibration() -> float:
    """Seconds of a loop that is always the same: a small network that learns from random numbers."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    made = torch.Generator().manual_seed(0)
    samples = torch.randn(256, 128, generator=made)
    net = torch.nn.Sequential(torch.nn.Linear(128, 256), torch.nn.ReLU(), torch.nn.Linear(256, 128))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    begun = time.process_time()
    for _ in range(400):
        optimizer.zero_grad()
        (net(samples) - samples).square().mean().backward()
        optimizer.step()
    return time.process_time() - begun


# One run -----------------------------------------------------------------------------------------


def changed(project: Project, wish: Mapping[str, Any], seed: int) -> tuple[Project, Any]:
    """A project with the settings of one of its runs, and the recipe for a seed."""
    project.data = {**project.data, **wish.get("data", {})}
    recipe = project.training_recipe().replace(seed=seed)
    if not recipe.threads:
        recipe = recipe.replace(threads=1)
    for key, text in wish.get("settings", {}).items():
        recipe = recipe.with_setting(key, str(text))
    return project, recipe


def trained(entry: Entry, wish: Mapping[str, Any], seed: int) -> Row:
    """One run: its figures, its seconds, and these as a ratio to the calibration loop."""
    loop = calibration()
    project, recipe = changed(templates.new(entry.name), wish, seed)
    with tempfile.TemporaryDirectory(prefix="netloom-") as folder:
        project.save(Path(folder) / f"{entry.name}.netloom")
        run = new_run(project, network_of(project, wish.get("network", "")), recipe)
        last, seconds = followed(run)
        if isinstance(last, Failed) and wish.get("direction") == "diverges":
            return _row({entry.metric: math.nan}, 0.0, loop, run)
        if not isinstance(last, Finished):
            told, trace = getattr(last, "message", last), getattr(last, "traceback", "")
            raise SystemExit(f"{entry.name}, seed {seed}: {told}\n{trace}")
        metrics = dict(last.metrics)
        for metric in (wish.get("metric", entry.metric), *entry.beside):
            if metric not in metrics:
                metrics |= evaluated(metric, entry, project, run, metrics, seed)
        return _row(metrics, seconds, loop, run)


def followed(run: RunFolder) -> tuple[Event, float]:
    """The last event of a run, and the processor seconds of its process from the first step on."""
    before, begun = _of_children(), 0.0
    with Session.start(run) as session:
        for event in session:
            if isinstance(event, Started):
                begun = seconds_of(session.process_number)
    return event, _of_children() - before - begun


def _of_children() -> float:
    """Processor seconds of the processes that were started here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _row(metrics: Mapping[str, float], seconds: float, loop: float, run: RunFolder) -> Row:
    named = sorted({RULES[finding.rule].title for finding in examine(case_of_run(run))})
    figures = {"metrics": dict(metrics), "seconds": seconds, "ratio": seconds / loop}
    return {**figures, "findings": named}


def evaluated(
    metric: str, entry: Entry, project: Project, run: Any, metrics: Mapping[str, float], seed: int
) -> dict[str, float]:
    """The figures of an evaluator, by name."""
    from resources.templates.evaluators import EVALUATORS, Trained  # noqa: PLC0415

    if metric not in EVALUATORS:
        raise SystemExit(f"{entry.name}: neither a run nor an evaluator tells {metric}.")
    found = EVALUATORS[metric](Trained(entry.name, project, run, metrics, seed))
    return dict(found) if isinstance(found, Mapping) else {metric: found}


# One template ------------------------------------------------------------------------------------


def measured(entry: Entry, seeds: Iterable[int]) -> list[Row]:
    """Each run of a template, with each seed."""
    rows = []
    for label, wish in (entry.runs or {"": {}}).items():
        found = [trained(entry, wish, seed) for seed in seeds]
        metric = wish.get("metric", entry.metric)
        row = {
            "template": entry.name,
            "run": label,
            "metric": metric,
            "target": wish.get("target", entry.target),
            "direction": wish.get("direction", entry.direction),
            "within": entry.within,
            "figures": [_short(each["metrics"][metric]) for each in found],
            "seconds": [round(each["seconds"], 1) for each in found],
            "ratios": [round(each["ratio"], 1) for each in found],
            "beside": _beside(metric, [each["metrics"] for each in found]),
            "findings": sorted({title for each in found for title in each["findings"]}),
        }
        row["reached"] = all(reaches(row, value) for value in row["figures"])
        tell(row)
        rows.append(row)
    return rows


def reaches(row: Row, value: float | None) -> bool:
    """Whether a figure is what was promised; a run that diverged has none."""
    if value is None or row["direction"] == "diverges":
        return value is None and row["direction"] == "diverges"
    is_high = row["direction"] == "at least"
    return bool(value >= row["target"] if is_high else value <= row["target"])


def _beside(metric: str, found: list[Mapping[str, float]]) -> dict[str, list[float | None]]:
    """The other figures at the end of the runs."""
    names = [n for n in found[0] if n != metric and not n.startswith(("train_", "validation_"))]
    return {name: [_short(each[name]) for each in found if name in each] for name in names}


def _short(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def tell(row: Row) -> None:
    """A line for whoever waits."""
    sign = "reached" if row["reached"] else "NOT REACHED"
    name = f"{row['template']} {row['run']}".strip()
    print(
        f"{name}: {figure(row['metric'], row['target'], row['direction'])}: {row['figures']} {sign}, "
        f"{row['seconds']} s ({row['ratios']} × calibration) {row['beside']} "
        f"doctor: {', '.join(row['findings']) or 'nothing to say'}",
        flush=True,
    )


# All of them -------------------------------------------------------------------------------------


def page(results: Mapping[str, list[Row]]) -> str:
    """The table of all results, in teaching order."""
    lines = [
        "# What the templates reach",
        "",
        "Measured by `python -m resources.templates.measure`: each template was trained with three "
        "seeds, as `netloom train` does it, on one thread. The figure is that of data the network has "
        "never learned from, where nothing else is said. Seconds are those that the processor worked "
        "from the first step on, the middle of the three; × says how many times longer that is than a "
        "small fixed loop of torch on the same machine.",
        "",
        "| template | run | promised | seed 0 | seed 1 | seed 2 | beside | seconds | × | doctor |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in templates.catalogue():
        for row in results.get(name, []):
            lines.append(_line(row))
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    figures = ["none" if value is None else f"{value:.4g}" for value in row["figures"]][:3]
    cells = [
        row["template"],
        row["run"],
        figure(row["metric"], row["target"], row["direction"]),
        *figures,
        *[""] * (3 - len(figures)),
        ", ".join(_told(row["beside"])),
        f"{statistics.median(row['seconds']):.0f}",
        f"{statistics.median(row['ratios']):.0f}",
        ", ".join(row.get("findings", [])),
    ]
    return f"| {' | '.join(cells)} |"


def _told(beside: Mapping[str, list[float | None]]) -> Iterator[str]:
    """What evaluators told beside the figure, in the middle of the seeds."""
    for name, values in beside.items():
        known = [value for value in values if value is not None]
        if known and not name.startswith("test_"):
            yield f"{name.replace('_', ' ')} {statistics.median(known):.3g}"


def write(name: str, rows: list[Row]) -> None:
    """Puts the results of a template among the others; several may be measured at the same time."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results = {each: rows if each == name else kept.get(each) for each in templates.catalogue()}
    found = {each: told for each, told in results.items() if told}
    _replace(RESULTS, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    _replace(PAGE, page(found))


def _replace(path: Path, text: str) -> None:
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def main(words: list[str]) -> int:
    """Measures the templates of these names, else all; 1 where one falls short."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one seed, nothing written")
    asked = parser.parse_args(words)
    catalogue = templates.catalogue()
    unknown = [name for name in asked.names if name not in catalogue]
    if unknown:
        parser.error(f"no template is called {', '.join(unknown)}: {', '.join(catalogue)}")
    is_short = False
    for name in asked.names or catalogue:
        rows = measured(catalogue[name], range(1 if asked.quick else asked.seeds))
        is_short |= not all(row["reached"] for row in rows)
        if not asked.quick:
            write(name, rows)
    return int(is_short)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
