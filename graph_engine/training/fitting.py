"""What a recipe leaves open and network, data and machine decide: the device and the task."""

from __future__ import annotations

import platform
from importlib.metadata import version

import numpy as np
import torch
from torch import Tensor, nn

from graph_engine.data.loading import Batches
from graph_engine.data.prepared import PreparedData
from graph_engine.errors import TrainingError
from graph_engine.training.procedure_choices import TASKS
from graph_engine.training.recipe import Recipe


def choose_device(recipe: Recipe) -> torch.device:
    """The device that the recipe names, or the fastest there is.

    Raises TrainingError where the machine does not have it, or it cannot do the precision.
    """
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    name: str = recipe.device
    if name == "auto":
        name = next((each for each, is_there in found.items() if is_there), "cpu")
    if not found.get(name, True):
        raise TrainingError(
            f"This machine has no {name} device that torch can use. Choose cpu or auto."
        )
    if recipe.precision == "float16" and name != "cuda":
        raise TrainingError(f"float16 needs a CUDA device, and this is {name}. Choose bfloat16.")
    return torch.device(name, torch.cuda.current_device()) if name == "cuda" else torch.device(name)


def choose_task(recipe: Recipe, module: nn.Module, data: PreparedData, device: torch.device) -> str:
    """The recipe's task, or what the target suggests: classes, yes or no, numbers, or the input itself.

    A look at the answer to two samples tells a yes-or-no network from one with a score for each class,
    and finds too few scores before training does. Raises TrainingError in that case.
    """
    target = data.preprocessing.target
    inputs, _ = next(iter(Batches(data.train.plain(), 2, shuffle=False)))
    answer = _answer(module, inputs, device)
    task: str = recipe.task
    if task == "auto":
        own = TASKS.get(recipe.procedure.name, "") if recipe.procedure else ""
        task = own or _suggested(data, answer)
    classes = _class_count(data)
    if task == "classification" and recipe.loss is None and answer.ndim > 1:
        _check_classes(answer.shape[1], classes, target.field)
    return task


def _suggested(data: PreparedData, answer: Tensor) -> str:
    target = data.preprocessing.target
    fields = [encoding.field for encoding in data.preprocessing.inputs.values()]
    if target.field in fields:
        return "reconstruction"
    if target.kind != "categorical":
        return "regression"
    is_single = answer[0].numel() == 1
    return "binary" if is_single and len(target.classes) in (0, 2) else "classification"


def _class_count(data: PreparedData) -> int:
    """Names of classes, or for classes without names the highest number in training and one."""
    target = data.preprocessing.target
    if target.classes or target.kind != "categorical":
        return len(target.classes)
    _, values = data.train.plain().batch(np.arange(len(data.train)))
    return int(values.max()) + 1


def _check_classes(scores: int, classes: int, field: str) -> None:
    if scores < classes:
        raise TrainingError(
            f"“{field}” has {classes} classes, but the network answers with {scores} "
            f"score{'s' if scores != 1 else ''}: it needs one for each class. "
            "Change the size of the last layer."
        )


def _answer(module: nn.Module, inputs: tuple[Tensor, ...], device: torch.device) -> Tensor:
    """The first output for a few samples, without learning from them."""
    was_training = module.training
    module.eval()
    with torch.no_grad():
        outputs = module(*(each.to(device) for each in inputs))
    module.train(was_training)
    first: Tensor = outputs if isinstance(outputs, Tensor) else outputs[0]
    return first


def versions() -> dict[str, str]:
    """What may change the bits of a result."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": version("numpy"),
        "machine": platform.machine(),
    }
