"""The ways to train that a recipe can name, with what can be set for each. No torch.

What each does in a step is in ``procedures``; what stands here is what a form, a file and a help page
need.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.training.choices import Choice

PROCEDURES: dict[str, type[Choice]] = {}


class Procedure(Choice):
    """How a step is made; the class of that name in ``procedures`` makes it.

    Where one trains two networks of a project together, ``makes`` and ``fed`` are the parameters that
    name them: the network that makes something, after which the run is called, and the one that the
    data feed.
    """

    what = "procedure"
    known: ClassVar[dict[str, type[Choice]]] = PROCEDURES
    makes: ClassVar[str] = ""
    fed: ClassVar[str] = ""

    def __init_subclass__(cls, name: str = "") -> None:
        super().__init_subclass__()
        if name:
            cls.name = name
            PROCEDURES[name] = cls


class Supervised(Procedure, name="supervised"):
    """Learn to give the target's answer for each sample."""


class Reconstruction(Procedure, name="reconstruction"):
    """Learn to give back the input: autoencoders, plain, denoising, sparse or variational.

    A variational network has two more outputs, mean and logarithm of the variance of the code; a sparse
    one gives its code as the second output.
    """

    noise: float = param(0.0, low=0.0, help="Spread of the noise that is added to the input.")
    masking: float = param(
        0.0, low=0.0, high=0.99, help="Share of the input's numbers that are set to zero."
    )
    sparsity: float = param(
        0.0, low=0.0, help="Penalty on the mean absolute code, the network's second output."
    )
    kl_weight: float = param(
        1.0, low=0.0, help="Weight of the code's divergence from a standard normal distribution."
    )
    kl_epochs: int = param(0, low=0, help="Epochs in which that weight grows to its full size.")


class Adversarial(Procedure, name="adversarial"):
    """Two networks of one project against each other: one makes samples, the other tells them from
    real ones.

    The generator takes noise as its first input, and where it has a second, the class to make. The
    discriminator takes a sample, and where it has a second input, its class.
    """

    makes = "generator"
    fed = "discriminator"

    generator: str = param("generator", help="The network that makes samples.")
    discriminator: str = param("discriminator", help="The network that judges them.")
    game: Literal["classic", "least_squares", "wasserstein"] = param(
        "classic", help="Which loss the two play for."
    )
    critic_steps: int = param(
        1, low=1, high=100, help="Steps of the discriminator for each step of the generator."
    )
    gradient_penalty: float = param(
        10.0, low=0.0, help="Wasserstein only: how strongly the critic's slope is held to 1."
    )
    smoothing: float = param(
        0.0, low=0.0, high=0.5, help="How far the target for real samples stays below 1."
    )
    discriminator_rate: float = param(
        1.0, low=1e-3, high=1e3, help="The discriminator's learning rate, as a multiple."
    )


class LanguageModel(Procedure, name="language_model"):
    """Learn to foretell the next token at every place of a text."""

    temperature: float = param(
        0.8, low=0.0, high=10.0, help="How daring the sample that is written after each epoch is."
    )


class SequenceToSequence(Procedure, name="sequence_to_sequence"):
    """Learn to answer one sequence by another, token by token, given the true beginning.

    The network takes the question and the answer so far, and scores the next token at every place.
    """

    teacher_forcing: float = param(
        1.0, low=0.0, high=1.0, help="Share of the true tokens in the answer so far."
    )
    beam: int = param(1, low=1, high=64, help="Answers that are followed at once when answering.")
    start: str = param("<", help="The token that an answer begins with.")
    end: str = param(">", help="The token that ends it.")


class Transcription(Procedure, name="transcription"):
    """Learn to write down what is heard, without being told what is said when (CTC)."""


class ContrastiveDivergence(Procedure, name="contrastive_divergence"):
    """Learn layer by layer without labels, each a restricted Boltzmann machine, then fine-tune.

    Every linear layer that a sigmoid follows is trained on the answers of the one before.
    """

    pretraining_epochs: int = param(10, low=0, help="Epochs for each layer.")
    pretraining_rate: float = param(0.05, low=0.0, help="Learning rate of each layer.")
    gibbs_steps: int = param(1, low=1, high=100, help="Steps of the chain: k of CD-k.")
    momentum: float = param(0.5, low=0.0, high=0.999, help="Memory of the last update.")


class PerceptronRule(Procedure, name="perceptron_rule"):
    """Correct the weights of the last Linear only by the samples that are answered wrongly (Rosenblatt,
    1958). Layers before it stay as they are; of the optimizer only the learning rate counts.
    """


class PseudoLabels(Procedure, name="pseudo_labels"):
    """Learn from few labelled samples, and from others as soon as the network is sure of them."""

    threshold: float = param(
        0.95, low=0.0, high=1.0, help="How sure the network has to be of a label to learn from it."
    )
    weight: float = param(1.0, low=0.0, help="Weight of those samples in the loss.")
    ratio: int = param(
        1, low=1, high=100, help="Samples without labels in a step for each one with a label."
    )
    after: int = param(5, low=0, help="Epochs with labelled samples only.")


class Transfer(Procedure, name="transfer"):
    """Learn another task first, then keep what was learned and give the network a new last layer."""

    classes: tuple[str, ...] = param((), help="The classes of the task to learn first.")
    pretraining_epochs: int = param(10, low=0, help="Epochs of that task.")
    frozen_epochs: int = param(1, low=0, help="Epochs in which only the last layer learns.")
    decay: float = param(
        1.0,
        low=1e-3,
        high=1.0,
        help="Learning rate of each layer as a share of that of the layer behind it.",
    )


class Triplet(Procedure, name="triplet"):
    """Learn distances: samples of one class near one another, those of different classes apart."""

    margin: float = param(0.5, low=0.0, help="How much farther another class has to be.")
    shots: int = param(1, low=1, high=100, help="Known samples of each class when measuring.")


class StyleTransfer(Procedure, name="style_transfer"):
    """One network gives a picture, another looks at it: the picture learns to show what one image shows,
    in the manner of another (Gatys et al., 2016).

    The network that looks learns the project's classes first, and then stays as it is.
    """

    makes = "picture"
    fed = "features"

    picture: str = param("picture", help="The network that gives the picture.")
    features: str = param("features", help="The network that looks at it; the data feed this one.")
    pretraining_epochs: int = param(
        10,
        low=0,
        help="Epochs in which that one learns; 0: it looks with the weights it begins with.",
    )
    pretraining_rate: float = param(0.003, low=0.0, help="Learning rate in these epochs.")
    images: str = param(
        "photographs",
        help="Where content and style are: a data set that comes with Netloom, or a folder beside the "
        "project that has a subfolder for each.",
    )
    content: str = param("china", help="The image whose content is shown, by its class.")
    style: str = param("petals", help="The image whose manner is taken, by its class.")
    content_nodes: tuple[str, ...] = param(
        (), help="Layers of the looking network whose features are to be the content's."
    )
    style_nodes: tuple[str, ...] = param(
        (), help="Layers whose features are to go together as the style's do, wherever they are."
    )
    content_weight: float = param(1.0, low=0.0, help="Weight of the content in the loss.")
    style_weight: float = param(2.0, low=0.0, help="Weight of the style in the loss.")
    variation_weight: float = param(
        10.0, low=0.0, help="Weight of the differences between pixels side by side."
    )


class PolicyGradient(Procedure, name="policy_gradient"):
    """Learn to act by trying: in each step episodes are played from a batch of states, and what brought
    more reward than usual becomes likelier (REINFORCE).

    The network takes a state and gives a score for each action.
    """

    environment: Literal["cart_pole", "grid_world"] = param(
        "cart_pole", help="The world to act in; the generated data of that name are its beginnings."
    )
    discount: float = param(
        0.99, low=0.0, high=1.0, help="How much a reward is worth one step later; 1: as much."
    )
    baseline: Literal["none", "mean", "normalised"] = param(
        "normalised",
        help="What returns are compared with: nothing, their mean in the batch, or that in units of "
        "their spread.",
    )
    entropy: float = param(0.01, low=0.0, help="How strongly undecided actions are rewarded.")
    steps: int = param(
        0, low=0, high=100_000, help="The longest episode; 0: as long as the world lets it be."
    )
    greedy: bool = param(
        True, help="When measured, take the action with the highest score, instead of drawing one."
    )


TASKS = {
    "reconstruction": "reconstruction",
    "adversarial": "generation",
    "style_transfer": "generation",
    "language_model": "language_model",
    "sequence_to_sequence": "sequence",
    "transcription": "transcription",
    "contrastive_divergence": "classification",
    "pseudo_labels": "classification",
    "transfer": "classification",
    "triplet": "embedding",
    "policy_gradient": "control",
}
"""The task that each procedure is for; the others serve several."""

DEFAULT_LOSSES = {
    "classification": "CrossEntropyLoss",
    "binary": "BCEWithLogitsLoss",
    "multilabel": "BCEWithLogitsLoss",
    "regression": "MSELoss",
    "reconstruction": "MSELoss",
    "language_model": "CrossEntropyLoss",
    "sequence": "CrossEntropyLoss",
    "transcription": "CTCLoss",
    "embedding": "TripletMarginLoss",
    "control": "CrossEntropyLoss",
}
"""The loss of each task where the recipe names none; a game brings its own."""

DEFAULTS = {"reconstruction": "reconstruction"}
"""The procedure of each task that has one of its own; the others are supervised."""


def procedure_of(chosen: Procedure | None, task: str) -> Procedure:
    """The procedure that is meant: the chosen one, or that of the task."""
    return chosen or Procedure.read(DEFAULTS.get(task, "supervised"))
