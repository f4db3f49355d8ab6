"""What the network answers to validation samples at the end of epochs, and how good that is."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from app.document import Document
from app.forms.controls import Combo, tint
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training import generated_view
from app.training.answers import Answers
from app.training.card_grid import CardGrid
from app.training.confusion_view import Cell
from app.training.generated_view import GeneratedView
from app.training.hues import run_color
from app.training.legend import Chip, Choice
from app.training.loaded_data import LoadedData, class_name
from app.training.prediction_cards import AnswerCards
from app.training.recording import Recording
from app.training.run_view import RunView
from app.training.scores_view import ScoresView
from app.training.shown_runs import HUES, ShownRuns
from graph_engine.data.prepared import Split
from graph_engine.training import titles

WORST, ALL = 0, 1
EVERY = "All classes"
COMPARED = 32
"""Samples whose truth is held against the data, before their pictures are shown."""


class PredictionsPanel(RunView):
    """See the module's docstring."""

    TOPICS: ClassVar[frozenset[str]] = frozenset(
        {"started", "ended", titles.OUTPUTS, generated_view.SAMPLES, generated_view.TEXT}
    )

    def __init__(self, runs: ShownRuns, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__(
            runs, theme, icons, "target", "No predictions yet",
            "After each epoch the answers to validation samples stand here beside the truth, the worst "
            "mistakes first.",
        )  # fmt: skip
        self.data = LoadedData.of(document)
        self.answers: Answers | None = None
        self.order: NDArray[np.int64] = np.empty(0, np.int64)
        self._drawn: tuple[object, ...] = ()
        self._cell: Cell | None = None
        self.which = Choice(
            [("Worst first", "The samples with the largest loss first"),
             ("All", "Samples in their order")], "Order of the samples",
        )  # fmt: skip
        self.classes = Combo([EVERY], "Samples of one class", theme, icons)
        self.cell = Chip("", "Show all samples again", is_on=True)
        self.told = QLabel()
        self.cards = CardGrid(theme, "Samples with truth and answer")
        self.scores = ScoresView(theme)
        self.made = GeneratedView(theme)
        self._pages = QStackedLayout()
        self._lay_out()
        self.data.changed.connect(self._read)
        theme.changed.connect(self._retint)

    def _lay_out(self) -> None:
        self.classes.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.classes.setFixedWidth(132)
        self.told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head = QHBoxLayout()
        head.setContentsMargins(SIZES.near, 4, SIZES.near, 0)
        head.setSpacing(SIZES.near)
        for widget in (self.which, self.classes, self.cell):
            head.addWidget(widget)
        head.addWidget(self.told, 1)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addLayout(head)
        left.addWidget(self.cards, 1)
        answered = QWidget()
        row = QHBoxLayout(answered)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SIZES.near)
        row.addLayout(left, 5)
        row.addWidget(self.scores, 4)
        self._pages.addWidget(answered)
        self._pages.addWidget(self.made)
        self.page = Choice(
            [("Answers", "Answers to validation samples"), ("Made", "What the network makes")],
            "What is shown",
        )
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.page)
        column.addLayout(self._pages, 1)
        self.cell.hide()
        self._connect()
        self._retint()

    def _connect(self) -> None:
        self.which.chosen.connect(self._rechoose)
        self.page.chosen.connect(self._rechoose)
        self.classes.activated.connect(self._choose_class)
        self.cell.clicked.connect(self._all_cells)
        self.scores.cell_chosen.connect(self._choose_cell)
        self.scores.class_chosen.connect(self._show_class)
        self.scores.mode_chosen.connect(self._rechoose)

    def _retint(self) -> None:
        self._drawn = ()

    # What is chosen ------------------------------------------------------------------------------

    @property
    def chosen_class(self) -> int | None:
        """The class whose samples are shown."""
        return self.classes.currentIndex() - 1 if self.classes.currentIndex() > 0 else None

    def _rechoose(self, _: int) -> None:
        self._drawn = ()
        self.pacer.draw_now()

    def _choose_class(self, _: int) -> None:
        self._forget_cell()
        self._rechoose(0)

    def _show_class(self, number: int) -> None:
        """A class was chosen in the table; the same one again shows all."""
        place = 0 if self.chosen_class == number else number + 1
        self.classes.setCurrentIndex(min(place, self.classes.count() - 1))
        self._choose_class(place)

    def _choose_cell(self, cell: Cell | None) -> None:
        self._cell = cell
        self.classes.setCurrentIndex(0)
        self._rechoose(0)

    def _all_cells(self) -> None:
        self._forget_cell()
        self._rechoose(0)

    def _forget_cell(self) -> None:
        self._cell = None
        self.scores.forget_cell()

    def _read(self) -> None:
        self._drawn = ()
        self.pacer.mark()

    # Drawing -------------------------------------------------------------------------------------

    def has_data(self, recording: Recording) -> bool:
        """From the first answers, or the first samples made, on."""
        return bool(len(recording.track(titles.OUTPUTS))) or generated_view.has_any(recording)

    def redraw(self, recording: Recording) -> None:
        """Draws the answers of the epoch shown."""
        self.data.need()
        answered, made = len(recording.track(titles.OUTPUTS)) > 0, generated_view.has_any(recording)
        self.page.setVisible(answered and made)
        shows_made = made and (not answered or self.page.number == 1)
        self._pages.setCurrentIndex(1 if shows_made else 0)
        if shows_made:
            self.made.show_moment(recording, recording.shown_step)
            return
        track = recording.track(titles.OUTPUTS)
        place = track.index_at(recording.shown_step)
        drawn = (recording, track.steps[place] if place >= 0 else None, self._cell)
        if drawn == self._drawn:
            return
        is_same_run = bool(self._drawn) and self._drawn[0] is recording
        self._drawn = drawn
        self.answers = Answers.at(recording, recording.shown_step)
        self._show(is_same_run)

    def _show(self, stays: bool) -> None:
        answers = self.answers
        if answers is None:
            self.told.setText("No epoch had ended by then")
            self.cards.show_cards(None)
            self.scores.show_nothing()
            return
        part = self._part(answers)
        names = self._names(answers)
        self._offer_classes(answers, names)
        truth, answer = self._in_units(answers)
        self.order = self._ordered(answers)
        colors = tuple(run_color(self.theme, number) for number in range(HUES))
        cards = AnswerCards(answers, self.order, part, names, truth, answer, colors)
        self.cards.show_cards(cards, stays)
        self.scores.show_answers(answers, names, truth, answer, self.chosen_class)
        self._tell(answers, names)

    def _tell(self, answers: Answers, names: tuple[str, ...]) -> None:
        font = self.theme.mono(11)
        if self.told.font() != font:  # Qt forgets it where a page moves into the window
            self.told.setFont(font)
        tint(self.told, self.theme.color("second"))
        shown, whole = len(self.order), len(answers)
        count = f"{shown:,} of {whole:,}" if shown < whole else f"{whole:,}"
        right = ""
        if answers.kind in ("classes", "labels", "sequence"):
            right = f" · {100 * float(answers.is_right().mean()):.1f} % right"
        self.told.setText(f"{count} · epoch {answers.epoch}{right}")
        self.told.setToolTip(f"Samples of {answers.split}, as answered at step {answers.step:,}")
        self.cell.setVisible(self._cell is not None)
        if self._cell is not None:
            truth, answer = (class_name(names, number) for number in self._cell)
            self.cell.setText(f"{truth} → {answer}  ✕")
            self.cell.setChecked(True)

    def _offer_classes(self, answers: Answers, names: tuple[str, ...]) -> None:
        has_classes = answers.kind in ("classes", "labels")
        self.classes.setVisible(has_classes)
        wanted = [EVERY, *(class_name(names, number) for number in range(answers.classes))]
        if has_classes and wanted != [
            self.classes.itemText(n) for n in range(self.classes.count())
        ]:
            place = self.classes.currentIndex()
            self.classes.clear()
            self.classes.addItems(wanted)
            self.classes.setCurrentIndex(place if 0 <= place < len(wanted) else 0)

    def _ordered(self, answers: Answers) -> NDArray[np.int64]:
        """The samples to show."""
        order: NDArray[np.int64] = (
            answers.worst() if self.which.number == WORST else np.arange(len(answers))
        )
        if answers.kind == "classes" and self._cell is not None:
            truth, answer = self._cell
            order = order[((answers.targets == truth) & (answers.chosen() == answer))[order]]
        number = self.chosen_class
        if number is not None and answers.kind == "classes":
            order = order[(answers.targets == number)[order]]
        elif number is not None and answers.kind == "labels":
            order = order[(answers.targets[:, number] >= 0.5)[order]]
        return order

    # The data ------------------------------------------------------------------------------------

    def _part(self, answers: Answers) -> Split | None:
        """The part of the data that the samples are of, if it is still the one of the run."""
        part = self.data.found.part(answers.split)
        if part is None or not len(answers) or int(answers.positions.max()) >= len(part):
            return None
        if answers.kind in ("sequence", "other"):
            return part
        some = answers.positions[:COMPARED]
        _, truth = part.plain().batch(some)
        sent = answers.targets[:COMPARED]
        is_same = truth.size == sent.size and np.allclose(
            truth.ravel(), sent.ravel(), equal_nan=True
        )
        return part if is_same else None

    def _names(self, answers: Answers) -> tuple[str, ...]:
        data = self.data.found.data
        if data is None:
            return ()
        target = data.preprocessing.target
        if answers.kind == "labels" and len(target.columns) == answers.outputs.shape[1]:
            return target.columns
        return target.classes

    def _in_units(self, answers: Answers) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
        """Truth and answers as the data had them, where they are numbers."""
        data = self.data.found.data
        truth, answer = answers.targets, answers.outputs
        if answers.kind != "numbers" or data is None or self._part(answers) is None:
            return truth, answer
        target = data.preprocessing.target
        if truth[0].size != int(np.prod(target.shape)):
            return truth, answer
        shape = (len(truth), *target.shape)
        return target.undo(truth.reshape(shape)), target.undo(answer.reshape(shape))
