"""Weights survive a file bit by bit, tied and strided ones too, and damage is found."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor, nn

from graph_engine.errors import TrainingError
from graph_engine.training import weights

pytestmark = pytest.mark.torch


class Tied(nn.Module):
    """A head that uses the embedding's weights, as in GPT-2."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(7, 5)
        self.head = nn.Linear(5, 7, bias=False)
        self.head.weight = self.embedding.weight


def through_file(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return weights.from_bytes(weights.to_bytes(state), "memory")


def test_tied_weights_are_written_once_and_come_back_tied() -> None:
    # Given a network whose head uses the embedding's weights
    state = weights.snapshot(Tied())

    # When they go through a file
    content = weights.to_bytes(state)
    again = weights.from_bytes(content, "memory")

    # Then their numbers are in it once, and both names share them again
    assert len(content) < 2 * 7 * 5 * 4 + 300
    assert again["head.weight"] is again["embedding.weight"]
    assert torch.equal(again["head.weight"], state["head.weight"])


KINDS = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.uint8,
    torch.bool,
    torch.complex64,
    torch.complex128,
]


@given(
    st.lists(st.integers(0, 4), max_size=3),
    st.sampled_from(KINDS),
    st.booleans(),
    st.integers(0, 99),
)
@settings(max_examples=100)
def test_any_tensor_survives(
    shape: list[int], kind: torch.dtype, transposed: bool, seed: int
) -> None:
    # Given a tensor of any kind and shape, seen along its dimensions or against them
    torch.manual_seed(seed)
    tensor = (torch.randn(shape) * 3).to(kind)
    tensor = tensor.permute(tuple(reversed(range(tensor.ndim)))) if transposed else tensor

    # When it goes through a file
    again = through_file({"a.weight": tensor})["a.weight"]

    # Then it has the same numbers, shape and kind
    assert again.dtype == kind
    assert torch.equal(again, tensor)


def test_views_that_overlap_without_being_equal_survive() -> None:
    # Given two halves and the whole of one storage
    whole = torch.arange(10.0)
    state = {"whole": whole, "first": whole[:5], "last": whole[5:], "other": whole[::2]}

    # When they go through a file, then all are what they were
    again = through_file(state)
    assert all(torch.equal(again[name], state[name]) for name in state)


def test_other_programs_can_read_the_file(tmp_path: Path) -> None:
    # Given a file of ours, when safetensors' own reader opens it, then it finds the weights
    module = nn.Linear(3, 2)
    path = tmp_path / "w.safetensors"
    path.write_bytes(weights.to_bytes(module.state_dict()))
    assert torch.equal(load_file(path)["weight"], module.weight)


@given(st.data())
@settings(max_examples=100)
def test_every_changed_byte_is_found(data: st.DataObject) -> None:
    # Given a file of which one byte is changed, or the end is missing
    content = bytearray(weights.to_bytes(nn.Linear(3, 2).state_dict()))
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= 1 << data.draw(st.integers(0, 7))

    # When it is read, then it is refused
    with pytest.raises(TrainingError, match="memory"):
        weights.from_bytes(bytes(content), "memory")


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    # Given no file, when it is read, then a sentence says so
    with pytest.raises(TrainingError, match="There are no weights in"):
        weights.read(tmp_path / "w.safetensors")


def test_a_snapshot_stays_while_the_network_learns() -> None:
    # Given a snapshot, when the network changes, then the snapshot does not
    module = Tied()
    before = weights.snapshot(module)
    kept = before["head.weight"].clone()
    with torch.no_grad():
        module.head.weight.add_(1.0)
    assert torch.equal(before["head.weight"], kept)

    # And putting it back restores the network, ties included
    weights.put(module, before)
    assert module.head.weight is module.embedding.weight
    assert torch.equal(module.embedding.weight, kept)


def test_weights_of_another_network_are_refused_by_name() -> None:
    # Given weights that are missing, unknown and of other sizes
    state = weights.snapshot(nn.Linear(3, 2))
    state["extra"] = state.pop("bias")

    # When another layer should take them, then the sentence names the first three at fault
    with pytest.raises(TrainingError) as caught:
        weights.put(nn.Linear(4, 2), state)
    assert str(caught.value) == (
        "These weights are another network's: bias is missing; extra is not known; "
        "weight is 2×3 instead of 2×4."
    )
    with pytest.raises(TrainingError, match="and 5 more"):
        weights.put(nn.LSTM(3, 3, num_layers=2), {})


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.complex64])
def test_numbers_that_are_not_finite_are_found(bad: float, kind: torch.dtype) -> None:
    # Given large weights, when they are finite, then they pass, and with one bad number they do not
    tensor = torch.full((1000,), 60000.0).to(kind)
    assert weights.are_finite({"a": tensor, "n": torch.tensor(3)})
    tensor[500] = bad
    assert not weights.are_finite({"a": tensor})


# Weights of a network that is much like another --------------------------------------------------


def network(hidden: int, classes: int, extra: bool = False) -> nn.Module:
    body = nn.Sequential(nn.Linear(4, hidden), nn.ReLU(), nn.Linear(hidden, classes))
    if extra:
        body.append(nn.Linear(classes, classes))
    return body


def test_a_network_takes_what_fits_it_and_says_what_does_not() -> None:
    # Given a network with one class more and one layer more than another
    first, second = network(8, 3), network(8, 4, extra=True)
    before = weights.snapshot(second)

    # When it takes the other's weights
    told = weights.take(second, weights.snapshot(first))

    # Then it has those that fit by name and size, and a sentence tells the others
    after, theirs = weights.snapshot(second), weights.snapshot(first)
    assert torch.equal(after["0.weight"], theirs["0.weight"])
    assert torch.equal(after["0.bias"], theirs["0.bias"])
    assert torch.equal(after["2.weight"], before["2.weight"])
    assert torch.equal(after["3.weight"], before["3.weight"])
    assert told == (
        "2 of 6 taken; 2.weight is 3×8 there and 4×8 here; 2.bias is 3 there and 4 here; "
        "3.weight is not in that run and 1 more."
    )

    # And of a network like itself it takes all
    assert weights.take(network(8, 3), theirs) == "all 4 taken."
    assert "0.weight is not in this network" in weights.take(
        nn.Sequential(nn.ReLU(), nn.ReLU(), nn.Linear(8, 3)), theirs
    )


def test_nothing_is_taken_from_a_stranger() -> None:
    # Given two networks that share nothing, when one should take the other's weights, then it says no
    with pytest.raises(TrainingError, match="None of these weights has the name and the size"):
        weights.take(network(8, 3), weights.snapshot(nn.LSTM(3, 3)))
