"""The help of a layer as a small page of HTML, all of it from the layer's declaration. No Qt."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from app.forms.grammar import written
from app.panels.highlighting import TOKEN_OF_KIND, spans
from graph_engine import NetworkBuilder
from graph_engine.builder import Handle
from graph_engine.codegen import make_source
from graph_engine.declaration import Parameter
from graph_engine.errors import DesignError
from graph_engine.inference import Inference
from graph_engine.layers.base import CATALOGUE, Example, Layer, Port
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import BATCH, TensorType

ADDRESS = re.compile(r"PyTorch: (https://docs\.pytorch\.org/\S+)")
INPUTS = {"input": "x", "x1": "x1", "x2": "x2", "x3": "x3"}
CODE = re.compile(r"``([^`]+)``")


@dataclass(frozen=True, slots=True)
class Look:
    """Colours by token, and the families of type."""

    colors: Mapping[str, str]
    mono: str


def page(name: str, look: Look) -> str:
    """The help of a layer of the catalogue."""
    layer = CATALOGUE[name]
    parts = [
        f'<h2 style="margin:0">{name}</h2>',
        _line(escape(layer.family), look, "second"),
        *(f"<p>{_marked(text, look)}</p>" for text in _paragraphs(layer)),
        _aliases(layer, look),
        _ports("Inputs", _example_layer(layer).input_ports(), look),
        _ports("Outputs", _example_layer(layer).output_ports(), look),
        _shapes(layer, look),
        _parameters(layer, look),
        _source(name, look),
        _documentation(layer, look),
    ]
    color = look.colors["text"]
    return f'<div style="color:{color}">{"".join(parts)}</div>'


def _paragraphs(layer: type[Layer]) -> list[str]:
    text = inspect.cleandoc(layer.__doc__ or "")
    parts = (" ".join(part.split()) for part in text.split("\n\n"))
    return [part for part in parts if not ADDRESS.fullmatch(part)]


def _aliases(layer: type[Layer], look: Look) -> str:
    if not layer.aliases:
        return ""
    return _line(f"Also found as {escape(', '.join(layer.aliases))}.", look, "second")


def _ports(title: str, ports: Iterable[Port], look: Look) -> str:
    rows = []
    for port in ports:
        notes = ["May stay unwired"] if port.optional else []
        notes += ["Any number of wires"] if port.variadic else []
        told = ". ".join(part for part in (port.help.rstrip("."), ". ".join(notes)) if part)
        rows.append((_mono(port.name, look), _marked(told, look)))
    worth_telling = len(rows) > 1 or any(told for _, told in rows)
    return _heading(title, look) + _table(rows) if worth_telling else ""


def _parameters(layer: type[Layer], look: Look) -> str:
    rows = [
        (_mono(name, look), f"{_marked(p.help, look)} {_taken(p, look)}")
        for name, p in layer.parameters().items()
    ]
    return _heading("Parameters", look) + _table(rows) if rows else ""


def _taken(parameter: Parameter, look: Look) -> str:
    default = written(parameter.default, parameter.kind) or "none"
    text = f"Takes {parameter.expected()}; at first {default}."
    return f'<span style="color:{look.colors["second"]}">{escape(text)}</span>'


def _example_layer(layer: type[Layer]) -> Layer:
    return layer(**layer.examples[0].parameters) if layer.examples else layer()


def _shapes(layer: type[Layer], look: Look) -> str:
    rows = []
    for example in layer.examples[:4]:
        outputs = layer(**example.parameters).infer(*example.inputs)
        made = (outputs,) if isinstance(outputs, TensorType) else outputs
        if issubclass(layer, Output):
            made = ()
        given = ", ".join(str(kind) for kind in example.inputs if kind is not None)
        result = ", ".join(str(kind) for kind in made)
        settings = ", ".join(f"{n}={_short(v)}" for n, v in example.parameters.items())
        shown = " → ".join(part for part in (given, result) if part)
        rows.append((_mono(shown, look), _note(settings, look)))
    if not rows:
        return ""
    told = "".join(
        f"<p style='margin:2px 0'>{shape}{'<br>' if note else ''}{note}</p>" for shape, note in rows
    )
    return _heading("Shapes of one sample, for example", look) + told


def _source(name: str, look: Look) -> str:
    lines = source_lines(name)
    if not lines:
        return ""
    text = "<br>".join(_colored(line, look) for line in lines)
    ground = look.colors["raised"]
    return _heading("In PyTorch", look) + (
        f'<table width="100%" cellpadding="8" bgcolor="{ground}"><tr><td>'
        f'<span style="font-family:{look.mono};font-size:11px">{text}</span></td></tr></table>'
    )


@lru_cache(maxsize=512)
def source_lines(name: str) -> tuple[str, ...]:
    """The lines that a layer becomes in a network of its first example; none where it has no example
    that could stand alone."""
    layer = CATALOGUE[name]
    if not layer.examples or issubclass(layer, Input | Output):
        return ()
    try:
        source = make_source(Inference(_network(name, layer.examples[0]).graph))
    except DesignError:
        return ()
    text = source.text.splitlines()
    found = [text[number - 1] for number in sorted(source.lines_of("main", "layer"))]
    return tuple(textwrap.dedent(line) for line in found)


def _network(name: str, example: Example) -> NetworkBuilder:
    net = NetworkBuilder("main")
    wires: dict[str, Handle] = {}
    layer = CATALOGUE[name](**example.parameters)
    ports = _slots(layer, len(example.inputs))
    for port, kind in zip(ports, example.inputs, strict=True):
        if kind is not None:
            if kind.shape[:1] != (BATCH,):
                raise DesignError("An input has the batch first.")
            sizes = tuple(size if isinstance(size, int) else str(size) for size in kind.shape[1:])
            wires[port] = net.input(INPUTS.get(port, f"{port}_in"), sizes, kind.dtype)
    if not wires:
        net.input("x", (1,))
    own = {port.name for port in layer.input_ports()}
    many = [wire for port, wire in wires.items() if port not in own]
    one = {port: wire for port, wire in wires.items() if port in own}
    made = net.add(name, *many, name="layer", inputs=one, **example.parameters)
    for exit_port in layer.output_ports():
        net.output(
            "y" if exit_port.name == "output" else f"{exit_port.name}_out", made[exit_port.name]
        )
    return net


def _slots(layer: Layer, count: int) -> list[str]:
    ports = layer.input_ports()
    names = [port.name for port in ports if not port.variadic]
    variadic = [port.name for port in ports if port.variadic]
    return names + [f"{each}{n + 1}" for each in variadic for n in range(count - len(names))]


def _documentation(layer: type[Layer], look: Look) -> str:
    found = ADDRESS.search(" ".join((layer.__doc__ or "").split()))
    if found is None:
        return ""
    address = escape(found[1].rstrip("."))
    color = look.colors["accent"]
    shown = address.removeprefix("https://docs.pytorch.org/docs/stable/")
    return _heading("PyTorch's own page", look) + (
        f'<a href="{address}" style="color:{color}">{shown}</a>'
    )


# Pieces ------------------------------------------------------------------------------------------


def _heading(text: str, look: Look) -> str:
    color = look.colors["second"]
    return f'<p style="color:{color};font-size:11px;font-weight:600;margin:14px 0 4px 0">{text}</p>'


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = (
        f'<tr><td style="padding:2px 10px 4px 0">{name}</td>'
        f'<td style="padding:2px 0 4px 0">{told}</td></tr>'
        for name, told in rows
    )
    return f'<table cellspacing="0" cellpadding="0">{"".join(cells)}</table>'


def _line(text: str, look: Look, token: str) -> str:
    return f'<p style="color:{look.colors[token]};margin:2px 0">{text}</p>'


def _note(text: str, look: Look) -> str:
    color = look.colors["second"]
    return f'<span style="color:{color};font-size:11px">{escape(text)}</span>' if text else ""


def _mono(text: str, look: Look) -> str:
    return f'<span style="font-family:{look.mono};font-size:12px">{escape(text)}</span>'


def _marked(text: str, look: Look) -> str:
    """Text with ``names`` in the font of source."""
    parts = CODE.split(text)
    return "".join(
        _mono(part, look) if place % 2 else escape(part) for place, part in enumerate(parts)
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 40 else f"{text[:38]}…"


def _colored(line: str, look: Look) -> str:
    found, at = [], 0
    for span in spans(line):
        found.append(_spaced(line[at : span.start]))
        color = look.colors[TOKEN_OF_KIND[span.kind]]
        piece = _spaced(line[span.start : span.start + span.length])
        found.append(f'<span style="color:{color}">{piece}</span>')
        at = span.start + span.length
    return "".join(found) + _spaced(line[at:])


def _spaced(text: str) -> str:
    """Text that keeps what it is indented by."""
    rest = text.lstrip(" ")
    return "&nbsp;" * (len(text) - len(rest)) + escape(rest)
