"""The pipe to a watcher: no loss is lost, and a watcher that sleeps holds nothing up."""

from __future__ import annotations

import io
import os
import threading
import time

import numpy as np

from graph_engine.training.backlog import LIMIT, LONGEST, MOST_BYTES, MOST_LOSSES, Backlog, pressed
from graph_engine.training.channel import Channel
from graph_engine.training.events import (
    EpochEnded,
    Event,
    Failed,
    Frame,
    Stepped,
    Usage,
    read_events,
)

EACH = 50


def step(number: int) -> Stepped:
    """The event of fifty steps, whose losses are their numbers."""
    last = EACH * number
    return Stepped(
        epoch=0,
        step=last,
        loss=float(last),
        losses=tuple(float(each) for each in range(last - EACH + 1, last + 1)),
        learning_rate=0.1,
        steps_per_second=float(number),
    )


def frame(number: int, title: str = "map/conv") -> Frame:
    return Frame.of(title, np.full(1000, number % 256, np.uint8), 0, EACH * number)


def epoch(number: int) -> EpochEnded:
    return EpochEnded(epoch=number, step=0, metrics={}, learning_rate=0.1, seconds=1.0, best=False)


def losses(events: list[Event]) -> list[float]:
    return [loss for each in events if isinstance(each, Stepped) for loss in each.losses]


def test_events_arrive_in_order() -> None:
    # Given a channel, when events are sent and it is closed
    stream = io.BytesIO()
    channel = Channel(stream)
    sent: list[Event] = [step(1), step(2), frame(1), frame(2), Failed(message="x")]
    for event in sent:
        channel.send(event)
    channel.close()

    # Then they have all arrived in order
    assert list(read_events(io.BytesIO(stream.getvalue()))) == sent


def test_a_sleeping_reader_delays_nobody_and_misses_only_pictures() -> None:
    # Given a pipe that nobody reads for now
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as target:
        channel = Channel(target)

        # When far more steps and frames are sent than it holds, and then news that matters
        longest, count = 0.0, 12 * LIMIT
        for number in range(1, count + 1):
            begun = time.perf_counter()
            channel.send(step(number))
            channel.send(frame(number))
            longest = max(longest, time.perf_counter() - begun)
        channel.send(Failed(message="matters"))

        # Then no sender waited
        found: list[Event] = []
        reader = threading.Thread(target=lambda: found.extend(read_events(source)))
        reader.start()
        channel.close()
        target.close()
        reader.join()
    assert longest < 0.05

    # And a reader that wakes up gets every loss and the news, and the newest of the frames
    assert losses(found) == list(range(1, EACH * count + 1))
    assert found[-1] == Failed(message="matters", time=found[-1].time)
    frames = [event for event in found if isinstance(event, Frame)]
    assert frames[-1].step == EACH * count
    assert len(frames) < count / 4


def test_pressing_keeps_what_was_said_between_steps_in_its_place() -> None:
    # Given steps and frames on both sides of an epoch's end
    events = [step(1), frame(1), Usage(processor=1.0, memory=1), step(2), epoch(1), step(3)]
    events += [frame(2), frame(3, "map/other"), Usage(processor=2.0, memory=2), step(4)]

    # When they are pressed together
    found = list(pressed(events))

    # Then the steps are joined on each side, and of frames and usages the newest are left
    kinds = [event.name for event in found]
    assert kinds == ["step", "epoch", "step", "frame", "frame", "usage"]
    assert losses(found) == losses(events)
    first = found[0]
    assert isinstance(first, Stepped)
    assert (first.step, first.loss) == (100, 100.0)
    assert first.steps_per_second == 100 / (50 / 1 + 50 / 2)
    assert [event.step for event in found if isinstance(event, Frame)] == [100, 150]


def test_a_backlog_stays_small_however_long_nobody_reads() -> None:
    # Given a queue that nobody reads, when more losses come than may wait
    backlog = Backlog()
    steps = 2 * MOST_LOSSES // EACH
    for number in range(1, steps + 1):
        backlog.put(step(number))

    # Then the newest are there, in events of a bounded size, and soon all are read
    found: list[Event] = []
    while (event := backlog.next(0)) is not None:
        found.append(event)
    kept = losses(found)
    assert kept == list(range(EACH * steps - len(kept) + 1, EACH * steps + 1))
    assert MOST_LOSSES - LONGEST <= len(kept) <= MOST_LOSSES + EACH * LIMIT
    assert max(len(e.losses) for e in found if isinstance(e, Stepped)) <= LONGEST


def test_large_pictures_do_not_pile_up() -> None:
    # Given a queue that nobody reads, when many large frames come
    backlog = Backlog()
    picture = np.zeros(2**20, np.uint8)
    for number in range(100):
        backlog.put(Frame.of(f"map/{number % 3}", picture, 0, number))

    # Then no more wait than a few, and the newest are among them
    found: list[Event] = []
    while (event := backlog.next(0)) is not None:
        found.append(event)
    frames = [event for event in found if isinstance(event, Frame)]
    assert sum(len(each.data) for each in frames) <= MOST_BYTES + 4 * len(picture)
    assert [each.step for each in frames][-3:] == [97, 98, 99]


def test_a_reader_that_is_gone_does_not_hurt() -> None:
    # Given a pipe whose other end is closed
    reading, writing = os.pipe()
    os.close(reading)
    target = os.fdopen(writing, "wb", buffering=0)
    channel = Channel(target)

    # When events are sent, then they are forgotten
    for number in range(1, 100):
        channel.send(step(number))
    channel.close(patience=5.0)
    channel.send(step(101))
    target.close()
