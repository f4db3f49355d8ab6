"""Weights as safetensors: each storage once, ties restored, and a SHA-256 inside.

The hash stands in the file's own header and counts itself as zeros, so that one file is enough.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from graph_engine.errors import TrainingError

Weights = dict[str, Tensor]

_ZEROS = b"0" * 64
_MARK = b'"sha256":"'


def snapshot(module: nn.Module) -> Weights:
    """The module's weights and buffers as they are now, on the host; tied ones stay tied."""
    copies: dict[tuple[object, ...], Tensor] = {}
    taken: Weights = {}
    for name, tensor in module.state_dict().items():
        if isinstance(tensor, Tensor):
            key = _identity(tensor)
            if key not in copies:
                copies[key] = tensor.detach().to("cpu", copy=True)
            taken[name] = copies[key]
    return taken


def to_bytes(weights: Mapping[str, Tensor]) -> bytes:
    """The content of a safetensors file. Tensors that share everything are written once, and the
    header's ``ties`` say under which name; complex numbers are written as pairs."""
    first: dict[tuple[object, ...], str] = {}
    ties: dict[str, str] = {}
    kept: Weights = {}
    pairs: list[str] = []
    for name, tensor in weights.items():
        owner = first.setdefault(_identity(tensor), name)
        if owner != name:
            ties[name] = owner
            continue
        if tensor.is_complex():
            pairs.append(name)
        plain = torch.view_as_real(tensor) if tensor.is_complex() else tensor
        kept[name] = plain.detach().cpu().contiguous()
    about = {"ties": json.dumps(ties), "complex": json.dumps(pairs), "sha256": _ZEROS.decode()}
    content = bytearray(save(_apart(kept), about))
    place = content.index(_MARK) + len(_MARK)
    content[place : place + 64] = hashlib.sha256(content).hexdigest().encode()
    return bytes(content)


def from_bytes(content: bytes, where: str) -> Weights:
    """The weights of a file's content, with their ties.

    Raises TrainingError where it is damaged or no file of ours.
    """
    place = content.find(_MARK) + len(_MARK)
    told = content[place : place + 64]
    blank = b"".join((content[:place], _ZEROS, content[place + 64 :]))
    if hashlib.sha256(blank).hexdigest().encode() != told:
        raise TrainingError(f"The weights in {where} are damaged: their SHA-256 does not fit.")
    try:
        weights: Weights = load(content)
        about = _metadata(content)
        for name in json.loads(about["complex"]):
            weights[name] = torch.view_as_complex(weights[name])
        for name, owner in json.loads(about["ties"]).items():
            weights[name] = weights[owner]
    except (SafetensorError, KeyError, ValueError) as error:
        raise TrainingError(f"The weights in {where} cannot be read: {error}") from error
    return weights


def read(path: Path) -> Weights:
    """The weights of a file. Raises TrainingError where it is missing or damaged."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TrainingError(f"There are no weights in {path}: {error.strerror}.") from error
    return from_bytes(content, str(path))


def put(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Gives a module these weights.

    Raises TrainingError, with the first names at fault, where they are another network's.
    """
    own = {n: t for n, t in module.state_dict(keep_vars=True).items() if isinstance(t, Tensor)}
    wrong = [f"{name} is missing" for name in own if name not in weights]
    wrong += [f"{name} is not known" for name in weights if name not in own]
    wrong += [
        f"{name} is {_sizes(weights[name])} instead of {_sizes(tensor)}"
        for name, tensor in own.items()
        if name in weights and tensor.shape != weights[name].shape
    ]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise TrainingError(f"These weights are another network's: {'; '.join(wrong[:3])}{more}.")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(weights[name])


def take(module: nn.Module, weights: Mapping[str, Tensor]) -> str:
    """Gives a module those of another network's weights that fit it by name and shape; where it consists
    of several networks and no name fits, gives them to the one that they fit best.

    Answers a sentence about what was taken and what was not. Raises TrainingError where nothing fits.
    """
    own = {n: t for n, t in module.state_dict(keep_vars=True).items() if isinstance(t, Tensor)}
    if isinstance(module, nn.ModuleDict):
        weights = _placed(own, weights, list(module))
    fits = [n for n, tensor in own.items() if n in weights and weights[n].shape == tensor.shape]
    if not fits:
        raise TrainingError(
            "None of these weights has the name and the size of one of this network. Begin without "
            "them, or with those of a run whose drawing is more alike."
        )
    with torch.no_grad():
        for name in fits:
            own[name].copy_(weights[name])
    left = [
        f"{name} is {_sizes(tensor)} there and {_sizes(own[name])} here"
        if name in own
        else f"{name} is not in this network"
        for name, tensor in weights.items()
        if name not in fits
    ]
    left += [f"{name} is not in that run" for name in own if name not in weights]
    if not left:
        return f"all {len(fits)} taken."
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    return f"{len(fits)} of {len(own)} taken; {'; '.join(left[:3])}{more}."


def _placed(
    own: Mapping[str, Tensor], weights: Mapping[str, Tensor], parts: Sequence[str]
) -> Mapping[str, Tensor]:
    """Weights under the names that they have in the part of a module that they fit best."""
    if not own.keys().isdisjoint(weights):
        return weights

    def count(part: str) -> int:
        places = ((f"{part}.{name}", each) for name, each in weights.items())
        return sum(name in own and own[name].shape == each.shape for name, each in places)

    best = max(parts, key=count)
    return {f"{best}.{name}": each for name, each in weights.items()} if count(best) else weights


def are_finite(weights: Mapping[str, Tensor]) -> bool:
    """Whether every number is a number; a sum tells it in one pass over the memory."""
    floats = (each for each in weights.values() if each.is_floating_point() or each.is_complex())
    return all(bool(torch.isfinite(each.sum(dtype=_wide(each)))) for each in floats)


def _wide(tensor: Tensor) -> torch.dtype:
    return torch.complex128 if tensor.is_complex() else torch.float64


def _identity(tensor: Tensor) -> tuple[object, ...]:
    """Equal for tensors that share every number; empty ones are only like themselves."""
    if not tensor.numel():
        return (id(tensor),)
    return (tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride())


def _apart(weights: Weights) -> Weights:
    """Copies of those that overlap without being equal, which safetensors refuses."""
    seen: set[int] = set()
    apart: Weights = {}
    for name, tensor in weights.items():
        storage = tensor.untyped_storage().data_ptr()
        apart[name] = tensor.clone() if storage in seen else tensor
        seen.add(storage)
    return apart


def _metadata(content: bytes) -> dict[str, str]:
    length = int.from_bytes(content[:8], "little")
    about: dict[str, str] = json.loads(content[8 : 8 + length])["__metadata__"]
    return about


def _sizes(tensor: Tensor) -> str:
    return "×".join(str(size) for size in tensor.shape) or "one number"
