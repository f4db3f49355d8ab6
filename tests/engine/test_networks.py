"""Published networks drawn by hand: parameters exactly, multiply-adds to the published rounding."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph_engine import Graph, Inference
from graph_engine.summary import summarize
from tests.engine.networks import classic, modern, recent, transformers

PUBLISHED: dict[str, tuple[Callable[[], Graph], int, float | None]] = {
    "LeNet-5": (classic.lenet5, 61_706, None),
    "AlexNet": (classic.alexnet, 61_100_840, 0.714),
    "VGG-11": (lambda: classic.vgg(1, 1, 2, 2, 2), 132_863_336, 7.609),
    "VGG-16": (lambda: classic.vgg(2, 2, 3, 3, 3), 138_357_544, 15.470),
    "ResNet-18": (modern.resnet18, 11_689_512, 1.814),
    "ResNet-50": (modern.resnet50, 25_557_032, 4.089),
    "DenseNet-121": (modern.densenet121, 7_978_856, 2.834),
    "MobileNetV2": (modern.mobilenet_v2, 3_504_872, 0.301),
    "SqueezeNet 1.0": (classic.squeezenet, 1_248_424, 0.819),
    "GoogLeNet": (classic.googlenet, 6_624_904, 1.498),
    "EfficientNet-B0": (recent.efficientnet_b0, 5_288_548, 0.386),
    "ConvNeXt-T": (recent.convnext_tiny, 28_589_128, 4.456),
    "ViT-B/16": (transformers.vit_b16, 86_567_656, 17.564),
    "U-Net": (modern.unet, 31_037_633, None),
    "GPT-2 small": (transformers.gpt2_small, 124_439_808, None),
    "BERT-base": (transformers.bert_base, 109_482_240, None),
    "nn.Transformer": (transformers.transformer, 44_140_544, None),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_figures(name: str) -> None:
    draw, parameters, giga = PUBLISHED[name]

    inference = Inference(draw())
    summary = summarize(inference)

    assert inference.problems() == []
    assert summary.parameters == parameters
    assert giga is None or round(summary.multiply_adds / 1e9, 3) == giga


@pytest.mark.torch
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_module_has_those_parameters(name: str) -> None:
    import torch

    from graph_engine import compile_graph

    draw, parameters, _ = PUBLISHED[name]

    with torch.device("meta"):
        module = compile_graph(draw())

    assert sum(p.numel() for p in module.parameters()) == parameters
