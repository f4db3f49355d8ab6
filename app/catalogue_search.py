"""Finds layers by what people call them: names, synonyms, first letters, words of the help.

No Qt: the palette and the canvas' quick search share the index, which is made once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import graph_engine.layers  # noqa: F401  (fills the catalogue)
from graph_engine.errors import DesignError, ShapeError
from graph_engine.layers.base import CATALOGUE, Layer
from graph_engine.layers.shape import TensorType

POPULAR = (
    "Conv2d", "Linear", "ReLU", "MaxPool2d", "BatchNorm2d", "Dropout", "Flatten", "Input",
    "Output", "Add", "Concatenate", "LayerNorm", "GELU", "MultiheadAttention", "Softmax",
    "Embedding", "AdaptiveAvgPool2d", "GlobalAveragePool", "LSTM", "GRU", "Sigmoid", "Tanh",
    "TransformerEncoderLayer", "TransformerEncoder", "Conv1d", "ConvTranspose2d", "Upsample",
    "AvgPool2d", "BatchNorm1d", "Reshape", "LeakyReLU", "SiLU", "CrossEntropyLoss", "MSELoss",
    "GroupNorm", "RMSNorm", "Multiply", "Identity", "PatchEmbedding",
    "LearnedPositionalEncoding", "SinusoidalPositionalEncoding", "Dropout2d", "Permute",
    "Unflatten", "MaxPool1d", "RNN", "Mean", "Conv3d", "MatMul", "PixelShuffle", "Interpolate",
)  # fmt: skip
RANK = {name: place for place, name in enumerate(POPULAR)}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+(?:[0-9]d)?|[0-9]+d?")
GAPS = re.compile(r"[\s_\-./]+")
EXACT, BEGINS, SYNONYM, INSIDE, LETTERS, HELP = range(6)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one layer can be found by, in small letters and, but for ``words``, without gaps."""

    layer: str
    name: str
    terms: tuple[str, ...]
    own_words: tuple[str, ...]
    words: tuple[str, ...]
    initials: str
    told: tuple[str, ...]
    rank: tuple[int, int, str]


def search(text: str, limit: int = 50, fitting: TensorType | None = None) -> list[str]:
    """The names of the layers that ``text`` may mean, the likeliest first.

    An exact name comes first; then names that begin so or have a word or initials that do, and exact
    synonyms; then what is begun like a synonym; then what contains the text or its letters in order;
    then layers whose help speaks of it. Among equals the layers used most come first. ``fitting``
    leaves only layers whose first input takes such a tensor. Without a text, all layers come, those
    used most first.
    """
    wanted = text.lower().split()
    found = [entry for entry in _index() if fitting is None or accepts(entry.layer, fitting)]
    if not wanted:
        return [entry.layer for entry in sorted(found, key=_rank)[:limit]]
    scored = ((_score(entry, wanted), entry) for entry in found)
    hits = sorted((score, entry.rank) for score, entry in scored if score is not None)
    return [rank[2] for _, rank in hits[:limit]]


@lru_cache(maxsize=4096)
def accepts(name: str, kind: TensorType) -> bool:
    """Whether the layer, as it comes from the palette, takes such a tensor at its first input.

    Where it needs further inputs, they count as of the same type, and only a refusal of the first one
    speaks against it.
    """
    layer = CATALOGUE[name]()
    ports = layer.input_ports()
    if not ports:
        return False
    first = ports[0].name
    others = [None if port.optional else kind for port in ports[1:]]
    try:
        layer.infer(kind, *others)
    except ShapeError as error:
        return any(other is not None for other in others) and error.port not in ("", first)
    except DesignError:
        return False
    return True


@lru_cache(maxsize=512)
def first_sentence(name: str) -> str:
    """What a layer does, in the first sentence of its help."""
    text = CATALOGUE[name].help().replace("``", "")
    return re.split(r"(?<=[.:]) ", text, maxsplit=1)[0].rstrip(".:")


def _score(entry: Entry, wanted: list[str]) -> int | None:
    """How well the words are met, lower being better; None where they are not."""
    joined = GAPS.sub("", "".join(wanted))
    if not joined:
        return None
    if joined == entry.name:
        return EXACT
    named = entry.name.startswith(joined) or joined in entry.terms
    if named or (len(joined) > 1 and entry.initials.startswith(joined)):
        return BEGINS
    if _all_begin(wanted, entry.own_words):
        return BEGINS
    if any(term.startswith(joined) for term in entry.terms) or _all_begin(wanted, entry.words):
        return SYNONYM
    if joined in entry.name or any(joined in term for term in entry.terms):
        return INSIDE
    if len(joined) > 2 and _has_letters(joined, entry):
        return LETTERS
    if all(len(each) > 2 for each in wanted) and _all_begin(wanted, (*entry.words, *entry.told)):
        return HELP
    return None


def _all_begin(wanted: list[str], words: tuple[str, ...]) -> bool:
    return all(any(word.startswith(each) for word in words) for each in wanted)


def _has_letters(letters: str, entry: Entry) -> bool:
    """Whether the letters come in order in the name, from the beginning of one of its words on."""
    starts = (entry.name.find(word) for word in entry.words if word[0] == letters[0])
    return any(start >= 0 and _in_order(letters, entry.name[start:]) for start in starts)


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


@lru_cache(maxsize=1)
def _index() -> tuple[Entry, ...]:
    return tuple(_entries())


def _entries() -> Iterator[Entry]:
    for name, layer in CATALOGUE.items():
        if name != "Block":
            yield _entry(name, layer)


def _entry(name: str, layer: type[Layer]) -> Entry:
    aliases = [alias.lower() for alias in layer.aliases]
    own = tuple(word.lower() for word in WORD.findall(name))
    others = tuple(word for alias in aliases for word in GAPS.split(alias))
    told = re.findall(r"[a-z0-9]+", first_sentence(name).lower())
    return Entry(
        layer=name,
        name=name.lower(),
        terms=tuple(GAPS.sub("", alias) for alias in aliases),
        own_words=own,
        words=own + others,
        initials="".join(word[0] for word in own),
        told=(*told, *layer.family.lower().split()),
        rank=(RANK.get(name, len(RANK)), len(name), name),
    )


def _rank(entry: Entry) -> tuple[int, int, str]:
    return entry.rank
