"""The modules that are copied into sources: their text, and the mathematics behind them."""

from __future__ import annotations

import inspect
import itertools
import math
import pkgutil
import subprocess
import sys
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from graph_engine import modules
from graph_engine.layers import CATALOGUE
from graph_engine.layers.base import NOT_ARGUMENTS
from graph_engine.layers.operation import Supplied
from graph_engine.modules import definition, definition_imports
from graph_engine.names import snake

pytestmark = pytest.mark.torch

FILES = sorted(module.name for module in pkgutil.iter_modules(modules.__path__))
SUPPLIED = [kind for kind in CATALOGUE.values() if issubclass(kind, Supplied)]
NAMES = list(dict.fromkeys(name for kind in SUPPLIED for name in kind().definitions()))


def supplied(name: str) -> Any:
    """A class of the package, imported."""
    return getattr(import_module(f"graph_engine.modules.{snake(name)}"), name)


# Text --------------------------------------------------------------------------------------------


def test_every_file_is_a_definition_that_some_layer_uses() -> None:
    assert [snake(name) for name in sorted(NAMES, key=snake)] == FILES


@pytest.mark.parametrize("name", NAMES)
def test_definitions_run_with_torch_alone(name: str) -> None:
    needed = ("ReverseGradient", name) if name == "GradientReversal" else (name,)
    lines = ["from __future__ import annotations"]
    lines += [line for each in needed for line in definition_imports(each)]
    text = "\n".join([*lines, *(definition(each) for each in needed)])

    scope: dict[str, Any] = {"__name__": "alone"}
    exec(compile(text, name, "exec"), scope)

    assert "graph_engine" not in text
    assert scope[name].__doc__
    assert definition(name) == inspect.getsource(supplied(name))


@pytest.mark.parametrize("kind", SUPPLIED, ids=lambda kind: kind.__name__)
def test_defaults_are_those_of_the_layer(kind: type[Supplied]) -> None:
    taken = inspect.signature(supplied(kind.__name__)).parameters
    for name, parameter in kind.parameters().items():
        if name not in NOT_ARGUMENTS and name in taken and not parameter.positional:
            assert taken[name].default == parameter.default, name


@pytest.mark.parametrize("name", ["nn", "Conv2d", "no_such", "../names", "Names", "", "drop_path"])
def test_other_names_have_no_definition(name: str) -> None:
    with pytest.raises(KeyError):
        definition(name)
    with pytest.raises(KeyError):
        definition_imports(name)


def test_definitions_are_formatted_as_sources_are(tmp_path: Path) -> None:
    folder = resources.files(modules)
    for name in FILES:
        (tmp_path / f"{name}.py").write_text((folder / f"{name}.py").read_text("utf-8"), "utf-8")

    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--check", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_reading_definitions_imports_no_torch() -> None:
    program = (
        "import sys; from graph_engine.modules import definition; definition('DropPath'); "
        "sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# Positions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["interleaved", "halves"])
def test_sinusoids_follow_the_formula(layout: str) -> None:
    module = supplied("SinusoidalPositionalEncoding")(6, max_length=20, layout=layout)

    pattern = module(torch.zeros(1, 9, 6))[0]

    for position, pair in itertools.product(range(9), range(3)):
        rate = 10000 ** (-pair / (3 if layout == "interleaved" else 2))
        sine, cosine = (2 * pair, 2 * pair + 1) if layout == "interleaved" else (pair, pair + 3)
        assert pattern[position, sine].item() == pytest.approx(math.sin(position * rate), abs=1e-6)
        assert pattern[position, cosine].item() == pytest.approx(
            math.cos(position * rate), abs=1e-6
        )


def test_time_steps_become_waves() -> None:
    result = supplied("SinusoidalEmbedding")(4, max_period=100.0)(torch.tensor([3]))

    expected = [math.cos(3), math.cos(0.3), math.sin(3), math.sin(0.3)]
    assert result[0].tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("interleaved", [False, True])
def test_rotated_products_depend_on_the_distance_only(interleaved: bool) -> None:
    module = supplied("RotaryPositionalEncoding")(8, interleaved=interleaved)
    query, key = torch.randn(2, 8).double()

    turned_query = module(query.expand(1, 1, 12, 8))[0, 0]
    turned_key = module(key.expand(1, 1, 12, 8))[0, 0]
    scores = turned_query @ turned_key.T

    for distance in range(-11, 12):
        along = scores.diagonal(distance)
        assert torch.allclose(along, along[0].expand_as(along), atol=1e-5)
    assert torch.allclose(turned_query.norm(dim=-1), query.norm().expand(12), atol=1e-5)
    assert torch.equal(turned_query[0], query)


def test_neighbours_and_halves_are_the_same_rotation_in_another_order() -> None:
    order = torch.tensor([0, 2, 4, 1, 3, 5])
    x = torch.randn(2, 3, 7, 6)

    halves = supplied("RotaryPositionalEncoding")(6)(x[..., order])
    neighbours = supplied("RotaryPositionalEncoding")(6, interleaved=True)(x)

    assert torch.allclose(halves, neighbours[..., order], atol=1e-6)


def test_features_beyond_the_rotated_ones_stay() -> None:
    x = torch.randn(2, 3, 7, 6)

    assert torch.equal(supplied("RotaryPositionalEncoding")(4)(x)[..., 4:], x[..., 4:])


@pytest.mark.parametrize("bidirectional", [True, False])
def test_distances_share_buckets_as_in_t5(bidirectional: bool) -> None:
    module = supplied("RelativePositionBias")(2, 32, 128, bidirectional)
    distances = torch.arange(-300, 301)

    buckets = module.bucket(distances).tolist()

    for distance, bucket in zip(distances.tolist(), buckets, strict=True):
        assert bucket == t5_bucket(distance, bidirectional), distance


def t5_bucket(distance: int, bidirectional: bool, buckets: int = 32, most: int = 128) -> int:
    """The bucket by the description in the T5 paper, one distance at a time (key minus query)."""
    start = 0
    if bidirectional:
        buckets //= 2
        start = buckets if distance > 0 else 0
        distance = abs(distance)
    else:
        distance = max(-distance, 0)
    exact = buckets // 2
    if distance < exact:
        return start + distance
    share = torch.log(torch.tensor(distance / exact)).item() / math.log(most / exact)
    return start + min(buckets - 1, exact + int(share * (buckets - exact) + 1e-6))


# Windows -----------------------------------------------------------------------------------------


def test_windows_are_cut_and_put_together_again() -> None:
    image = torch.randn(2, 4, 6, 3)

    windows = supplied("WindowPartition")(2)(image)
    again = supplied("WindowReverse")(2)(windows, image)

    assert torch.equal(windows[4].reshape(2, 2, 3), image[0, 2:4, 2:4])
    assert torch.equal(again, image)


def test_the_bias_of_a_window_depends_on_the_offset() -> None:
    module = supplied("WindowPositionBias")(3, 2)
    bias = module().detach()
    places = list(itertools.product(range(3), repeat=2))
    seen: dict[tuple[int, int], Tensor] = {}

    for (i, (y, x)), (j, (v, u)) in itertools.product(enumerate(places), repeat=2):
        known = seen.setdefault((y - v, x - u), bias[:, i, j])
        assert torch.equal(known, bias[:, i, j])

    assert len(seen) == 25
    assert len({value[0].item() for value in seen.values()}) == 25


def test_shifted_windows_hide_what_was_rolled_in() -> None:
    """Beside the way of the paper's own code, which numbers nine regions by slices."""
    size, shift = 4, 2
    regions = torch.zeros(8, 12)
    slices = (slice(0, -size), slice(-size, -shift), slice(-shift, None))
    for number, (rows, columns) in enumerate(itertools.product(slices, repeat=2)):
        regions[rows, columns] = number
    tiles = regions.view(2, size, 3, size).permute(0, 2, 1, 3).reshape(-1, size * size)
    expected = torch.where(tiles.unsqueeze(1) == tiles.unsqueeze(2), 0.0, -100.0)

    mask = supplied("ShiftedWindowMask")(size, shift)(torch.zeros(2, 8, 12, 5))

    assert torch.equal(mask, expected)


# Tokens ------------------------------------------------------------------------------------------


def test_patches_are_one_linear_map_of_each_patch() -> None:
    module = supplied("PatchEmbedding")(3, 5, (2, 4))
    image = torch.randn(2, 3, 6, 8)

    patches = F.unfold(image, (2, 4), stride=(2, 4)).transpose(1, 2)
    expected = F.linear(patches, module.projection.weight.flatten(1), module.projection.bias)

    assert torch.allclose(module(image), expected, atol=1e-5)


def test_class_tokens_stand_in_front() -> None:
    module = supplied("ClassToken")(4, count=2)
    x = torch.randn(3, 5, 4)

    result = module(x)

    assert torch.equal(result[:, 2:], x)
    assert torch.equal(result[1, :2], module.weight[0])


def test_layer_scale_starts_close_to_nothing() -> None:
    x = torch.randn(2, 4, 3, 3)

    assert torch.allclose(supplied("LayerScale")((4, 1, 1), start=1e-3)(x), x * 1e-3)


def test_last_steps_are_picked_by_length() -> None:
    x = torch.randn(3, 5, 2)

    last = supplied("GatherLast")()(x, torch.tensor([1, 5, 3]))
    chosen = supplied("SelectAt")()(x, torch.tensor([4, 0, 2]))

    assert torch.equal(last, torch.stack([x[0, 0], x[1, 4], x[2, 2]]))
    assert torch.equal(chosen, torch.stack([x[0, 4], x[1, 0], x[2, 2]]))


# Noise and gradients -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["row", "batch"])
def test_dropped_paths_keep_the_mean(mode: str) -> None:
    torch.manual_seed(0)
    module = supplied("DropPath")(p=0.25, mode=mode)
    x = torch.ones(1000, 2, 3)

    results = torch.stack([module(x)[:, 0, 0] for _ in range(200)])

    assert results.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert results.mean().item() == pytest.approx(1.0, abs=0.1)
    assert (results[0].unique().numel() == 1) == (mode == "batch")
    assert module.eval()(x) is x


def test_all_paths_can_be_dropped() -> None:
    assert not supplied("DropPath")(p=1.0)(torch.ones(4, 2)).any()


def test_noise_is_added_in_training_only() -> None:
    torch.manual_seed(0)
    module = supplied("GaussianNoise")(std=0.5)
    x = torch.full((100, 100), 3.0)

    noisy = module(x)

    assert noisy.mean().item() == pytest.approx(3.0, abs=0.02)
    assert noisy.std().item() == pytest.approx(0.5, abs=0.02)
    assert module.eval()(x) is x


def test_gradients_are_turned_around() -> None:
    x = torch.randn(3, requires_grad=True)

    y = supplied("GradientReversal")(coefficient=0.5)(x)
    (y * torch.tensor([1.0, 2.0, 3.0])).sum().backward()

    assert torch.equal(y, x)
    assert x.grad is not None
    assert x.grad.tolist() == [-0.5, -1.0, -1.5]


def test_samples_follow_mean_and_variance_and_let_gradients_pass() -> None:
    torch.manual_seed(0)
    module = supplied("Reparameterize")()
    mean = torch.full((20000,), 2.0, requires_grad=True)
    log_variance = torch.full((20000,), math.log(9.0), requires_grad=True)

    sample = module(mean, log_variance)
    sample.square().mean().backward()

    assert sample.mean().item() == pytest.approx(2.0, abs=0.1)
    assert sample.std().item() == pytest.approx(3.0, abs=0.1)
    assert mean.grad is not None
    assert log_variance.grad is not None
    # E[z²] = μ² + exp(v): its derivatives are 2μ and exp(v).
    assert mean.grad.sum().item() == pytest.approx(4.0, abs=0.2)
    assert log_variance.grad.sum().item() == pytest.approx(9.0, abs=0.5)
    assert module.eval()(mean, log_variance) is mean


def test_spectrograms_show_the_pitch() -> None:
    time = torch.arange(256) / 256
    sound = torch.sin(2 * math.pi * 32 * time).repeat(2, 1, 1)

    power = supplied("Spectrogram")(64)(sound)

    assert power.shape == (2, 1, 33, 9)
    assert power[0, 0, :, 4].argmax().item() == 32 * 64 // 256
    window = torch.hann_window(64)
    bins = torch.fft.rfft(sound[0, 0, 96:160] * window).abs().square()
    assert torch.allclose(power[0, 0, :, 4], bins, atol=1e-3)
