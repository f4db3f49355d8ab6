"""``layers``: what there is to build from, and the help of one layer by its name or a synonym."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from graph_engine.cli.output import plain_table, print_json, print_table, say
from graph_engine.declaration import Declared, Parameter
from graph_engine.errors import DesignError
from graph_engine.layers import CATALOGUE, Layer

Kind = type[Layer]


def show(wish: str, as_json: bool) -> None:
    """Prints the catalogue, or the layers that a word means: the help of one, a line for several.

    Raises DesignError, with near names, where a word means none.
    """
    if not wish:
        if as_json:
            print_json([describe(layer) for layer in CATALOGUE.values()])
        else:
            _print_families()
        return
    found = find(wish)
    if as_json:
        described = [describe(layer) for layer in found]
        print_json(described[0] if len(described) == 1 else described)
    elif len(found) == 1:
        _print_help(found[0])
    else:
        say(f"{wish!r} fits several layers:")
        _print_lines(found)


def find(wish: str) -> list[Kind]:
    """The layer of that name, in any spelling, or else the only one with that synonym, or else all whose
    name or synonyms contain the word. Raises DesignError, with near names, where there are none."""
    if wish in CATALOGUE:
        return [CATALOGUE[wish]]
    word, layers = _letters(wish), list(CATALOGUE.values())
    named = [layer for layer in layers if _letters(layer.__name__) == word]
    called = [layer for layer in layers if word in map(_letters, layer.aliases)]
    if named or len(called) == 1:
        return named or called
    containing = [layer for layer in layers if word and any(word in term for term in _terms(layer))]
    if containing:
        return list(dict.fromkeys([*called, *containing]))
    by_term = {term: layer.__name__ for layer in layers for term in _terms(layer)}
    near = dict.fromkeys(by_term[term] for term in difflib.get_close_matches(word, by_term, 3))
    hint = f" Did you mean {' or '.join(near)}?" if near else " `netloom layers` lists them all."
    raise DesignError(f"There is no layer called {wish!r}.{hint}")


def describe(layer: Kind) -> dict[str, Any]:
    """A layer of the catalogue as the JSON output gives it."""
    return {
        "name": layer.__name__,
        "family": layer.family,
        "aliases": list(layer.aliases),
        "help": layer.help(),
        "inputs": [
            {"name": p.name, "optional": p.optional, "variadic": p.variadic} for p in layer.inputs
        ],
        "outputs": [{"name": p.name} for p in layer.outputs],
        "parameters": [
            {"name": p.name, "takes": p.expected(), "default": _plain(p.default), "help": p.help}
            for p in layer.parameters().values()
        ],
    }


def _terms(layer: Kind) -> Iterable[str]:
    return map(_letters, (layer.__name__, *layer.aliases))


def _letters(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.saved() if isinstance(value, Declared) and hasattr(value, "saved") else value


def _print_families() -> None:
    families: dict[str, list[Kind]] = {}
    for layer in CATALOGUE.values():
        families.setdefault(layer.family, []).append(layer)
    for number, (family, members) in enumerate(families.items()):
        say(f"\n{family}" if number else family, "bold")
        _print_lines(members)


def _print_lines(layers: Iterable[Kind]) -> None:
    table = plain_table()
    table.add_column(min_width=26, no_wrap=True)
    for layer in layers:
        table.add_row(layer.__name__, _first_sentence(layer.help()))
    print_table(table)


def _first_sentence(text: str) -> str:
    head, stop, _ = text.partition(". ")
    return head + "." if stop else text


def _print_help(layer: Kind) -> None:
    say(f"{layer.__name__}  ({layer.family})", "bold")
    say(layer.help())
    if layer.aliases:
        say(f"Also called: {', '.join(layer.aliases)}.")
    for title, ports in (("Inputs", layer.inputs), ("Outputs", layer.outputs)):
        names = [p.name + (" (optional)" * p.optional) + (" …" * p.variadic) for p in ports]
        say(f"{title}: {', '.join(names) or 'none'}.")
    if layer.parameters():
        say("")
        table = plain_table("parameter", "default", "takes", "help")
        table.columns[0].no_wrap = True
        for parameter in layer.parameters().values():
            row = (parameter.name, _default(parameter), parameter.expected(), parameter.help)
            table.add_row(*row)
        print_table(table)
    rest = (layer.__doc__ or "").partition("\n\n")[2]
    for link in (word.strip(".,") for word in rest.split() if word.startswith("http")):
        say(link)


def _default(parameter: Parameter) -> str:
    return "" if parameter.default is None else str(parameter.default)
