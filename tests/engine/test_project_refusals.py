"""Wrong and hostile project files: each is refused in a sentence with the place in the file."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from graph_engine import Inference, Project
from graph_engine.errors import ProjectError
from graph_engine.serial.text import parse
from tests.engine.whole_project import everything

SOUND = everything().text()


def changed(path: str, value: Any, text: str = SOUND) -> bytes:
    """The content of a sound file with one value replaced, or added, at a dotted place."""
    fields = json.loads(text)
    *outer, last = path.split("/")
    inside = fields
    for key in outer:
        inside = inside[key]
    inside[last] = value
    return json.dumps(fields).encode()


NODES = "networks/main/nodes"
WRONG: dict[str, tuple[bytes, str]] = {
    "no object": (b"[1, 2]", "expected an object in braces, but found [1, 2]"),
    "nothing": (b"", "Line 1, column 1: this is not JSON"),
    "cut": (SOUND.encode()[:500], "this is not JSON"),
    "not text": (b"\x80abc", "it is not UTF-8 text (byte 0)"),
    "utf-16": (SOUND.encode("utf-16"), "it is not UTF-8 text"),
    "another format": (changed("format", "keras"), "format: expected 'netloom'"),
    "no version": (changed("version", "1"), "version: expected a whole number"),
    "true for one": (changed("version", True), "version: expected a whole number"),
    "name": (changed("name", 5), "name: expected a text"),
    "no networks": (changed("networks", {}), "networks: expected at least one network"),
    "networks": (changed("networks", []), "networks: expected an object in braces"),
    "network name": (
        changed("networks/self", {}),
        "networks: The name of a network cannot be `self`",
    ),
    "block name": (changed("blocks/a b", {}), "blocks: The name of a block starts with a letter"),
    "node": (changed(f"{NODES}/n", "ReLU"), "networks.main.nodes.n: expected an object in braces"),
    "node name": (
        changed(f"{NODES}/forward", {}),
        "networks.main.nodes: A name cannot be `forward`",
    ),
    "ligature": (changed(f"{NODES}/ﬁ", {}), "networks.main.nodes: A name starts with a letter"),
    "no layer": (changed(f"{NODES}/n", {}), "networks.main.nodes.n.layer: expected a text"),
    "layer": (changed(f"{NODES}/n", {"layer": "os; system"}), "expected the type of a layer"),
    "parameter": (
        changed(f"{NODES}/conv1/parameters/kernel_size", "big"),
        "networks.main.nodes.conv1.parameters.kernel_size: `kernel_size` takes a whole number",
    ),
    "true parameter": (
        changed(f"{NODES}/conv1/parameters/out_channels", True),
        "networks.main.nodes.conv1.parameters.out_channels: `out_channels` takes a whole number",
    ),
    "combination": (
        changed(f"{NODES}/conv1/parameters/groups", 3),
        "networks.main.nodes.conv1.parameters: ",
    ),
    "initialisation": (
        changed(f"{NODES}/conv1/parameters/weight_init", {"init": "magic"}),
        "networks.main.nodes.conv1.parameters.weight_init: No initialisation is called 'magic'",
    ),
    "position": (
        changed(f"{NODES}/lstm/position", [1]),
        "networks.main.nodes.lstm.position: expected",
    ),
    "far away": (changed(f"{NODES}/lstm/position", [1, 1e12]), "expected two numbers up to 1e+09"),
    "binding": (
        changed(f"{NODES}/conv1/bindings", {"out_channels": "__import__('os')"}),
        "networks.main.nodes.conv1.bindings.out_channels: ",
    ),
    "shares": (
        changed(f"{NODES}/conv1/shares", "a.b"),
        "networks.main.nodes.conv1.shares: The name",
    ),
    "muted": (
        changed(f"{NODES}/conv1/muted", 1),
        "networks.main.nodes.conv1.muted: expected true or",
    ),
    "collapsed": (
        changed(f"{NODES}/conv1/collapsed", "yes"),
        "networks.main.nodes.conv1.collapsed: expected true or",
    ),
    "title": (
        changed(f"{NODES}/conv1/title", None),
        "networks.main.nodes.conv1.title: expected a text",
    ),
    "wire to nobody": (
        changed("networks/main/wires/nobody.input", "image.output"),
        "networks.main.wires: expected the name of a node that is there, a dot and a port, but found "
        "'nobody.input'",
    ),
    "wire from nobody": (
        changed("networks/main/wires/conv1.input", "nobody.output"),
        "'nobody.output'",
    ),
    "wire of numbers": (changed("networks/main/wires/conv1.input", 3), "expected a port such as"),
    "port": (
        changed("networks/main/wires/conv1.in put", "image.output"),
        "expected a name of letters",
    ),
    "circle": (
        changed("networks/main/wires/conv1.input", "pairs.y"),
        "networks.main.wires: A wire from `conv1` to `pairs` would close a circle",
    ),
    "circle in a block": (
        changed("blocks/Unit/wires/conv1.input", "relu1.output"),
        "blocks.Unit.wires: A wire from",
    ),
    "own input": (
        changed("networks/main/wires/conv1.input", "conv1.output"),
        "would close a circle",
    ),
    "route": (changed("networks/main/routes/lstm.h0", [[1, 2]]), "the input that a wire ends in"),
    "bends": (
        changed("networks/main/routes/product.x1", [[1, 2, 3]]),
        "routes.product.x1: expected two",
    ),
    "note": (
        changed("networks/main/notes/note1/text", 7),
        "networks.main.notes.note1.text: expected",
    ),
    "note key": (changed("networks/main/notes/a b", {}), "networks.main.notes: expected a name"),
    "frame": (
        changed("networks/main/frames/frame1/size", "L"),
        "networks.main.frames.frame1.size: ",
    ),
    "default": (changed("blocks/Unit/parameters/width/default", None), "width.default: expected a"),
    "large default": (
        changed("blocks/Unit/parameters/width/default", 2**70),
        "width.default: expected",
    ),
    "data": (changed("data", [1]), "data: expected an object"),
    "recipe": (changed("recipe", "fast"), "recipe: expected an object"),
    "itself": (
        changed("blocks/Unit/nodes/again", {"layer": "Block", "parameters": {"block": "Pair"}}),
        "the block contains itself",
    ),
    "repeat": (changed("blocks/Pair/nodes/unit1/parameters/repeat", 10**9), "repeat"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused_with_its_place(name: str, tmp_path: Path) -> None:
    content, sentence = WRONG[name]
    file = tmp_path / "wrong.netloom"
    file.write_bytes(content)

    with pytest.raises(ProjectError) as refusal:
        Project.load(file)

    assert str(refusal.value).startswith("wrong.netloom: ")
    assert sentence in str(refusal.value)


def test_a_missing_block_and_a_missing_port_are_problems_not_refusals() -> None:
    fields = json.loads(SOUND)
    fields["blocks"].pop("Unit")
    fields["networks"]["main"]["wires"]["lstm.sideways"] = "image.output"

    project = Project.read(json.dumps(fields).encode())

    sentences = " ".join(p.sentence for p in Inference(project.networks["main"]).problems())
    assert "`Unit`" in sentences
    assert "sideways" in sentences


def test_a_file_that_is_not_there_or_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="There is no file"):
        Project.load(tmp_path / "p.netloom")
    with pytest.raises(ProjectError, match="is not a file"):
        Project.load(tmp_path)
    with pytest.raises(ProjectError, match="is not a file"):
        Project.load("/dev/zero")
    with pytest.raises(ProjectError, match="cannot be read"):
        Project.load("a\0b")


def test_a_file_that_needs_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    file = tmp_path / "p.netloom"
    content = changed("version", 9, changed("readable_by", 7).decode())
    file.write_bytes(content)

    with pytest.raises(ProjectError) as refusal:
        Project.load(file)

    assert "saved by a newer Netloom (file version 9, readable from version 7 on" in str(
        refusal.value
    )
    assert "Update Netloom" in str(refusal.value)
    assert file.read_bytes() == content


# Beyond the bounds -------------------------------------------------------------------------------

BOUNDS: dict[str, tuple[bytes, str]] = {
    "deep": (b'{"a": ' * 40 + b"1" + b"}" * 40, "more than 32 deep"),
    "deep lists": (b'{"a": ' + b"[" * 100_000, "more than 32 deep"),
    "many lists": (b'{"a": [' + b"[]," * 600_000, "lists and objects; at most"),
    "many values": (b'{"a": [' + b"1," * 1_100_000, "values and"),
    "long number": (b'{\n"a": ' + b"9" * 10_000 + b"}", "Line 2: a number has 10,000 digits"),
    "long fraction": (b'{"a": 0.' + b"1" * 10_000 + b"}", "digits; at most 40"),
    "infinite": (b'{"a": [1, {"b": 1e999}]}', "a[1].b: expected a finite number, but found inf"),
    "not a number": (b'{"a": NaN}', "a: expected a finite number, but found nan"),
    "infinity": (b'{"a": -Infinity}', "a: expected a finite number"),
    "twice": (b'{"a": {"b": 1, "b": 2}}', "a: expected every key once, but found 'b' twice"),
    "twice, hidden": (b'{"a": {"b": 1, "b": 2}, "a": 3}', "'b' stands twice"),
    "half a pair": (b'{"a": ["\\ud800"]}', "a[0]: expected text that UTF-8 can hold"),
    "half a key": (b'{"\\udfff": 1}', "expected text that UTF-8 can hold"),
    "control character": (b'{"a": "\n"}', "Line 1, column 8: this is not JSON"),
    "unfinished text": (b'{"a": "' + b'\\"' * 2_000_000, "this is not JSON"),
    "too large": (b" " * (16 * 2**20 + 1), "The file has 16 MiB"),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_what_json_leaves_open_is_refused_before_it_is_built(name: str) -> None:
    content, sentence = BOUNDS[name]
    begun = time.process_time()

    with pytest.raises(ProjectError) as refusal:
        parse(content)

    assert sentence in str(refusal.value)
    assert len(str(refusal.value)) < 300
    assert time.process_time() - begun < 0.5


def test_brackets_and_digits_inside_texts_are_text() -> None:
    text = "[" * 1000 + "9" * 1000 + '{"' * 50 + "\\"

    assert parse(json.dumps({"a": text}).encode()) == {"a": text}
    assert parse(json.dumps({"😀": "😀"}).encode()) == {"😀": "😀"}


def test_a_file_that_grew_while_it_was_looked_at_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "p.netloom"
    with file.open("wb") as sparse:
        sparse.truncate(2**40)

    with pytest.raises(ProjectError, match="has 1,048,576 MiB; project files have at most 16 MiB"):
        Project.load(file)


@pytest.mark.skipif(sys.platform == "win32", reason="takes its memory from resource")
def test_the_worst_file_within_the_bounds_takes_less_than_300_mib(tmp_path: Path) -> None:
    nodes = ",".join(f'"n{i}": {{"layer": "ReLU"}}' for i in range(49_000))
    notes = ",".join(f'"k{i}": {{"text": "é"}}' for i in range(9_999))
    filler = ",".join(["[]"] * 380_000)
    text = (
        '{"format": "netloom", "version": 1, "extra": [' + filler + '], "networks": {"main": {"nodes": {'
        + nodes + '}, "notes": {' + notes + "}}}}"
    )  # fmt: skip
    file = tmp_path / "worst.netloom"
    file.write_text(text, encoding="utf-8")
    script = (
        "import resource, sys; from graph_engine import Project\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); project = Project.load(sys.argv[1])\n"
        "print(len(project.networks['main'].nodes), (peak() - before) / 1024)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True
    )

    count, mebibytes = done.stdout.split()
    assert int(count) == 49_000
    assert float(mebibytes) < 300


def test_more_nodes_than_anybody_draws_are_refused() -> None:
    def rows(first: int, count: int) -> dict[str, Any]:
        return {f"n{i}": {"layer": "ReLU"} for i in range(first, first + count)}

    fields = {"format": "netloom", "version": 1}
    one = {"networks": {"main": {"nodes": rows(0, 50_001)}}}
    two = {"networks": {"a": {"nodes": rows(0, 30_000)}, "b": {"nodes": rows(0, 30_000)}}}

    with pytest.raises(ProjectError, match=r"networks.main.nodes: expected at most 50,000 entries"):
        Project.read(json.dumps(fields | one).encode())
    with pytest.raises(ProjectError, match="The project has 60,000 nodes; at most 50,000"):
        Project.read(json.dumps(fields | two).encode())


def test_blocks_in_blocks_a_thousand_times_over_are_a_problem_and_quickly_found() -> None:
    blocks: dict[str, Any] = {}
    before: dict[str, Any] = {"layer": "ReLU"}
    for index in range(10):
        port = "input" if index == 0 else "x"
        out = "output" if index == 0 else "y"
        blocks[f"b{index}"] = {
            "nodes": {
                "x": {"layer": "Input", "parameters": {"shape": [8]}},
                "m": before,
                "y": {"layer": "Output"},
            },
            "wires": {f"m.{port}": "x.output", "y.input": f"m.{out}"},
        }
        before = {"layer": "Block", "parameters": {"block": f"b{index}", "repeat": 1000}}
    main = json.loads(json.dumps(blocks["b9"]))
    main["nodes"]["m"] = before
    fields = {"format": "netloom", "version": 1, "blocks": blocks, "networks": {"main": main}}
    begun = time.process_time()

    project = Project.read(json.dumps(fields).encode())
    problems = Inference(project.networks["main"]).problems()

    assert "unrolls to more than 200,000 layers" in problems[0].sentence
    assert time.process_time() - begun < 0.25


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ({"layer": "Upsample", "parameters": {"scale_factor": 1.5}}, [3, "T"]),
        ({"layer": "Upsample", "parameters": {"scale_factor": 1000.0}}, [3, "T"]),
        ({"layer": "Upsample", "parameters": {"scale_factor": 1000.0}}, [3, 8]),
        ({"layer": "Flatten", "parameters": {"start_dim": 1}}, [2**40] * 200),
    ],
)
def test_sizes_that_grow_without_end_are_a_problem_and_quickly_found(
    layer: dict[str, Any], shape: list[Any]
) -> None:
    nodes = {"x": {"layer": "Input", "parameters": {"shape": shape}}}
    nodes |= {f"n{i}": layer for i in range(2000)}
    wires = {"n0.input": "x.output"} | {f"n{i}.input": f"n{i - 1}.output" for i in range(1, 2000)}
    graph = {"nodes": nodes, "wires": wires}
    content = json.dumps({"format": "netloom", "version": 1, "networks": {"main": graph}}).encode()
    project = Project.read(content)
    begun = time.process_time()

    problems = Inference(project.networks["main"]).problems()

    assert any("size" in problem.sentence for problem in problems)
    assert time.process_time() - begun < 0.25


def test_a_cycle_of_ten_thousand_nodes_is_refused_without_recursion() -> None:
    count = 10_000
    nodes = {f"n{i}": {"layer": "ReLU"} for i in range(count)}
    wires = {f"n{i}.input": f"n{i - 1}.output" for i in range(1, count)}
    fields = {"format": "netloom", "version": 1}
    straight = {"networks": {"main": {"nodes": nodes, "wires": wires}}}
    wires_round = wires | {"n0.input": f"n{count - 1}.output"}
    round_ = {"networks": {"main": {"nodes": nodes, "wires": wires_round}}}

    assert len(Project.read(json.dumps(fields | straight).encode()).networks["main"].nodes) == count
    with pytest.raises(ProjectError, match="would close a circle"):
        Project.read(json.dumps(fields | round_).encode())
