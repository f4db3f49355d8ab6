"""Two layers that explain each other."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RestrictedBoltzmannMachine(nn.Module):
    """Gives the chance that each hidden unit is on; learns by contrastive divergence.

    Visible units are "bernoulli" (on or off) or "gaussian" (real, of variance 1).
    Hinton, 2002: https://www.cs.toronto.edu/~hinton/absps/nccd.pdf
    """

    def __init__(
        self, visible_features: int, hidden_features: int, visible: str = "bernoulli"
    ) -> None:
        super().__init__()
        self.visible = visible
        self.weight = nn.Parameter(torch.empty(hidden_features, visible_features))
        self.visible_bias = nn.Parameter(torch.zeros(visible_features))
        self.hidden_bias = nn.Parameter(torch.zeros(hidden_features))
        nn.init.normal_(self.weight, std=0.01)

    def forward(self, visible: Tensor) -> Tensor:
        return torch.sigmoid(F.linear(visible, self.weight, self.hidden_bias))

    def sample_hidden(self, visible: Tensor) -> Tensor:
        """Hidden units, on or off, given visible ones."""
        return torch.bernoulli(self(visible))

    def reconstruct(self, hidden: Tensor) -> Tensor:
        """The expected visible values given hidden ones."""
        values = F.linear(hidden, self.weight.t(), self.visible_bias)
        return torch.sigmoid(values) if self.visible == "bernoulli" else values

    def sample_visible(self, hidden: Tensor) -> Tensor:
        """Visible values drawn given hidden ones."""
        expected = self.reconstruct(hidden)
        if self.visible == "bernoulli":
            return torch.bernoulli(expected)
        return expected + torch.randn_like(expected)

    @torch.no_grad()
    def gibbs(self, visible: Tensor, steps: int = 1) -> Tensor:
        """Visible values after drawing hidden and visible units in turn."""
        for _ in range(steps):
            visible = self.sample_visible(self.sample_hidden(visible))
        return visible

    def free_energy(self, visible: Tensor) -> Tensor:
        """How unlikely each sample is, hidden units summed out; lower is likelier."""
        hidden = F.softplus(F.linear(visible, self.weight, self.hidden_bias)).sum(-1)
        if self.visible == "bernoulli":
            return -(visible * self.visible_bias).sum(-1) - hidden
        return 0.5 * (visible - self.visible_bias).square().sum(-1) - hidden

    def contrastive_divergence(
        self, visible: Tensor, steps: int = 1, chain: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """A loss whose gradient is that of CD-k, and the samples at the chain's end.

        The chain starts from the data, or from ``chain`` (persistent contrastive
        divergence: hand in the samples of the step before).
        """
        samples = self.gibbs(visible if chain is None else chain, steps)
        difference = self.free_energy(visible).mean() - self.free_energy(samples).mean()
        return difference, samples
