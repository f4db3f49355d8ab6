"""What is to be known of a chosen run: why it failed, and how it differs from the window or another."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QTextBrowser

from app.theme import Theme
from app.training import run_words
from app.training.run_reading import Compared
from graph_engine.training.drawing import Differences, Values
from graph_engine.training.history import Record

TOKENS = ("text", "second", "accent", "good", "warning", "error")
MOST = 40
"""Rows of one kind that are listed."""


class RunDetails(QTextBrowser):
    """A page of text in the colours of the theme."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[Record | None, Compared | None, int] = (None, None, 0)
        self.setAccessibleName("About the run")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.changed.connect(self._retint)
        self._retint()

    def sizeHint(self) -> QSize:
        return QSize(308, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(220, 80)

    def show_run(self, record: Record | None, compared: Compared | None, count: int) -> None:
        """Shows a run; ``count`` are chosen. Without one it says what can be chosen."""
        if (record, compared, count) != self._shown:
            self._shown = (record, compared, count)
            self._retint()

    def _retint(self) -> None:
        color = {name: self._theme.color(name).name() for name in ("panel", "border", *TOKENS)}
        self.setStyleSheet(
            f"QTextBrowser {{ background: {color['panel']}; border: none; border-radius: 0;"
            f" border-left: 1px solid {color['border']}; padding: 4px 8px; }}"
        )
        document = self.document()
        document.setDefaultFont(self._theme.font(12))
        colors = "".join(f".{name} {{ color: {color[name]}; }}" for name in TOKENS)
        document.setDefaultStyleSheet(
            f"h3 {{ font-size: 13px; font-weight: 500; color: {color['text']}; margin: 2px 0; }}"
            f"h4 {{ font-size: 11px; font-weight: 500; color: {color['second']}; margin: 8px 0 2px; }}"
            f"p {{ color: {color['second']}; margin: 2px 0; }} td {{ padding: 1px 12px 1px 0; }}"
            f"{colors} .mono {{ font-family: 'JetBrains Mono'; font-size: 11px; }}"
        )
        place = self.verticalScrollBar().value()
        self.setHtml(page(*self._shown))
        self.verticalScrollBar().setValue(place)


def page(record: Record | None, compared: Compared | None, count: int) -> str:
    """The page as HTML."""
    if record is None:
        return "<p>Choose a run to see how it differs, two to compare them.</p>"
    parts = [f"<h3>{escape(record.name)}</h3>", _facts(record, compared)]
    if record.message:
        parts.append(f"<p class='error'>{escape(record.message)}</p>")
    if compared is None or compared.name != record.name:
        return "".join(parts)
    if compared.problem:
        return "".join([*parts, f"<p class='warning'>{escape(compared.problem)}</p>"])
    other = compared.against or "now"
    parts += _recipe(compared.recipe, record.name, other)
    parts += _drawing(compared.drawn, record.name, compared.against)
    if count == 1:
        parts.append("<p>Choose a second run to compare the two.</p>")
    elif count > 2:
        parts.append(f"<p>{count} runs are chosen; the first two are compared.</p>")
    return "".join(parts)


def _facts(record: Record, compared: Compared | None) -> str:
    words, token = run_words.state(record)
    facts = [f"<span class='{token}'>{words}</span>"]
    if record.best_epoch:
        facts.append(f"best in epoch {record.best_epoch}")
    if record.step:
        facts.append(f"{record.step:,} steps")
    if compared is not None and compared.begun_from:
        facts.append(f"began with the weights of {escape(compared.begun_from)}")
    if compared is not None and compared.size:
        facts.append(size(compared.size))
    return f"<p>{' · '.join(facts)}</p>"


def _recipe(values: Values | None, name: str, other: str) -> list[str]:
    if values is None:
        return ["<h4>RECIPE</h4><p>The recipe in the window cannot be read.</p>"]
    if not values:
        return [f"<h4>RECIPE</h4><p>The same as {_that_of(other)}.</p>"]
    return ["<h4>RECIPE</h4>", _table(values, name, other)]


def _that_of(other: str) -> str:
    return "the one in the window" if other == "now" else f"that of {escape(other)}"


def _table(rows: Values, name: str, other: str) -> str:
    heads = "".join(f"<td class='second'>{escape(each)}</td>" for each in ("", name, other))
    head = f"<tr>{heads}</tr>"
    told = [
        f"<tr><td class='text'>{escape(what)}</td><td class='mono second'>{escape(was)}</td>"
        f"<td class='mono text'>{escape(now)}</td></tr>"
        for what, was, now in rows[:MOST]
    ]
    return f"<table cellspacing='0'>{head}{''.join(told)}{_more(len(rows), 3)}</table>"


def _drawing(found: Differences | None, name: str, against: str) -> list[str]:
    other = against or "now"
    if found is None:
        return ["<h4>DRAWING</h4><p>It was not kept with the run.</p>"]
    if not found:
        return [f"<h4>DRAWING</h4><p>The same as {_that_of(other)}.</p>"]
    since = f"in {escape(against)}" if against else "since then"
    made = [f"<h4>DRAWING</h4><p>What is different {since}:</p>"]
    made.append(_layers("+", "good", found.added))
    made.append(_layers("−", "error", found.removed))
    values = tuple(
        (f"{each.name}  {what}", was, now)
        for each in found.changed
        for what, was, now in each.values
    )
    if values:
        made.append(_table(values, name, other))
    if found.wires:
        inputs = "1 input is" if found.wires == 1 else f"{found.wires} inputs are"
        made.append(f"<p>{inputs} fed by another layer.</p>")
    return made


def _layers(sign: str, token: str, layers: Sequence[tuple[str, str]]) -> str:
    if not layers:
        return ""
    rows = "".join(
        f"<tr><td class='{token}'>{sign}</td><td class='mono text'>{escape(name)}</td>"
        f"<td class='second'>{escape(kind)}</td></tr>"
        for name, kind in layers[:MOST]
    )
    return f"<table cellspacing='0'>{rows}{_more(len(layers), 3)}</table>"


def _more(count: int, columns: int) -> str:
    if count <= MOST:
        return ""
    return f"<tr><td class='second' colspan='{columns}'>and {count - MOST} more</td></tr>"


def size(count: float) -> str:
    """``12 MB``"""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}" if unit != "bytes" else f"{count:.0f} bytes"
        count /= 1000
    return f"{count:.3g} GB"
