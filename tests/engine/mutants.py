"""Project files gone wrong, by the thousand: ``mutant(i)`` is always the same file.

Half of them are damaged as bytes, as a bad disk or a bad merge would; the others are well-formed JSON
that says something hostile or senseless.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from functools import cache
from typing import Any

from graph_engine import templates
from graph_engine.layers import CATALOGUE
from graph_engine.serial import layer_to_dict
from tests.engine.whole_project import everything, with_news

LONG = "a number of 5000 digits"
CODE = "__import__('os').system('echo hostile')"
TEXTS: tuple[Any, ...] = (
    "", " ", "a", "conv1", "conv1.output", "main", "Block", "Conv2d", "Input", "Output",
    "Unknown", "LSTM",
    "x", "x1", "x2", "output", "forward", "training", "__class__", "__import__", "__init__",
    "self", "nn",
    "torch", "True", "None", "class", "ﬁ", "fi", "é", "名", "🙂", "\ud800", "\u202e", "\u2028",
    "a\nb",
    "a\x00b", CODE, f"1\n{CODE}", f'"""\n{CODE}\n"""', f"'); {CODE} #", "../../etc/passwd",
    "/dev/zero",
    "file:///etc/passwd", "{0.__class__}", "%s%s%n", "-1", "1e999", "nan", "A" * 49, "A" * 5000,
    "width", "width * 2", "4 * width", "width // 0", "2 ** 9999", "9" * 99, "(" * 99,
    "-" * 99 + "1",
    "lambda: 0", f"[{CODE} for _ in (1,)]", "1e308 * 1e308", "kaiming_normal", "same",
    "reflect", "float32",
    "int64", "complex64", "bool", "(b h) w -> b (h w)", "bij,bjk->bik", "ij,jk", "...", "->",
)  # fmt: skip
NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 2, 3, 7, 8, 16, 64, 255, 1000, 1001, 50_000, 2**31 - 1, 2**31, 2**40, 2**40 + 1,
    2**63, -(2**63),
    10**39, 10**41, LONG, 0.0, -0.0, 0.5, 1.0, 1.5, -1.5, 1e-320, 1e16, 1e308, -1e308, float("inf"),
    float("-inf"), float("nan"),
)  # fmt: skip
OTHERS: tuple[Any, ...] = (
    None, True, False, [], {}, [[]], [{}], [0, 0], [1, 1], [-1, -1], [3, 3, 3], [0] * 300,
    ["T", 8], [None],
    [True], {"": 0}, {"a": {"a": {}}}, {"init": "kaiming_normal"}, {"init": "sparse",
    "sparsity": 2},
    {"init": CODE}, {"layer": "Linear"}, {"name": "AdamW", "lr": "x"},
)  # fmt: skip
JUNK = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\\ud800", b"\x00", b"\xff", b"\xed\xa0\x80",
    b"1e999", b"NaN", b"-Infinity", b"[" * 5000, b'{"a":' * 200, b"9" * 5000, b"true", b"null",
    b"\xef\xbb\xbf",
)  # fmt: skip
Content = dict[str, Any]


@cache
def seeds() -> tuple[bytes, ...]:
    """The sound files that the mutants are made from."""
    rich = everything().text()
    newer = json.dumps(with_news(json.loads(rich)), ensure_ascii=False)
    shipped = [templates.new(name).text() for name in templates.names()]
    return tuple(text.encode() for text in (rich, newer, rich, *shipped))


def mutant(index: int) -> bytes:
    """One file, sound but for a few mutations."""
    rng = random.Random(f"netloom {index}")
    content = rng.choice(seeds())
    if rng.random() < 0.4:
        for _ in range(rng.choice((1, 1, 2, 5))):
            content = rng.choice(BYTE_MUTATIONS)(rng, content)
        return content
    fields = json.loads(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        rng.choice(MUTATIONS)(rng, fields)
    return written(fields)


def written(fields: Any) -> bytes:
    """The values as JSON, surrogates escaped and numbers that are not finite as Python writes them."""
    text = json.dumps(fields, ensure_ascii=False).replace(json.dumps(LONG), "9" * 5000)
    return text.encode("utf-8", "surrogatepass")


# Bytes -------------------------------------------------------------------------------------------


def flip(rng: random.Random, content: bytes) -> bytes:
    """Turns a few bits over."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 2, 10))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncate(rng: random.Random, content: bytes) -> bytes:
    """Cuts the end off."""
    return content[: rng.randrange(1, len(content) + 1)]


def cut(rng: random.Random, content: bytes) -> bytes:
    """Cuts a piece out."""
    start = rng.randrange(len(content))
    return content[:start] + content[start + rng.randrange(1, 200) :] or b"{"


def splice(rng: random.Random, content: bytes) -> bytes:
    """Puts a piece of another file in."""
    other, at = rng.choice(seeds()), rng.randrange(len(content))
    start = rng.randrange(len(other))
    return content[:at] + other[start : start + rng.randrange(1, 400)] + content[at:]


def interject(rng: random.Random, content: bytes) -> bytes:
    """Puts something nasty in."""
    at = rng.randrange(len(content))
    return content[:at] + rng.choice(JUNK) + content[at:]


def lines(rng: random.Random, content: bytes) -> bytes:
    """Repeats, drops or swaps lines, as a bad merge does."""
    found = content.split(b"\n")
    a, b = rng.randrange(len(found)), rng.randrange(len(found))
    move = rng.randrange(3)
    if move == 0:
        found.insert(b, found[a])
    elif move == 1:
        del found[a]
    else:
        found[a], found[b] = found[b], found[a]
    return b"\n".join(found) or b"{"


def digits(rng: random.Random, content: bytes) -> bytes:
    """Puts another number in the place of one."""
    places = [i for i, byte in enumerate(content) if 48 <= byte <= 57]
    if not places:
        return content
    at = rng.choice(places)
    return (
        content[:at] + rng.choice((b"0", b"-1", b"1.5", b"99999999", b"1e400")) + content[at + 1 :]
    )


BYTE_MUTATIONS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    flip, truncate, cut, splice, interject, lines, digits, digits, lines,
)  # fmt: skip


# Values ------------------------------------------------------------------------------------------


def places(fields: Any) -> list[tuple[Any, Any]]:
    """Every value as its container and key."""
    found, waiting = [], [fields]
    while waiting:
        inside = waiting.pop()
        pairs = inside.items() if isinstance(inside, dict) else enumerate(inside)
        for key, value in pairs:
            found.append((inside, key))
            if isinstance(value, dict | list):
                waiting.append(value)
    return found


def nodes(fields: Content) -> list[dict[str, Any]]:
    """All nodes that still look like nodes."""
    graphs = [
        graph
        for group in ("networks", "blocks")
        if isinstance(fields.get(group), dict)
        for graph in fields[group].values()
    ]
    tables = [graph.get("nodes") for graph in graphs if isinstance(graph, dict)]
    rows = [row for table in tables if isinstance(table, dict) for row in table.values()]
    return [row for row in rows if isinstance(row, dict)]


def some_value(rng: random.Random) -> Any:
    """A value that hardly ever belongs where it is put."""
    return copy.deepcopy(rng.choice(rng.choice((TEXTS, NUMBERS, OTHERS))))


def replace(rng: random.Random, fields: Content) -> None:
    """Puts something else in a random place."""
    found = places(fields)
    if found:
        inside, key = rng.choice(found)
        inside[key] = some_value(rng)


def rename(rng: random.Random, fields: Content) -> None:
    """Gives a key another name."""
    found = [(inside, key) for inside, key in places(fields) if isinstance(inside, dict)]
    if found:
        inside, key = rng.choice(found)
        items = [(str(rng.choice(TEXTS)) if k == key else k, v) for k, v in inside.items()]
        inside.clear()
        inside.update(items)


def drop(rng: random.Random, fields: Content) -> None:
    """Takes a value out."""
    found = places(fields)
    if found:
        inside, key = rng.choice(found)
        del inside[key]


def add(rng: random.Random, fields: Content) -> None:
    """Puts a key in that was not there."""
    found = [fields, *(i[k] for i, k in places(fields) if isinstance(i[k], dict))]
    rng.choice(found)[str(rng.choice(TEXTS))] = some_value(rng)


def swap(rng: random.Random, fields: Content) -> None:
    """Puts a copy of one value in the place of another."""
    found = places(fields)
    if found:
        (inside, key), (there, other) = rng.choice(found), rng.choice(found)
        inside[key] = json.loads(json.dumps(there[other]))


def nest(rng: random.Random, fields: Content) -> None:
    """Wraps a value in many lists."""
    found = places(fields)
    if found:
        inside, key = rng.choice(found)
        for _ in range(rng.choice((2, 20, 400))):
            inside[key] = [inside[key]]


def retype(rng: random.Random, fields: Content) -> None:
    """Makes a node a layer of another kind, which keeps its parameters or has none."""
    found = nodes(fields)
    if found:
        node = rng.choice(found)
        node["layer"] = rng.choice(list(CATALOGUE))
        if rng.random() < 0.7:
            node.pop("parameters", None)


def configure(rng: random.Random, fields: Content) -> None:
    """Sets a parameter of a node, to a value of an example or to nonsense."""
    found = [node for node in nodes(fields) if str(node.get("layer")) in CATALOGUE]
    if not found:
        return
    node = rng.choice(found)
    kind = CATALOGUE[node["layer"]]
    examples = [example.parameters for example in kind.examples if example.parameters]
    if examples and rng.random() < 0.5:
        node["parameters"] = json.loads(json.dumps(dict(rng.choice(examples)), default=str))
    elif kind.parameters():
        known = node.setdefault("parameters", {})
        if isinstance(known, dict):
            known[rng.choice(list(kind.parameters()))] = some_value(rng)


def rewire(rng: random.Random, fields: Content) -> None:
    """Leads a wire elsewhere: to another node, in a circle, to a port that is not there."""
    found = [
        (inside, key)
        for inside, key in places(fields)
        if isinstance(inside[key], str) and "." in inside[key] and isinstance(inside, dict)
    ]
    if found:
        (inside, key), (there, other) = rng.choice(found), rng.choice(found)
        source = rng.choice((there[other], str(other), str(key), "nobody.output", "image.output"))
        inside[key] = source


def instance(rng: random.Random, fields: Content) -> None:
    """Makes a node an instance of a block, perhaps of the one that it is in, many times over."""
    found, blocks = nodes(fields), fields.get("blocks")
    if found:
        names = [*(blocks if isinstance(blocks, dict) else ()), "Nobody"]
        repeat = rng.choice((1, 2, 3, 1000, 1001, 10**9))
        parameters = {"block": rng.choice(names), "repeat": repeat}
        if rng.random() < 0.3:
            parameters["arguments"] = {"width": some_value(rng)}
        rng.choice(found).update(layer="Block", parameters=parameters)


def bind(rng: random.Random, fields: Content) -> None:
    """Ties a parameter to a formula, or a node to the weights of another."""
    found = nodes(fields)
    if found:
        node = rng.choice(found)
        name = rng.choice(
            ("out_channels", "out_features", "p", "repeat", "width", "kernel_size", "x")
        )
        node["bindings"] = {name: rng.choice(TEXTS)}
        if rng.random() < 0.3:
            node["shares"] = rng.choice(TEXTS)
        if rng.random() < 0.3:
            node["muted"] = True


def tower(rng: random.Random, fields: Content) -> None:
    """Makes the network a tall stack of one or two kinds of layer, so that sizes multiply."""
    kinds = [
        (kind, e) for kind in CATALOGUE.values() for e in kind.examples if e.inputs and e.inputs[0]
    ]
    picked = rng.sample(kinds, rng.choice((1, 1, 2)))
    seen = picked[0][1].inputs[0]
    assert seen is not None
    sizes = [size if isinstance(size, int) else str(size) for size in seen.shape[1:]]
    sizes = [size if isinstance(size, int) or size.isidentifier() else 4 for size in sizes]
    table: Content = {
        "image": {"layer": "Input", "parameters": {"shape": sizes, "dtype": seen.dtype}}
    }
    wires, before = {}, "image.output"
    for index in range(rng.choice((2, 12, 60))):
        kind, example = picked[index % len(picked)]
        layer = kind(**example.parameters)
        table[f"n{index}"] = layer_to_dict(layer)
        for port in layer.input_ports():
            if not port.optional:
                wires[f"n{index}.{port.name}{'1' if port.variadic else ''}"] = before
                if port.variadic and rng.random() < 0.5:
                    wires[f"n{index}.{port.name}2"] = before
        outputs = layer.output_ports()
        before = f"n{index}.{outputs[0].name}" if outputs else "image.output"
    table["result"] = {"layer": "Output"}
    fields["networks"] = {"main": {"nodes": table, "wires": wires | {"result.input": before}}}
    fields["networks"] = json.loads(json.dumps(fields["networks"]))


MUTATIONS: tuple[Callable[[random.Random, Content], None], ...] = (
    replace, replace, rename, drop, add, swap, nest, retype, retype, configure, configure,
    configure,
    rewire, instance, bind, tower, tower,
)  # fmt: skip
