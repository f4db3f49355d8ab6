"""Lays expressions out in lines the way ``ruff format`` would, so that it has nothing to change.

What fits into 88 columns stays on one line. What does not gets its arguments on the next line, or where
they do not fit there either, one a line with a trailing comma.
"""

from __future__ import annotations

from graph_engine.layers.expression import (
    Call,
    Chain,
    Display,
    Listing,
    Raw,
    Repeated,
    Value,
    literal,
)

WIDTH = 88
STEP = "    "


def statement(head: str, value: Value, indent: int, comment: str = "") -> list[str]:
    """The lines of ``head`` + value, such as ``self.conv1 = `` and a call."""
    space = STEP * indent
    lines = laid(value, indent, len(space) + len(head), 0)
    lines[0] = space + head + lines[0]
    inside = space + STEP + flat(value)
    if len(lines[0]) > WIDTH >= len(inside) and head:
        lines = [f"{space}{head}(", inside, f"{space})"]
    noted = f"{lines[-1]}  # {comment}"
    if comment and len(noted) <= WIDTH:
        lines[-1] = noted
    return lines


def item(head: str, value: Value, indent: int, comment: str = "") -> list[str]:
    """The lines of one argument on lines of its own, with its comma."""
    space = STEP * indent
    lines = laid(value, indent, len(space) + len(head), 1)
    lines[0] = space + head + lines[0]
    lines[-1] += ","
    noted = f"{lines[-1]}  # {comment}"
    if comment and len(noted) <= WIDTH:
        lines[-1] = noted
    return lines


def laid(value: Value, indent: int, before: int, after: int) -> list[str]:
    """The lines of a value that starts at column ``before`` and has ``after`` columns behind it.

    The first line is without its indentation, the others have theirs.
    """
    text = flat(value)
    if before + len(text) + after <= WIDTH:
        return [text]
    if isinstance(value, Chain):
        return _chain(value, indent)
    if isinstance(value, Repeated):
        return _repeated(value, indent)
    if isinstance(value, Raw):
        return ["(", STEP * (indent + 1) + text, STEP * indent + ")"]
    opening, items, closing = _parts(value)
    if not items:
        return [opening + closing]
    body = STEP * (indent + 1) + ", ".join(name + flat(inner) for name, inner in items)
    if len(body) <= WIDTH and not (opening == "(" and len(items) == 1):
        return [opening, body, STEP * indent + closing]
    lines = [opening]
    for name, inner in items:
        lines += item(name, inner, indent + 1)
    return [*lines, STEP * indent + closing]


def listed(texts: list[str], indent: int) -> list[str]:
    """What stands between the brackets of a definition that does not fit into one line."""
    space = STEP * indent
    flat_line = space + ", ".join(texts)
    return [flat_line] if len(flat_line) <= WIDTH else [f"{space}{text}," for text in texts]


def bracketed(head: str, texts: list[str], tail: str = "") -> list[str]:
    """``head a, b, c tail`` in a method; in brackets, one a line, where it does not fit."""
    space = STEP * 2
    plain = f"{space}{head}{', '.join(texts)}{tail}"
    if len(plain) <= WIDTH:
        return [plain]
    return [f"{space}{head}(", *(f"{space}{STEP}{text}," for text in texts), f"{space}){tail}"]


def divided(text: str) -> list[str]:
    """``a, (b, c)`` → ``a`` and ``(b, c)``: a list of names at its outermost commas."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def flat(value: Value) -> str:
    """The value on one line, however long."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Call):
        inside = [flat(item) for item in value.positional]
        inside += [f"{name}={flat(item)}" for name, item in value.keywords.items()]
        return f"{value.function}({', '.join(inside)})"
    if isinstance(value, Chain):
        return f" {value.operator} ".join(operand.text for operand in value.operands)
    if isinstance(value, Listing):
        return f"[{', '.join(flat(item) for item in value.items)}]"
    if isinstance(value, Display):
        inside = [flat(item) for item in value.items]
        return f"({inside[0]},)" if len(inside) == 1 else f"({', '.join(inside)})"
    if isinstance(value, Repeated):
        return f"*({flat(value.call)} for _ in range({flat(value.count)}))"
    return literal(value)


def _parts(value: Value) -> tuple[str, list[tuple[str, Value]], str]:
    """Opening bracket, items with their keyword, closing bracket."""
    if isinstance(value, Call):
        items: list[tuple[str, Value]] = [("", item) for item in value.positional]
        items += [(f"{name}=", item) for name, item in value.keywords.items()]
        return f"{value.function}(", items, ")"
    if isinstance(value, Listing):
        return "[", [("", item) for item in value.items], "]"
    if isinstance(value, Display):
        return "(", [("", item) for item in value.items], ")"
    if isinstance(value, tuple):
        return "(", [("", item) for item in value], ")"
    return flat(value), [], ""


def _repeated(value: Repeated, indent: int) -> list[str]:
    space = STEP * (indent + 1)
    call = laid(value.call, indent + 1, len(space), 0)
    lines = ["*(", space + call[0], *call[1:], f"{space}for _ in range({flat(value.count)})"]
    return [*lines, STEP * indent + ")"]


def _chain(value: Chain, indent: int) -> list[str]:
    space = STEP * (indent + 1)
    first, *rest = value.operands
    lines = ["(", space + first.text]
    lines += [f"{space}{value.operator} {operand.text}" for operand in rest]
    return [*lines, STEP * indent + ")"]
