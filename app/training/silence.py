"""What is said of a training process that says nothing."""

from __future__ import annotations

SILENCE = 10.0
"""Seconds without a word from the worker, which speaks each second, before the person is told."""

NO_ANSWER = "The training process does not answer. Stop it, or wait."
UNHEARD = {
    "starting": "The training process is still loading. Large data take their time: wait, or stop it "
    "and train again.",
    "running": NO_ANSWER,
    "paused": NO_ANSWER,
    "stopping": "The training process does not answer. Stop it once more to end it at once, or wait.",
}
"""By the state of the run."""


def message_of(state: str, message: str, silence: float, has_spoken: bool) -> str:
    """The message of a run whose worker was silent for so many seconds, or has just spoken; one about
    something else stays."""
    if message and message not in UNHEARD.values():
        return message
    if silence > SILENCE:
        return UNHEARD.get(state, "")
    return "" if has_spoken else message
