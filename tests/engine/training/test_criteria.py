"""Every loss of torch.nn trains with the outputs and targets that suit it, and refuses others."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from graph_engine.errors import TrainingError
from graph_engine.training.choices import LOSSES, Loss
from graph_engine.training.criteria import ARRANGEMENTS, OUTPUTS_NEEDED, Criterion

pytestmark = pytest.mark.torch

CPU = torch.device("cpu")
N, C, T = 6, 4, 5


def floats(*shape: int) -> Tensor:
    return torch.randn(*shape, requires_grad=True)


def numbers(high: int, *shape: int) -> Tensor:
    return torch.randint(high, shape)


def case(name: str) -> tuple[tuple[Tensor, ...], Tensor, Tensor]:
    """Outputs, a target, and the loss that torch computes when it is called by hand."""
    torch.manual_seed(0)
    x, y, z = floats(N, C), floats(N, C), floats(N, C)
    classes, truth = numbers(C, N), numbers(2, N, C)
    sign = numbers(2, N)
    by_hand: Any = getattr(nn, name)(**{"reduction": "batchmean"} if name == "KLDivLoss" else {})
    if name in ("CrossEntropyLoss", "MultiMarginLoss"):
        return (x,), classes, by_hand(x, classes)
    if name == "NLLLoss":
        logs = x.log_softmax(1)
        return (logs,), classes, by_hand(logs, classes)
    if name in ("BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"):
        return (x,), truth, by_hand(x, truth.float())
    if name == "BCELoss":
        return (x.sigmoid(),), truth, by_hand(x.sigmoid(), truth.float())
    if name in ("SoftMarginLoss", "HingeEmbeddingLoss"):
        return (x,), truth, by_hand(x, 2.0 * truth - 1)
    if name == "MultiLabelMarginLoss":
        listed = torch.tensor([[2, 0, -1, -1]] * N)
        return (x,), listed, by_hand(x, listed)
    if name == "KLDivLoss":
        logs, aim = x.log_softmax(1), torch.rand(N, C).softmax(1)
        return (logs,), aim, by_hand(logs, aim)
    if name == "CosineEmbeddingLoss":
        return (x, y), sign, by_hand(x, y, 2.0 * sign - 1)
    if name == "MarginRankingLoss":
        return (x, y), sign, by_hand(x, y, (2.0 * sign - 1)[:, None].expand(N, C))
    if name.startswith("TripletMargin"):
        return (x, y, z), sign, by_hand(x, y, z)
    if name == "GaussianNLLLoss":
        aim, variance = torch.randn(N, C), z.exp()
        return (x, variance), aim, by_hand(x, aim, variance)
    if name == "CTCLoss":
        logs = floats(N, T, C).log_softmax(2)
        symbols = torch.tensor([[1, 2, 0]] * N)
        expected = by_hand(logs.transpose(0, 1), symbols, [T] * N, [2] * N)
        return (logs,), symbols, expected
    aim = torch.randn(N, C)
    return (x,), aim, by_hand(x, aim)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_a_loss_is_what_torch_computes_by_hand(name: str) -> None:
    # Given outputs and a target that suit the loss
    outputs, target, expected = case(name)

    # When the recipe's loss is taken
    loss = Criterion(Loss.read(name), CPU)(outputs, target)

    # Then it is torch's, and it has a gradient
    assert torch.equal(loss, expected)
    loss.backward()


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_a_sum_is_told_apart_from_a_mean(name: str) -> None:
    # Given a loss by its mean and by its sum, then the loop can tell them apart
    assert Criterion(Loss.read({"name": name, "reduction": "sum"}), CPU).is_sum
    assert not Criterion(Loss.read(name), CPU).is_sum
    assert name in ARRANGEMENTS


@pytest.mark.parametrize("name", sorted(OUTPUTS_NEEDED))
def test_losses_of_several_outputs_say_so(name: str) -> None:
    # Given a network with one output, when the loss needs more, then a sentence says how many
    with pytest.raises(TrainingError, match=f"{name} needs a network with [23] outputs, not 1"):
        Criterion(Loss.read(name), CPU)((floats(N, C),), numbers(C, N))


@pytest.mark.parametrize(
    ("name", "output", "target", "words"),
    [
        ("MSELoss", floats(N, 2), floats(N, 3), "answers with 2 .float32. and the target has 3"),
        ("MSELoss", floats(N, 2, 3), floats(N, 3, 2), "2×3 .* has 3×2"),
        ("CrossEntropyLoss", floats(N), numbers(2, N), "one score for each class"),
        ("CrossEntropyLoss", floats(N, C), floats(N, 2), "one score for each class"),
        ("CrossEntropyLoss", floats(N, T, C), numbers(C, N, T), "dimension after the batch"),
        ("CTCLoss", floats(N, C), numbers(C, N, T), "time × classes"),
        ("BCEWithLogitsLoss", floats(N, 3), numbers(2, N), "has a single number .int64."),
    ],
)
def test_shapes_that_do_not_fit_are_refused_in_a_sentence(
    name: str, output: Tensor, target: Tensor, words: str
) -> None:
    # Given shapes that torch would refuse or, worse, stretch over one another, when the loss is
    # taken, then a sentence says what was expected and what came
    with pytest.raises(TrainingError, match=words):
        Criterion(Loss.read(name), CPU)((output,), target)


@pytest.mark.parametrize(
    ("name", "output", "target"),
    [
        ("MSELoss", floats(N, 1), torch.randn(N)),
        ("MSELoss", floats(N), torch.randn(N, 1)),
        ("BCEWithLogitsLoss", floats(N, 1), numbers(2, N)),
        ("CrossEntropyLoss", floats(N, C), numbers(C, N, 1)),
        ("CrossEntropyLoss", floats(N, C), torch.rand(N, C).softmax(1)),
        ("CrossEntropyLoss", floats(N, C, T), numbers(C, N, T)),
    ],
)
def test_dimensions_of_one_do_not_stretch_a_loss(name: str, output: Tensor, target: Tensor) -> None:
    # Given shapes that differ in dimensions of size one only, or are several answers a sample
    loss = Criterion(Loss.read(name), CPU)((output,), target)

    # Then it is the loss of the pairs, and not of every output with every target
    bare = target.reshape(-1) if target.numel() == output.numel() else target
    if name == "MSELoss":
        assert loss.item() == pytest.approx(((output.reshape(-1) - bare) ** 2).mean().item())
    assert loss.ndim == 0


def test_weights_of_classes_are_a_list_in_the_recipe() -> None:
    # Given classes of different importance
    outputs, target, _ = case("CrossEntropyLoss")
    choice = Loss.read({"name": "CrossEntropyLoss", "weight": [1, 2, 3, 4]})

    # When the loss is taken, then they count as torch counts them
    expected = nn.functional.cross_entropy(outputs[0], target, torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert torch.equal(Criterion(choice, CPU)(outputs, target), expected)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_scores_are_probabilities_where_the_loss_says_so(name: str) -> None:
    # Given a first output, when its scores are asked for
    outputs, _, _ = case(name)
    scores = Criterion(Loss.read(name), CPU).scores(outputs[0])

    # Then they are probabilities for the losses of classes, and what they were for the others
    if name in ("CrossEntropyLoss", "MultiMarginLoss", "NLLLoss"):
        torch.testing.assert_close(scores.sum(1), torch.ones(N))
    elif name in ("BCEWithLogitsLoss", "MultiLabelSoftMarginLoss", "SoftMarginLoss", "BCELoss"):
        assert ((scores >= 0) & (scores <= 1)).all()
    else:
        assert scores is outputs[0]
