"""Style transfer: a picture learns to be seen like one image, and to go together like another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graph_engine.data import builtin
from graph_engine.data.augmentation import Augmentation
from graph_engine.data.dataset import Dataset, Field
from graph_engine.data.prepared import PreparedData, Split
from graph_engine.data.sources import Builtin, ImageFolder, Source
from graph_engine.errors import TrainingError
from graph_engine.training.choices import unknown
from graph_engine.training.procedures.base import Batch, Made, Procedure
from graph_engine.training.procedures.looking import Aims, Eye, Parts, variation
from graph_engine.training.procedures.networks import networks_of
from graph_engine.training.procedures.supervised import Supervised
from graph_engine.training.recipe import Recipe

WHOLE: Mapping[str, Any] = {
    "target": "",
    "inputs": (),
    "classes": (),
    "limit": 0,
    "validation": 0.0,
    "test": 0.0,
    "scaling": (),
    "augmentation": Augmentation(),
}
"""The choice of data by which all images are there, each as it is."""


class Painting(Supervised):
    """Trains the network that gives the picture; batches only count its steps.

    ``noise`` is what a picture's network with inputs is given, the same each time.
    """

    aims: Aims

    def __init__(
        self, module: nn.Module, recipe: Recipe, device: torch.device, noise: tuple[Tensor, ...]
    ) -> None:
        super().__init__(module, recipe, "reconstruction", device)
        self.noise = noise
        self.eye: Eye
        self.begun = 0.0

    def picture(self) -> Tensor:
        """The picture as it is now, (1, channels, height, width)."""
        output = self.module(*self.noise)
        first: Tensor = output if isinstance(output, Tensor) else output[0]
        return first[:1] if first.ndim == 4 else first

    def loss(self, inputs: tuple[Tensor, ...], target: Tensor) -> Tensor:
        """How far the picture is from what it should be, whatever the batch."""
        return self.parts().total

    def parts(self) -> Parts:
        """The loss with what it is made of."""
        picture, choice = self.picture(), self.choice
        content, style = self.aims.distances(self.eye.sees(picture))
        rough = variation(picture)
        total = (
            choice["content_weight"] * content
            + choice["style_weight"] * style
            + choice["variation_weight"] * rough
        )
        return Parts(total, content, style, rough)

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Batch], stop: Callable[[], bool]) -> dict[str, float]:
        """The loss, its parts, and by which share it has fallen since the picture's first step."""
        if stop():
            return {}
        self.module.eval()
        total, content, style, rough = (float(each) for each in self.parts())
        return {
            "loss": total,
            "content_loss": content,
            "style_loss": style,
            "variation": rough,
            "fall": 1 - total / self.begun if self.begun else 0.0,
        }


class StyleTransfer(Procedure):
    """First the network that looks learns to name the project's samples; then it is frozen, and the
    picture's weights follow content and style as it sees them (Gatys, Ecker and Bethge, 2016).

    Content is the squared distance of features from those of the content image, style that of Gram
    matrices, the mean of features that are strong at one place, from those of the style image. Each is
    divided by the square of its aim, and the mean over the nodes is taken. A third part, the variation,
    holds neighbouring pixels together.
    """

    def __init__(self, module: nn.Module, recipe: Recipe, task: str, device: torch.device) -> None:
        super().__init__(module, recipe, task, device)
        networks, choice = networks_of(module), self.choice
        if recipe.precision != "float32":
            raise TrainingError("Style transfer computes in float32: set `precision` to float32.")
        self.nodes = (choice["content_nodes"], choice["style_nodes"])
        if not any(self.nodes):
            raise TrainingError(
                "There is nothing to look at. Name layers of the looking network in `content_nodes`, "
                "`style_nodes` or both."
            )
        self.features = networks.network(choice["features"])
        self.eye = Eye(self.features, choice["features"], tuple(dict.fromkeys(sum(self.nodes, ()))))
        slower = recipe.optimizer.replace(lr=choice["pretraining_rate"])
        self.study = Supervised(
            self.features,
            recipe.replace(optimizer=slower, scheduler=None),
            "classification",
            device,
        )
        made = networks.network(choice["picture"])
        epochs = max(1, recipe.epochs - choice["pretraining_epochs"])
        noise = noise_for(networks.shapes[choice["picture"]], recipe.seed)
        self.painting = Painting(
            made,
            recipe.replace(epochs=epochs, loss=None),
            device,
            tuple(x.to(device) for x in noise),
        )
        self.painting.eye = self.eye
        self.turn: Supervised = self.study

    # The images ----------------------------------------------------------------------------------

    def prepare(self, data: PreparedData) -> PreparedData:
        """Gets content and style, in the picture's size and encoded like the samples.

        Raises TrainingError where the picture is no image or there is no such content or style, and
        DatasetError where the images cannot be read.
        """
        size = self._size()
        found: PreparedData = data.variant(source=source_of(self.choice["images"], size), **WHOLE)
        encoding = next(iter(data.preprocessing.inputs.values()))
        self.images: list[Tensor] = []
        for name in (self.choice["content"], self.choice["style"]):
            raw = image_called(name, found.dataset)
            image = torch.as_tensor(replace(encoding, shape=raw.shape[1:]).apply(raw))
            if image.shape[1] != size[0]:
                raise TrainingError(
                    f"The picture has {size[0]} channels, and the image {name!r} {image.shape[1]}."
                )
            self.images.append(resized(image, size[1:]).to(self.device))
        return data

    def _size(self) -> tuple[int, ...]:
        """Channels, height and width of the picture."""
        was_training = self.painting.module.training
        self.painting.module.eval()
        with torch.no_grad():
            picture = self.painting.picture()
        self.painting.module.train(was_training)
        if picture.ndim != 4:
            raise TrainingError(
                f"`{self.choice['picture']}` has to give an image, batch × channels × height × width, "
                f"and gives {'×'.join(map(str, picture.shape)) or 'one number'}."
            )
        return tuple(picture.shape[1:])

    # Whose turn it is ----------------------------------------------------------------------------

    def epoch_begins(self, epoch: int, is_fresh: bool) -> bool:
        """Turns from learning to look to painting."""
        first = self.choice["pretraining_epochs"]
        self._turn_to(self.study if epoch < first else self.painting)
        if self.turn is self.painting and epoch == first and is_fresh:
            with torch.no_grad():
                self.painting.begun = float(self.painting.parts().total)
        return bool(epoch == first)

    def _turn_to(self, turn: Supervised) -> None:
        self.turn = turn
        self.turn.observer = self.observer
        if turn is self.painting:
            self.features.eval()
            self.features.requires_grad_(False)
            self.painting.aims = Aims.of(self.eye, self.images[0], self.images[1], self.nodes)

    def measured_by(self, data: PreparedData, epoch: int) -> Split:
        """The validation samples; the picture is measured even where there are none."""
        is_study = epoch < self.choice["pretraining_epochs"]
        return data.validation if is_study or len(data.validation) else data.train

    # What the loop asks --------------------------------------------------------------------------

    def begin(self, steps_per_epoch: int, watched_falls: bool, reseed: Callable[[], None]) -> None:
        """Makes the schedulers."""
        for each in (self.study, self.painting):
            each.begin(steps_per_epoch, watched_falls, reseed)

    def step(self, batches: Sequence[Batch]) -> Tensor:
        """One update of the network whose turn it is."""
        if self.turn is self.painting:
            batches = batches[:1]
        return self.turn.step(batches)

    def epoch_ended(self, watched: float) -> None:
        """Lets the scheduler move of the network whose turn it is."""
        self.turn.epoch_ended(watched)

    def evaluate(self, batches: Iterable[Batch], stop: Callable[[], bool]) -> dict[str, float]:
        """What is measured of the network whose turn it is."""
        return self.turn.evaluate(batches, stop)

    @torch.no_grad()
    def made(self) -> Iterator[Made]:
        """The picture, and beside it content and style."""
        was_training = self.painting.module.training
        self.painting.module.eval()
        tiles = torch.cat([self.painting.picture(), *self.images])
        self.painting.module.train(was_training)
        yield Made("samples", tiles.cpu().numpy(), {"tiles": ["picture", "content", "style"]})

    # State ---------------------------------------------------------------------------------------

    def learning_rate(self) -> float:
        """That of the network whose turn it is."""
        return self.turn.learning_rate()

    def set_learning_rate(self, rate: float) -> None:
        """Scales that of the network whose turn it is."""
        self.turn.set_learning_rate(rate)

    def forget(self) -> None:
        """Gives both optimizers a new state, and looks at the images anew."""
        self.study.forget()
        self.painting.forget()
        self._turn_to(self.turn)

    def state_dict(self) -> dict[str, Any]:
        """Both networks' optimizers and schedulers, whose turn it is, and how the picture began."""
        return {
            "study": self.study.state_dict(),
            "painting": self.painting.state_dict(),
            "paints": self.turn is self.painting,
            "begun": self.painting.begun,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.study.load_state_dict(state["study"])
        self.painting.load_state_dict(state["painting"])
        self.painting.begun = state["begun"]
        self._turn_to(self.painting if state["paints"] else self.study)


# Where images come from --------------------------------------------------------------------------


def source_of(name: str, size: Sequence[int]) -> Source:
    """A data set that comes with Netloom, or a folder of images, decoded in a picture's size.

    Raises TrainingError for a picture that is neither grey nor has three colours.
    """
    if name in get_args(builtin.Name):
        return Builtin.read({"source": "builtin", "name": name})
    channels, height, width = size
    if channels not in (1, 3):
        raise TrainingError(
            f"Images have 1 or 3 channels, and the picture has {channels}. Change the picture's network."
        )
    kind = {"source": "image_folder", "path": name}
    return ImageFolder.read({**kind, "size": [height, width], "channels": channels})


def image_called(name: str, images: Dataset) -> Any:
    """The first image of a class, raw, 1 × channels × height × width. Raises TrainingError where there
    are no images, or none of that class."""
    pictured = next((field for field in images if field.kind == "image"), None)
    labels = images.fields.get(images.target)
    if pictured is None or labels is None or not labels.classes:
        raise TrainingError(f"{images.name} has no images of named classes. Choose other `images`.")
    if name not in labels.classes:
        raise TrainingError(unknown(f"image in {images.name} called", name, labels.classes))
    return pictured.take([_first(labels, labels.classes.index(name))])


def _first(labels: Field, number: int) -> int:
    return int(np.flatnonzero(labels.take(range(len(labels))) == number)[0])


def resized(image: Tensor, size: Sequence[int]) -> Tensor:
    """An image (1 × channels × height × width) in another size, smoothed where it becomes smaller."""
    if tuple(image.shape[2:]) == tuple(size):
        return image
    return F.interpolate(image, list(size), mode="bilinear", antialias=True, align_corners=False)


def noise_for(shapes: Mapping[str, Sequence[int]], seed: int) -> tuple[Tensor, ...]:
    """One sample of noise for each input of the picture's network, the same for the same seed."""
    dice = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(1, *(max(1, size) for size in shape), generator=dice)
        for shape in shapes.values()
    )
