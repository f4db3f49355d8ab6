"""The designs that come with Netloom, a file for each family; importing them fills ``DESIGNS``."""

from __future__ import annotations

from resources.templates.designs import (  # noqa: F401  each enters its designs
    acting,
    classics,
    difficulties,
    foundations,
    games,
    generative,
    scenes,
    sequences,
    speech,
    text,
    transfer,
    vision,
)
from resources.templates.designs.drawing import DESIGNS

__all__ = ["DESIGNS"]
