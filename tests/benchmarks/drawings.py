"""Drawings of any size for the benchmarks, and the same networks written by hand."""

from __future__ import annotations

from torch import Tensor, nn

from graph_engine import Graph, NetworkBuilder


def chain(nodes: int, width: int = 8) -> Graph:
    """Linear, ReLU, Linear, ReLU …"""
    net = NetworkBuilder("chain")
    x = net.input("x", shape=(width,))
    for i in range(nodes // 2):
        x = net.add("Linear", x, out_features=width, name=f"fc{i}")
        x = net.add("ReLU", x, name=f"act{i}")
    net.output("y", x)
    return net.graph


def residual(nodes: int, width: int = 8) -> Graph:
    """Linear, ReLU and a skip connection around both, again and again."""
    net = NetworkBuilder("residual")
    x = net.input("x", shape=(width,))
    for i in range(nodes // 3):
        y = net.add("Linear", x, out_features=width, name=f"fc{i}")
        y = net.add("ReLU", y, name=f"act{i}")
        x = net.add("Add", x, y, name=f"add{i}")
    net.output("y", x)
    return net.graph


def resnet(blocks: int, width: int = 16) -> Graph:
    """A small residual CNN drawn flat: 3×3 convolutions, batch normalisation, skip connections."""
    net = NetworkBuilder("resnet")
    x = net.input("image", shape=(3, 16, 16))
    x = net.add("Conv2d", x, out_channels=width, kernel_size=3, padding=1)
    for _ in range(blocks):
        y = net.add("Conv2d", x, out_channels=width, kernel_size=3, padding=1, bias=False)
        y = net.add("ReLU", net.add("BatchNorm2d", y))
        y = net.add("Conv2d", y, out_channels=width, kernel_size=3, padding=1, bias=False)
        y = net.add("BatchNorm2d", y)
        x = net.add("ReLU", net.add("Add", x, y))
    x = net.add("Flatten", net.add("AdaptiveAvgPool2d", x, output_size=1))
    net.output("logits", net.add("Linear", x, out_features=10))
    return net.graph


class HandResidual(nn.Module):
    """``residual`` as a person writes it."""

    def __init__(self, nodes: int, width: int = 8) -> None:
        super().__init__()
        self.count = nodes // 3
        for i in range(self.count):
            setattr(self, f"fc{i}", nn.Linear(width, width))
            setattr(self, f"act{i}", nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        for i in range(self.count):
            x = x + getattr(self, f"act{i}")(getattr(self, f"fc{i}")(x))
        return x


class HandBlock(nn.Module):
    """One residual block of ``HandResnet``."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu1(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu2(x + y)  # type: ignore[no-any-return]


class HandResnet(nn.Module):
    """``resnet`` as a person writes it."""

    def __init__(self, blocks: int, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.ModuleList([HandBlock(width) for _ in range(blocks)])
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(width, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stem(image)
        for block in self.blocks:
            x = block(x)
        return self.fc(self.flatten(self.pool(x)))  # type: ignore[no-any-return]


def hand_chain(nodes: int, width: int = 8) -> nn.Module:
    """``chain`` as a person writes it."""
    layers: list[nn.Module] = []
    for _ in range(nodes // 2):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers)
