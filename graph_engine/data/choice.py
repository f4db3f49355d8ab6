"""What a project says about its data, and the way from there to samples that a network can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from graph_engine.data.augmentation import Augmentation
from graph_engine.data.dataset import Dataset, Field, missing_name
from graph_engine.data.encoding import Preprocessing, encode
from graph_engine.data.part import of_classes
from graph_engine.data.prepared import Feed, PreparedData, Split
from graph_engine.data.scaling import Scaling
from graph_engine.data.source import Saved
from graph_engine.data.sources import Builtin, Source
from graph_engine.data.split import Parts, split
from graph_engine.declaration import param, short
from graph_engine.errors import DatasetError, ParameterError
from graph_engine.kinds import Arguments


class DataChoice(Saved):
    """Which data a network learns from, and how they are divided and scaled."""

    source: Source = param(Builtin(), help="Where the samples come from.")
    inputs: Arguments = param(
        (),
        help="The field that feeds each input of the network. Inputs that are not named get the field "
        "of the same name, or else the next field that is not the target.",
    )
    target: str = param("", help="The field to predict; empty means the source's own.")
    validation: float = param(
        0.15, low=0.0, high=0.9, help="Share of the samples that steer training."
    )
    test: float = param(0.15, low=0.0, high=0.9, help="Share of the samples that judge at the end.")
    seed: int = param(0, low=0, help="Another number gives another division of the samples.")
    division: Literal["random", "in order"] = param(
        "random",
        help="random: each class evenly in all parts; in order: the last samples validate and test, as "
        "for a series whose future is to be foretold.",
    )
    classes: tuple[str, ...] = param(
        (), help="Use only samples of these classes, which are then numbered anew; empty means all."
    )
    limit: int = param(
        0, low=0, help="Learn from only so many samples, each class in its share; 0 means all."
    )
    scaling: tuple[Scaling, ...] = param((), help="How numbers are scaled, field by field.")
    augmentation: Augmentation = param(
        Augmentation(), help="Random changes to the samples of training."
    )

    def validate(self) -> None:
        """Refuses fields that are no names, shares without a rest, and two scalings of one field."""
        for name, field in self.inputs:
            if not isinstance(field, str):
                raise ParameterError(
                    f"Input “{name}” is fed by a field's name, not {short(field)}."
                )
        if self.validation + self.test >= 1:
            raise ParameterError(
                f"Validation ({self.validation:g}) and test ({self.test:g}) must add up to less "
                "than 1, so that samples are left to learn from."
            )
        fields = [scaling.field for scaling in self.scaling]
        if len(set(fields)) < len(fields):
            double = next(name for name in fields if fields.count(name) > 1)
            raise ParameterError(f"There are two scalings of “{double}”. Keep one of them.")


def load(choice: DataChoice, folder: Path | None = None) -> Dataset:
    """The chosen data set; files are looked for in the project's folder, and only there.

    Raises DatasetError, in words, for whatever keeps it from being read.
    """
    return choice.source.load(folder)


def prepare(choice: DataChoice, folder: Path | None, input_names: Sequence[str]) -> PreparedData:
    """The three parts of the chosen data, encoded for a network with these inputs.

    Scaling is fitted to the training part alone. Raises DatasetError where the data cannot be read, an
    input cannot be fed, or a part would have no sample.
    """
    dataset = load(choice, folder)
    if choice.classes:
        dataset = of_classes(dataset, target_field(choice, dataset), choice.classes)
    target = target_field(choice, dataset)
    feeding = feeding_fields(choice, dataset, input_names)
    parts = _parts(choice, target)
    used = {field.name: field for field in (*feeding.values(), target)}
    scalings = _scalings(choice, dataset, feeding)
    feeds = {
        name: Feed.of(field, encode(field, scalings.get(name), parts.train))
        for name, field in used.items()
    }
    inputs = {name: feeds[field.name] for name, field in feeding.items()}
    aim = feeds[target.name]
    encodings = {name: feed.encoding for name, feed in inputs.items()}
    plain = Augmentation()
    return PreparedData(
        dataset,
        Preprocessing(encodings, aim.encoding),
        train=Split(inputs, aim, parts.train, choice.augmentation),
        validation=Split(inputs, aim, parts.validation, plain),
        test=Split(inputs, aim, parts.test, plain),
        rest=Split(inputs, aim, parts.rest, choice.augmentation),
        variant=partial(_variant, choice, folder, tuple(input_names)),
    )


def _variant(
    choice: DataChoice, folder: Path | None, names: Sequence[str], **values: object
) -> PreparedData:
    return prepare(choice.replace(**values), folder, names)


def target_field(choice: DataChoice, dataset: Dataset) -> Field:
    """The field to predict. Raises DatasetError where neither choice nor source names one."""
    name = choice.target or dataset.target
    if not name:
        told = ", ".join(dataset.fields)
        raise DatasetError(f"Choose which field of {dataset.name} to predict. It has {told}.")
    return dataset[name]


def feeding_fields(
    choice: DataChoice, dataset: Dataset, input_names: Sequence[str]
) -> dict[str, Field]:
    """The field for each input of the network, in the network's order.

    Chosen fields come first, then fields of an input's own name, then the fields in their order without
    targets. Raises DatasetError for an unknown name and where no field is left for an input.
    """
    chosen: Mapping[str, str] = dict(choice.inputs)
    for name in chosen:
        if name not in input_names:
            raise DatasetError(missing_name("input", name, input_names, "the network"))
    feeding = {name: field for name, field in chosen.items() if field}
    for name in input_names:
        if name in dataset.fields:
            feeding.setdefault(name, name)
    rest = [name for name in _candidates(choice, dataset) if name not in feeding.values()]
    for name in input_names:
        if name not in feeding:
            if not rest:
                raise DatasetError(
                    f"No field of {dataset.name} is left for the input “{name}”. Choose one of "
                    f"{', '.join(dataset.fields)} for it."
                )
            feeding[name] = rest.pop(0)
    return {name: dataset[feeding[name]] for name in input_names}


def _candidates(choice: DataChoice, dataset: Dataset) -> list[str]:
    """Fields that may feed an input unasked: no texts, no targets; a target only where it is all there
    is, as for an autoencoder."""
    known = [field.name for field in dataset if field.kind != "text"]
    fit = [name for name in known if name != dataset.target] or known
    others = [name for name in fit if name != choice.target]
    return others or fit


def _parts(choice: DataChoice, target: Field) -> Parts:
    labels = None
    if target.kind == "categorical" and not target.shape:
        labels = target.take(np.arange(len(target)))
    return split(
        len(target),
        choice.validation,
        choice.test,
        choice.seed,
        labels,
        limit=choice.limit,
        in_order=choice.division == "in order",
    )


def _scalings(
    choice: DataChoice, dataset: Dataset, feeding: Mapping[str, Field]
) -> dict[str, Scaling]:
    """The scaling of each field that has one: that of its own name, or the general one for inputs."""
    named = {scaling.field: scaling for scaling in choice.scaling}
    general = named.pop("", None)
    for name in named:
        if dataset[name].kind not in ("continuous", "image"):
            raise DatasetError(f"“{name}” is {dataset[name].kind} and has no numbers to scale.")
    if general is None:
        return named
    return {field.name: general for field in feeding.values()} | named
