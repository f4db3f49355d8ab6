"""Autoencoders: what is spoilt, what a code pays, and what a variational network draws by itself."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.prepared import PreparedData
from graph_engine.data.scaling import Scaling
from graph_engine.errors import TrainingError
from graph_engine.modules.reparameterize import Reparameterize
from graph_engine.training.events import Event, Frame
from graph_engine.training.loop import train
from graph_engine.training.procedures import Reconstruction
from graph_engine.training.recipe import Recipe

pytestmark = pytest.mark.torch

CPU = torch.device("cpu")


class Autoencoder(nn.Module):
    """Gives what it rebuilt, and its code."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder, self.decoder = nn.Linear(6, width), nn.Linear(width, 6)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        code = self.encoder(x)
        return self.decoder(code), code


class Variational(nn.Module):
    """Rebuilt, mean and logarithm of variance."""

    def __init__(self, shape: tuple[int, ...] = (6,)) -> None:
        super().__init__()
        torch.manual_seed(0)
        size = math.prod(shape)
        self.mean, self.spread = nn.Linear(size, 3), nn.Linear(size, 3)
        self.draw, self.decoder = Reparameterize(), nn.Linear(3, size)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, spread = self.mean(x.flatten(1)), self.spread(x.flatten(1))
        return self.decoder(self.draw(mean, spread)).reshape(x.shape), mean, spread


class Whole(nn.Module):
    """Remembers what it was shown, and answers with it."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x)
        return self.weight * x


def learner(module: nn.Module, loss: str = "MSELoss", **procedure: Any) -> Reconstruction:
    recipe = Recipe(
        procedure={"name": "reconstruction", **procedure},
        loss={"name": loss},
        optimizer={"name": "SGD", "lr": 0.1},
    )
    made = Reconstruction(module, recipe, "reconstruction", CPU)
    made.begin(1, True, lambda: None)
    return made


def batch(count: int = 5, width: int = 6) -> tuple[tuple[Tensor, ...], Tensor]:
    made = torch.Generator().manual_seed(1)
    return (torch.rand(count, width, generator=made),), torch.zeros(count, dtype=torch.int64)


def digits() -> PreparedData:
    scaled = (Scaling(method="divide", divisor=16.0),)
    return prepare(DataChoice(scaling=scaled, limit=100), None, ["image"])


def divergence_of(mean: Tensor, log_variance: Tensor) -> float:
    code = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    normal = torch.distributions.Normal(torch.zeros(3), torch.ones(3))
    return float(torch.distributions.kl_divergence(code, normal).sum(1).mean())


# Spoilt inputs -----------------------------------------------------------------------------------


def test_a_step_is_one_against_the_input() -> None:
    # Given two equal networks
    own, other = Autoencoder(), Autoencoder()
    (images,), target = batch()

    # When one is taught by the procedure and the other by hand
    told = learner(own).step([((images,), target)])
    loss = F.mse_loss(other(images)[0], images)
    loss.backward()
    with torch.no_grad():
        for weight in other.parameters():
            assert weight.grad is not None
            weight.sub_(0.1 * weight.grad)

    # Then both are equal
    assert torch.equal(told, loss.detach())
    for a, b in zip(own.parameters(), other.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-7)


@pytest.mark.parametrize("spoiling", [{"noise": 0.3}, {"masking": 0.5}])
def test_inputs_are_spoilt_only_while_learning(spoiling: dict[str, Any]) -> None:
    # Given a network that remembers what it was shown
    module = Whole()
    denoising = learner(module, **spoiling)
    (images,), target = batch(200, 50)

    # When it learns and is measured
    torch.manual_seed(3)
    loss = denoising.step([((images,), target)])
    measured = denoising.evaluate([((images,), target)], lambda: False)

    # Then it was shown spoilt images first, and has to give back the whole ones
    spoilt, whole, *_ = module.seen
    assert not torch.equal(spoilt, images)
    assert torch.equal(whole, images)
    assert float(loss) == pytest.approx(float(F.mse_loss(spoilt, images)), rel=1e-5)
    assert measured["loss"] < float(loss)


def test_noise_has_the_spread_and_masking_the_share_that_were_asked_for() -> None:
    module = Whole()
    (images,), _ = batch(400, 50)
    torch.manual_seed(0)

    (noisy,) = learner(module, noise=0.3).spoilt((images,))
    (masked,) = learner(module, masking=0.4).spoilt((images,))

    assert float((noisy - images).std()) == pytest.approx(0.3, rel=0.03)
    assert float((noisy - images).mean()) == pytest.approx(0.0, abs=0.01)
    assert float((masked == 0).float().mean()) == pytest.approx(0.4, abs=0.02)
    kept = masked != 0
    assert torch.equal(masked[kept], images[kept])


# Codes -------------------------------------------------------------------------------------------


def test_a_sparse_code_pays_for_its_size() -> None:
    module = Autoencoder()
    (images,), target = batch()

    loss = learner(module, sparsity=0.5).loss((images,), target)

    rebuilt, code = module(images)
    expected = F.mse_loss(rebuilt, images) + 0.5 * code.abs().mean()
    assert torch.allclose(loss, expected)


def test_sparsity_without_a_code_is_refused_in_words() -> None:
    with pytest.raises(TrainingError, match="second output"):
        learner(Whole(), sparsity=0.5).loss(*batch())


@pytest.mark.parametrize("loss", ["MSELoss", "BCEWithLogitsLoss"])
def test_the_loss_of_a_variational_network_is_the_negative_bound(loss: str) -> None:
    # Given images, and the same draw of codes twice
    module = Variational()
    (images,), target = batch()
    torch.manual_seed(5)
    told = learner(module, loss).loss((images,), target).detach()

    # When the bound is worked out from the densities themselves
    torch.manual_seed(5)
    rebuilt, mean, log_variance = module(images)
    if loss == "MSELoss":
        each = (rebuilt - images).square()
    else:
        each = F.binary_cross_entropy_with_logits(rebuilt, images, reduction="none")
    code = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    normal = torch.distributions.Normal(torch.zeros(3), torch.ones(3))
    kl = torch.distributions.kl_divergence(code, normal).sum(1)

    # Then the loss is the mean over the samples of both
    assert float(told) == pytest.approx(float((each.sum(1) + kl).mean().detach()), rel=1e-5)


def test_the_weight_of_the_divergence_grows() -> None:
    # Given a weight of 2 that is reached within 4 epochs
    module = Variational()
    growing = learner(module, kl_weight=2.0, kl_epochs=4)
    (images,), target = batch()
    module.draw.training = False
    with torch.no_grad():
        rebuilt, mean, log_variance = module(images)
    plain = float(6 * F.mse_loss(rebuilt, images))
    kl = divergence_of(mean, log_variance)

    # Then each epoch pays its share of it, and none more than the whole
    for epoch, share in ((0, 0.5), (1, 1.0), (3, 2.0), (9, 2.0)):
        growing.epoch_begins(epoch, True)
        told = float(growing.loss((images,), target).detach())
        assert told == pytest.approx(plain + share * kl, rel=1e-5)


def test_the_two_parts_of_the_bound_are_measured() -> None:
    module = Variational()
    (images,), target = batch(7)
    batches = [((images[:4],), target[:4]), ((images[4:],), target[4:])]

    found = learner(module, kl_weight=0.1).evaluate(batches, lambda: False)

    with torch.no_grad():
        rebuilt, mean, log_variance = module.eval()(images)
    kl = divergence_of(mean, log_variance)
    assert found["kl"] == pytest.approx(kl, rel=1e-5)
    assert found["reconstruction"] == pytest.approx(
        float((rebuilt - images).square().sum(1).mean()), rel=1e-5
    )
    assert found["loss"] == pytest.approx(found["kl"] + found["reconstruction"], rel=1e-6)


# Samples -----------------------------------------------------------------------------------------


def test_a_variational_network_draws_samples_from_noise_alone() -> None:
    # Given a variational network and a plain one
    module = Variational((1, 8, 8))
    drawing, data = learner(module), digits()
    drawing.prepare(data)
    module.train()
    before, state = torch.get_rng_state(), module.state_dict()

    # When it is asked for samples twice
    (first,), (second,) = drawing.made(), drawing.made()

    # Then they are what it unfolds from the bell curve, always from the same codes
    codes = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
    expected = module.decoder(codes).detach().reshape(64, 1, 8, 8)
    assert first.title == "samples"
    assert torch.allclose(torch.as_tensor(first.array), expected, atol=1e-6)
    assert (first.array == second.array).all()

    # And nothing else has changed: draws by chance, mode, weights, what an image becomes
    assert torch.equal(torch.get_rng_state(), before)
    assert module.training
    assert all(torch.equal(state[name], weight) for name, weight in module.state_dict().items())
    (image,), _ = data.test.batch(torch.arange(3).numpy())
    rebuilt, mean, _ = module.eval()(torch.as_tensor(image))
    assert torch.allclose(rebuilt.flatten(1), module.decoder(mean))


def test_only_networks_that_draw_codes_make_samples() -> None:
    events: list[Event] = []
    recipe = Recipe(procedure={"name": "reconstruction"}, epochs=1, threads=1)
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.Unflatten(1, (1, 8, 8)))

    train(plain, recipe, digits(), on_event=events.append)
    assert not [e for e in events if isinstance(e, Frame) and e.title == "generated/samples"]

    train(Variational((1, 8, 8)), recipe, digits(), on_event=events.append)
    (frame,) = [e for e in events if isinstance(e, Frame) and e.title == "generated/samples"]
    assert frame.array().shape == (64, 1, 8, 8)
