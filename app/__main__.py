"""``python -m app`` is ``netloom``."""

from app.start import main

main()
