"""One task learned first, and what was learned taken along to another with fewer samples."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from graph_engine.data.prepared import PreparedData, Split
from graph_engine.errors import TrainingError
from graph_engine.training.optimization import forget, rated_optimizer
from graph_engine.training.procedures.supervised import Supervised


class Transfer(Supervised):
    """Trains on the first task's classes for some epochs, then begins the last layer anew and goes on
    with the project's own data (Yosinski et al., 2014).

    At first only the last layer learns, so that its beginning does no harm to the others; then
    all do, the earlier ones at a lower rate (discriminative rates, Howard & Ruder, 2018).
    """

    def __init__(self, module: nn.Module, *others: Any) -> None:
        super().__init__(module, *others)
        self.trainable = {id(weight) for weight in self.weights}
        if self.choice["decay"] < 1:
            layers = self._layers()
            shares = [self.choice["decay"] ** (len(layers) - 1 - n) for n in range(len(layers))]
            groups = [
                ([w for w in layer.parameters(recurse=False) if w.requires_grad], share)
                for layer, share in zip(layers, shares, strict=True)
            ]
            self.optimizer = rated_optimizer(self.recipe.optimizer, groups)

    def prepare(self, data: PreparedData) -> PreparedData:
        """Gets the first task's samples. Raises TrainingError where the two do not fit one network."""
        if not self.choice["classes"]:
            raise TrainingError("Name the classes of the task to learn first, in `classes`.")
        self.first = data.variant(classes=self.choice["classes"], limit=0)
        own, other = (len(each.preprocessing.target.classes) for each in (data, self.first))
        if own != other:
            raise TrainingError(
                f"Both tasks share one last layer, but the first has {other} classes and the second "
                f"{own}. Choose as many for both."
            )
        return data

    def learned_from(self, data: PreparedData, epoch: int) -> Split:
        """The first task's samples, then the project's own."""
        return self.first.train if self._is_first(epoch) else data.train

    def measured_by(self, data: PreparedData, epoch: int) -> Split:
        """The first task's samples, then the project's own."""
        return self.first.validation if self._is_first(epoch) else data.validation

    def _is_first(self, epoch: int) -> bool:
        return bool(epoch < self.choice["pretraining_epochs"])

    def epoch_begins(self, epoch: int, is_fresh: bool) -> bool:
        """Changes the task, thaws the earlier layers when it is time, and sets the rates."""
        begun = self.choice["pretraining_epochs"]
        is_frozen = begun <= epoch < begun + self.choice["frozen_epochs"]
        if epoch == begun and is_fresh:
            self._renew(self._layers()[-1])
        for layer in self._layers()[:-1]:
            for weight in layer.parameters(recurse=False):
                weight.requires_grad_(not is_frozen and id(weight) in self.trainable)
        if is_frozen:
            self._still_norms()
        return bool(epoch == begun)

    def _still_norms(self) -> None:
        """Frozen layers keep their statistics as well."""
        for layer in self._layers()[:-1]:
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                layer.eval()

    def _layers(self) -> list[nn.Module]:
        """The layers with weights of their own in the order of the drawing, the last layer last."""
        return [
            layer
            for layer in self.module.modules()
            if any(True for _ in layer.parameters(recurse=False))
        ]

    def _renew(self, layer: nn.Module) -> None:
        """All weights zero, so that what was learned is disturbed least (Kolesnikov et al., 2020), and
        an optimizer that remembers nothing."""
        with torch.no_grad():
            for weight in layer.parameters():
                weight.zero_()
        forget(self.optimizer, self.recipe.optimizer, self.module)
