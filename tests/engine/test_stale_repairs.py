"""A repair is asked for while its problem has changed already: the answer is none, not a failure."""

from __future__ import annotations

from graph_engine import NetworkBuilder, edits
from graph_engine.graph import PortRef
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
