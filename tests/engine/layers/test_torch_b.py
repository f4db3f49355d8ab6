"""Recurrent layers, attention, transformers, embeddings and losses: what their source means."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from graph_engine import Inference, NetworkBuilder, compile_graph, generate_source
from graph_engine.errors import DesignError
from graph_engine.layers import CATALOGUE
from graph_engine.layers.initialization import INITIALIZATIONS
from tests.engine.layer_drawing import values_of

pytestmark = pytest.mark.torch


def sole_problem(net: NetworkBuilder) -> tuple[str, str]:
    """Place and sentence of the only problem."""
    (problem,) = Inference(net.graph).problems()
    return problem.place, problem.sentence


def test_hidden_and_cell_go_from_one_lstm_to_the_next() -> None:
    net = NetworkBuilder("translation")
    source, target = net.input("source", shape=("S", 8)), net.input("target", shape=("T", 8))
    encoder = net.add("LSTM", source, hidden_size=16, num_layers=2, name="encoder")
    decoder = net.add(
        "LSTM", target, encoder["hidden"], encoder["cell"],
        hidden_size=16, num_layers=2, name="decoder",
    )  # fmt: skip
    net.output("words", decoder)

    module = compile_graph(net.graph)
    a, b = torch.randn(3, 5, 8), torch.randn(3, 7, 8)

    assert "_, (x, y) = self.encoder(source)" in generate_source(net.graph)
    _, states = module.get_submodule("encoder")(a)
    assert torch.equal(module(a, b), module.get_submodule("decoder")(b, states)[0])


@pytest.mark.parametrize(("wired", "missing"), [("h0", "c0"), ("c0", "h0")])
def test_hidden_and_cell_belong_together(wired: str, missing: str) -> None:
    net = NetworkBuilder("network")
    x, state = net.input("x", shape=(8,)), net.input("state", shape=(16,))
    net.output("y", net.add("LSTMCell", x, hidden_size=16, name="cell", inputs={wired: state}))

    place, sentence = sole_problem(net)

    assert place == f"cell.{missing}"
    assert f"needs {missing} together with {wired}" in sentence


def test_attention_without_a_key_looks_at_itself() -> None:
    net = NetworkBuilder("network")
    x = net.input("x", shape=(5, 8))
    net.output("y", net.add("MultiheadAttention", x, num_heads=2, name="attention"))

    module = compile_graph(net.graph)
    tokens = torch.randn(2, 5, 8)

    attention = module.get_submodule("attention")
    assert torch.equal(module(tokens), attention(tokens, tokens, tokens)[0])


CAUSAL: dict[str, tuple[str, dict[str, Any]]] = {
    "attention": ("MultiheadAttention", {"num_heads": 2, "is_causal": True}),
    "attention without weights": (
        "MultiheadAttention",
        {"num_heads": 2, "is_causal": True, "need_weights": False},
    ),
    "layer": ("TransformerEncoderLayer", {"nhead": 2, "is_causal": True, "dropout": 0.0}),
    "encoder": (
        "TransformerEncoder",
        {"nhead": 2, "num_layers": 2, "is_causal": True, "dropout": 0.0},
    ),
}


@pytest.mark.parametrize("is_padded", [False, True], ids=["whole", "padded"])
@pytest.mark.parametrize("is_training", [False, True], ids=["predicting", "training"])
@pytest.mark.parametrize("name", CAUSAL)
def test_no_step_sees_a_later_one(name: str, is_training: bool, is_padded: bool) -> None:
    kind, parameters = CAUSAL[name]
    port = "key_padding_mask" if kind == "MultiheadAttention" else "src_key_padding_mask"
    net = NetworkBuilder("network")
    x, padding = net.input("x", shape=("T", 8)), net.input("padding", shape=("T",), dtype="bool")
    inputs = {port: padding} if is_padded else {}
    net.output("y", net.add(kind, x, inputs=inputs, **parameters))
    module = compile_graph(net.graph).train(is_training)

    before = torch.randn(2, 6, 8)
    after = torch.cat([before[:, :4], torch.randn(2, 2, 8)], 1)
    hidden = torch.zeros(2, 6, dtype=torch.bool)
    with torch.no_grad():
        first, second = module(before, hidden), module(after, hidden)

    assert torch.allclose(first[:, :4], second[:, :4], atol=1e-6)
    assert not torch.allclose(first[:, 4:], second[:, 4:], atol=1e-3)


def test_the_target_of_a_transformer_is_causal() -> None:
    net = NetworkBuilder("network")
    src, tgt = net.input("src", shape=("S", 8)), net.input("tgt", shape=("T", 8))
    small: dict[str, Any] = {
        "nhead": 2, "num_encoder_layers": 1, "num_decoder_layers": 1, "dim_feedforward": 16,
    }  # fmt: skip
    net.output("y", net.add("Transformer", src, tgt, tgt_is_causal=True, **small))
    module = compile_graph(net.graph).eval()

    words, before = torch.randn(2, 5, 8), torch.randn(2, 6, 8)
    after = torch.cat([before[:, :4], torch.randn(2, 2, 8)], 1)

    assert "tgt_is_causal=True" in generate_source(net.graph)
    assert torch.allclose(module(words, before)[:, :4], module(words, after)[:, :4], atol=1e-6)


def test_a_wired_mask_is_used_as_it_is() -> None:
    """Left to itself, torch would compare the mask with a causal one in every pass."""
    net = NetworkBuilder("network")
    src, tgt = net.input("src", shape=(5, 8)), net.input("tgt", shape=(6, 8))
    mask = net.add("Constant", shape=(6, 6), value=0.0)
    net.output("y", net.add("Transformer", src, tgt, inputs={"tgt_mask": mask}))

    assert "tgt_is_causal=False" in generate_source(net.graph)


def test_a_mask_beside_a_causal_one_is_refused() -> None:
    net = NetworkBuilder("network")
    x, mask = net.input("x", shape=(5, 8)), net.add("Constant", shape=(5, 5), value=0.0)
    parameters: dict[str, Any] = {"nhead": 2, "is_causal": True}
    net.output("y", net.add("TransformerEncoderLayer", x, mask, name="layer", **parameters))

    place, sentence = sole_problem(net)

    assert place == "layer.src_mask"
    assert "set is_causal to false" in sentence


def test_ctc_takes_the_batch_first() -> None:
    net = NetworkBuilder("network")
    scores, texts = net.input("scores", shape=(9, 5)), net.input("texts", shape=(3,), dtype="int64")
    steps, letters = (net.input(name, dtype="int64") for name in ("steps", "letters"))
    net.output("loss", net.add("CTCLoss", scores, texts, steps, letters))
    module = compile_graph(net.graph)

    log_probs = torch.randn(2, 9, 5).log_softmax(-1)
    others = torch.tensor([[1, 2, 3], [2, 2, 4]]), torch.tensor([9, 7]), torch.tensor([3, 2])

    expected = F.ctc_loss(log_probs.transpose(0, 1), *others)
    assert torch.equal(module(log_probs, *others), expected)


def loss(kind: str, *inputs: Tensor, **parameters: Any) -> Tensor:
    """The loss of a network that is nothing else."""
    net = NetworkBuilder("network")
    ports = [port.name for port in CATALOGUE[kind]().input_ports()]
    dtypes = [str(x.dtype).removeprefix("torch.") for x in inputs]
    sources = [
        net.input(f"{name}_in", shape=tuple(x.shape[1:]), dtype=dtype)
        for name, x, dtype in zip(ports, inputs, dtypes, strict=True)
    ]
    net.output("loss", net.add(kind, *sources, **parameters))
    result: Tensor = compile_graph(net.graph)(*inputs)
    return result


def test_weights_of_classes_count() -> None:
    x, classes, yes = torch.randn(4, 3), torch.tensor([0, 1, 2, 2]), torch.rand(4, 3)
    weight = (0.5, 1.0, 2.0)

    weighed = loss("CrossEntropyLoss", x, classes, weight=weight)
    positive = loss("BCEWithLogitsLoss", x, yes, pos_weight=weight)

    assert torch.equal(weighed, F.cross_entropy(x, classes, torch.tensor(weight)))
    expected = F.binary_cross_entropy_with_logits(x, yes, pos_weight=torch.tensor(weight))
    assert torch.equal(positive, expected)


@pytest.mark.parametrize(
    ("name", "distance"),
    [
        ("euclidean", F.pairwise_distance),
        ("manhattan", lambda a, b: F.pairwise_distance(a, b, p=1.0)),
        ("chebyshev", lambda a, b: F.pairwise_distance(a, b, p=float("inf"))),
        ("cosine", lambda a, b: 1.0 - F.cosine_similarity(a, b)),
    ],
)
def test_distances_of_triplets(name: str, distance: Any) -> None:
    a, b, c = torch.randn(3, 4, 6)

    found = loss("TripletMarginWithDistanceLoss", a, b, c, distance_function=name, margin=5.0)

    assert torch.allclose(found, (distance(a, b) - distance(a, c) + 5.0).clamp_min(0.0).mean())


def test_an_initialisation_is_for_matrices_and_leaves_norms_alone() -> None:
    net = NetworkBuilder("network")
    x = net.input("x", shape=(5, 8))
    values: dict[str, Any] = {
        "weight_init": {"init": "constant", "val": 0.25}, "bias_init": "ones",
        "nhead": 2, "num_layers": 2, "dim_feedforward": 16, "norm": True,
    }  # fmt: skip
    net.output("y", net.add("TransformerEncoder", x, name="encoder", **values))

    encoder = compile_graph(net.graph).encoder
    assert isinstance(encoder, nn.Module)

    for name, weight in encoder.named_parameters():
        expected = 0.25 if weight.dim() > 1 else 1.0
        assert torch.equal(weight, torch.full_like(weight, expected)), name


@pytest.mark.filterwarnings("ignore:mean is more than 2 std from")  # torch's advice
@pytest.mark.parametrize("name", INITIALIZATIONS)
@pytest.mark.parametrize("layer", ["Linear", "Conv2d", "LSTM", "Embedding"])
def test_whatever_an_initialisation_takes_can_be_executed(name: str, layer: str) -> None:
    kind = INITIALIZATIONS[name]
    drawn = {n: values_of(p) for n, p in kind.parameters().items()}
    shapes = {"Conv2d": (4, 9, 9), "LSTM": (5, 4), "Embedding": (5,)}

    @settings(max_examples=8, deadline=None, derandomize=True, database=None)
    @given(st.fixed_dictionaries(drawn))
    def search(values: dict[str, Any]) -> None:
        net = NetworkBuilder("network")
        dtype = "int64" if layer == "Embedding" else "float32"
        x = net.input("x", shape=shapes.get(layer, (4,)), dtype=dtype)
        try:
            net.output("y", net.add(layer, x, weight_init=kind(**values)))
            module = compile_graph(net.graph)
        except DesignError:
            return
        assert all(weight.isfinite().all() for weight in module.parameters())

    search()


def test_the_transformer_of_the_paper_has_its_weights() -> None:
    net = NetworkBuilder("network")
    src, tgt = net.input("src", shape=(10, 512)), net.input("tgt", shape=(20, 512))
    net.output("y", net.add("Transformer", src, tgt))

    assert sum(weight.numel() for weight in compile_graph(net.graph).parameters()) == 44_140_544


def test_a_bag_of_offsets_that_would_corrupt_memory_is_refused() -> None:
    net = NetworkBuilder("network")
    words, offsets = (
        net.input("words", dtype="int64"),
        net.add("Constant", shape=(1,), dtype="int64"),
    )
    bag = net.add("EmbeddingBag", words, offsets, include_last_offset=True, name="bag")
    net.output("y", bag)

    assert sole_problem(net)[0] == "bag.offsets"
