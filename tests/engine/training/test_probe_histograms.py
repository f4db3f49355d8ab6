"""Histograms are those of numpy, and tell of weights, gradients and outputs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graph_engine.builder import Handle, NetworkBuilder
from graph_engine.training import titles
from graph_engine.training.events import Frame
from graph_engine.training.histograms import histograms
from graph_engine.training.recipe import Recipe
from graph_engine.training.titles import BINS

from .small import data
from .watched import Watched, close, drawn

pytestmark = pytest.mark.torch

RECIPE = Recipe(epochs=1, batch_size=128, threads=1, seed=5)


def cnn(net: NetworkBuilder, x: Handle) -> Handle:
    x = net.add("Conv2d", x, out_channels=6, kernel_size=3, name="conv")
    x = net.add("Dropout", net.add("ReLU", net.add("BatchNorm2d", x, name="norm"), name="relu"))
    return net.add("Linear", net.add("Flatten", x, name="flat"), out_features=10, name="fc")


def test_histograms_are_numpys() -> None:
    # Given tensors that are looked at whole
    tensors = [torch.randn(50, 60), torch.rand(7), torch.ones(3), torch.arange(65.0)]
    rows = histograms([*tensors, None, torch.full((2,), torch.nan)])

    # Then bins and counts are those of numpy, and a row of none is empty
    assert rows.shape == (6, BINS + 2)
    assert np.isnan(rows[4:]).all()
    for row, tensor in zip(rows, tensors, strict=False):
        values = tensor.numpy().astype(np.float64)
        counts, edges = np.histogram(values, BINS)
        assert np.abs(row[2:] - counts).sum() <= 2  # an entry on the border of two bins
        assert close(row[:2], np.array([values.min(), values.max()], np.float32))
        assert len(edges) == BINS + 1


def test_a_large_tensor_is_counted_by_a_part_of_it() -> None:
    # Given a million entries, when their histogram is taken, then its counts still come to all of them
    tensor = torch.randn(1000, 1000, generator=torch.Generator().manual_seed(2))
    (row,) = histograms([tensor])
    assert row[2:].sum() == pytest.approx(1e6, rel=1e-4)
    counts, _ = np.histogram(tensor.numpy(), BINS, (row[0], row[1]))
    assert np.abs(np.cumsum(row[2:]) - np.cumsum(counts)).max() < 0.05 * 1e6


def test_a_run_tells_histograms_of_weights_gradients_and_outputs() -> None:
    # Given a run, measured at every step
    run = Watched(drawn(cnn), RECIPE, data("digits"))

    # Then there is a row for each weight, twice, and one for each node
    frames: dict[str, Frame] = {
        title: run.frames(title)[-2]
        for title in (
            titles.WEIGHT_HISTOGRAMS,
            titles.GRADIENT_HISTOGRAMS,
            titles.ACTIVATION_HISTOGRAMS,
        )
    }
    counts = [frame.array()[:, 2:].sum(1) for frame in frames.values()]
    weights = [weight.numel() for weight in run.module.parameters()]
    assert counts[0].tolist() == weights
    assert counts[1].tolist() == weights
    assert len(counts[2]) == len(run.layers.nodes)
    assert counts[2][0] == 8 * 64
