"""Procedures over sequences: foretelling tokens, answering by tokens, writing down what is heard."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.generated import Generated
from graph_engine.data.prepared import PreparedData
from graph_engine.data.text import Text
from graph_engine.errors import TrainingError
from graph_engine.training.events import EpochEnded, Event, Frame
from graph_engine.training.loop import Outcome, train
from graph_engine.training.procedures.sequence_to_sequence import SequenceToSequence
from graph_engine.training.procedures.transcription import distance, heard_in
from graph_engine.training.recipe import Recipe

pytestmark = pytest.mark.torch


class Bigram(nn.Module):
    """Scores of the next token from the last one alone."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.scores = nn.Embedding(tokens, tokens)

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.scores(text)
        return scores


class Copier(nn.Module):
    """Looks at the question's token of the same place."""

    def __init__(self, asked: int, tokens: int) -> None:
        super().__init__()
        self.of_question, self.of_answer = nn.Embedding(asked, tokens), nn.Embedding(tokens, tokens)

    def forward(self, question: torch.Tensor, so_far: torch.Tensor) -> torch.Tensor:
        asked: torch.Tensor = self.of_question(question)[:, : so_far.shape[1]]
        scores: torch.Tensor = asked + 0 * self.of_answer(so_far)
        return scores


def text_data(tmp_path: object) -> PreparedData:
    choice = DataChoice(source=Text(length=32, most=6000), division="in order")
    return prepare(choice, None, ["text"])


def told(module: nn.Module, recipe: Recipe, data: PreparedData) -> tuple[Outcome, list[Event]]:
    events: list[Event] = []
    torch.manual_seed(0)
    return train(module, recipe, data, on_event=events.append), events


def test_a_bigram_model_comes_close_to_counting(tmp_path: object) -> None:
    # Given a text and a network that only knows the last letter
    data = text_data(tmp_path)
    tokens = len(data.preprocessing.target.classes)
    recipe = Recipe(
        procedure={"name": "language_model"},
        optimizer={"name": "Adam", "lr": 0.1},
        epochs=12,
        batch_size=16,
        threads=1,
    )

    # When it learns
    outcome, events = told(Bigram(tokens), recipe, data)

    # Then on the training text it costs about as many bits as counted pairs do
    (inputs,), target = data.train.batch(np.arange(len(data.train)))
    counts = np.zeros((tokens, tokens))
    np.add.at(counts, (inputs.ravel(), target.ravel()), 1)
    chances = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    entropy = -np.log2(chances[inputs.ravel(), target.ravel()]).mean()
    metrics = [each for each in events if isinstance(each, EpochEnded)][-1].metrics
    assert metrics["train_loss"] / math.log(2) == pytest.approx(entropy, rel=0.05)
    assert metrics["validation_bits"] == pytest.approx(metrics["validation_loss"] / math.log(2))
    assert 0.2 < outcome.metrics["test_accuracy"] < 0.6

    # And it shows a text that it wrote on
    shown = [each for each in events if isinstance(each, Frame) and each.title == "generated/text"]
    text = bytes(shown[-1].data).decode()
    assert len(text.partition("⟩")[2]) == 240


def test_writing_changes_no_bit_of_training(tmp_path: object) -> None:
    # Given the same run, once with a text written after every epoch
    data = text_data(tmp_path)
    tokens = len(data.preprocessing.target.classes)
    recipe = Recipe(procedure={"name": "language_model"}, epochs=2, batch_size=16, threads=1)
    first, second = Bigram(tokens), Bigram(tokens)
    second.load_state_dict(first.state_dict())
    told(first, recipe, data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph_engine.training.showing.SHORTEST", 0.0)
        told(second, recipe, data)

    # Then both have the same weights
    assert torch.equal(first.scores.weight, second.scores.weight)


def questions(**choice: Any) -> PreparedData:
    source = Generated(name="dates", samples=300)
    return prepare(DataChoice(source=source, **choice), None, ["written", "so_far"])


def test_a_network_that_cannot_know_the_answer_is_not_exact() -> None:
    # Given a network that looks at one letter of the question
    data = questions()
    module = Copier(*(len(each.classes) for each in data.preprocessing.inputs.values()))
    recipe = Recipe(procedure={"name": "sequence_to_sequence", "beam": 2}, epochs=1, threads=1)

    # When it learns, then its answers are counted as wrong, and shown with the right ones
    outcome, events = told(module, recipe, data)
    assert outcome.metrics["test_exact"] == 0.0
    shown = [each for each in events if isinstance(each, Frame) and each.title == "generated/text"]
    assert "(right: " in bytes(shown[-1].data).decode()


class Known(nn.Module):
    """Gives every answer its true scores: a distribution over three answers."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, question: torch.Tensor, so_far: torch.Tensor) -> torch.Tensor:
        # Tokens: 0 pad, 1 start, 2 end, 3 a, 4 b. “a” is likelier first, but “b b” is likeliest.
        scores = torch.full((len(so_far), so_far.shape[1], 5), -20.0)
        scores[:, 0, 3], scores[:, 0, 4] = math.log(0.6), math.log(0.4)
        after_a = so_far[:, 1] == 3
        scores[after_a, 1, 3], scores[after_a, 1, 4] = math.log(0.55), math.log(0.45)
        scores[~after_a, 1, 4] = 0.0
        scores[:, 2, 2] = 0.0
        return scores + self.weight


@pytest.mark.parametrize(("beam", "answer"), [(1, [3, 3, 2]), (3, [4, 4, 2])])
def test_a_beam_finds_the_likelier_answer_behind_the_less_likely_begin(
    beam: int, answer: list[int]
) -> None:
    # Given chances of which the greedy way misses the best answer
    recipe = Recipe(procedure={"name": "sequence_to_sequence", "beam": beam}, threads=1)
    procedure = SequenceToSequence(Known(), recipe, "sequence", torch.device("cpu"))
    procedure.start, procedure.end = 1, 2

    # When it is answered with and without a beam, then only the beam finds it
    said = procedure.answer(torch.zeros(2, 4, dtype=torch.long), 3)
    assert said.tolist() == [answer, answer]


def test_half_of_its_own_words_keep_the_padding() -> None:
    # Given a network that is given its own words half of the time
    recipe = Recipe(
        procedure={"name": "sequence_to_sequence", "teacher_forcing": 0.5}, epochs=1, threads=1
    )
    procedure = SequenceToSequence(Known(), recipe, "sequence", torch.device("cpu"))
    so_far = torch.tensor([[1, 4, 4, 0, 0]])
    torch.manual_seed(1)
    seen = {
        tuple(procedure._own_words((torch.zeros(1, 4), so_far))[1][0].tolist()) for _ in range(30)
    }
    assert len(seen) > 1
    assert all(each[0] == 1 and each[3:] == (0, 0) for each in seen)


def test_tokens_that_do_not_exist_are_refused_in_words() -> None:
    data = questions()
    module = Copier(*(len(each.classes) for each in data.preprocessing.inputs.values()))
    recipe = Recipe(procedure={"name": "sequence_to_sequence", "start": "§"}, epochs=1, threads=1)
    with pytest.raises(TrainingError, match="§"):
        told(module, recipe, data)


class Ear(nn.Module):
    """Logarithms of chances for each moment from the frames around it."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(24, 48, 9, padding=4), nn.ReLU(), nn.Conv1d(48, 11, 9, padding=4)
        )

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        heard: torch.Tensor = self.net(sound.transpose(1, 2))
        return heard.transpose(1, 2).log_softmax(2)


def test_transcription_learns_without_being_told_when() -> None:
    # Given some utterances and a small network that hears a few frames at once
    source = Generated(name="utterances", samples=200)
    data = prepare(DataChoice(source=source), None, ["sound"])
    recipe = Recipe(
        procedure={"name": "transcription"},
        loss={"name": "CTCLoss", "zero_infinity": True},
        optimizer={"name": "Adam", "lr": 0.01},
        epochs=50,
        batch_size=20,
        threads=1,
    )

    # When it learns, then it makes fewer mistakes than at the start
    _, events = told(Ear(), recipe, data)
    rates = [e.metrics["validation_error_rate"] for e in events if isinstance(e, EpochEnded)]
    assert rates[-1] < 0.6 < rates[0]


def test_repetitions_are_joined_and_blanks_left_out() -> None:
    # Given moments that say: a a blank a b b blank
    moments = torch.nn.functional.one_hot(torch.tensor([[1, 1, 0, 1, 2, 2, 0]]), 3).float()
    assert heard_in(moments) == [[1, 1, 2]]


@pytest.mark.parametrize(
    ("first", "second", "steps"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "abc", 0), ("flaw", "lawn", 2)],
)
def test_distance_of_levenshtein(first: str, second: str, steps: int) -> None:
    assert distance([*map(ord, first)], [*map(ord, second)]) == steps
