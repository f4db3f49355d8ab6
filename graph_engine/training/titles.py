"""The frames that a run tells, by title, and what their columns mean. No torch: the window reads this.

Tables have a row for each weight or node of ``Layers``; a row that does not apply is NaN.
"""

from __future__ import annotations

GRADIENTS = "gradients"
"""float32, a row for each of ``Layers.weights``, columns of ``GRADIENT_COLUMNS``."""

GRADIENT_COLUMNS = (
    "norm",
    "clipped_norm",
    "mean",
    "largest",
    "weight_norm",
    "update_norm",
    "ratio",
)
"""L2 norm of the gradient before clipping and after; mean and largest absolute entry before clipping;
L2 norm of the weight before the update; L2 norm of the update; update norm / weight norm, NaN for a
weight of zeros."""

ACTIVATION_GRADIENTS = "activation_gradients"
"""float32, a row for each of ``Layers.nodes``, columns of ``ACTIVATION_GRADIENT_COLUMNS``."""

ACTIVATION_GRADIENT_COLUMNS = ("norm", "mean", "largest")
"""Of the loss's gradient with respect to the node's output in one training batch: L2 norm, mean and
largest absolute entry."""

ACTIVATIONS = "activations"
"""float32, a row for each of ``Layers.nodes``, columns of ``ACTIVATION_COLUMNS``: the node's output for
the probe's samples, in evaluation mode."""

ACTIVATION_COLUMNS = (
    "mean",
    "deviation",
    "low",
    "high",
    "zero",
    "dead",
    "saturated",
    "milliseconds",
)
"""Mean, standard deviation, smallest and largest entry; fraction of entries that are exactly zero; of
units (channels, or entries of a vector) that are zero for all samples; of entries near the ends of a
bounded activation (NaN for others); time that the node's forward pass took."""

WEIGHT_HISTOGRAMS = "histograms/weights"
GRADIENT_HISTOGRAMS = "histograms/gradients"
ACTIVATION_HISTOGRAMS = "histograms/activations"
"""float32, a row each: low, high, then ``BINS`` counts of entries in equal bins between them."""

BINS = 64

MAP = "map/"
"""``map/NODE``: uint8, the node's output for the probe's samples. ``about``: ``low`` and ``high`` are
the values of 0 and 255; ``layout`` is ``images`` (samples, channels, height, width), ``sequence``
(samples, steps, features), ``vector`` (samples, features) or ``attention`` (samples, heads, queries,
keys); ``size`` is the true shape where channels or entries were left out; ``samples`` says which of
``split``. Layers that attend show their attention instead of their output. Nodes that nobody looks at
are shown now and then, small, so that a run can be looked through later."""

KERNELS = "kernels/"
"""``kernels/NODE``: uint8 (out, in, height, width). ``about`` has ``low`` and ``high`` as for maps, and
``size``, the true shape."""

OUTPUTS = "validation/outputs"
"""float32 (samples, …): what the network gave for validation samples (at most ``MOST_OUTPUTS``) at the
end of an epoch; for classification probabilities. ``about`` has ``split`` and ``task``."""

TARGETS = "validation/targets"
"""The same samples' truth, sent before ``OUTPUTS``."""

INDICES = "validation/indices"
"""int64: which samples of the split they are."""

SAMPLE_LOSSES = "validation/losses"
"""float32: the loss of each of them; the worst mistakes have the largest."""

MOST_OUTPUTS = 2000

GENERATED = "generated/"
"""``generated/samples``: what a generator makes, float32 (samples, …) in the units of its inputs.
``generated/text``: uint8, a text's UTF-8 bytes. ``about`` may say more."""
