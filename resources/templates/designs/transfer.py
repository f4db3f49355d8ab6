"""Learning from what was learned before, and from few labels."""

from __future__ import annotations
