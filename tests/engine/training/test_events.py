"""Events survive JSON and pipes, whatever numbers they carry and wherever a pipe breaks. No torch."""

from __future__ import annotations

import io
import json
import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_engine.errors import TrainingError
from graph_engine.training.events import (
    EVENTS,
    Checkpointed,
    EpochEnded,
    Event,
    Failed,
    Finished,
    Frame,
    Started,
    Stepped,
    read_events,
    write_event,
)

texts = st.text(st.characters(codec="utf-8"), max_size=20)
counts = st.integers(0, 2**40)
finite = st.floats(allow_nan=False, allow_infinity=False)
metrics = st.dictionaries(texts, finite, max_size=4)
arrays = st.builds(
    lambda rows, columns, kind: np.arange(rows * columns).reshape(rows, columns).astype(kind),
    st.integers(0, 4),
    st.integers(1, 4),
    st.sampled_from(["uint8", "float32", "int64"]),
)
epochs = st.builds(EpochEnded, epoch=counts, step=counts, metrics=metrics, learning_rate=finite,
                   seconds=finite, best=st.booleans())  # fmt: skip
events: st.SearchStrategy[Event] = st.one_of(
    epochs,
    st.builds(Started, run=texts, task=texts, device=texts, precision=texts, threads=counts,
              seed=counts, epochs=counts, steps_per_epoch=counts, parameters=counts, train=counts,
              validation=counts, test=counts, note=texts,
              versions=st.dictionaries(texts, texts, max_size=2)),
    st.builds(Stepped, epoch=counts, step=counts, loss=finite,
              losses=st.lists(finite, max_size=5).map(tuple), learning_rate=finite,
              steps_per_second=finite),
    st.builds(Checkpointed, epoch=counts, step=counts, path=texts, size=counts, sha256=texts,
              seconds=finite),
    st.builds(Finished, reason=st.sampled_from(["completed", "stopped"]), epoch=counts, step=counts,
              metrics=metrics, best_epoch=counts, seconds=finite, weights=texts),
    st.builds(Failed, message=texts, node=texts, traceback=texts,
              exit_status=st.none() | st.integers(-64, 255)),
    st.builds(lambda array: Frame.of("maps", array, 1, 2), arrays),
)  # fmt: skip


@given(events)
def test_an_event_is_one_line_of_json_and_comes_back(event: Event) -> None:
    # Given any event, when it is a line
    line = event.to_json()

    # Then the line is one object that says what it is, and reading it gives the event
    assert "\n" not in line
    assert json.loads(line)["event"] == event.name
    again = Event.from_json(line)
    assert again == (replace(event, data=b"") if isinstance(event, Frame) else event)


@given(st.lists(events, max_size=6), st.data())
def test_a_pipe_that_breaks_loses_only_what_was_not_finished(
    sent: list[Event], data: st.DataObject
) -> None:
    # Given events on a pipe, and a moment at which the writer dies
    pipe, ends = io.BytesIO(), []
    for event in sent:
        write_event(pipe, event)
        ends.append(pipe.tell())
    whole = pipe.getvalue()
    cut = int(data.draw(st.floats(0, 1)) * len(whole))

    # When what arrived is read
    found = list(read_events(io.BytesIO(whole[:cut])))

    # Then exactly the events that were whole are there, arrays included
    assert found == sent[: sum(end <= cut for end in ends)]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_become_null(value: float) -> None:
    # Given an event with numbers that JSON does not know
    event = EpochEnded(
        epoch=1, step=2, metrics={"r2": value}, learning_rate=0.1, seconds=1.0, best=False
    )

    # When it is written and read
    line = event.to_json()
    again = Event.from_json(line)

    # Then the line is strict JSON, and the number is not a number
    assert json.loads(line, parse_constant=pytest.fail)["metrics"] == {"r2": None}
    assert isinstance(again, EpochEnded)
    assert math.isnan(again.metrics["r2"])


def test_the_names_are_those_that_scripts_rely_on() -> None:
    # Given the classes, then their names are those of the documentation
    names = {"started", "layers", "step", "frame", "steered", "epoch", "checkpoint"}
    names |= {"finished", "failed", "ready", "usage"}
    assert set(EVENTS) == names
    assert all({"time"} <= {each.name for each in fields(kind)} for kind in EVENTS.values())


def test_fields_of_a_newer_version_are_left_out() -> None:
    # Given a line with a field that this version does not know, when it is read, then the rest is there
    line = json.dumps({"event": "failed", "message": "no", "mood": "bad", "time": 1.5})
    assert Event.from_json(line) == Failed(message="no", time=1.5)


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "3", '{"event": "unheard"}', '{"event": "step"}', '{"event": []}', "{}",
     '{"event": "frame", "epoch": 1, "step": 1, "title": "a", "dtype": "u1", "shape": [], "size": -1}',
     b"\xff\xfe"],
)  # fmt: skip
def test_what_is_no_event_is_refused_in_a_sentence(line: Any) -> None:
    # Given a line that is none of ours, when it is read, then a sentence shows it
    with pytest.raises(TrainingError, match="Expected an event as JSON"):
        Event.from_json(line)


def test_a_frame_gives_back_its_array() -> None:
    # Given a big-endian array, when it is a frame
    array = np.arange(6, dtype=">f4").reshape(2, 3)
    frame = Frame.of("weights", array, epoch=1, step=2)

    # Then its bytes are little-endian and the array has its numbers
    assert (frame.dtype, frame.shape, frame.size) == ("<f4", (2, 3), 24)
    np.testing.assert_array_equal(frame.array(), array)


@pytest.mark.parametrize("change", [{"shape": (7,)}, {"dtype": "zz"}, {"data": b"abc"}])
def test_a_frame_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    # Given a frame whose bytes do not make its shape, when its array is asked for, then it is refused
    frame = replace(Frame.of("a", np.zeros(4, "float32"), 0, 0), **change)
    with pytest.raises(TrainingError, match="The frame 'a' has"):
        frame.array()
