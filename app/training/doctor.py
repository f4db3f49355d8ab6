"""What is likely to go wrong, and what goes wrong in the run: a card for each finding, with its cure."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.document import Document, Scope
from app.forms.empty import EmptyState
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training.diagnosis import Diagnosis, place_of
from app.training.finding_card import FindingCard
from app.training.shown_runs import ShownRuns
from graph_engine.errors import DesignError
from graph_engine.graph import Graph
from graph_engine.layers.block import Block
from graph_engine.training.doctor import RUN_RULES, Finding

BEFORE = ("Looking", "Rules look at the drawing, the recipe, the data and the run.")


class DoctorPanel(QWidget):
    """``revealed`` names a node of the shown graph that wants to be seen."""

    revealed = Signal(str)

    def __init__(self, runs: ShownRuns, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self.setAccessibleName("Doctor")
        self._document, self._theme, self._icons = document, theme, icons
        self.diagnosis = Diagnosis.of(runs, document)
        self.cards: list[FindingCard] = []
        self.empty = EmptyState(theme, icons, "scan-search", *BEFORE)
        self.summary, self.said = QLabel(), QLabel()
        self.heed = QPushButton()
        self._list, self._area = QWidget(), QScrollArea()
        self._lay_out()
        self.heed.clicked.connect(self.diagnosis.heed_all)
        self.diagnosis.changed.connect(self.refresh)
        theme.changed.connect(self._retint)
        self._retint()
        self.refresh()

    def _lay_out(self) -> None:
        self.said.setWordWrap(True)
        self.said.setContentsMargins(12, 0, 12, 4)
        self.said.hide()
        head = QHBoxLayout()
        head.setContentsMargins(12, 2, SIZES.near, 2)
        head.addWidget(self.summary, 1)
        head.addWidget(self.heed)
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._area.setWidget(self._list)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._area)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.said)
        column.addWidget(pages, 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.diagnosis.answer.looked:
            self.diagnosis.ask()

    # Showing -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Shows what is found now; cards that stay keep their focus and what is unfolded."""
        found, answer = self.diagnosis.findings, self.diagnosis.answer
        self._show_cards(found)
        self._pages.setCurrentIndex(1 if found else 0)
        if answer.looked and not found:
            self.empty.say("Nothing to say", f"{answer.looked}.", "circle-check", "good")
        elif not answer.looked:
            self.empty.say(
                BEFORE[0] if not answer.sentence else "Not yet", answer.sentence or BEFORE[1]
            )
        count = f"{len(found)} finding{'s' * (len(found) != 1)}"
        parts = [f"{answer.looked}: {count}." if found else "", answer.sentence if found else ""]
        self.summary.setText(" ".join(filter(None, parts)))
        hidden = len(self.diagnosis.ignored)
        self.heed.setText(f"Show {hidden} ignored")
        self.heed.setVisible(bool(hidden))

    def _show_cards(self, found: list[Finding]) -> None:
        old = {place_of(card.finding): card for card in self.cards}
        self.cards = []
        for place, finding in enumerate(found):
            is_outdated = self.diagnosis.answer.is_outdated and finding.rule in RUN_RULES
            card = old.pop(place_of(finding), None)
            if card is None:
                card = self._made(finding, is_outdated)
            elif (finding, is_outdated) != (card.finding, card.is_outdated):
                card.show_finding(finding, is_outdated)
            if self._column.indexOf(card) != place:
                self._column.insertWidget(place, card)
            self.cards.append(card)
        for card in old.values():
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()

    def _made(self, finding: Finding, is_outdated: bool) -> FindingCard:
        card = FindingCard(finding, is_outdated, self._theme, self._icons)
        card.cured.connect(self._cure)
        card.located.connect(self._locate)
        card.put_away.connect(self.diagnosis.ignore)
        return card

    def _retint(self) -> None:
        self.summary.setFont(self._theme.font(12))
        self.summary.setStyleSheet(f"color: {self._theme.color('second').name()};")
        self.said.setStyleSheet(f"color: {self._theme.color('error').name()};")
        for card in self.cards:
            card.retint()

    # Doing ---------------------------------------------------------------------------------------

    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    def _cure(self, finding: Finding) -> None:
        self._say("")
        if finding.cure is None:
            return
        try:
            self.diagnosis.apply(finding.cure)
        except DesignError as error:
            self._say(str(error))
        self.diagnosis.ask()

    def _locate(self, finding: Finding) -> None:
        """Goes to where the node is, into its block too, and selects it."""
        document = self._document
        network = document.scope.network
        way = path_to(document.project.networks[network], finding.block)
        if document.scope.block != finding.block:
            document.show(Scope(network, way))
        if finding.node in document.graph.nodes:
            document.selection.set([finding.node])
            self.revealed.emit(finding.node)


def path_to(graph: Graph, block: str) -> tuple[str, ...]:
    """The blocks to enter, outermost first, to come to one of them; none for the network itself."""
    waiting: list[tuple[str, ...]] = [()]
    while waiting and block:
        way = waiting.pop(0)
        nodes = graph.blocks[way[-1]].nodes if way else graph.nodes
        inner = (n.layer.block for n in nodes.values() if isinstance(n.layer, Block))
        for name in dict.fromkeys(inner):
            if name == block:
                return (*way, name)
            if name in graph.blocks and name not in way:
                waiting.append((*way, name))
    return ()
