"""Acting: what brought reward is done more often."""

from __future__ import annotations

from graph_engine import NetworkBuilder, Project
from resources.templates.designs.drawing import design, generated, lay, note, project


@design
def policy_gradient() -> Project:
    net = NetworkBuilder("main")
    x = net.input("state", shape=(4,))
    x = net.add("Linear", x, out_features=64, name="hidden")
    x = net.add("Tanh", x, name="tanh")
    net.output("scores", net.add("Linear", x, out_features=2, name="actions"))
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**An agent that balances a pole** (Williams, 1992). The network sees where the cart is, how "
        "fast it moves, how the pole leans and how fast it falls, and scores a push to the left and one "
        "to the right. Nobody tells it which is right. It tries, by chance; each step that the pole "
        "stands is worth 1, and pushes after which more came than usual become likelier.\n\n"
        "Look at: *return*, the steps until the pole falls, 500 at most, and the pictures of an episode "
        "among the predictions. Measured without chance (`greedy`), it runs ahead of training.",
    )
    return project(
        "An agent that learns to balance a pole by policy gradients, from reward alone.",
        net,
        data=generated("cart_pole", 480, validation=0.25, test=0.25),
        recipe={
            "procedure": {"name": "policy_gradient"},
            "optimizer": {"name": "Adam", "lr": 0.005},
            "epochs": 12,
            "batch_size": 16,
        },
    )
