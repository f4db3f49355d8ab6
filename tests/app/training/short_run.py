"""A run of forty steps, halfway: few enough to reckon by hand."""

from __future__ import annotations

from graph_engine.training.events import Started, Stepped


def started(epochs: int = 4, steps: int = 10, step: int = 0) -> Started:
    return Started(
        run="run-001", task="classification", device="cpu", precision="float32", threads=1, seed=0,
        epochs=epochs, steps_per_epoch=steps, parameters=100, train=320, validation=10, test=10,
        epoch=step // steps, step=step,
    )  # fmt: skip


def stepped(step: int, losses: tuple[float, ...] = (0.5,), speed: float = 100.0) -> Stepped:
    return Stepped(
        epoch=step // 10, step=step, loss=losses[-1], losses=losses, learning_rate=0.01,
        steps_per_second=speed,
    )  # fmt: skip
