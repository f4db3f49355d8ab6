"""The drawing: nodes, wires and the hands that move them."""
