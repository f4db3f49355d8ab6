"""What torch's signatures do not say: ranges, help, and values that follow from the run.

``signatures`` lays this table over what it reads from torch. A key is a parameter's name, or
``Class.parameter`` where one class means something else by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UNCHANGED: Any = object()


@dataclass(frozen=True, slots=True)
class Note:
    """Help for one parameter, and what replaces or completes its annotation and default."""

    help: str
    low: float | None = None
    high: float | None = None
    type: str = ""
    default: Any = UNCHANGED


GIVEN = {"params", "optimizer", "last_epoch", "epochs", "steps_per_epoch", "device", "dtype"}
DEPRECATED = {"size_average", "reduce"}
UNUSED = {"capturable", "differentiable"}  # CUDA graphs, and gradients through an update
FUNCTIONS = {"scale_fn", "distance_function"}
IGNORED = GIVEN | DEPRECATED | UNUSED | FUNCTIONS

LEFT_OUT = {
    "LambdaLR": "It needs a Python function.",
    "MultiplicativeLR": "It needs a Python function.",
    "SequentialLR": "It is made of other schedulers, not of values.",
    "ChainedScheduler": "It is made of other schedulers, not of values.",
    "NLLLoss2d": "It is deprecated: NLLLoss does the same.",
    "AdaptiveLogSoftmaxWithLoss": "It learns weights of its own: it is a layer.",
    "LinearCrossEntropyLoss": "It learns weights of its own: it is a layer.",
}

REDUCTION = Note(
    "Whether the loss of a batch is the mean or the sum of its parts.",
    type="Literal['mean', 'sum']",
)
MOMENTUM_RANGE = "Momentum moves against the learning rate; empty means: if the optimizer has one."

NOTES: dict[str, Note] = {
    # Optimizers
    "lr": Note("Learning rate: how far one step goes.", low=0.0),
    "weight_decay": Note("How strongly each step pulls the weights towards zero.", low=0.0),
    "decoupled_weight_decay": Note("Decay the weights beside the gradient, as AdamW does."),
    "momentum": Note("Share of the last step that is kept for the next.", low=0.0),
    "dampening": Note("Share of the gradient that does not enter the momentum."),
    "nesterov": Note("Look ahead along the momentum before taking the gradient."),
    "betas": Note("Memory of the gradient and of its square.", low=0.0, high=1.0 - 2.0**-53),
    "eps": Note("Small number that keeps divisions finite.", low=0.0),
    "Adafactor.eps": Note("Smallest squared gradient, and smallest size of the weights.", low=0.0),
    "rho": Note("Memory of the squared gradient.", low=0.0, high=1.0),
    "RMSprop.alpha": Note("Memory of the squared gradient.", low=0.0),
    "ASGD.alpha": Note("Power with which the learning rate falls."),
    "lambd": Note("Speed at which the learning rate falls."),
    "t0": Note("Step at which averaging begins."),
    "amsgrad": Note("Never let the memory of the squared gradient shrink."),
    "centered": Note("Divide by the spread of the gradient, not by its size."),
    "maximize": Note("Climb instead of descending."),
    "foreach": Note("Update all weights at once; empty lets torch choose."),
    "fused": Note("Update in one compiled call; empty lets torch choose."),
    "beta2_decay": Note("Power with which the memory of the squared gradient grows.", high=0.0),
    "d": Note("Largest update, relative to the weights' size.", low=1.0),
    "lr_decay": Note("Speed at which the learning rate falls.", low=0.0),
    "initial_accumulator_value": Note("What the sum of squared gradients starts with.", low=0.0),
    "max_iter": Note("Iterations in one step.", low=1),
    "max_eval": Note("Evaluations of the loss in one step; empty means 1.25 × max_iter.", low=1),
    "tolerance_grad": Note("A gradient below this ends the step.", low=0.0),
    "tolerance_change": Note("A change below this ends the step.", low=0.0),
    "history_size": Note("Updates remembered to estimate the curvature.", low=1),
    "line_search_fn": Note(
        "How far along the direction to go.", type="Literal['strong_wolfe'] | None"
    ),
    "ns_coefficients": Note("Coefficients of the Newton–Schulz iteration."),
    "ns_steps": Note("Newton–Schulz iterations.", low=1, high=99),
    "adjust_lr_fn": Note(
        "How the learning rate follows the shape of a weight.",
        type="Literal['original', 'match_rms_adamw'] | None",
    ),
    "momentum_decay": Note("Speed at which the momentum grows.", low=0.0),
    "etas": Note("Factors by which a step shrinks and grows.", low=0.0),
    "step_sizes": Note("Smallest and largest step.", low=0.0),
    # Schedulers
    "factor": Note("What the learning rate is multiplied by.", low=0.0, high=1.0),
    "total_iters": Note("After how many steps of the schedule it ends.", low=1),
    "T_max": Note(
        "Steps of the schedule down to the lowest rate; empty means the whole run.",
        low=1,
        type="int | None",
        default=None,
    ),
    "eta_min": Note("Lowest learning rate.", low=0.0),
    "T_0": Note("Steps of the schedule until the first restart.", low=1, default=10),
    "T_mult": Note("Factor by which each stretch is longer than the one before.", low=1),
    "CyclicLR.base_lr": Note(
        "Lowest learning rate; empty means a tenth of the highest.",
        low=0.0,
        type="float | None",
        default=None,
    ),
    "max_lr": Note(
        "Highest learning rate; empty means the optimizer's.",
        low=0.0,
        type="float | None",
        default=None,
    ),
    "step_size_up": Note("Steps of the schedule from the lowest rate to the highest.", low=1),
    "step_size_down": Note("Steps back down; empty means as many as up.", low=1),
    "CyclicLR.mode": Note("Whether the peaks stay, halve or shrink by gamma."),
    "gamma": Note("What the learning rate is multiplied by.", low=0.0),
    "ExponentialLR.gamma": Note("What the learning rate is multiplied by.", low=0.0, default=0.95),
    "scale_mode": Note("Whether gamma counts cycles or iterations."),
    "cycle_momentum": Note(MOMENTUM_RANGE, type="bool | None", default=None),
    "base_momentum": Note("Lowest momentum, at the highest rate.", low=0.0, high=1.0),
    "max_momentum": Note("Highest momentum, at the lowest rate.", low=0.0, high=1.0),
    "start_factor": Note("Share of the learning rate at the start.", low=1e-12, high=1.0),
    "end_factor": Note("Share of the learning rate at the end.", low=0.0, high=1.0),
    "milestones": Note("Steps of the schedule at which the rate falls.", low=0, default=[30, 60]),
    "step_size": Note("Steps of the schedule between two falls.", low=1, default=10),
    "total_steps": Note("Length of the cycle; empty means the whole run.", low=1),
    "pct_start": Note("Share of the cycle in which the rate rises.", low=0.0, high=1.0),
    "anneal_strategy": Note("Along a cosine or along a line."),
    "div_factor": Note("The highest rate divided by the first.", low=1e-12),
    "final_div_factor": Note("The first rate divided by the last.", low=1e-12),
    "three_phase": Note("Mirror the rise before falling to the last rate."),
    "OneCycleLR.base_momentum": Note("Lowest momentum, at the peak.", low=0.0, high=1.0),
    "OneCycleLR.max_momentum": Note("Highest momentum, at both ends.", low=0.0, high=1.0),
    "power": Note("Power of the polynomial."),
    "ReduceLROnPlateau.mode": Note(
        "Whether the watched metric should fall or rise; empty means as the metric wants.",
        type="Literal['min', 'max'] | None",
        default=None,
    ),
    "ReduceLROnPlateau.factor": Note(
        "What the learning rate is multiplied by.", low=0.0, high=1.0 - 2.0**-53
    ),
    "patience": Note("Epochs without improvement before the rate falls.", low=0),
    "threshold": Note("What counts as an improvement.", low=0.0),
    "threshold_mode": Note("Whether the threshold is relative or absolute."),
    "cooldown": Note("Epochs to wait after a fall.", low=0),
    "min_lr": Note("Lowest learning rate.", low=0.0),
    "ReduceLROnPlateau.eps": Note("Falls smaller than this are left out.", low=0.0),
    # Losses
    "reduction": REDUCTION,
    "KLDivLoss.reduction": Note(
        "How a batch's parts are joined; batchmean is the mathematical divergence.",
        type="Literal['batchmean', 'mean', 'sum']",
        default="batchmean",
    ),
    "weight": Note("Importance of each class; empty means equal.", type="tuple[float, ...] | None"),
    "BCELoss.weight": Note(
        "Importance of each output; empty means equal.", type="tuple[float, ...] | None"
    ),
    "BCEWithLogitsLoss.weight": Note(
        "Importance of each output; empty means equal.", type="tuple[float, ...] | None"
    ),
    "pos_weight": Note(
        "Importance of the positive samples of each output; empty means equal.",
        type="tuple[float, ...] | None",
    ),
    "blank": Note("Number of the class that stands for no symbol; it also fills short targets."),
    "zero_infinity": Note("Count impossible alignments as zero."),
    "margin": Note("How far apart is far enough."),
    "ignore_index": Note("Targets with this number do not count."),
    "label_smoothing": Note("Share of certainty spread over all classes.", low=0.0, high=1.0),
    "full": Note("Include the terms that do not depend on the weights."),
    "delta": Note("Error at which squared becomes absolute.", low=1e-12),
    "beta": Note("Error at which squared becomes absolute.", low=0.0),
    "log_target": Note("The targets are logarithms too."),
    "log_input": Note("The outputs are logarithms of the rate."),
    "p": Note("Power of the distance.", low=1e-12),
    "MultiMarginLoss.p": Note("Power of the distance.", low=1, high=2),
    "swap": Note("Use the closer of anchor and positive to push the negative away."),
}

HELP = {
    "ASGD": "Averages the weights along the way (Polyak and Juditsky, 1992).",
    "Adadelta": "Adapts each weight's step without a set rate (Zeiler, 2012).",
    "Adafactor": "Adam with far less memory, for large networks (Shazeer and Stern, 2018).",
    "Adagrad": "Shrinks the step of weights that often change (Duchi et al., 2011).",
    "Adam": "Adapts each weight's step to its gradients (Kingma and Ba, 2014).",
    "AdamW": "Adam with weight decay beside the gradient; a good first choice (Loshchilov, 2017).",
    "Adamax": "Adam by the largest gradient instead of the squared (Kingma and Ba, 2014).",
    "LBFGS": "Estimates the curvature; for small networks and whole data sets in one batch.",
    "Muon": "Orthogonal updates for matrices; other weights are updated by AdamW (Jordan, 2024).",
    "NAdam": "Adam with Nesterov's momentum (Dozat, 2016).",
    "RAdam": "Adam with a careful start (Liu et al., 2019).",
    "RMSprop": "Divides by the recent size of the gradient (Hinton, 2012).",
    "Rprop": "Follows only the signs of the gradients; for whole data sets in one batch.",
    "SGD": "Goes down the gradient, with momentum if wanted.",
    "SparseAdam": "Adam for embeddings with sparse gradients; other weights are updated by Adam.",
    "ConstantLR": "A smaller rate for the first steps.",
    "CosineAnnealingLR": "Falls along half a cosine (Loshchilov and Hutter, 2016).",
    "CosineAnnealingWarmRestarts": "Falls along a cosine and starts again, again and again.",
    "CyclicLR": "Rises and falls between two rates (Smith, 2015).",
    "ExponentialLR": "Multiplies the rate by the same factor each time.",
    "LinearLR": "Changes along a line; the usual warm-up.",
    "MultiStepLR": "Falls at chosen moments.",
    "OneCycleLR": "Up to a high rate and down to a tiny one, once (Smith and Topin, 2017).",
    "PolynomialLR": "Falls to zero along a polynomial.",
    "ReduceLROnPlateau": "Falls when the watched metric no longer improves.",
    "StepLR": "Falls in regular steps.",
    "BCELoss": "Yes or no from probabilities; BCEWithLogitsLoss is more exact.",
    "BCEWithLogitsLoss": "Yes or no, one score for each question.",
    "CTCLoss": "Sequences whose alignment is unknown, such as speech to text.",
    "CosineEmbeddingLoss": "Two vectors should point the same way, or not, as the target says.",
    "CrossEntropyLoss": "One of several classes, from one score for each.",
    "GaussianNLLLoss": "A number together with how sure the network is (second output: variance).",
    "HingeEmbeddingLoss": "Distances that should be small (1) or large (−1).",
    "HuberLoss": "Squared for small errors, absolute for large: forgives outliers.",
    "KLDivLoss": "How far a distribution (logarithms) is from the target's.",
    "L1Loss": "Mean absolute error.",
    "MSELoss": "Mean squared error.",
    "MarginRankingLoss": "The first of two scores should be higher (1) or lower (−1).",
    "MultiLabelMarginLoss": "Several classes at once, listed by number and filled with −1.",
    "MultiLabelSoftMarginLoss": "Several classes at once, one yes or no for each.",
    "MultiMarginLoss": "One of several classes, by a margin.",
    "NLLLoss": "One of several classes, from logarithms of probabilities.",
    "PoissonNLLLoss": "Counts of events.",
    "SmoothL1Loss": "Squared for small errors, absolute for large.",
    "SoftMarginLoss": "Yes (1) or no (−1), from one score.",
    "TripletMarginLoss": "An anchor should be nearer to the second output than to the third.",
    "TripletMarginWithDistanceLoss": "As TripletMarginLoss, by the Euclidean distance.",
}
