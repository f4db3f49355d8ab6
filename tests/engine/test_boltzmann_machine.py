"""The restricted Boltzmann machine beside its definition, summed out over all states."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor, nn

from graph_engine.modules.restricted_boltzmann_machine import RestrictedBoltzmannMachine

pytestmark = pytest.mark.torch

STATES = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4)))


def machine(visible: str = "bernoulli") -> RestrictedBoltzmannMachine:
    """A small machine with weights that matter."""
    torch.manual_seed(0)
    module = RestrictedBoltzmannMachine(4, 3, visible)
    for weight in module.parameters():
        nn.init.normal_(weight)
    return module


def energy(module: RestrictedBoltzmannMachine, visible: Tensor, hidden: Tensor) -> Tensor:
    """−v·b − h·c − h·W·v, by the definition."""
    joint = torch.einsum("vi,hj,ji->vh", visible, hidden, module.weight)
    return -(visible @ module.visible_bias)[:, None] - hidden @ module.hidden_bias - joint


def test_free_energy_sums_the_hidden_units_out() -> None:
    module = machine()
    hidden = torch.tensor(list(itertools.product([0.0, 1.0], repeat=3)))

    summed = -torch.logsumexp(-energy(module, STATES, hidden), dim=1)

    assert torch.allclose(module.free_energy(STATES), summed, atol=1e-5)


def test_hidden_chances_are_those_of_the_joint_distribution() -> None:
    module = machine()
    hidden = torch.tensor(list(itertools.product([0.0, 1.0], repeat=3)))

    joint = torch.softmax(-energy(module, STATES, hidden), dim=1)

    assert torch.allclose(module(STATES), joint @ hidden, atol=1e-5)


def test_divergence_has_the_gradient_of_both_phases() -> None:
    module = machine()
    data = STATES[[3, 5, 9]]

    loss, samples = module.contrastive_divergence(data, steps=2)
    loss.backward()

    assert module.weight.grad is not None
    assert module.visible_bias.grad is not None
    with torch.no_grad():
        positive, negative = (torch.einsum("nj,ni->ji", module(v), v) / 3 for v in (data, samples))
        assert torch.allclose(module.weight.grad, negative - positive, atol=1e-6)
        assert torch.allclose(module.visible_bias.grad, samples.mean(0) - data.mean(0), atol=1e-6)


def test_gibbs_sampling_reaches_the_distribution_of_the_machine() -> None:
    module = machine()
    with torch.no_grad():
        expected = torch.softmax(-module.free_energy(STATES), dim=0)

    samples = module.gibbs(torch.zeros(20000, 4), steps=50)

    places = (samples @ torch.tensor([8.0, 4.0, 2.0, 1.0])).long()
    found = torch.bincount(places, minlength=16) / 20000
    assert (found - expected).abs().max().item() < 0.015


def test_gaussian_units_are_reconstructed_as_real_numbers() -> None:
    module = machine("gaussian")
    v = torch.randn(5, 4)

    hidden = module.sample_hidden(v)
    expected = hidden @ module.weight + module.visible_bias

    assert torch.allclose(module.reconstruct(hidden), expected, atol=1e-6)
    # The score of the marginal: reconstruction from hidden chances, minus the value.
    v.requires_grad_()
    (gradient,) = torch.autograd.grad(module.free_energy(v).sum(), v)
    assert torch.allclose(gradient, v - module.visible_bias - module(v) @ module.weight, atol=1e-5)


def test_contrastive_divergence_learns_bars() -> None:
    torch.manual_seed(0)
    module = RestrictedBoltzmannMachine(4, 6)
    bars = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]).repeat(50, 1)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    chain = None

    for _ in range(300):
        optimizer.zero_grad()
        loss, chain = module.contrastive_divergence(bars, chain=chain)
        loss.backward()
        optimizer.step()

    with torch.no_grad():
        chances = torch.softmax(-module.free_energy(STATES), dim=0)
    assert (chances[12] + chances[3]).item() > 0.8
