"""Networks that read, write and translate."""

from __future__ import annotations

from typing import Any

from graph_engine import NetworkBuilder, Project
from resources.templates.designs.drawing import design, generated, lay, note, project

WINDOW = 64
"""Characters that a language model sees at once."""
CHARACTERS = 95
"""Kinds of characters in the text that comes with Netloom."""


# Language models ---------------------------------------------------------------------------------


@design
def gru_text() -> Project:
    net = NetworkBuilder("main")
    x = net.input("text", shape=(WINDOW,), dtype="int64")
    x = net.add("Embedding", x, num_embeddings=CHARACTERS, embedding_dim=32, name="characters")
    gru = net.add("GRU", x, hidden_size=192, name="gru")
    x = net.add("Dropout", gru["output"], p=0.1, name="dropout")
    x = net.add("Linear", x, out_features=CHARACTERS, name="next_character")
    net.output("scores", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**A language model**: at every place it says which character comes next (Mikolov et al., "
        "2010). `gru` reads one character after another and carries a memory of 192 numbers. The text "
        "is prose from the documentation of Python.\n\n"
        "Look at: `generated/text`, which it writes on its own after each epoch, behind the mark ⟩. "
        "First come spaces and e, then words, then sentences that nearly make sense. `bits` is what a "
        "character costs: one that is drawn blindly costs 6.6, counting groups of three 2.9.",
    )
    return project(
        "A recurrent language model that learns to write English, character by character.",
        net,
        data=library(),
        recipe=writing(epochs=12, rate=0.008),
    )


@design
def gpt_text() -> Project:
    net = NetworkBuilder("main")
    x = net.input("text", shape=(WINDOW,), dtype="int64")
    x = net.add(
        "Embedding", x, num_embeddings=CHARACTERS, embedding_dim=96,
        weight_init={"init": "normal", "std": 0.02}, name="characters",
    )  # fmt: skip
    x = net.add("LearnedPositionalEncoding", x, max_length=WINDOW, name="places")
    x = net.add(
        "TransformerEncoder",
        x,
        num_layers=3,
        nhead=4,
        dim_feedforward=384,
        dropout=0.0,
        activation="gelu",
        norm_first=True,
        norm=True,
        is_causal=True,
        name="transformer",
    )
    x = net.add("Linear", x, out_features=CHARACTERS, name="next_character")
    net.output("scores", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**A small GPT** (Radford et al., 2018). No memory is carried along: each place looks back at "
        "all those before it, by attention, three times over in `transformer`. `is_causal` hides what "
        "comes later, or foretelling would be copying.\n\n"
        "Look at: the attention in the panel, and where each head looks. On 200,000 characters it "
        "learns more slowly than a GRU does and needs more weights; its strength is in large data.",
    )
    return project(
        "A small GPT, a transformer that sees only what came before, which learns to write English.",
        net,
        data=library(),
        recipe=writing(epochs=8, rate=0.004),
    )


def library() -> dict[str, Any]:
    """The text that comes with Netloom; its last pages validate and test."""
    return {
        "source": {"source": "text", "path": "library", "length": WINDOW},
        "division": "in order",
    }


def writing(epochs: int, rate: float) -> dict[str, Any]:
    """A recipe for a language model."""
    return {
        "procedure": {"name": "language_model"},
        "optimizer": {"name": "AdamW", "lr": rate, "weight_decay": 0.01},
        "scheduler": {"name": "OneCycleLR", "max_lr": rate, "pct_start": 0.2},
        "clip_norm": 1.0,
        "epochs": epochs,
        "batch_size": 32,
    }


# Translation -------------------------------------------------------------------------------------


@design
def attention_dates() -> Project:
    net = translator(asked=("written", 18), answer=("iso", 11), kinds=47, width=64)
    note(
        net.graph,
        "**Sequence to sequence with attention** (Bahdanau et al., 2014). `encoder` reads the question "
        "in both directions and keeps a note at every letter. `decoder` writes the answer; at each step "
        "`attention` looks up the notes that match what it needs now. While learning it is given the "
        "true beginning of the answer (teacher forcing); when it answers, its own.\n\n"
        "Look at: `exact`, the share of dates without any mistake, and the examples in "
        "`generated/text`. Watch what comes right first: the year, which is copied, or the month, which "
        "has to be learned by heart.",
    )
    return project(
        "A recurrent network with attention that rewrites dates as people write them into ISO form.",
        net,
        data=generated("dates", 4000, validation=0.05, test=0.1),
        recipe=answering(epochs=6),
    )


@design
def attention_numbers() -> Project:
    net = translator(asked=("english", 42), answer=("french", 46), kinds=28, width=96)
    note(
        net.graph,
        "**Translation with attention.** Numbers in English words become French ones, letter by letter. "
        "The two do not go in step: “ninety-six” is *quatre-vingt-seize*, four twenties and sixteen, so "
        "`attention` must look at two words to choose one (Bahdanau et al., 2014).\n\n"
        "Look at: `exact` and the examples in `generated/text`. Accuracy counts letters and rises at "
        "once; `exact` counts whole answers, stays at 0 for two epochs and then jumps.",
    )
    return project(
        "A recurrent network with attention that translates number words from English into French.",
        net,
        data=generated("number_words", 3000, validation=0.03, test=0.1),
        recipe=answering(epochs=7),
    )


def translator(
    asked: tuple[str, int], answer: tuple[str, int], kinds: int, width: int
) -> NetworkBuilder:
    """An encoder that reads both ways, a decoder, and attention between them; ``asked`` and ``answer``
    are the name and the length of each text."""
    net = NetworkBuilder("main")
    question, so_far = (
        net.input(asked[0], shape=(asked[1],), dtype="int64"),
        net.input("so_far", shape=(answer[1],), dtype="int64"),
    )
    letters, written = (
        net.add("Embedding", x, num_embeddings=kinds, embedding_dim=32, name=name)
        for x, name in ((question, "letters"), (so_far, "written_letters"))
    )
    encoder = net.add("GRU", letters, hidden_size=width, bidirectional=True, name="encoder")
    decoder = net.add("GRU", written, hidden_size=2 * width, name="decoder")
    found = net.add(
        "ScaledDotProductAttention",
        decoder["output"],
        encoder["output"],
        encoder["output"],
        name="attention",
    )
    x = net.add("Concatenate", decoder["output"], found, dim=-1, name="both")
    x = net.add("Linear", x, out_features=2 * width, name="mixed")
    x = net.add("Tanh", x, name="tanh")
    x = net.add("Linear", x, out_features=kinds, name="next_letter")
    net.output(answer[0], x)
    lay(
        net.graph,
        ["so_far", "written_letters", "decoder", "", "both", "mixed", "tanh", "next_letter", answer[0]],
        [asked[0], "letters", "encoder", "attention"],
        row=150.0,
    )  # fmt: skip
    return net


def answering(epochs: int) -> dict[str, Any]:
    """A recipe for answering one sequence by another."""
    return {
        "procedure": {"name": "sequence_to_sequence"},
        "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.01},
        "scheduler": {"name": "OneCycleLR", "max_lr": 0.01},
        "clip_norm": 1.0,
        "epochs": epochs,
        "batch_size": 64,
    }


# Classification ----------------------------------------------------------------------------------


@design
def lstm_reviews() -> Project:
    net = NetworkBuilder("main")
    words = net.input("words", shape=(24,), dtype="int64")
    x = net.add("Embedding", words, num_embeddings=70, embedding_dim=32, name="vocabulary")
    x = net.add("Dropout", x, p=0.2, name="dropout")
    lstm = net.add("LSTM", x, hidden_size=48, name="lstm")
    is_word = net.add("Compare", words, operation="not equal", value=0.0, name="is_word")
    count = net.add("Sum", is_word, dim=1, name="word_count")
    x = net.add("GatherLast", lstm["output"], count, name="last_word")
    x = net.add("Linear", x, out_features=2, name="classifier")
    net.output("feeling", x)
    lay(
        net.graph,
        ["words", "vocabulary", "dropout", "lstm", "last_word", "classifier", "feeling"],
        ["", "", "is_word", "word_count"],
        row=150.0,
    )
    note(
        net.graph,
        "**Is it praise?** `vocabulary` gives each word a place in a space of 32 dimensions, and `lstm` "
        "reads the words in their order. The reviews are made by a grammar and are not real; but “not” "
        "turns a clause round and the last clause decides, so it does not help to count good words. "
        "Four labels in a hundred are wrong.\n\n"
        "Look at: `is_word` and `word_count`, which find where a review ends; the rest of its 24 places "
        "is filled up. Read at place −1 instead and see how much longer the network takes to find out.",
    )
    return project(
        "An LSTM over learned word vectors that tells praise from complaint, in generated reviews.",
        net,
        data=generated("reviews", 4000, noise=0.04),
        recipe=reading(epochs=12, rate=0.01),
    )


@design
def transformer_reviews() -> Project:
    net = NetworkBuilder("main")
    x = net.input("words", shape=(24,), dtype="int64")
    x = net.add("Embedding", x, num_embeddings=70, embedding_dim=32, name="vocabulary")
    x = net.add("LearnedPositionalEncoding", x, max_length=24, name="places")
    x = net.add(
        "TransformerEncoder",
        x,
        num_layers=2,
        nhead=4,
        dim_feedforward=64,
        dropout=0.1,
        norm_first=True,
        norm=True,
        name="transformer",
    )
    x = net.add("Mean", x, dim=1, name="mean")
    x = net.add("Linear", x, out_features=2, name="classifier")
    net.output("feeling", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**Attention instead of memory.** All words are read at once; in `transformer` each looks at "
        "the others and takes from them what it needs (Vaswani et al., 2017). `places` tells where a "
        "word stands, for attention by itself knows no order. The reviews are made by a grammar and are "
        "not real; four labels in a hundred are wrong.\n\n"
        "Look at: the attention in the panel. Does “good” look at the “not” before it? Then mute "
        "`places` and train again.",
    )
    return project(
        "A transformer encoder that tells praise from complaint, in generated reviews.",
        net,
        data=generated("reviews", 4000, noise=0.04),
        recipe=reading(epochs=15, rate=0.004),
    )


def reading(epochs: int, rate: float) -> dict[str, Any]:
    """A recipe for short texts."""
    return {
        "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.01},
        "scheduler": {"name": "OneCycleLR", "max_lr": rate},
        "clip_norm": 1.0,
        "epochs": epochs,
        "batch_size": 64,
    }
