"""Language models: foretelling the next token at every place, and writing on from a beginning."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from graph_engine.data.prepared import PreparedData
from graph_engine.training.criteria import Outputs
from graph_engine.training.procedures.base import Made
from graph_engine.training.procedures.supervised import Figures, Supervised

WRITTEN = 240
"""Tokens that are written for showing."""


class LanguageModel(Supervised):
    """Learns a score for each token of the vocabulary at every place of a window.

    The network answers with places × tokens. Beside the loss stands ``bits``: how many a token costs
    that is coded by the network's chances (Shannon, 1951), lower being better.
    """

    def prepare(self, data: PreparedData) -> PreparedData:
        """Keeps the names of the tokens, and a beginning to write on from."""
        part = data.validation if len(data.validation) else data.train
        inputs, _ = part.plain().batch(np.zeros(1, np.int64))
        self.beginning = torch.as_tensor(inputs[0])
        self.tokens = data.preprocessing.target.classes
        return data

    def answers(self, inputs: tuple[Tensor, ...], target: Tensor) -> tuple[Outputs, Tensor]:
        """Scores with the tokens in the second dimension, where the loss looks for classes."""
        outputs, aim = super().answers(inputs, target)
        return (outputs[0].transpose(1, 2), *outputs[1:]), aim

    def figures(self) -> Figures:
        """The bits for each token."""
        return Bits()

    @torch.no_grad()
    def made(self) -> Iterator[Made]:
        """A text that the network writes on from the beginning of what it is measured by."""
        was_training = self.module.training
        self.module.eval()
        dice = torch.Generator().manual_seed(self.recipe.seed)
        window = self.beginning.to(self.device)
        written: list[int] = []
        for _ in range(WRITTEN):
            scores = self._scores(window)
            token = drawn(scores, self.choice["temperature"], dice)
            written.append(token)
            latest = torch.tensor([[token]], dtype=window.dtype, device=self.device)
            window = torch.cat([window[:, 1:], latest], dim=1)
        self.module.train(was_training)
        text = self._text(self.beginning[0].tolist()) + "⟩" + self._text(written)
        yield Made("text", np.frombuffer(text.encode(), np.uint8))

    def _scores(self, window: Tensor) -> Tensor:
        """Of the token behind a window, on the CPU."""
        outputs = self.module(window)
        first: Tensor = outputs if isinstance(outputs, Tensor) else outputs[0]
        return first[0, -1].float().cpu()

    def _text(self, tokens: list[int]) -> str:
        known = dict(enumerate(self.tokens))
        return "".join(known.get(token, "?") for token in tokens)


class Bits(Figures):
    """The loss in bits."""

    def values(self, loss: float) -> dict[str, float]:
        """One token costs so many on average."""
        return {"bits": loss / math.log(2)}


def drawn(scores: Tensor, temperature: float, dice: torch.Generator) -> int:
    """A token by its chance; at temperature 0 the likeliest."""
    if temperature <= 0:
        return int(scores.argmax())
    chances = torch.softmax(scores / temperature, dim=0)
    return int(torch.multinomial(chances, 1, generator=dice))
