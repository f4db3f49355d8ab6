"""Networks that listen."""

from __future__ import annotations

from graph_engine import NetworkBuilder, Project
from resources.templates.designs.drawing import design, generated, lay, note, project


@design
def cnn_speech() -> Project:
    net = NetworkBuilder("main")
    x = net.input("sound", shape=(1, 24, 40))
    for i, channels in ((1, 12), (2, 24), (3, 32)):
        x = net.add(
            "Conv2d", x, out_channels=channels, kernel_size=3, padding=1, bias=False,
            name=f"conv{i}",
        )  # fmt: skip
        x = net.add("BatchNorm2d", x, name=f"norm{i}")
        x = net.add("ReLU", x, name=f"relu{i}")
        x = net.add("MaxPool2d", x, kernel_size=2, name=f"pool{i}")
    x = net.add("Flatten", x, name="flatten")
    x = net.add("Dropout", x, p=0.3, name="dropout")
    x = net.add("Linear", x, out_features=10, name="classifier")
    net.output("scores", x)
    names = list(net.graph.nodes)
    lay(net.graph, names[:9], ["", *names[9:]])
    note(
        net.graph,
        "**Hearing as seeing.** A spectrogram is a picture of sound: 24 bands of pitch upwards, 40 "
        "moments along. A convolutional network reads the spoken digit in it as it would a written one "
        "(Abdel-Hamid et al., 2014). The voices are made by a small synthesiser, in loud noise; they "
        "are not recordings.\n\n"
        "Look at: the feature maps of `conv1` while it trains. Vowels are bands that last, “s” and “t” "
        "are noise high up. Then raise `noise` under data until it fails: where is that for your own "
        "ear?",
    )
    return project(
        "A convolutional network that hears which digit is spoken, from its spectrogram.",
        net,
        data=generated("spoken_digits", 2000, noise=0.4),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.01},
            "scheduler": {"name": "OneCycleLR", "max_lr": 0.01},
            "epochs": 12,
            "batch_size": 64,
        },
    )


@design
def ctc_speech() -> Project:
    net = NetworkBuilder("main")
    x = net.input("sound", shape=(120, 24))
    x = net.add("Transpose", x, dim0=1, dim1=2, name="bands_first")
    x = net.add(
        "Conv1d", x, out_channels=64, kernel_size=5, stride=2, padding=2, bias=False, name="conv"
    )
    x = net.add("BatchNorm1d", x, name="norm")
    x = net.add("ReLU", x, name="relu")
    x = net.add("Transpose", x, dim0=1, dim1=2, name="moments_first")
    gru = net.add("GRU", x, hidden_size=48, bidirectional=True, name="gru")
    x = net.add("Dropout", gru["output"], p=0.1, name="dropout")
    x = net.add("Linear", x, out_features=11, name="symbols")
    x = net.add("LogSoftmax", x, dim=-1, name="log_chances")
    net.output("said", x)
    names = list(net.graph.nodes)
    lay(net.graph, names[:6], ["", *names[6:]])
    note(
        net.graph,
        "**Writing down what is heard.** Two to four digits are spoken in a row, and nobody says when "
        "each begins. For every moment the network gives a chance to each digit and to a blank; CTC "
        "(Graves et al., 2006) adds up all ways in which these can spell what was said. The voices are "
        "made by a small synthesiser.\n\n"
        "Look at: at first it says nothing but blanks, and its rate of errors stays at 1. Then short "
        "peaks appear, one for a digit, and `exact`, the share of rows without any mistake, jumps up.",
    )
    return project(
        "A recurrent network that writes down rows of spoken digits, trained by CTC.",
        net,
        data=generated("utterances", 1500, noise=0.2),
        recipe={
            "procedure": {"name": "transcription"},
            "loss": {"name": "CTCLoss", "zero_infinity": True},
            "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.01},
            "scheduler": {"name": "OneCycleLR", "max_lr": 0.01},
            "clip_norm": 1.0,
            "epochs": 14,
            "batch_size": 32,
        },
    )
