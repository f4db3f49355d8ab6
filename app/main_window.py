"""The window: menus, toolbar, status bar, and either the welcome page or an editor with a document.

The engine, the editor and most dialogs are imported by the functions that need them, so that the window
is on the screen before they are loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QStackedWidget, QWidget

from app import actions, files, touring, window_actions
from app.dialogs.welcome import WelcomePage
from app.icons import Icons
from app.messages import Messages
from app.settings import AUTOSAVE_SECONDS, GEOMETRY, LAYOUT, STATE, THEME, TOURED, Settings
from app.theme import Preference, Theme
from app.toolbar import button_of, make_toolbar
from graph_engine import templates

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from app.document import Document
    from app.editor import Editor
    from graph_engine.project import Project

SAY_FOR = 8000
FRAME = QSize(8, 40)
"""What the system's own frame takes of the screen, roughly."""


class MainWindow(QMainWindow):
    """See the module's docstring. ``another`` asks for a window with a project, ``tour_elsewhere`` for
    one with the tour."""

    another = Signal(object)
    tour_elsewhere = Signal()
    closed = Signal(object)

    def __init__(
        self, theme: Theme, icons: Icons, settings: Settings, *, is_awaiting: bool = False
    ) -> None:
        """Shows the welcome page, or nothing yet where a project ``is_awaiting`` its turn."""
        super().__init__()
        self.theme, self.icons, self.settings = theme, icons, settings
        self.messages = Messages(self)
        self.editor: Editor | None = None
        self.keeper: files.FileKeeper | None = None
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.pages = QStackedWidget()
        self.setCentralWidget(self.pages)
        self.pages.addWidget(QWidget())
        self.rows = window_actions.rows(self)
        self.actions_by_id: dict[str, QAction] = actions.build(self.rows, self, icons)
        self.menus = actions.fill(self.menuBar(), self.rows, self.actions_by_id)
        self._make_bars()
        self._connect()
        self.resize(QSize(1440, 900).boundedTo(self.screen().availableSize() - FRAME))
        self.restoreGeometry(settings.get(GEOMETRY))
        self._refresh()
        if not is_awaiting:
            self.show_welcome()

    # Making --------------------------------------------------------------------------------------

    def _make_bars(self) -> None:
        self.tools = make_toolbar(self.actions_by_id)
        self.addToolBar(self.tools)
        self.counts = QLabel()
        self.counts.setAccessibleName("Problems")
        self.statusBar().addPermanentWidget(self.counts)

    def _connect(self) -> None:
        self.messages.said.connect(self._show_said)
        self.theme.changed.connect(self._retint)

    @cached_property
    def welcome(self) -> WelcomePage:
        """The first page, made when it is first shown."""
        page = WelcomePage(self.theme, self.icons, self.settings.recent)
        page.new_requested.connect(self.new)
        page.open_requested.connect(self.open)
        page.recent_chosen.connect(self.open_path)
        page.template_chosen.connect(self.open_template)
        page.tour_wanted.connect(partial(touring.start, self))
        page.tour_declined.connect(partial(self.settings.set, TOURED, True))
        page.offer_tour(not self.settings.get(TOURED))
        self.pages.addWidget(page)
        return page

    # Documents -----------------------------------------------------------------------------------

    @property
    def document(self) -> Document | None:
        """The open document, if there is one."""
        return self.editor.document if self.editor else None

    def new(self) -> None:
        """Starts an empty project."""
        self.show_project(files.untitled())

    def open(self) -> None:
        """Asks for a project and opens it."""
        path = files.choose_open(self)
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Opens a project file; what is wrong with it is said in the status bar."""
        from graph_engine.project import Project

        with self.messages.sentences():
            self.show_project(Project.load(path))

    def open_template(self, name: str) -> None:
        """Starts a project from one of the shipped designs."""
        with self.messages.sentences():
            self.show_project(templates.new(name))

    def show_project(self, project: Project) -> None:
        """Shows a project here, or in another window where this one has unsaved work."""
        if self.document is not None and (self.document.is_modified or self.document.project.path):
            self.another.emit(project)
            return
        from app.document import Document
        from app.editor import Editor

        self._leave_document()
        document = Document(project, self)
        self.editor = Editor(document, self.theme, self.icons, self.settings, self.messages)
        self.editor.centre.setUpdatesEnabled(False)  # until all has its place and the view its zoom
        self.pages.addWidget(self.editor.centre)
        self.pages.setCurrentWidget(self.editor.centre)
        self.editor.place(self)
        if not self.restoreState(self.settings.get(STATE), LAYOUT):
            QTimer.singleShot(0, self.editor.docks["problems"], self.editor.show_problems)
        QTimer.singleShot(0, self.editor.docks["help"], self.editor.introduce)
        self._follow(document, self.editor)
        if project.path:
            self.settings.opened(project.path)
        self._refresh()
        self.editor.canvas.setFocus()
        QTimer.singleShot(0, self.editor.canvas, self.editor.look_at_start)

    def _follow(self, document: Document, editor: Editor) -> None:
        self.keeper = files.FileKeeper(document, self.messages, self.settings.get(AUTOSAVE_SECONDS))
        self.keeper.changed_outside.connect(self._file_changed)
        for signal in (document.undo.indexChanged, document.undo.cleanChanged):
            signal.connect(self._refresh)
        document.selection.changed.connect(self._refresh)
        document.shown.connect(self._refresh)
        document.path_changed.connect(self._refresh)
        editor.canvas.hinted.connect(self.messages.say)
        editor.problems.counted.connect(self._count)
        editor.training.changed.connect(self._refresh)
        self.statusBar().insertPermanentWidget(0, editor.training.status)
        self._rule = self.menus["&View"].addSeparator()
        for dock in editor.docks.values():
            self.menus["&View"].addAction(dock.toggleViewAction())

    def _leave_document(self) -> None:
        if self.editor is None:
            return
        self.settings.set(STATE, self.saveState(LAYOUT))
        if self.keeper is not None:
            self.keeper.discard()
        for dock in self.editor.docks.values():
            self.menus["&View"].removeAction(dock.toggleViewAction())
        self._rule.deleteLater()
        self.statusBar().removeWidget(self.editor.training.status)
        self.editor.training.status.deleteLater()
        self.editor.close(self)
        self.editor = self.keeper = None

    def save(self) -> bool:
        """Saves, asking for a name where there is none; whether it was saved."""
        if self.document is None:
            return False
        return (
            self.save_under(self.document.project.path)
            if self.document.project.path
            else self.save_as()
        )

    def save_as(self) -> bool:
        """Asks for a name and saves under it."""
        if self.document is None:
            return False
        path = files.choose_save(self, f"{self.document.title}.netloom")
        return path is not None and self.save_under(path)

    def save_under(self, path: Path) -> bool:
        """Saves to a file."""
        if self.document is None:
            return False
        was_saved = False
        with self.messages.sentences():
            self.document.save(path)
            self.settings.opened(path)
            self.messages.say(f"Saved {path.name}.", "done")
            was_saved = True
        return was_saved

    def _file_changed(self) -> None:
        document = self.document
        if document is None or document.project.path is None:
            return
        if document.is_modified:
            self.messages.say(
                f"{document.project.path.name} was changed by another program. "
                "Saving here replaces that.",
                "refused",
            )
            return
        from graph_engine.project import Project

        path = document.project.path
        with self.messages.sentences():
            project = Project.load(path)
            self._leave_document()
            self.show_project(project)
            self.messages.say(f"{path.name} was changed by another program and read again.")

    # Actions -------------------------------------------------------------------------------------

    def undo(self) -> None:
        """Takes the last step back."""
        if self.document is not None:
            self.document.undo.undo()

    def redo(self) -> None:
        """Makes the step again that was taken back."""
        if self.document is not None:
            self.document.undo.redo()

    def canvas_action(self, name: str) -> Callable[[], None]:
        """What runs a method of the canvas that is open then."""
        return partial(self.run_canvas, name)

    def run_canvas(self, name: str, *arguments: str) -> None:
        """Runs a method of the canvas, if there is one; refusals are said in the status bar."""
        if self.editor is not None:
            with self.messages.sentences():
                getattr(self.editor.canvas, name)(*arguments)

    def run_training(self, name: str, *arguments: str) -> None:
        """Runs a method of the training, such as ``run.pause``, if there is one."""
        if self.editor is not None:
            with self.messages.sentences():
                attrgetter(name)(self.editor.training)(*arguments)

    def export(self) -> None:
        """Writes the drawing as SVG, PNG or PDF."""
        if self.editor is not None:
            from app.dialogs.export import export_drawing

            with self.messages.sentences():
                with self.editor.canvas.unmarked() as drawing:
                    path = export_drawing(self, drawing, self.editor.document.title, self.theme)
                if path is not None:
                    self.messages.say(f"Exported {path.name}.", "done")

    def show_welcome(self) -> None:
        """Shows the welcome page here, or in another window where a document is open."""
        if self.document is None:
            self.pages.setCurrentWidget(self.welcome)
        else:
            self.another.emit(None)

    def focus_palette(self) -> None:
        """Puts the cursor into the search of the palette."""
        if self.editor is not None:
            self.editor.docks["palette"].show()
            self.editor.palette.focus_search()

    def help_on_selection(self) -> None:
        """Shows the help of the selected layer."""
        if self.editor is not None and self.editor.document.selection.current:
            node = self.editor.document.graph.nodes.get(self.editor.document.selection.current)
            if node is not None:
                self.editor.show_help(type(node.layer).__name__)

    def show_commands(self) -> None:
        """Opens the search over all actions."""
        from app.dialogs.command_palette import CommandPalette

        CommandPalette(list(self.actions_by_id.values()), self.theme, self).open_centred()

    def show_shortcuts(self) -> None:
        """Opens the page of shortcuts."""
        from app.dialogs.shortcuts import ShortcutsPage

        ShortcutsPage(list(self.actions_by_id.values()), self.theme, self).show()

    def prefer(self, preference: Preference) -> None:
        """Changes the theme and remembers it."""
        self.theme.prefer(preference)
        self.settings.set(THEME, preference)

    def show_preferences(self) -> None:
        """Opens what a person may want otherwise; each choice counts at once."""
        from app.dialogs.preferences import Preferences

        page = Preferences(self.settings, self.theme, self)
        page.changed.connect(self._take_preference)
        page.show()

    def _take_preference(self, key: str, value: object) -> None:
        if self.editor is not None and self.keeper is not None:
            if key == AUTOSAVE_SECONDS.key and isinstance(value, int):
                self.keeper.set_interval(value)
            self.editor.canvas.prefer(key, value)
            self.editor.training.prefer(key, value)

    def quit(self) -> None:
        """Closes all windows, each asking for its own unsaved work."""
        QApplication.closeAllWindows()

    # What is said --------------------------------------------------------------------------------

    def _refresh(self) -> None:
        document = self.document
        chosen = len(document.selection) if document else 0
        state = {
            "document": document is not None,
            "selection": chosen > 0,
            "several": chosen > 1,
            "block": document is not None and bool(document.scope.blocks),
            "undo": document is not None and document.undo.canUndo(),
            "redo": document is not None and document.undo.canRedo(),
        }
        if self.editor is not None:
            state |= self.editor.training.state()
        actions.enable(self.actions_by_id, state)
        self._dress()
        self.tools.setVisible(document is not None)
        self.setWindowModified(document is not None and document.is_modified)
        self.setWindowTitle(f"{document.title}[*] – Netloom" if document else "Netloom")
        if document is None:
            self.counts.clear()

    def _dress(self) -> None:
        action = self.actions_by_id["train.start"]
        button = button_of(self.tools, action)
        if self.editor is not None and button is not None:
            self.editor.training.dress(button, action)

    def _count(self, errors: int, warnings: int) -> None:
        parts = [(errors, "error"), (warnings, "warning")]
        told = [f"{n} {word}{'s' * (n != 1)}" for n, word in parts if n]
        self.counts.setText(", ".join(told) or "No problems")
        bar = self.statusBar().layout()
        if bar is not None:
            bar.activate()  # a request that was posted while the window changed may be lost

    def _show_said(self, sentence: str, kind: str) -> None:
        color = self.theme.color({"refused": "error", "done": "good"}.get(kind, "second"))
        self.statusBar().setStyleSheet(f"QStatusBar {{ color: {color.name()}; }}")
        self.statusBar().showMessage(
            sentence.replace("`", "").replace("\n", "  "), SAY_FOR if kind != "hint" else 0
        )

    def _retint(self) -> None:
        actions.retint(self.rows, self.actions_by_id, self.icons)
        self.statusBar().setStyleSheet("")
        self._dress()

    # Events --------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks for unsaved work, remembers the layout."""
        if self.document is not None and not files.may_close(self, self.document, self.save):
            event.ignore()
            return
        self._leave_document()
        self.settings.set(GEOMETRY, self.saveGeometry())
        self.closed.emit(self)
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A project file may be dropped anywhere."""
        if any(url.toLocalFile().endswith(".netloom") for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Opens the projects that were dropped."""
        for url in event.mimeData().urls():
            if url.toLocalFile().endswith(".netloom"):
                self.open_path(Path(url.toLocalFile()))
