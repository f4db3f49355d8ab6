"""Figures of templates that a run does not measure by itself: baselines, judges, ranks.

``measure`` asks the evaluator that is named as a template's metric in ``catalogue.json``. It is given
the trained network and answers a number, or several by name, of which the one of its own name counts and
the others stand beside it in the table. scikit-learn may be used here; the program itself does without.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from graph_engine import Project
from graph_engine.cli.projects import network_of
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.prepared import PreparedData, Split
from graph_engine.data.scaling import Scaling
from graph_engine.training.events import Finished
from graph_engine.training.folder import RunFolder
from graph_engine.training.launch import new_run
from graph_engine.training.prediction import trained
from graph_engine.training.procedure_choices import Procedure
from graph_engine.training.procedures.networks import Networks
from graph_engine.training.procedures.reconstruction import codes_from_prior
from graph_engine.training.session import Session


@dataclass(frozen=True)
class Trained:
    """A run of a template that has ended."""

    name: str
    project: Project
    folder: RunFolder
    metrics: Mapping[str, float]
    seed: int

    @property
    def procedure(self) -> Procedure:
        """How a step was made; for templates that choose it."""
        chosen = self.project.training_recipe().procedure
        assert chosen is not None
        return chosen

    @cached_property
    def module(self) -> nn.Module:
        """The network with its best weights, or the last where no weights are the best, as for a GAN."""
        return trained(self.folder, self.folder.snapshot()).eval()

    @cached_property
    def last(self) -> nn.Module:
        """The network with the weights of its last epoch."""
        return trained(self.folder, self.folder.snapshot(), best=False).eval()

    @cached_property
    def data(self) -> PreparedData:
        """The data as the run had them."""
        choice = self.project.data_choice()
        return prepare(choice, None, self.folder.snapshot().inputs)


Evaluator = Callable[[Trained], float | Mapping[str, float]]
EVALUATORS: dict[str, Evaluator] = {}
Entered = TypeVar("Entered", bound=Evaluator)


def evaluator(function: Entered) -> Entered:
    """Enters a function among the evaluators, under its own name."""
    EVALUATORS[function.__name__] = function
    return function


# Foundations -------------------------------------------------------------------------------------


def samples(part: Split) -> tuple[tuple[Tensor, ...], Tensor]:
    """All samples of a part, without augmentation, as the network takes them."""
    plain = part.plain()
    inputs, target = plain.batch(np.arange(len(plain)))
    return tuple(map(torch.as_tensor, inputs)), torch.as_tensor(target)


@evaluator
def ridge_r2(run: Trained) -> float:
    """R² of ridge regression (α = 1) on the same division of the same samples."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415

    (x,), y = samples(run.data.train)
    model = Ridge(alpha=1.0).fit(x.numpy(), y.numpy().ravel())
    (x,), y = samples(run.data.test)
    return float(model.score(x.numpy(), y.numpy().ravel()))


@evaluator
def overfitting_gap(run: Trained) -> dict[str, float]:
    """How much larger the loss for new samples is than for those that were learned from, at the end of
    the run; where it was stopped early, with the weights that it kept."""
    *_, last = (event for event, _ in run.folder.read_events())
    was_early = isinstance(last, Finished) and last.reason == "early_stopping"
    network = run.module if was_early else run.last
    found = {}
    with torch.no_grad():
        for name, part in (("train", run.data.train), ("test", run.data.test)):
            inputs, target = samples(part)
            scores = network(*inputs)
            found[f"final_loss_{name}"] = float(functional.cross_entropy(scores, target))
            found[f"final_accuracy_{name}"] = float((scores.argmax(1) == target).float().mean())
    return {"overfitting_gap": found["final_loss_test"] - found["final_loss_train"], **found}


# Codes -------------------------------------------------------------------------------------------


def flat(part: Split) -> np.ndarray:
    """All samples of a part as rows of numbers."""
    return samples(part)[0][0].flatten(1).numpy()


def answered(network: nn.Module, images: Tensor) -> tuple[Tensor, ...]:
    """All outputs for images."""
    with torch.no_grad():
        outputs = network(images)
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


def errors(network: nn.Module, images: Tensor) -> np.ndarray:
    """The mean squared error of each image's reconstruction."""
    rebuilt = answered(network, images)[0]
    return (rebuilt - images).square().flatten(1).mean(1).numpy()


@evaluator
def mse_to_pca(run: Trained) -> dict[str, float]:
    """The error of reconstruction as a multiple of that of principal components: as many as the code
    has numbers, found in the samples of training."""
    known, new = flat(run.data.train), flat(run.data.test)
    images = samples(run.data.test)[0][0]
    width = answered(run.module, images[:2])[1].shape[1]
    center = known.mean(0)
    axes = np.linalg.svd(known - center, full_matrices=False)[2][:width]
    left = (new - center) - (new - center) @ axes.T @ axes
    error, of_pca = float(errors(run.module, images).mean()), float(np.square(left).mean())
    return {"mse_to_pca": error / of_pca, "pca_mse": of_pca, "width": float(width)}


@evaluator
def denoising_to_linear(run: Trained) -> dict[str, float]:
    """The error that is left in noisy images, as a multiple of what the best linear filter leaves; it
    was fitted to ten noisy copies of the samples of training."""
    spread: float = run.procedure["noise"]
    generator = np.random.default_rng(0)

    def spoilt(images: np.ndarray) -> np.ndarray:
        noise: np.ndarray = generator.normal(size=images.shape).astype(np.float32)
        return images + spread * noise

    known, new = flat(run.data.train), flat(run.data.test)
    copies = np.concatenate([known] * 10)
    noisy = np.c_[spoilt(copies), np.ones(len(copies), np.float32)]
    weights = np.linalg.lstsq(noisy, copies, rcond=None)[0]
    noisy = spoilt(new)
    linear = float(np.square(np.c_[noisy, np.ones(len(new))] @ weights - new).mean())
    rebuilt = answered(run.module, torch.as_tensor(noisy).reshape(-1, 1, 8, 8))[0]
    own = float(np.square(rebuilt.flatten(1).numpy() - new).mean())
    return {
        "denoising_to_linear": own / linear,
        "denoised_mse": own,
        "linear_mse": linear,
        "noisy_mse": float(np.square(noisy - new).mean()),
    }


@evaluator
def anomaly_auroc(run: Trained) -> dict[str, float]:
    """How well the error of reconstruction tells new samples of the learned class from all of the
    others: the chance that one of another class has the larger error."""
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415

    (own,) = run.project.data_choice().classes
    whole = run.data.variant(classes=())
    names = np.array(whole.preprocessing.target.classes)
    others = []
    for part in (whole.train, whole.validation, whole.test):
        (images,), label = samples(part)
        others.append(errors(run.module, images[torch.as_tensor(names[label] != own)]))
    strange = np.concatenate(others)
    usual = errors(run.module, samples(run.data.test)[0][0])
    truth = np.r_[np.ones(len(strange)), np.zeros(len(usual))]
    return {
        "anomaly_auroc": float(roc_auc_score(truth, np.r_[strange, usual])),
        "usual_mse": float(usual.mean()),
        "strange_mse": float(strange.mean()),
    }


# Samples -----------------------------------------------------------------------------------------

DRAWN = 1000
"""Samples that are drawn to be judged."""

SURE = 0.9
"""Probability from which a judge is sure."""


@cache
@torch.enable_grad()
def judge() -> nn.Module:
    """A network that reads digits, learned from all but the test samples; it is right in 98 of 100."""
    data = prepare(DataChoice(scaling=(Scaling(method="divide", divisor=16.0),)), None, ["image"])
    (images,), label = samples(data.train)
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.3), nn.Linear(256, 10),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.003)
    for _ in range(20):
        for chosen in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            functional.cross_entropy(network(images[chosen]), label[chosen]).backward()
            optimizer.step()
    return network.eval()


def verdict(images: Tensor) -> dict[str, float]:
    """What the judge says of images: the share of which it is sure, and how many of the ten classes
    have at least one in a hundred of these. ``judged_share`` is the share of sure ones, less where
    classes are missing; ``accepted_share`` is that of which it takes one digit for likelier than all
    others together. Beside it, how sure it is of real digits."""
    sure, classes = sureness(images)
    counts = torch.bincount(classes[sure > SURE], minlength=10)
    covered = int((counts >= 0.01 * counts.sum()).sum())
    share = float((sure > SURE).float().mean())
    data = prepare(DataChoice(scaling=(Scaling(method="divide", divisor=16.0),)), None, ["image"])
    real, _ = sureness(samples(data.test)[0][0])
    return {
        "judged_share": share * covered / 10,
        "classes_covered": float(covered),
        "rarest_share": float(counts.min() / counts.sum()),
        "accepted_share": float((sure > 0.5).float().mean()),
        "sure_of_real": float((real > SURE).float().mean()),
    }


def sureness(images: Tensor) -> tuple[Tensor, Tensor]:
    """The judge's probability of the likeliest class, and that class."""
    with torch.no_grad():
        sure, classes = judge()(images).softmax(1).max(1)
    return sure, classes


@evaluator
def judged_share(run: Trained) -> dict[str, float]:
    """What a judge says of samples: those of a generator, or those that a variational autoencoder
    draws from noise."""
    torch.manual_seed(1000 + run.seed)
    if not isinstance(run.last, Networks):
        network = run.module
        with codes_from_prior(network, torch.Generator().manual_seed(run.seed)):
            images = answered(network, torch.zeros(DRAWN, 1, 8, 8))[0].sigmoid()
        return verdict(images)
    name = run.procedure["generator"]
    generator = run.last.network(name)
    shapes = list(run.last.shapes[name].values())
    asked = torch.arange(DRAWN) % 10
    with torch.no_grad():
        images = generator(torch.randn(DRAWN, *shapes[0]), *[asked] * (len(shapes) - 1))
    found = verdict(images)
    if len(shapes) > 1:
        found["as_asked_share"] = float((sureness(images)[1] == asked).float().mean())
    return found


@evaluator
def accepted_share(run: Trained) -> dict[str, float]:
    """How many samples a judge takes for one digit rather than for all others together."""
    return judged_share(run)


# Few labels --------------------------------------------------------------------------------------


def rival(run: Trained, **settings: str) -> Mapping[str, float]:
    """The figures of a run of the same network, seed and data with other settings."""
    recipe = run.project.training_recipe().replace(seed=run.seed, threads=1)
    for key, text in settings.items():
        recipe = recipe.with_setting(key.replace("__", "."), text)
    with tempfile.TemporaryDirectory(prefix="netloom-") as folder:
        assert run.project.path is not None
        copy = Project.load(run.project.path)
        copy.data = run.project.data
        copy.save(Path(folder) / "rival.netloom")
        other = new_run(copy, network_of(copy), recipe)
        with Session.start(other) as session:
            *_, last = session
    if not isinstance(last, Finished):
        raise SystemExit(f"{run.name}, beside: {getattr(last, 'message', last)}")
    return last.metrics


def ahead(name: str, run: Trained, **settings: str) -> dict[str, float]:
    """By how much more test samples are answered rightly than by a rival."""
    other = rival(run, **settings)["test_accuracy"]
    return {name: run.metrics["test_accuracy"] - other, "rival_accuracy": other}


@evaluator
def ahead_of_no_pretraining(run: Trained) -> dict[str, float]:
    """The same fine-tuning without any learning of the machines before it."""
    recipe = run.project.training_recipe()
    machines = sum(
        "RestrictedBoltzmannMachine" in type(each).__name__ for each in run.module.modules()
    )
    epochs = recipe.epochs - machines * run.procedure["pretraining_epochs"]
    return ahead(
        "ahead_of_no_pretraining", run, procedure__pretraining_epochs="0", epochs=str(epochs)
    )


@evaluator
def ahead_of_scratch(run: Trained) -> dict[str, float]:
    """The same epochs of the second task without those of the first; and both after 60 more."""
    recipe = run.project.training_recipe()
    first = run.procedure["pretraining_epochs"]
    found = ahead(
        "ahead_of_scratch", run, procedure="supervised", epochs=str(recipe.epochs - first)
    )
    later = rival(run, epochs=str(recipe.epochs + 60))["test_accuracy"]
    alone = rival(run, procedure="supervised", epochs=str(recipe.epochs - first + 60))
    return {**found, "ahead_later": later - alone["test_accuracy"], "later_accuracy": later}


@evaluator
def ahead_of_labels_only(run: Trained) -> dict[str, float]:
    """Supervised learning from the labelled samples alone, as long."""
    return ahead("ahead_of_labels_only", run, procedure="supervised")


# Scenes ------------------------------------------------------------------------------------------


@evaluator
def detection_f1(run: Trained) -> dict[str, float]:
    """F1 of what stands in the cells of the test scenes: an object is found where digit and cell are
    both right; class 0 is nothing."""
    inputs, target = samples(run.data.test)
    with torch.no_grad():
        said = torch.cat([run.module(part).argmax(1) for part in inputs[0].split(256)])
    right = int(((said == target) & (target > 0)).sum())
    claimed, there = int((said > 0).sum()), int((target > 0).sum())
    precision, recall = right / max(1, claimed), right / max(1, there)
    return {
        "detection_f1": 2 * right / max(1, claimed + there),
        "precision": precision,
        "recall": recall,
    }


from resources.templates import sequence_evaluators  # noqa: E402, F401  enters its own
