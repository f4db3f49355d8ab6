"""What the inspector shows of selected nodes: header, form, weights, sizes, wiring and cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.document import Document
from app.forms.controls import Combo, Switch, plain_label, tint
from app.forms.parameter_row import LABEL
from app.forms.section import Facts, Section
from app.icons import Icons
from app.panels.node_facts import costs, has_weights, inferred, known, wiring
from app.panels.node_header import NodeHeader
from app.panels.parameter_form import ParameterForm
from app.panels.sentences import without_ticks
from app.theme import Theme
from graph_engine import edits
from graph_engine.errors import DesignError
from graph_engine.graph import Change, Graph, Node

OWN = "its own"
TIED = frozenset({"Embedding", "Linear"})


class NodePage(QWidget):
    """Edits go through the document; what it shows follows from ``refresh`` alone."""

    help_requested = Signal(str)

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._document, self._theme = document, theme
        self._nodes: list[Node] = []
        self.header = NodeHeader(theme, icons)
        self.form = ParameterForm(document, theme, icons)
        self.use = Section("In the network", theme)
        self.muted = Switch("muted", theme)
        self.shares = Combo([OWN], "Weights", theme, icons)
        self.refusal = plain_label()
        self.sizes = Facts("From the inputs", theme)
        self.ports = Facts("Shapes", theme)
        self.cost = Facts("Cost for one sample", theme)
        self._fill_use()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 16)
        column.setSpacing(0)
        for part in (self.header, self.form, self.sizes, self.ports, self.cost, self.use):
            column.addWidget(part)
        column.addStretch(1)
        self.header.renamed.connect(self._rename)
        self.header.titled.connect(self._retitle)
        self.header.helped.connect(self.help_requested)
        self.header.opened.connect(document.enter)
        self.form.restored.connect(self._restored)
        self.muted.clicked.connect(self._mute)
        self.shares.activated.connect(self._share)
        self.retint()

    def refresh(self, names: Sequence[str]) -> None:
        """Shows these nodes as they are now."""
        graph = self._document.graph
        if [node.name for node in self._nodes] != list(names):
            self._refuse("")
        self._nodes = [graph.nodes[name] for name in names]
        self.form.show_nodes(self._nodes)
        self.muted.setTristate(len({node.muted for node in self._nodes}) > 1)
        state = {node.muted for node in self._nodes}
        mixed = Qt.CheckState.PartiallyChecked
        known = Qt.CheckState.Checked if True in state else Qt.CheckState.Unchecked
        self.muted.setCheckState(mixed if len(state) > 1 else known)
        self.refresh_inferred()

    def _restored(self) -> None:
        self.refresh([node.name for node in self._nodes])

    def refresh_inferred(self) -> None:
        """Brings shapes, sizes, costs and problems up to date."""
        graph, inference = self._document.graph, self._document.inference
        one = self._nodes[0].name if len(self._nodes) == 1 else ""
        refused = inference.refused.get(one)
        problem = refused.problem.sentence if refused and refused.problem else ""
        self.header.show_nodes(self._nodes, problem)
        self.sizes.show_facts(known(inferred, graph, inference, one) if one else ())
        self.ports.show_facts(wiring(graph, inference, one) if one else ())
        self.cost.show_facts(known(costs, graph, inference, one) if one else ())
        self._offer_owners(one)

    def retint(self) -> None:
        """Takes the theme's colours."""
        tint(self.refusal, self._theme.color("error"))
        self.header.retint()
        for part in (self.sizes, self.ports, self.cost):
            part.retint()

    # Muting and sharing --------------------------------------------------------------------------

    def _fill_use(self) -> None:
        told = "Use the weights of another node, and train them once"
        self.shares_label = self._label("weights", told)
        muted = self._label("muted", "Pass the first input on instead of computing")
        self.refusal.setFont(self._theme.font(11))
        self.refusal.setVisible(False)
        for label, control in ((muted, self.muted), (self.shares_label, self.shares)):
            line = QHBoxLayout()
            line.setSpacing(4)
            line.setContentsMargins(0, 0, 24, 0)
            line.addWidget(label)
            line.addWidget(control)
            if control is self.muted:
                line.addStretch(1)
            self.use.body.addLayout(line)
        self.use.body.addWidget(self.refusal)

    def _label(self, text: str, told: str) -> QLabel:
        label = QLabel(text)
        label.setFont(self._theme.font(12))
        label.setFixedWidth(LABEL)
        label.setContentsMargins(10, 0, 0, 0)
        label.setToolTip(told)
        return label

    def _offer_owners(self, name: str) -> None:
        """The nodes whose weights this one could use; only where it has weights."""
        graph = self._document.graph
        shown = bool(name) and has_weights(self._document.inference, name)
        self.shares.setVisible(shown)
        self.shares_label.setVisible(shown)
        if not shown:
            return
        node = graph.nodes[name]
        texts = [OWN, *(n for n, other in graph.nodes.items() if _may_lend(node, other))]
        if node.shares and node.shares not in texts:
            texts.append(node.shares)
        if texts != [self.shares.itemText(i) for i in range(self.shares.count())]:
            self.shares.clear()
            self.shares.addItems(texts)
            self.shares.setItemData(0, "Learned for this node alone", Qt.ItemDataRole.ToolTipRole)
        self.shares.setCurrentIndex(texts.index(node.shares or OWN))

    def _share(self, place: int) -> None:
        name = self._nodes[0].name
        owner = self.shares.itemText(place) if place else ""
        if owner:
            self._do(f"Share weights of {owner}", lambda g: edits.share_weights(g, name, owner))
        else:
            self._do("Use own weights", lambda g: edits.unshare_weights(g, [name]))
        self.refresh_inferred()

    def _mute(self) -> None:
        wanted = self.muted.checkState() is not Qt.CheckState.Unchecked
        names = [node.name for node in self._nodes]
        self._do("Mute" if wanted else "Unmute", lambda g: edits.set_muted(g, names, wanted))
        self.refresh(names)

    def _do(self, text: str, make: Callable[[Graph], Change]) -> None:
        try:
            self._document.do(text, make(self._document.graph))
        except DesignError as error:
            self._refuse(str(error))
        else:
            self._refuse("")

    def _refuse(self, sentence: str) -> None:
        self.refusal.setText(without_ticks(sentence)[0])
        self.refusal.setVisible(bool(sentence))

    # Names ---------------------------------------------------------------------------------------

    def _rename(self, wanted: str) -> None:
        old = self._nodes[0].name
        try:
            self._document.do(f"Rename {old}", edits.rename(self._document.graph, old, wanted))
        except DesignError as error:
            self.header.refuse(str(error))

    def _retitle(self, wanted: str) -> None:
        name = self._nodes[0].name
        try:
            self._document.do(f"Title {name}", edits.set_title(self._document.graph, name, wanted))
        except DesignError as error:
            self.header.refuse(str(error))


def _may_lend(node: Node, other: Node) -> bool:
    """Whether another node has weights of the kind that this one needs, and of its own."""
    if other.name == node.name or other.shares:
        return False
    same = type(other.layer) is type(node.layer)
    if same:
        return getattr(other.layer, "block", "") == getattr(node.layer, "block", "")
    return {type(other.layer).__name__, type(node.layer).__name__} == TIED
