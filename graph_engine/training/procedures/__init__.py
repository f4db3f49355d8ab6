"""What one step of training does: one class for each way to train, chosen in the recipe.

The loop knows epochs, checkpoints and events; a procedure knows losses, gradients and optimizers, of
which it may have several.
"""

from __future__ import annotations

from graph_engine.training.procedure_choices import procedure_of
from graph_engine.training.procedures.adversarial import Adversarial
from graph_engine.training.procedures.base import Batch, Made, Procedure
from graph_engine.training.procedures.contrastive_divergence import ContrastiveDivergence
from graph_engine.training.procedures.language_model import LanguageModel
from graph_engine.training.procedures.perceptron_rule import PerceptronRule
from graph_engine.training.procedures.policy_gradient import PolicyGradient
from graph_engine.training.procedures.pseudo_labels import PseudoLabels
from graph_engine.training.procedures.reconstruction import Reconstruction
from graph_engine.training.procedures.sequence_to_sequence import SequenceToSequence
from graph_engine.training.procedures.style_transfer import StyleTransfer
from graph_engine.training.procedures.supervised import Supervised
from graph_engine.training.procedures.transcription import Transcription
from graph_engine.training.procedures.transfer import Transfer
from graph_engine.training.procedures.triplet import Triplet
from graph_engine.training.recipe import Recipe

PROCEDURES: dict[str, type[Procedure]] = {
    "supervised": Supervised,
    "reconstruction": Reconstruction,
    "adversarial": Adversarial,
    "style_transfer": StyleTransfer,
    "language_model": LanguageModel,
    "sequence_to_sequence": SequenceToSequence,
    "transcription": Transcription,
    "contrastive_divergence": ContrastiveDivergence,
    "pseudo_labels": PseudoLabels,
    "transfer": Transfer,
    "triplet": Triplet,
    "policy_gradient": PolicyGradient,
    "perceptron_rule": PerceptronRule,
}


def procedure_class(recipe: Recipe, task: str) -> type[Procedure]:
    """The class that makes the steps of a recipe."""
    return PROCEDURES[procedure_of(recipe.procedure, task).name]


__all__ = [
    "PROCEDURES",
    "Adversarial",
    "Batch",
    "Made",
    "PerceptronRule",
    "Procedure",
    "Reconstruction",
    "Supervised",
    "procedure_class",
]
