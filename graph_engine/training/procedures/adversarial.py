"""Generative adversarial networks: one makes samples, the other learns to tell them from real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graph_engine.errors import TrainingError
from graph_engine.training.optimization import Schedule, clip, forget, make_optimizer
from graph_engine.training.procedures.base import Batch, Made, Procedure
from graph_engine.training.procedures.networks import networks_of
from graph_engine.training.recipe import Recipe

SHOWN = 64
"""Samples that are made anew from the same noise after each epoch."""


class Player:
    """One of the two networks with what moves its weights."""

    def __init__(self, module: nn.Module, recipe: Recipe, rate: float = 1.0) -> None:
        self.module, self.recipe = module, recipe
        optimizer = recipe.optimizer
        if rate != 1.0:
            optimizer = optimizer.replace(lr=optimizer["lr"] * rate)
        self.choice = optimizer
        self.optimizer = make_optimizer(optimizer, module)
        self.weights = [weight for weight in module.parameters() if weight.requires_grad]

    def begin(self, steps_per_epoch: int, mode: Literal["min", "max"]) -> None:
        """Makes the scheduler."""
        self.schedule = Schedule(self.recipe, self.optimizer, steps_per_epoch, mode)

    def state_dict(self) -> dict[str, Any]:
        """Optimizer and scheduler."""
        return {"optimizer": self.optimizer.state_dict(), "schedule": self.schedule.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])


class Adversarial(Procedure):
    """The game of Goodfellow et al. (2014) with the generator's non-saturating loss; least squares after
    Mao et al. (2017); Wasserstein with gradient penalty after Gulrajani et al. (2017).

    The loss that is told of a step is the discriminator's.
    """

    keeps_best = False

    def __init__(self, module: nn.Module, recipe: Recipe, task: str, device: torch.device) -> None:
        super().__init__(module, recipe, task, device)
        networks, choice = networks_of(module), self.choice
        self.generator = Player(networks.network(choice["generator"]), recipe)
        self.critic = Player(
            networks.network(choice["discriminator"]), recipe, choice["discriminator_rate"]
        )
        self.game = GAMES[choice["game"]](choice["smoothing"])
        shapes = networks.shapes[choice["generator"]]
        self.latent = next(iter(shapes.values()))
        self.is_conditional = len(shapes) > 1
        if recipe.precision != "float32" or recipe.accumulate > 1:
            raise TrainingError(
                "Adversarial training computes in float32 and makes a step of every batch: set "
                "`precision` to float32 and `accumulate` to 1."
            )
        self.turns = 0
        self.shown = torch.Generator().manual_seed(recipe.seed)
        self.noise = torch.randn(SHOWN, *self.latent, generator=self.shown).to(device)

    def begin(self, steps_per_epoch: int, watched_falls: bool, reseed: Callable[[], None]) -> None:
        """Makes the schedulers."""
        for player in (self.critic, self.generator):
            player.begin(steps_per_epoch, "min" if watched_falls else "max")

    # One step ------------------------------------------------------------------------------------

    def step(self, batches: Sequence[Batch]) -> Tensor:
        """The critic learns from a batch of real and of made samples; the generator, when it is its
        turn, from what the critic says of new ones."""
        real, labels = self._real(batches[0])
        fake = self._made(len(real), labels).detach()
        loss = self._critic_loss(real, fake, labels)
        self._update(self.critic, loss)
        self.turns += 1
        if self.turns % self.choice["critic_steps"] == 0:
            verdict = self._verdict(self._made(len(real), labels), labels)
            self._update(self.generator, self.game.generator(verdict))
        return loss.detach()

    def _update(self, player: Player, loss: Tensor) -> None:
        player.optimizer.zero_grad()
        gradients = torch.autograd.grad(loss, player.weights, allow_unused=True)
        for weight, gradient in zip(player.weights, gradients, strict=True):
            weight.grad = gradient
        self.observer.gradients_ready(player.weights)
        if self.recipe.clip_norm is not None or self.recipe.clip_value is not None:
            clip(self.recipe, player.weights)
            self.observer.clipped(player.weights)
        player.optimizer.step()
        player.schedule.stepped()
        self.observer.updated(player.weights)

    def _critic_loss(self, real: Tensor, fake: Tensor, labels: tuple[Tensor, ...]) -> Tensor:
        loss = self.game.critic(self._verdict(real, labels), self._verdict(fake, labels))
        if self.choice["game"] == "wasserstein" and self.choice["gradient_penalty"]:
            loss = loss + self.choice["gradient_penalty"] * self._slope(real, fake, labels)
        return loss

    def _slope(self, real: Tensor, fake: Tensor, labels: tuple[Tensor, ...]) -> Tensor:
        """How far the critic's slope between real and made samples is from 1, squared."""
        share = torch.rand(len(real), *[1] * (real.ndim - 1), device=self.device)
        between = (share * real + (1 - share) * fake).requires_grad_()
        verdict = self._verdict(between, labels)
        (slope,) = torch.autograd.grad(verdict.sum(), between, create_graph=True)
        lengths: Tensor = slope.flatten(1).norm(dim=1)
        return (lengths - 1).square().mean()

    def _real(self, batch: Batch) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The samples and, for networks that are told the class, their labels."""
        (sample, *others), target = batch
        labels = (others or [target])[:1] if self.is_conditional else []
        return sample.to(self.device), tuple(each.to(self.device) for each in labels)

    def _made(self, count: int, labels: tuple[Tensor, ...]) -> Tensor:
        noise = torch.randn(count, *self.latent, device=self.device)
        return _first(self.generator.module(noise, *labels))

    def _verdict(self, samples: Tensor, labels: tuple[Tensor, ...]) -> Tensor:
        return _first(self.critic.module(samples, *labels)).reshape(len(samples), -1)

    # Measuring -----------------------------------------------------------------------------------

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Batch], stop: Callable[[], bool]) -> dict[str, float]:
        """The losses of both, and which share of real and of made samples the critic takes for real."""
        self.module.eval()
        sums = torch.zeros(4)
        count = 0
        for batch in batches:
            if stop():
                return {}
            real, labels = self._real(batch)
            fake = self._made(len(real), labels)
            of_real, of_fake = self._verdict(real, labels), self._verdict(fake, labels)
            parts = (
                self.game.critic(of_real, of_fake),
                self.game.generator(of_fake),
                (of_real > self.game.border).float().mean(),
                (of_fake > self.game.border).float().mean(),
            )
            sums += len(real) * torch.stack([part.cpu() for part in parts])
            count += len(real)
        if not count:
            return {}
        names = ("loss", "generator_loss", "real_taken_for_real", "made_taken_for_real")
        return dict(zip(names, (sums / count).tolist(), strict=True))

    @torch.no_grad()
    def made(self) -> Iterator[Made]:
        """Samples from the same noise each time; classes in turn where the generator is told them."""
        was_training = self.module.training
        self.module.eval()
        labels = (torch.arange(SHOWN, device=self.device) % 10,) if self.is_conditional else ()
        samples = _first(self.generator.module(self.noise, *labels))
        self.module.train(was_training)
        yield Made("samples", samples.cpu().numpy())

    # State ---------------------------------------------------------------------------------------

    def epoch_ended(self, watched: float) -> None:
        """Lets the schedulers move."""
        for player in (self.critic, self.generator):
            player.schedule.epoch_ended(watched)

    def learning_rate(self) -> float:
        """The generator's."""
        return float(self.generator.optimizer.param_groups[0]["lr"])

    def set_learning_rate(self, rate: float) -> None:
        """The generator's from here on, the discriminator's in proportion."""
        self.generator.schedule.rescale(rate)
        self.critic.schedule.rescale(rate * self.choice["discriminator_rate"])

    def forget(self) -> None:
        """Gives both optimizers a new state."""
        for player in (self.critic, self.generator):
            forget(player.optimizer, player.choice, player.module)

    def state_dict(self) -> dict[str, Any]:
        """Both players, and whose turn it is."""
        return {
            "generator": self.generator.state_dict(),
            "critic": self.critic.state_dict(),
            "turns": self.turns,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.generator.load_state_dict(state["generator"])
        self.critic.load_state_dict(state["critic"])
        self.turns = state["turns"]


class Classic:
    """Cross-entropy of “real or made”; the generator wants to be taken for real."""

    border = 0.0

    def __init__(self, smoothing: float) -> None:
        self.real = 1.0 - smoothing

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """What the critic makes small."""
        of_real = F.binary_cross_entropy_with_logits(real, torch.full_like(real, self.real))
        return of_real + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))

    def generator(self, fake: Tensor) -> Tensor:
        """What the generator makes small."""
        return F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))


class LeastSquares(Classic):
    """Distances from 1 for real and 0 for made samples."""

    border = 0.5

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """What the critic makes small."""
        return (real - self.real).square().mean() + fake.square().mean()

    def generator(self, fake: Tensor) -> Tensor:
        """What the generator makes small."""
        return (fake - 1).square().mean()


class Wasserstein(Classic):
    """The difference of the critic's scores, an estimate of the earth mover's distance."""

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """What the critic makes small."""
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor) -> Tensor:
        """What the generator makes small."""
        return -fake.mean()


GAMES = {"classic": Classic, "least_squares": LeastSquares, "wasserstein": Wasserstein}


def _first(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    return output if isinstance(output, Tensor) else output[0]
