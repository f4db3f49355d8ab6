"""A repair is asked for while its problem has changed already: the answer is none, not a failure."""

from __future__ import annotations

from graph_engine import NetworkBuilder, edits
from graph_engine.graph import Graph, PortRef
from graph_engine.inference import Inference
from graph_engine.repairs import repair


def test_a_problem_whose_input_went_unknown_meanwhile_has_no_repair() -> None:
    # Given a window that is too large for its image, and its repair
    net = NetworkBuilder("main")
    image = net.input("image", shape=(1, 1, 4))
    before = net.add("AdaptiveMaxPool2d", image, output_size=1, name="before")
    pool = net.add("MaxPool2d", before, kernel_size=2, name="pool")
    net.output("y", pool)
    inference = Inference(net.graph)
    problem = next(p for p in inference.problems() if p.node == "pool")
    assert repair(problem, inference) is not None

    # When the wire before it is cut, so that nobody knows what arrives
    cut = edits.disconnect(net.graph, PortRef("before", "input"))
    net.graph.apply(cut)
    inference.update(cut)

    # Then the old problem has no repair, nor has it once its own wire is gone
    assert repair(problem, inference) is None
    own = edits.disconnect(net.graph, PortRef("pool", "input"))
    net.graph.apply(own)
    inference.update(own)
    assert repair(problem, inference) is None


def test_a_problem_at_an_input_that_a_block_lost_meanwhile_has_no_repair() -> None:
    # Given an instance of a block with nothing wired to its second input, and a value that would fit
    net = NetworkBuilder("main")
    image = net.input("image", shape=(4,))
    block = net.block("Both")
    added = block.add("Add", block.input("a", shape=(4,)), block.input("b", shape=(4,)))
    block.output("y", added)
    block.done()
    both = net.add("Both", image, name="both")
    net.output("y", both)
    net.add("ReLU", image, name="spare")
    inference = Inference(net.graph)
    problem = next(p for p in inference.problems() if p.node == "both" and p.port == "b")
    assert repair(problem, inference) is not None

    # When the block loses that input
    inside = Graph.opened(net.graph.blocks["Both"], dict(net.graph.blocks))
    change = edits.edit_block(net.graph, "Both", edits.remove(inside, ["b"]))
    net.graph.apply(change)
    inference.update(change)

    # Then the old problem has no repair
    assert repair(problem, inference) is None
