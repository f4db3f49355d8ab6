"""An open project: which graph of it is shown, every edit of it with its undo, and what is inferred.

``do`` is the only way to change anything. Views listen: ``changed`` tells them which rows differ,
``shown`` that they are to show another graph, ``inferred`` which nodes have other shapes or problems,
``settled`` that recipe or data are others.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path
from typing import Any, Self

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.selection import Selection
from graph_engine import edits
from graph_engine.graph import Change, Graph
from graph_engine.inference import Inference
from graph_engine.layers.block import Block
from graph_engine.project import Project

Plain = dict[str, Any]
Settled = Mapping[str, tuple[Plain, Plain]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which graph is shown: a network, or the inside of a block reached through it.

    ``blocks`` are the blocks entered, outermost first.
    """

    network: str
    blocks: tuple[str, ...] = ()

    @property
    def block(self) -> str:
        """The block that is open, or nothing."""
        return self.blocks[-1] if self.blocks else ""


class Edit(QUndoCommand):
    """The one undo command: a change of the graph that was shown, and what it does to the networks; or
    ``settings``, the saved forms of recipe and data ``name → (before, after)``.

    ``gesture`` is the same for settings that one gesture makes, such as typing into a field.
    """

    def __init__(
        self,
        document: Document,
        text: str,
        scope: Scope,
        change: Change,
        outer: Mapping[str, Change],
        settings: Settled | None = None,
        gesture: str = "",
    ) -> None:
        super().__init__(text)
        self._document, self._scope = document, scope
        self._change, self._outer = change, dict(outer)
        self.settings, self.gesture = dict(settings or {}), gesture
        self._is_made = False

    def make(self) -> Self:
        """Makes the change before the stack has it: a step that fails never comes there.

        Raises DesignError where it cannot be made; nothing has changed then.
        """
        self.redo()
        self._is_made = True
        return self

    def redo(self) -> None:
        """Makes the change, unless that was done already."""
        if self._is_made:
            self._is_made = False
            return
        if self._outer:
            self._document._apply(self._scope, self._change, self._outer)
        self._document._settle({name: after for name, (_, after) in self.settings.items()})

    def undo(self) -> None:
        """Takes it back."""
        if self._outer:
            back = {name: change.inverse() for name, change in reversed(self._outer.items())}
            self._document._apply(self._scope, self._change.inverse(), back)
        self._document._settle({name: before for name, (before, _) in self.settings.items()})


class Document(QObject):
    """See the module's docstring."""

    changed = Signal(object)
    shown = Signal()
    inferred = Signal(object)
    settled = Signal(object)
    path_changed = Signal()

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self.undo = QUndoStack(self)
        self.destroyed.connect(
            partial(self.undo.blockSignals, True)
        )  # it would tell that it is emptied
        self.selection = Selection(self)
        self.scope = Scope(first_network(project))
        self.graph: Graph = project.networks[self.scope.network]
        self.inference = Inference(self.graph)
        self._pending: list[Change] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.infer_now)

    # Editing -------------------------------------------------------------------------------------

    def do(self, text: str, change: Change) -> None:
        """Makes a change of the shown graph as one step that can be undone.

        Raises DesignError where it cannot be made; nothing has changed then.
        """
        if change:
            self.undo.push(Edit(self, text, self.scope, change, self._outer(change)).make())

    def settle(self, text: str, gesture: str = "", /, **values: Plain) -> None:
        """Changes ``recipe``, ``data`` or both, given in their saved forms, as one step.

        Steps of one ``gesture`` that follow one another become a single one, and none where the values
        end as they began.
        """
        now: Plain = {name: getattr(self.project, name) for name in values}
        last = self._last_settings(gesture) if gesture else None
        if last is not None:
            before = {name: last.settings.get(name, (now[name],))[0] for name in values}
            last.settings.update({name: (before[name], values[name]) for name in values})
            self._settle(values)
            if all(old == new for old, new in last.settings.values()):
                self._drop(last)
        elif values != now:
            settings = {name: (now[name], value) for name, value in values.items()}
            edit = Edit(self, text, self.scope, Change({}), {}, settings, gesture)
            self.undo.push(edit.make())

    def restore(
        self, text: str, network: str, changes: Mapping[str, Change], **values: Plain
    ) -> None:
        """Changes networks by name, recipe and data, all as one step, and shows ``network``.

        Its change has those of the blocks; instances in other networks follow them.
        """
        own = changes[network]
        rest = {n: g for n, g in self.project.networks.items() if n not in changes}
        outer = {name: edits.follow(graph, own) for name, graph in rest.items()}
        outer = {name: change for name, change in {**outer, **changes}.items() if change}
        now: Plain = {name: getattr(self.project, name) for name in values}
        settings = {n: (now[n], value) for n, value in values.items() if value != now[n]}
        if outer or settings:
            self.undo.push(Edit(self, text, Scope(network), own, outer, settings).make())

    def _last_settings(self, gesture: str) -> Edit | None:
        """The step on top of the stack, if it belongs to the gesture and was not saved."""
        place = self.undo.index()
        if self.undo.isClean() or not 0 < place == self.undo.count():
            return None
        last = self.undo.command(place - 1)
        return last if isinstance(last, Edit) and last.gesture == gesture else None

    def _drop(self, edit: Edit) -> None:
        """Takes a step without effect off the stack."""
        self.undo.undo()
        edit.setObsolete(True)
        self.undo.redo()
        self.undo.indexChanged.emit(self.undo.index())  # Qt is silent about a step that it drops

    def _settle(self, values: Mapping[str, Plain]) -> None:
        for name, value in values.items():
            setattr(self.project, name, value)
        if values:
            self.settled.emit(frozenset(values))

    def _outer(self, change: Change) -> dict[str, Change]:
        """What a change of the shown graph means for each network of the project."""
        here = self.scope.network
        graph = self.project.networks[here]
        own = edits.edit_block(graph, self.scope.block, change) if self.scope.block else change
        others = (name for name in self.project.networks if name != here)
        followed = {name: edits.follow(self.project.networks[name], own) for name in others}
        return {**{name: c for name, c in followed.items() if c}, here: own}

    def _apply(self, scope: Scope, change: Change, outer: Mapping[str, Change]) -> None:
        self._apply_to_networks(outer)
        if scope != self.scope:
            self.show(scope)
            return
        if scope.block:
            # The blocks are shared by all graphs of the project: theirs have changed already.
            own = {table: rows for table, rows in change.tables.items() if table != "blocks"}
            self.graph.apply(Change(own))
        self._pending.append(change)
        self._timer.start()
        self.changed.emit(change)

    def _apply_to_networks(self, outer: Mapping[str, Change]) -> None:
        """To all of them or to none."""
        networks, made = self.project.networks, ExitStack()
        with made:
            for name, each in outer.items():
                networks[name].apply(each)
                made.callback(networks[name].apply, each.inverse())
            made.pop_all()

    def infer_now(self) -> None:
        """Brings shapes and problems up to date at once, instead of in the next turn of the loop."""
        self._timer.stop()
        pending, self._pending = self._pending, []
        touched = self.inference.update(reduce(Change.then, pending)) if pending else set()
        if touched:
            self.inferred.emit(frozenset(touched))

    # What is shown -------------------------------------------------------------------------------

    def show(self, scope: Scope) -> None:
        """Shows another network, or the inside of a block."""
        self.infer_now()
        self.scope = scope
        network = self.project.networks[scope.network]
        blocks = self.project.blocks
        self.graph = Graph.opened(blocks[scope.block], blocks) if scope.block else network
        self.inference = Inference(self.graph)
        self.selection.clear()
        self.shown.emit()

    def enter(self, block: str) -> None:
        """Goes into a block of the shown graph."""
        self.show(Scope(self.scope.network, (*self.scope.blocks, block)))

    def leave(self) -> None:
        """Goes back to the graph around the open block, and selects an instance of it there."""
        left = self.scope.block
        if not left:
            return
        self.show(Scope(self.scope.network, self.scope.blocks[:-1]))
        blocks = ((n, row.layer) for n, row in self.graph.nodes.items() if type(row.layer) is Block)
        self.selection.set([n for n, layer in blocks if layer.block == left][:1])

    # The file ------------------------------------------------------------------------------------

    @property
    def is_modified(self) -> bool:
        """Whether there is something to save."""
        return not self.undo.isClean()

    @property
    def title(self) -> str:
        """What the window's title says of it."""
        return self.project.path.stem if self.project.path else self.project.name or "Untitled"

    def save(self, path: Path | None = None) -> None:
        """Writes the file. Raises ProjectError, in words, where it cannot."""
        self.project.save(path)
        self.undo.setClean()
        self.path_changed.emit()


def first_network(project: Project) -> str:
    """The network to show first: ``main``, or the first."""
    return "main" if "main" in project.networks else next(iter(project.networks))
