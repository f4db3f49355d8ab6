"""The emitted source: how it reads, that it runs alone, and the way from its lines to the drawing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from graph_engine import Change, DesignError, Graph, Inference, NetworkBuilder, generate_source
from graph_engine.codegen import Place, class_name, make_source
from tests.engine.networks import classic, modern, transformers

DRAWINGS = {
    "lenet5": classic.lenet5,
    "squeezenet": classic.squeezenet,
    "googlenet": classic.googlenet,
    "resnet18": modern.resnet18,
    "resnet50": modern.resnet50,
    "densenet121": modern.densenet121,
    "mobilenet_v2": modern.mobilenet_v2,
    "unet": modern.unet,
    "vit_b_16": transformers.vit_b16,
    "gpt2": transformers.gpt2_small,
    "bert": transformers.bert_base,
    "transformer": transformers.transformer,
}


def body(graph: Graph, method: str = "forward") -> list[str]:
    """The lines of a method of the last class, without indentation and comments."""
    text = generate_source(graph)
    lines = text[text.rindex(f"def {method}") :].splitlines()[1:]
    return [line.split("  #")[0].strip() for line in lines if line.strip()]


def test_a_joint_of_one_input_assigns_no_name_to_itself() -> None:
    net = NetworkBuilder("main")
    x = net.add("Add", net.add("Linear", net.input("image", shape=(4,)), out_features=3))
    net.output("y", net.add("Softplus", net.add("Sigmoid", x)))

    lines = body(net.graph)

    assert "        # add1 (Add) has one input, which it passes on\n" in generate_source(net.graph)
    for line in lines:
        left, is_assigned, right = line.partition(" = ")
        assert not is_assigned or left != right, line


@pytest.mark.parametrize("name", DRAWINGS)
def test_ruff_has_nothing_to_change(name: str, tmp_path: Path) -> None:
    file = tmp_path / "network.py"
    file.write_text(generate_source(DRAWINGS[name]()), encoding="utf-8")

    ruff = [sys.executable, "-m", "ruff"]
    formatted = subprocess.run(
        [*ruff, "format", "--isolated", "--diff", file], capture_output=True, text=True, check=False
    )
    linted = subprocess.run(
        [*ruff, "check", "--isolated", "--select", "E,F,I,W,UP", file],
        capture_output=True,
        text=True,
        check=False,
    )

    assert formatted.stdout == ""
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_same_drawing_gives_the_same_text(name: str) -> None:
    assert generate_source(DRAWINGS[name]()) == generate_source(DRAWINGS[name]())


def test_a_chain_reads_as_a_sequential() -> None:
    text = generate_source(classic.lenet5())

    assert "conv1=nn.Conv2d(1, 6, kernel_size=5),  # 6×28×28" in text
    assert body(classic.lenet5()) == ["return self.layers(image)"]


def test_a_skip_connection_reuses_two_names() -> None:
    net = NetworkBuilder("skip")
    x = net.input("image", shape=(8,))
    x = net.add("Linear", x, out_features=8)
    y = net.add("ReLU", net.add("Linear", x, out_features=8))
    net.output("y", net.add("Add", x, y))

    assert body(net.graph) == [
        "x = self.linear1(image)",
        "y = self.linear2(x)",
        "y = self.relu1(y)",
        "return x + y",
    ]


def test_what_is_no_longer_needed_is_released() -> None:
    net = NetworkBuilder("wide")
    x = net.input("image", shape=(8,))
    branches = [net.add("Linear", x, out_features=8) for _ in range(4)]
    joined = net.add("Concatenate", *branches)
    net.output("y", net.add("Linear", joined, out_features=2))

    assert "del y, z, w" in body(net.graph)


def test_one_class_serves_all_instances_of_a_block() -> None:
    text = generate_source(modern.resnet18())

    assert re.findall(r"^class (\w+)", text, re.M) == ["BasicBlock", "ProjectionBlock", "Resnet18"]
    assert "in_channels: int, width: int = 64" in text
    assert "basic_block1=nn.Sequential(*(BasicBlock() for _ in range(2)))" in text


def test_a_formula_stands_in_the_source() -> None:
    text = generate_source(modern.resnet50())

    assert "nn.Conv2d(width, 4 * width, kernel_size=1, bias=False)" in text
    assert "nn.BatchNorm2d(4 * width)" in text


def test_blocks_of_different_make_become_different_classes() -> None:
    net = NetworkBuilder("net")
    block = net.block("Mixer")
    x = block.input("x", shape=(4, 8))
    block.output("y", block.add("Reshape", x, shape=(-1, 2)))
    block.done()
    first = net.add("Mixer", net.input("a", shape=(4, 8)))
    second = net.add("Mixer", net.input("b", shape=(6, 5, 8)))
    net.output("p", first)
    net.output("q", second)

    assert "class Mixer(" in generate_source(net.graph)
    ast.parse(generate_source(net.graph))


def test_a_repeated_block_with_memory_becomes_a_loop() -> None:
    net = NetworkBuilder("decoder")
    block = net.block("Layer")
    x, memory = block.input("x", shape=(8,)), block.input("memory", shape=(8,))
    block.output("y", block.add("Linear", block.add("Add", x, memory), out_features=8))
    block.done()
    x, memory = net.input("x", shape=(8,)), net.input("memory", shape=(8,))
    net.output("y", net.add("Layer", x, memory, repeat=3, name="layers"))

    assert body(net.graph) == ["for layer in self.layers:", "x = layer(x, memory)", "return x"]
    assert "nn.ModuleList([*(Layer() for _ in range(3))])" in generate_source(net.graph)


def test_sharing_calls_one_module_twice() -> None:
    net = NetworkBuilder("siamese")
    a, b = net.input("a", shape=(8,)), net.input("b", shape=(8,))
    first = net.add("Linear", a, name="encoder")
    second = net.add("Linear", b, shares=first)
    net.output("distance", net.add("Subtract", first, second))

    lines = body(net.graph)
    assert lines[:2] == ["x = self.encoder(a)", "y = self.encoder(b)"]
    assert generate_source(net.graph).count("nn.Linear") == 1


def test_another_kind_of_layer_shares_the_weight() -> None:
    assert "self.head.weight = self.wte.weight" in generate_source(transformers.gpt2_small())


def test_a_muted_layer_is_passed_and_named() -> None:
    net = NetworkBuilder("muted")
    x = net.input("image", shape=(8,))
    x = net.add("Linear", x, out_features=8)
    x = net.add("Dropout", x)
    net.output("y", net.add("ReLU", x))
    node = net.graph.nodes["dropout1"]
    net.graph.apply(Change({"nodes": {"dropout1": (node, replace(node, muted=True))}}))

    text = generate_source(net.graph)
    assert "# dropout1 (Dropout) is muted" in text
    assert "nn.Dropout" not in text


def test_initialisation_and_freezing_are_written() -> None:
    net = NetworkBuilder("init")
    x = net.input("image", shape=(8,))
    x = net.add("Linear", x, weight_init="kaiming_normal", bias_init="zeros", trainable=False)
    x = net.add("LSTM", net.add("Unsqueeze", x, dim=1), num_layers=2, weight_init="orthogonal")
    net.output("y", x)

    text = generate_source(net.graph)
    assert "nn.init.kaiming_normal_(self.linear1.weight)" in text
    assert "nn.init.zeros_(self.linear1.bias)" in text
    assert "self.linear1.requires_grad_(False)" in text
    assert "for name, weight in self.lstm1.named_parameters():" in text


def test_lines_lead_back_to_nodes() -> None:
    source = make_source(Inference(modern.resnet18()))
    lines = source.text.splitlines()

    for number in source.lines_of("BasicBlock", "conv1"):
        assert "conv1" in lines[number - 1]
    assert source.lines_of("resnet18", "linear1")
    assert all(isinstance(place, Place) for place in source.lines.values())


def test_paths_lead_to_modules() -> None:
    source = make_source(Inference(classic.lenet5()))

    assert source.paths["Lenet5"]["conv2"] == "layers.conv2"


def test_a_faulty_drawing_has_no_source() -> None:
    net = NetworkBuilder("faulty")
    net.add("Linear", net.input("image", shape=(8,)))

    with pytest.raises(DesignError, match="has no Output"):
        generate_source(net.graph)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("main", "Network"), ("cnn_digits", "CnnDigits"), ("BasicBlock", "BasicBlock")],
)
def test_class_names(name: str, expected: str) -> None:
    assert class_name(name) == expected


def test_names_for_more_values_than_letters() -> None:
    net = NetworkBuilder("wide")
    x = net.input("image", shape=(8,))
    branches = [net.add("Linear", x, out_features=8) for _ in range(14)]
    joined = net.add("Concatenate", *branches)
    net.output("y", net.add("Linear", net.add("Tanh", joined), out_features=2))

    lines = body(net.graph)
    assert lines[9:11] == ["q = self.linear10(image)", "linear11 = self.linear11(image)"]
    assert "".join(lines[14:]).count("linear14") == 2
    assert "del y, z, w, v, u, t, s, r, q, linear11, linear12, linear13, linear14" in " ".join(
        lines
    )


def test_a_wide_joint_is_laid_out() -> None:
    net = NetworkBuilder("wide")
    x = net.input("image", shape=(8,))
    branches = [net.add("Linear", x, out_features=8) for _ in range(300)]
    net.output("y", net.add("Concatenate", *branches))

    assert max(map(len, generate_source(net.graph).splitlines())) <= 88


def test_a_drawing_of_ten_thousand_nodes_in_a_row() -> None:
    net = NetworkBuilder("deep")
    x = net.input("x", shape=(4,))
    for number in range(10_000):
        x = net.add("ReLU", x, name=f"relu{number}")
    net.output("y", net.add("Add", x, x))

    text = generate_source(net.graph)
    assert text.count("nn.ReLU()") == 10_000
    assert "return x + x" in text


def test_an_input_that_is_returned_is_kept() -> None:
    net = NetworkBuilder("net")
    x = net.input("x", shape=(8,))
    y = net.add("Tanh", net.add("Linear", x, out_features=8))
    net.output("first", x)
    net.output("second", y)
    net.output("third", y)

    assert body(net.graph) == ["y = self.linear1(x)", "y = self.tanh1(y)", "return x, y, y"]


def test_many_results_have_a_short_annotation() -> None:
    net = NetworkBuilder("net")
    parts = net.add("Chunk", net.input("x", shape=(8,)), chunks=4)
    for number in range(1, 5):
        net.output(f"part{number}", parts[f"part{number}"])

    assert "-> tuple[Tensor, ...]:" in generate_source(net.graph)


def test_what_nobody_uses_is_called_all_the_same() -> None:
    net = NetworkBuilder("net")
    x = net.input("x", shape=(4, 8))
    memory = net.add("LSTM", x, hidden_size=4)
    net.add("ReLU", x)
    net.output("y", memory["cell"])

    assert body(net.graph) == [
        "_, (_, y) = self.lstm1(x)",
        "_ = self.relu1(x)",
        "return y",
    ]


def test_only_what_is_used_is_imported() -> None:
    """Names that merely contain those of modules, and muted layers, import nothing."""
    net = NetworkBuilder("net")
    x = net.input("x", shape=(4,))
    x = net.add("Linear", x, name="my_torch", weight_init="zeros", out_features=4)
    x = net.add("GradientReversal", x)
    net.output("y", x)
    node = net.graph.nodes["gradient_reversal1"]
    net.graph.apply(Change({"nodes": {"gradient_reversal1": (node, replace(node, muted=True))}}))

    text = generate_source(net.graph)
    assert text.startswith("from torch import Tensor, nn\n\n\nclass Net")


def test_chains_with_names_that_begin_alike() -> None:
    net = NetworkBuilder("net")
    x = net.input("x", shape=(4,))
    for part in range(2):
        y = x
        for number in range(3):
            y = net.add(
                "Linear", y, out_features=4, name=f"the_same_first_twenty_letters_{part}_{number}"
            )
        x = net.add("Add", x, y)
    net.output("y", x)

    assert "self.the_same_first_twent_to_the_same_first_twent_2 = nn" in generate_source(net.graph)


@pytest.mark.torch
@pytest.mark.parametrize("name", ["lenet5", "squeezenet", "densenet121", "gpt2"])
def test_the_source_runs_with_torch_alone(name: str, tmp_path: Path) -> None:
    file = tmp_path / "network.py"
    file.write_text(generate_source(DRAWINGS[name]()), encoding="utf-8")
    made = f"network.{class_name(name)}()"
    script = f"import torch, network\nwith torch.device('meta'): {made}\nimport sys\n"
    script += "assert not [m for m in sys.modules if 'graph_engine' in m or 'netloom' in m]"

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
