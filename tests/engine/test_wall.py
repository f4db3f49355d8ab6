"""The second wall: text that no drawing leads to is not executed."""

from __future__ import annotations

import ast

import pytest

from graph_engine import DesignError, NetworkBuilder, generate_source
from graph_engine.codegen import checked
from graph_engine.layers import CATALOGUE
from graph_engine.modules import definition, definition_imports
from tests.engine.networks import classic, modern, transformers

HEAD = "import torch\nfrom torch import Tensor, nn\n\n\n"
BODY = HEAD + "class Network(nn.Module):\n    def forward(self, x: Tensor) -> Tensor:\n        "


@pytest.mark.parametrize(
    "draw",
    [
        classic.squeezenet,
        modern.resnet50,
        modern.unet,
        transformers.vit_b16,
        transformers.gpt2_small,
    ],
)
def test_what_the_generator_writes_passes(draw: object) -> None:
    assert isinstance(checked(generate_source(draw())), ast.Module)  # type: ignore[operator]


def test_every_supplied_class_passes() -> None:
    names = {
        name
        for kind in CATALOGUE.values()
        for example in kind.examples
        for name in kind(**example.parameters).definitions()
    }

    for name in names:
        assert checked("\n".join([*definition_imports(name), definition(name)]))
    assert len(names) > 10


@pytest.mark.parametrize(
    "line",
    [
        "return eval(x)",
        "return __import__('os').system('true')",
        "return getattr(x, 'data')",
        "return open('/etc/passwd')",
        "return x.__class__.__mro__",
        "return torch.load('weights.pt')",
        "return torch.hub.load('a', 'b')",
        "return torch.serialization.os.system('true')",
        "return torch.ops.load_library('a.so')",
        "return torch.from_file('secret')",
        "return x.tofile('out')",
        "return nn.utils.parametrizations.os",
        "import os",
        "global x",
        "while True:\n            x = x",
        "try:\n            x = x\n        except ValueError:\n            pass",
        "return (y := x)",
        "yield x",
        "assert x",
        "return {**x}",
        "return breakpoint()",
        "return type('A', (), {})",
    ],
)
def test_nothing_else_passes_inside_a_method(line: str) -> None:
    with pytest.raises(DesignError, match="no drawing leads to"):
        checked(BODY + line + "\n")


@pytest.mark.parametrize(
    "text",
    [
        "print('hello')\n",
        "import os\n",
        "import torch as os\n",
        "from os import system\n",
        "from torch import *\n",
        "from . import secrets\n",
        "from torch.hub import load\n",
        "x = 1\n",
        "def run():\n    pass\n",
        "class A(nn.Module, metaclass=M):\n    pass\n",
        "class A(dict):\n    pass\n",
        "@run\nclass A(nn.Module):\n    pass\n",
        "class A(nn.Module):\n    @run\n    def forward(self):\n        pass\n",
        "class A(nn.Module):\n    def __reduce__(self):\n        pass\n",
        "class A(nn.Module):\n    async def forward(self):\n        pass\n",
        "if True:\n    pass\n",
    ],
)
def test_nothing_else_passes_outside(text: str) -> None:
    with pytest.raises(DesignError, match="no drawing leads to"):
        checked(text)


def test_a_node_may_have_any_name_that_a_node_can_have() -> None:
    """``load`` is refused on torch, and is a good name for a layer."""
    net = NetworkBuilder("net")
    x = net.input("x", shape=(8,))
    for name in ("load", "save", "hub", "utils", "jit"):
        x = net.add("Add", net.add("Linear", x, out_features=8, name=name), x)
    net.output("y", x)

    assert checked(generate_source(net.graph))
