"""The pipe to a watcher: nothing that matters is lost, and a watcher that sleeps holds nothing up."""

from __future__ import annotations

import io
import os
import threading
import time

from graph_engine.training.channel import LIMIT, Channel
from graph_engine.training.events import Event, Failed, Stepped, read_events


def step(number: int) -> Stepped:
    return Stepped(
        epoch=0,
        step=number,
        loss=1.0,
        losses=(1.0,) * 50,
        learning_rate=0.1,
        steps_per_second=1.0,
    )


def test_events_arrive_in_order() -> None:
    # Given a channel, when events are sent and it is closed
    stream = io.BytesIO()
    channel = Channel(stream)
    sent: list[Event] = [step(1), step(2), Failed(message="x")]
    for event in sent:
        channel.send(event)
    channel.close()

    # Then they have all arrived in order
    assert list(read_events(io.BytesIO(stream.getvalue()))) == sent


def test_a_sleeping_reader_delays_nobody_and_misses_only_steps() -> None:
    # Given a pipe that nobody reads for now
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as target:
        channel = Channel(target)

        # When far more steps are sent than it holds, and then news that matters
        longest = 0.0
        for number in range(3 * LIMIT):
            begun = time.perf_counter()
            channel.send(step(number))
            longest = max(longest, time.perf_counter() - begun)
        channel.send(Failed(message="matters"))

        # Then no sender waited, and a reader that wakes up gets the news and no more than it missed
        found: list[Event] = []
        reader = threading.Thread(target=lambda: found.extend(read_events(source)))
        reader.start()
        channel.close()
        target.close()
        reader.join()
    assert longest < 0.05
    assert found[-1] == Failed(message="matters", time=found[-1].time)
    assert LIMIT <= len(found) < 2 * LIMIT
    steps = [event.step for event in found if isinstance(event, Stepped)]
    assert steps == sorted(set(steps))
    assert steps[: LIMIT // 2] == list(range(LIMIT // 2))


def test_a_reader_that_is_gone_does_not_hurt() -> None:
    # Given a pipe whose other end is closed
    reading, writing = os.pipe()
    os.close(reading)
    target = os.fdopen(writing, "wb", buffering=0)
    channel = Channel(target)

    # When events are sent, then they are forgotten
    for number in range(100):
        channel.send(step(number))
    channel.close(patience=5.0)
    channel.send(step(101))
    target.close()
