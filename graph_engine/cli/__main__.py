"""``python -m graph_engine.cli`` is ``netloom``."""

from graph_engine.cli import main

if __name__ == "__main__":
    main()
