"""Autoencoders: the input is the target, whole or spoilt; codes sparse or spread as a distribution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from graph_engine.data.prepared import PreparedData
from graph_engine.errors import TrainingError
from graph_engine.training.criteria import Outputs
from graph_engine.training.procedures.base import Made
from graph_engine.training.procedures.supervised import Figures, Supervised

SHOWN = 64
"""Samples that are drawn anew from the same codes after each epoch."""


class Reconstruction(Supervised):
    """Learns to give back its first input.

    With noise or masking the network is given a spoilt input while it learns, and has to give back the
    whole one (Vincent et al., 2008). A variational network, which has mean and logarithm of the variance
    of its code as second and third output, pays for the divergence of the code from a standard normal
    distribution (Kingma & Welling, 2014, appendix B); its loss is the negative evidence lower bound for
    one sample, the reconstruction summed over the sample's numbers.
    """

    epoch = 0

    def prepare(self, data: PreparedData) -> PreparedData:
        """Keeps as many inputs as samples are shown."""
        positions = np.arange(SHOWN, dtype=np.int64) % len(data.train)
        self.example, _ = data.train.plain().batch(positions)
        return data

    def epoch_begins(self, epoch: int, is_fresh: bool) -> bool:
        """Lets the weight of the divergence grow."""
        self.epoch = epoch
        return False

    def loss(self, inputs: tuple[Tensor, ...], target: Tensor) -> Tensor:
        """Reconstruction, and what the code pays."""
        outputs, aim = self.answers(inputs, target)
        return self._whole(outputs, aim)

    def _whole(self, outputs: Outputs, aim: Tensor) -> Tensor:
        loss = self.criterion(outputs, aim)
        if is_variational(outputs):
            kl = self._kl_weight() * divergence(*outputs[1:3])
            if self.criterion.is_sum:
                return loss + len(aim) * kl
            return aim[0].numel() * loss + kl
        if self.choice["sparsity"]:
            loss = loss + self.choice["sparsity"] * self._code(outputs).abs().mean()
        return loss

    def _code(self, outputs: Outputs) -> Tensor:
        if len(outputs) < 2:
            raise TrainingError(
                "A sparse autoencoder gives its code as a second output, and this network has one "
                "output. Wire the code to an Output, or set `sparsity` to 0."
            )
        return outputs[1]

    def _kl_weight(self) -> float:
        """The full weight, or a part of it while it grows (Bowman et al., 2016)."""
        weight, epochs = self.choice["kl_weight"], self.choice["kl_epochs"]
        if not epochs or not self.module.training:
            return float(weight)
        return float(weight * min(1.0, (self.epoch + 1) / epochs))

    def spoilt(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The inputs as the network meets them while it learns."""
        first, *others = inputs
        if not self.module.training:
            return inputs
        if self.choice["masking"]:
            first = first * (torch.rand_like(first) >= self.choice["masking"])
        if self.choice["noise"]:
            first = first + self.choice["noise"] * torch.randn_like(first)
        return (first, *others)

    def answers(self, inputs: tuple[Tensor, ...], target: Tensor) -> tuple[Outputs, Tensor]:
        """The outputs for the inputs, spoilt while learning, and the whole first input."""
        inputs = tuple(each.to(self.device, non_blocking=True) for each in inputs)
        outputs, _ = super().answers(self.spoilt(inputs), target)
        return outputs, inputs[0]

    def figures(self) -> Figures:
        """For a variational network the negative evidence lower bound as ``loss``, and its two parts."""
        return Bound(self.criterion.is_sum)

    @torch.no_grad()
    def made(self) -> Iterator[Made]:
        """For a variational network, what it unfolds from codes of a standard normal distribution."""
        if not any(True for _ in drawing(self.module)):
            return
        was_training = self.module.training
        self.module.eval()
        inputs = tuple(torch.as_tensor(each).to(self.device) for each in self.example)
        with codes_from_prior(self.module, torch.Generator().manual_seed(self.recipe.seed)):
            outputs = self.module(*inputs)
        self.module.train(was_training)
        samples = self.criterion.scores(outputs if isinstance(outputs, Tensor) else outputs[0])
        yield Made("samples", samples.cpu().numpy())


def is_variational(outputs: Outputs) -> bool:
    """Whether there are mean and logarithm of the variance of a code besides the reconstruction."""
    return len(outputs) > 2 and outputs[1].shape == outputs[2].shape


class Bound(Figures):
    """The divergence of the codes, and with the reconstruction the negative evidence lower bound."""

    def __init__(self, is_sum: bool) -> None:
        self.is_sum = is_sum
        self.kl = self.samples = 0.0
        self.size = 1

    def add(self, inputs: tuple[Tensor, ...], outputs: Outputs, aim: Tensor) -> None:
        """Counts a batch, if its network is variational."""
        if is_variational(outputs):
            self.kl += float(divergence(*outputs[1:3])) * len(aim)
            self.samples += len(aim)
            self.size = 1 if self.is_sum else aim[0].numel()

    def values(self, loss: float) -> dict[str, float]:
        """In nats for one sample."""
        if not self.samples:
            return {}
        rebuilt, kl = self.size * loss, self.kl / self.samples
        return {"loss": rebuilt + kl, "reconstruction": rebuilt, "kl": kl}


def drawing(module: nn.Module) -> Iterator[nn.Module]:
    """The layers of a network that draw a code."""
    return (each for each in module.modules() if type(each).__name__ == "Reparameterize")


@contextmanager
def codes_from_prior(module: nn.Module, generator: torch.Generator) -> Iterator[None]:
    """Lets a variational network unfold codes of a standard normal distribution, not those of its
    inputs."""

    def drawn(_: nn.Module, inputs: tuple[Tensor, ...], __: Tensor) -> Tensor:
        mean = inputs[0]
        return torch.randn(mean.shape, generator=generator).to(mean)

    hooks = [each.register_forward_hook(drawn) for each in drawing(module)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """How far codes lie from a standard normal distribution, in nats for one sample."""
    each = 1 + log_variance - mean.square() - log_variance.exp()
    return -0.5 * each.sum() / len(mean)
