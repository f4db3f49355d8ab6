"""The guided tour: which parts of the window it visits, what it asks for, and how it sees that done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.dialogs.tour import Step, Tour
from app.settings import TOURED

if TYPE_CHECKING:
    from app.editor import Editor
    from app.main_window import MainWindow

TEMPLATE = "cnn-digits"
FAREWELL = "That was the tour. It can be taken again from the Help menu."


def start(window: MainWindow) -> None:
    """Opens a design to try things on, here or in another window, and shows the first step."""
    window.settings.set(TOURED, True)
    document = window.document
    if document is not None:
        running = document.findChild(Tour)
        if running is not None:
            running.start()
            return
        if document.is_modified or document.project.path:
            window.tour_elsewhere.emit()
            return
    window.open_template(TEMPLATE)
    if window.editor is not None:
        editor = window.editor
        tour = Tour(window, editor.document, window.theme, window.icons, steps(window, editor))
        tour.ended.connect(partial(_part, window, editor))
        tour.start()


def _part(window: MainWindow, editor: Editor) -> None:
    if window.editor is editor:
        editor.canvas.setFocus()
        window.messages.say(FAREWELL, "done")


class Trial:
    """What the drawing was when a step began, to see what became of it."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._layers = self._now()
        self._had_errors = False

    def begin(self, dock: str = "", node: str = "") -> None:
        """Takes the drawing as it is; brings a panel to the front and selects a node."""
        editor = self._editor
        if dock:
            editor.show_dock(dock)
        if node in editor.document.graph.nodes:
            editor.canvas.reveal(node)
        else:
            editor.document.selection.clear()
        self._layers, self._had_errors = self._now(), False

    def is_longer(self) -> bool:
        """Whether a layer came in."""
        return len(self._now()) > len(self._layers)

    def is_set(self) -> bool:
        """Whether a layer has other parameters."""
        now = self._now()
        return any(name in now and now[name] != layer for name, layer in self._layers.items())

    def is_mended(self) -> bool:
        """Whether there were errors, and are none any more."""
        has_errors = any(p.severity == "error" for p in self._editor.problems.problems)
        self._had_errors |= has_errors
        return self._had_errors and not has_errors

    def is_pointed_at(self) -> bool:
        """Whether the pointer rests on a wire."""
        return self._editor.canvas.hover.wire is not None

    def is_chosen(self) -> bool:
        """Whether a layer is selected."""
        return bool(self._editor.document.selection.current)

    def is_training(self) -> bool:
        """Whether a run goes on."""
        return self._editor.training.run.is_active

    def _now(self) -> dict[str, object]:
        return {name: node.layer for name, node in self._editor.document.graph.nodes.items()}


def steps(window: MainWindow, editor: Editor) -> list[Step]:
    """The steps, over the window's own parts."""
    trial = Trial(editor)
    return [*_of_drawing(trial, editor), *_of_going_on(trial, editor, window)]


def _step(
    trial: Trial,
    title: str,
    sentence: str,
    place: Callable[[], QWidget | None],
    is_done: Callable[[], bool],
    dock: str = "",
    node: str = "",
) -> Step:
    return Step(title, sentence, place, partial(trial.begin, dock, node), is_done)


def _of_drawing(trial: Trial, editor: Editor) -> list[Step]:
    step, canvas, docks = partial(_step, trial), partial(_canvas, editor), partial(_dock, editor)
    return [
        step(
            "Draw by typing",
            "<b>relu1</b> is selected. Press <b>Tab</b>, type <b>dropout</b> and press <b>Enter</b>: "
            "the layer arrives wired behind it.",
            canvas, trial.is_longer, node="relu1",
        ),
        step(
            "Or take a layer from the list",
            "Drag one from here onto a wire, and it takes its place in between. <b>F1</b> tells what "
            "a layer does.",
            partial(docks, "palette"), trial.is_longer, "palette", "relu2",
        ),
        step(
            "Every wire tells its shape",
            "Rest the pointer on a wire to see dtype and memory as well, and where its values come "
            "from and go to.",
            canvas, trial.is_pointed_at, node="conv2",
        ),
        step(
            "Set parameters here",
            "Write <b>2*24</b> as <b>out_channels</b> and press <b>Enter</b>: all that follows is "
            "worked out anew.",
            partial(docks, "inspector"), trial.is_set, "inspector", "conv2",
        ),
    ]  # fmt: skip


def _of_going_on(trial: Trial, editor: Editor, window: MainWindow) -> list[Step]:
    step, docks = partial(_step, trial), partial(_dock, editor)
    return [
        step(
            "Mistakes come with their repair",
            "Set <b>kernel_size</b> of <b>pool2</b> to 9. What is wrong is told here; press the "
            "button beside it.",
            partial(docks, "problems"), trial.is_mended, "problems", "pool2",
        ),
        step(
            "The drawing is a PyTorch program",
            "This text is what will be trained, and it is yours to take away. Click a line to find "
            "its layer.",
            partial(docks, "source"), trial.is_chosen, "source",
        ),
        step(
            "Train it",
            "Press <b>Train</b> or <b>F5</b>. Curves appear below while the network learns to read "
            "digits.",
            partial(_train_button, window), trial.is_training,
        ),
    ]  # fmt: skip


def _canvas(editor: Editor) -> QWidget:
    return editor.canvas


def _dock(editor: Editor, name: str) -> QWidget:
    return editor.docks[name]


def _train_button(window: MainWindow) -> QWidget | None:
    return window.tools.widgetForAction(window.actions_by_id["train.start"])
