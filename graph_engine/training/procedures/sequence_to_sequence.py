"""One sequence answered by another: teacher forcing while learning, beam search when answering."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from graph_engine.data.prepared import PreparedData
from graph_engine.errors import TrainingError
from graph_engine.training.choices import Loss
from graph_engine.training.criteria import Criterion, Outputs
from graph_engine.training.procedures.base import Made
from graph_engine.training.procedures.supervised import Figures, Supervised

MOST_ANSWERED = 400
"""Samples of a part that are answered token by token when it is measured."""

SHOWN = 12


class SequenceToSequence(Supervised):
    """Learns the next token of an answer from the question and the answer so far (Sutskever et al.,
    2014).

    The network's inputs are the question and the answer so far, which begins with the start token; it
    answers with places × tokens. Token 0 fills answers up and is not learned. Beside the loss stands
    ``exact``: the share of questions whose whole answer is right when the network has to write it.
    """

    def prepare(self, data: PreparedData) -> PreparedData:
        """Finds the tokens that begin and end an answer. Raises TrainingError where they are missing."""
        target = data.preprocessing.target
        self.tokens = target.classes
        if len(data.preprocessing.inputs) < 2 or target.kind != "categorical" or not target.shape:
            raise TrainingError(
                "Answering sequences needs two inputs, the question and the answer so far, and a row of "
                "tokens as the target."
            )
        self.start, self.end = (self._token(self.choice[name]) for name in ("start", "end"))
        if self.recipe.loss is None:
            loss = Loss.read({"name": "CrossEntropyLoss", "ignore_index": 0})
            self.criterion = Criterion(loss, self.device)
        self.shown = data.validation if len(data.validation) else data.train
        return data

    def _token(self, name: str) -> int:
        if name not in self.tokens:
            raise TrainingError(
                f"No token of the answers is “{name}”. Set the procedure's `start` and `end` to the "
                "tokens that begin and end an answer."
            )
        return self.tokens.index(name)

    # Learning ------------------------------------------------------------------------------------

    def answers(self, inputs: tuple[Tensor, ...], target: Tensor) -> tuple[Outputs, Tensor]:
        """Scores with the tokens in the second dimension, where the loss looks for classes."""
        if self.module.training and self.choice["teacher_forcing"] < 1:
            inputs = self._own_words(tuple(each.to(self.device) for each in inputs))
        outputs, aim = super().answers(inputs, target)
        return (outputs[0].transpose(1, 2), *outputs[1:]), aim

    def _own_words(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The answer so far with some tokens replaced by what the network would have said there
        (scheduled sampling, Bengio et al., 2015)."""
        question, so_far, *others = inputs
        with torch.no_grad():
            said = self._scores(question, so_far, *others).argmax(2)
        own = torch.cat([so_far[:, :1], said[:, :-1]], dim=1)
        is_own = torch.rand(so_far.shape, device=self.device) >= self.choice["teacher_forcing"]
        is_own[:, 0] = False
        return (question, torch.where(is_own & (so_far != 0), own, so_far), *others)

    def _scores(self, *inputs: Tensor) -> Tensor:
        outputs = self.module(*inputs)
        first: Tensor = outputs if isinstance(outputs, Tensor) else outputs[0]
        return first

    # Answering -----------------------------------------------------------------------------------

    def figures(self) -> Figures:
        """The share of whole answers that are right."""
        return Answered(self)

    def answer(self, question: Tensor, length: int) -> Tensor:
        """The likeliest answer that beam search finds, filled up with token 0 behind its end."""
        beam, count = int(self.choice["beam"]), len(question)
        asked = question.repeat_interleave(beam, 0)
        so_far = torch.zeros(count * beam, length + 1, dtype=torch.long, device=self.device)
        so_far[:, 0] = self.start
        worth = torch.full((count, beam), -torch.inf, device=self.device)
        worth[:, 0] = 0.0
        has_ended = torch.zeros(count * beam, dtype=torch.bool, device=self.device)
        for place in range(length):
            scores = self._scores(asked, so_far[:, :length])[:, place].float().log_softmax(1)
            scores = torch.where(has_ended[:, None], self._silence(scores), scores)
            tokens = scores.shape[1]
            all_worth = (worth[:, :, None] + scores.view(count, beam, tokens)).flatten(1)
            worth, chosen = all_worth.topk(beam, dim=1)
            rows = torch.arange(count, device=self.device)[:, None] * beam + chosen // tokens
            so_far, has_ended = so_far[rows.flatten()], has_ended[rows.flatten()]
            so_far[:, place + 1] = (chosen % tokens).flatten()
            has_ended = has_ended | (so_far[:, place + 1] == self.end)
        return so_far.view(count, beam, -1)[:, 0, 1:]

    def _silence(self, scores: Tensor) -> Tensor:
        """After its end an answer goes on with token 0 alone, at no cost."""
        silent = torch.full_like(scores, -torch.inf)
        silent[:, 0] = 0.0
        return silent

    @torch.no_grad()
    def made(self) -> Iterator[Made]:
        """Some questions of those that it is measured by, the answers, and which are right."""
        was_training = self.module.training
        self.module.eval()
        positions = np.arange(min(SHOWN, len(self.shown)), dtype=np.int64)
        inputs, target = self.shown.plain().batch(positions)
        said = self.answer(torch.as_tensor(inputs[0]).to(self.device), target.shape[1]).cpu()
        self.module.train(was_training)
        names = next(iter(self.shown.inputs.values())).encoding.classes
        lines = [
            f"{_text(question, names)} → {_text(answer, self.tokens)}"
            + ("" if (answer == truth).all() else f"   (right: {_text(truth, self.tokens)})")
            for question, answer, truth in zip(inputs[0], said.numpy(), target, strict=True)
        ]
        yield Made("text", np.frombuffer("\n".join(lines).encode(), np.uint8))


class Answered(Figures):
    """Whole answers that are right, of the first ``MOST_ANSWERED`` questions."""

    def __init__(self, procedure: SequenceToSequence) -> None:
        self.procedure = procedure
        self.right = self.asked = 0

    def add(self, inputs: tuple[Tensor, ...], outputs: Outputs, aim: Tensor) -> None:
        """Lets the questions of a batch be answered token by token."""
        if self.asked >= MOST_ANSWERED:
            return
        device = self.procedure.device
        said = self.procedure.answer(inputs[0].to(device), aim.shape[1])
        self.right += int((said == aim.to(device)).all(1).sum())
        self.asked += len(aim)

    def values(self, loss: float) -> dict[str, float]:
        """The share of those that were answered."""
        return {"exact": self.right / self.asked}


def _text(tokens: Iterable[int], names: tuple[str, ...]) -> str:
    return "".join(names[token] for token in tokens if token)
