"""The perceptron rule: weights are corrected only by samples that are answered wrongly, without
gradients."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graph_engine.errors import TrainingError
from graph_engine.training.choices import Loss
from graph_engine.training.criteria import Criterion, Outputs
from graph_engine.training.optimization import make_optimizer
from graph_engine.training.procedure_choices import DEFAULT_LOSSES
from graph_engine.training.procedures.base import Batch
from graph_engine.training.procedures.supervised import Supervised
from graph_engine.training.recipe import Recipe

TASKS = ("binary", "classification")


class Mistakes(Criterion):
    """The perceptron criterion: how far the wrong answers lie on the wrong side, 0 where all are right.

    For one score s and y = ±1 that is max(0, −y s); for a score a class, the largest less the right one.
    """

    def __call__(self, outputs: Outputs, target: Tensor) -> Tensor:
        """The mean over the batch."""
        return self.each(outputs, target).mean()

    def each(self, outputs: Outputs, target: Tensor) -> Tensor:
        """Of each sample."""
        scores = outputs[0]
        if scores.shape[1] == 1:
            return F.relu(-_signs(target) * scores[:, 0])
        right = scores.gather(1, target.reshape(-1, 1))[:, 0]
        return scores.amax(1) - right

    def scores(self, output: Tensor) -> Tensor:
        """Something like probabilities; a neuron on its threshold fires."""
        if output.shape[1] > 1:
            return output.softmax(1)
        return torch.sigmoid(output) + 1e-6 * (output == 0)


class PerceptronRule(Supervised):
    """Rosenblatt's rule (1958) for the network's last linear layer: a neuron that should have fired and
    did not has the sample added to its weights; one that should not have, subtracted.

    A single neuron fires at 0 and above. Of several, one for each class, the strongest wins, and only
    the winner and the right one are corrected (Kesler's construction; Duda and Hart, 1973). Samples are
    met one by one, whatever the batch size. Layers before the last stay as they are, like the
    association units of Rosenblatt's machine; behind it only a step may follow. Of the optimizer only
    the learning rate is used.
    """

    def __init__(self, module: nn.Module, recipe: Recipe, task: str, device: torch.device) -> None:
        if task not in TASKS:
            raise TrainingError(
                f"The perceptron rule tells classes apart, and the task is {task}. Choose a target with "
                "classes, or another procedure."
            )
        super().__init__(module, recipe, task, device)
        if self.lowers:
            raise TrainingError("The perceptron rule computes in float32: set `precision` to that.")
        self.criterion = Mistakes(recipe.loss or Loss.read(DEFAULT_LOSSES[task]), device)
        self.linear = last_linear(module)
        self.weights = [each for each in self.linear.parameters() if each.requires_grad]
        rate = float(make_optimizer(recipe.optimizer, module).param_groups[0]["lr"])
        self.optimizer = torch.optim.SGD(self.linear.parameters(), lr=rate)
        self.seen: tuple[Tensor, Tensor] | None = None
        self.linear.register_forward_hook(self._see)

    def _see(self, linear: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        self.seen = inputs[0].detach(), output.detach()

    def forget(self) -> None:
        """The rule remembers nothing but its weights."""

    # One step ------------------------------------------------------------------------------------

    @torch.no_grad()
    def step(self, batches: Sequence[Batch]) -> Tensor:
        """Corrects the weights by each sample that is answered wrongly; the loss is that of each sample
        before its correction."""
        before = [weight.clone() for weight in self.weights]
        loss = torch.zeros((), device=self.device)
        samples = 0
        for inputs, target in batches:
            _, aim = self.answers(inputs, target)
            assert self.seen is not None
            loss += self._learn(self.seen[0], aim.reshape(-1))
            samples += len(aim)
        self._show(before)
        self.schedule.stepped()
        self.observer.updated(self.weights)
        return loss / samples

    def _learn(self, features: Tensor, target: Tensor) -> Tensor:
        """Goes from mistake to mistake, with the weights as the ones before have left them."""
        loss = torch.zeros((), device=self.device)
        at = 0
        while at < len(features):
            scores = F.linear(features[at:], self.linear.weight, self.linear.bias)
            wrong = (answers(scores) != target[at:]).nonzero()
            if not len(wrong):
                break
            first = int(wrong[0])
            loss += self.criterion(
                (scores[first : first + 1],), target[at + first : at + first + 1]
            )
            at += first
            self._correct(features[at], scores[first], target[at])
            at += 1
        return loss

    def _correct(self, sample: Tensor, scores: Tensor, target: Tensor) -> None:
        push = torch.zeros_like(scores)
        if len(scores) == 1:
            push[0] = _signs(target)
        else:
            push[target], push[scores.argmax()] = 1.0, -1.0
        for weight in self.weights:
            weight.grad = -push if weight.ndim == 1 else -push.outer(sample)
        self.optimizer.step()

    def _show(self, before: Sequence[Tensor]) -> None:
        """Leaves the sum of the corrections where others look for gradients. The step of the optimizer
        changes nothing; it tells the scheduler that there was one."""
        rate = self.learning_rate() or 1.0
        for weight in self.weights:
            weight.grad = torch.zeros_like(weight)
        self.optimizer.step()
        for weight, old in zip(self.weights, before, strict=True):
            weight.grad = (old - weight) / rate
        self.observer.gradients_ready(self.weights)

    # Answers -------------------------------------------------------------------------------------

    def answers(self, inputs: tuple[Tensor, ...], target: Tensor) -> tuple[Outputs, Tensor]:
        """The scores in front of the step in place of the first output, and the classes.

        Raises TrainingError where what follows the layer is no step at 0.
        """
        outputs, aim = super().answers(inputs, target)
        assert self.seen is not None
        scores = self.seen[1]
        if scores.ndim != 2 or len(scores) != len(aim):
            raise TrainingError(
                "The perceptron rule needs one row of scores a sample out of the last Linear. Flatten "
                "its input."
            )
        fires = outputs[0].reshape(len(scores), -1)
        if scores.shape[1] == 1 and ((fires > 0) != (scores > 0))[scores != 0].any():
            raise TrainingError(
                "A perceptron fires where its sum is above 0: it learns its threshold as the bias. Set "
                "the threshold of the step behind the last Linear to 0."
            )
        return (scores, *outputs[1:]), aim.long()


def answers(scores: Tensor) -> Tensor:
    """The class of each row of scores: of one, whether the neuron fires; of several, the strongest."""
    return (scores[:, 0] >= 0).long() if scores.shape[1] == 1 else scores.argmax(1)


def last_linear(module: nn.Module) -> nn.Linear:
    """The last layer with weights. Raises TrainingError where it is not a Linear."""
    own = [each for each in module.modules() if any(True for _ in each.parameters(recurse=False))]
    if not own or not isinstance(own[-1], nn.Linear):
        found = type(own[-1]).__name__ if own else "no layer with weights at all"
        raise TrainingError(
            f"The perceptron rule corrects a Linear at the end of the network, and found {found}. Put a "
            "Linear there, or choose another procedure."
        )
    return own[-1]


def _signs(target: Tensor) -> Tensor:
    """1 where the neuron should fire, else −1."""
    return 2.0 * target.float() - 1.0
