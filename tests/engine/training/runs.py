"""Small real runs that the tests of training share: networks by hand, shipped data, whole folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from graph_engine.training.events import Event
from graph_engine.training.folder import RunFolder
from graph_engine.training.recipe import Recipe
from graph_engine.training.session import Session
from graph_engine.training.snapshot import Snapshot

E = TypeVar("E", bound=Event)

CNN = """\
from torch import Tensor, nn


class Cnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(128, 10),
        )

    def forward(self, image: Tensor) -> Tensor:
        return self.body(image)
"""

REGRESSION = """\
from torch import Tensor, nn


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(10, 1)

    def forward(self, features: Tensor) -> Tensor:
        return self.fc(features)
"""

DIGITS: dict[str, Any] = {"source": {"source": "builtin", "name": "digits"}}
DIABETES: dict[str, Any] = {"source": {"source": "builtin", "name": "diabetes"}}


def run_folder(
    path: Path,
    recipe: Recipe,
    source: str = CNN,
    class_name: str = "Cnn",
    inputs: tuple[str, ...] = ("image",),
    data: dict[str, Any] | None = None,
    lines: dict[int, tuple[str, str]] | None = None,
) -> RunFolder:
    """A new run that is ready for its worker."""
    folder = RunFolder(path)
    folder.create(
        Snapshot(
            network="main",
            class_name=class_name,
            source=source,
            inputs=inputs,
            recipe=recipe,
            data=DIGITS if data is None else data,
            lines=lines or {},
        )
    )
    return folder


def all_events(folder: RunFolder) -> list[Event]:
    """The run's events, worker started and awaited."""
    with Session.start(folder) as session:
        return list(session)


def of_kind(events: list[Event], kind: type[E]) -> list[E]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]
