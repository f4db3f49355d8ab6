"""One undo step for one gesture, such as typing into a field or dragging a number.

While a gesture lasts, each further edit takes the previous one back and is made again from where the
gesture began, so that the history holds a single step from the first value to the last. A step that
ends where it began disappears. Saving, undoing or any other edit in between ends the gesture.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from app.document import Document
from graph_engine.graph import Change, Graph


class Gesture:
    """The edit that is being made, if any. While ``is_taking_back``, what the document says is on its
    way to something else, and a form has to keep still. ``vanished`` is called when nothing follows
    what was taken back: everything is as before the gesture."""

    def __init__(self, document: Document, vanished: Callable[[], object]) -> None:
        self._document, self._vanished = document, vanished
        self._key = ""
        self._edit: QUndoCommand | None = None
        self.is_taking_back = False

    def do(self, key: str, text: str, make: Callable[[Graph], Change]) -> None:
        """Makes the change that ``make`` gives for the shown graph, as one step with those of the same
        ``key`` before it. Raises DesignError, and nothing has changed then, where it cannot be made.
        """
        document, stack = self._document, self._document.undo
        change = make(document.graph)
        if not change:
            return
        was_taken_back = key == self._key and self._is_last()
        if was_taken_back:
            self._take_back()
            change = make(document.graph)
        self.end()
        if change:
            document.do(text, change)
            self._key, self._edit = key, stack.command(stack.index() - 1)
        elif was_taken_back:
            stack.indexChanged.emit(stack.index())  # Qt is silent about a step that it drops
            self._vanished()

    def end(self) -> None:
        """The next edit is a step of its own."""
        self._key, self._edit = "", None

    def _is_last(self) -> bool:
        stack = self._document.undo
        place = stack.index()
        if self._edit is None or stack.isClean() or not 0 < place == stack.count():
            return False
        return stack.command(place - 1) is self._edit

    def _take_back(self) -> None:
        """Undoes the step and takes it off the stack: one that is obsolete is dropped, not redone."""
        assert self._edit is not None
        edit, stack = self._edit, self._document.undo
        self.end()
        self.is_taking_back = True
        try:
            stack.undo()
            edit.setObsolete(True)
            stack.redo()
        finally:
            self.is_taking_back = False
