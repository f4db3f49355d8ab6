"""The choice of data as a form: where samples come from, how they are divided, scaled and varied."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.document import Document
from app.forms.parameter_row import LABEL
from app.icons import Icons
from app.theme import Theme
from app.training.field_rows import FieldRows
from app.training.record_rows import ChoiceRows, RecordRows
from graph_engine.data.augmentation import Augmentation
from graph_engine.data.choice import DataChoice
from graph_engine.data.scaling import Scaling
from graph_engine.data.source import SOURCES, Source
from graph_engine.declaration import Declared
from graph_engine.errors import DatasetError

OWN = ("target", "validation", "test", "seed", "division", "classes", "limit")
RARE = frozenset(
    {
        "seed",
        "classes",
        "limit",
        "delimiter",
        "header",
        "fields",
        "categories",
        "missing",
        "channels",
    }
)
FOLDERS = frozenset({"image_folder"})
"""Sources whose path is a folder."""


class DataForm(QWidget):
    """``failed`` says that the saved choice is not one that this version knows."""

    failed = Signal(str)

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._document = document
        self._gesture = 0
        self.choice = DataChoice()
        help = DataChoice.parameters()["source"].help
        self.browse = QPushButton("Choose…")
        self._browsing = indented(self.browse)
        self.source = ChoiceRows(
            "source", help, dict(SOURCES), theme, icons, rare=RARE, between=self._browsing
        )
        self.own = RecordRows(theme, icons, RARE)
        self.own.blanks = {"target": "the usual", "classes": "all"}
        self.scaling = RecordRows(theme, icons)
        self.fields = FieldRows(document, theme, icons)
        self.augmentation = RecordRows(theme, icons, frozenset(Augmentation.parameters()))
        self.augmentation.more_text = "Vary the samples"
        self.scaling.titles, self.scaling.defaults = {"method": "scaling"}, {"method": "none"}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.source, self.own, self.scaling, self.fields, self.augmentation):
            column.addWidget(widget)
        self.browse.clicked.connect(self._browse)
        self.source.edited.connect(self._take_source)
        self.own.edited.connect(self._take_own)
        self.scaling.edited.connect(self._take_scaling)
        self.fields.edited.connect(self._take_fields)
        self.augmentation.edited.connect(self._take_augmentation)
        for rows in (self.source, self.own, self.scaling, self.fields, self.augmentation):
            rows.finished.connect(self._end_gesture)
        document.settled.connect(self._settled)
        self.refresh()

    def refresh(self) -> None:
        """Shows the project's choice."""
        try:
            choice = self.choice = self._document.project.data_choice()
        except DatasetError as error:
            self.failed.emit(str(error))
            return
        self.failed.emit("")
        self.source.show_choice(choice.source, choice.source.key)
        asked = choice.source.parameters()
        self._browsing.setVisible("path" in asked)
        self.own.show_record(choice, OWN if "target" not in asked else OWN[1:])
        scaling = self._general()
        divides = scaling.method == "divide"
        self.scaling.show_record(scaling, ("method", "divisor") if divides else ("method",))
        self.fields.show_choice(choice)
        self.augmentation.show_record(choice.augmentation)

    def rebuild(self) -> None:
        """Makes the rows anew, for another theme."""
        for rows in (self.source, self.own, self.scaling, self.fields, self.augmentation):
            rows.rebuild()
        self.refresh()

    # Edits ---------------------------------------------------------------------------------------

    def _general(self) -> Scaling:
        """The scaling of all fields that have none of their own."""
        found = (scaling for scaling in self.choice.scaling if not scaling.field)
        return next(found, Scaling(method="none"))

    def _take_source(self, source: Declared | None, name: str) -> None:
        if isinstance(source, Source):
            choice = self.choice.replace(source=source)
            if not name:
                general = tuple(each for each in choice.scaling if not each.field)
                choice = choice.replace(target="", inputs=(), classes=(), scaling=general)
            self._settle(choice, f"source {name}", f"Set {name}" if name else "Choose the data")

    def _take_own(self, choice: Declared, name: str) -> None:
        if isinstance(choice, DataChoice):
            self._settle(choice, name, f"Set {name}")

    def _take_scaling(self, scaling: Declared, name: str) -> None:
        if isinstance(scaling, Scaling):
            named = [each for each in self.choice.scaling if each.field]
            general = [] if scaling.method == "none" else [scaling]
            choice = self.choice.replace(scaling=(*general, *named))
            self._settle(choice, f"scaling {name}", "Set the scaling")

    def _take_fields(self, choice: DataChoice, what: str) -> None:
        self._settle(choice, what, f"Set the {what}")

    def _take_augmentation(self, augmentation: Declared, name: str) -> None:
        choice = self.choice.replace(augmentation=augmentation)
        self._settle(choice, f"augmentation {name}", f"Set {name}")

    def _settle(self, choice: DataChoice, key: str, text: str) -> None:
        self._document.settle(text, f"data {key} {self._gesture}", data=choice.saved())

    def _end_gesture(self) -> None:
        self._gesture += 1

    def _settled(self, names: frozenset[str]) -> None:
        if "data" in names:
            self.refresh()

    def _browse(self) -> None:
        """Asks for a file or folder; the project's own folder is where it has to lie."""
        home = self._document.project.path
        if home is None:
            self.source.rows.rows["path"].refuse(
                "Save the project first: its data lie in the folder of its file."
            )
            return
        folder = str(home.absolute().parent)
        if self.choice.source.key in FOLDERS:
            name = QFileDialog.getExistingDirectory(self, "Choose a folder", folder)
        else:
            name, _ = QFileDialog.getOpenFileName(self, "Choose a file", folder)
        if name:
            self.take_path(Path(name), Path(folder))

    def take_path(self, path: Path, folder: Path) -> None:
        """Takes a file or folder as the source's path, relative to the project's folder."""
        try:
            relative = path.relative_to(folder)
        except ValueError:
            self.source.rows.rows["path"].refuse(
                f"{path.name} lies outside the project's folder. Put it into {folder} first."
            )
            return
        text = str(relative).replace(os.sep, "/")
        self._take_source(self.choice.source.replace(path=text), "path")
        self._end_gesture()


def indented(widget: QWidget) -> QWidget:
    """The widget under the fields of a form, not under their names."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(LABEL + 4, 0, 24, 0)
    row.addWidget(widget)
    return holder
