"""``python -m graph_engine.cli`` is ``netloom``."""

from graph_engine.cli import main

main()
