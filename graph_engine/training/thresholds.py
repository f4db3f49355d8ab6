"""From where on gradients and updates count as sick: one set of numbers for rules, plots and words."""

from __future__ import annotations

VANISHED = 1e-7
"""Mean absolute gradient that is too small to learn from (SageMaker Debugger, VanishingGradient)."""

FADED = 1e-4
"""Of the mean absolute gradient of the last layer: below it the first ones hardly learn."""

EXPLODED = 1e3
"""L2 norm from which on a step throws weights far off."""

SLOW, FAST = 1e-4, 1e-2
"""Norm of an update over that of its weight, a step (CS231n, Neural networks 3, “Ratio of weights”)."""
