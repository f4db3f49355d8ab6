"""Everything that can be done, found by typing a few letters of its title."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QAction, QFontMetrics, QIcon, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.commands import Command, commands
from app.dialogs.fuzzy import Match, match
from app.theme import SIZES, Theme

Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
Role = Qt.ItemDataRole
COMMAND, LETTERS = Role.UserRole + 1, Role.UserRole + 2
SIZE = QSize(560, 420)
ROW = 32
STEERING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Found(QAbstractListModel):
    """The commands that fit what was typed, the nearest first; those that cannot be used now last."""

    def __init__(self, actions: Sequence[QAction], parent: QObject) -> None:
        super().__init__(parent)
        self._all = commands(actions)
        self.rows: list[tuple[Command, Match]] = []
        self.search("")

    def search(self, typed: str) -> None:
        """Finds anew."""
        found = [(each, match(typed, each.whole)) for each in self._all]
        near = [(each, how) for each, how in found if how is not None]
        near.sort(key=lambda row: (not row[0].action.isEnabled(), _distance(typed, *row)))
        self.beginResetModel()
        self.rows = near
        self.endResetModel()

    def rowCount(self, parent: Index = NOTHING) -> int:
        """How many were found."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """The title, the command, or the letters that were meant."""
        if not index.isValid():
            return None
        command, how = self.rows[index.row()]
        if role in (Role.DisplayRole, Role.AccessibleTextRole):
            return ", ".join([command.whole, *command.keys[:1]])
        if role == COMMAND:
            return command
        if role == LETTERS:
            return how.letters
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """What cannot be used now cannot be chosen."""
        flags = super().flags(index)
        is_usable = index.isValid() and self.rows[index.row()][0].action.isEnabled()
        return flags if is_usable else flags & ~Qt.ItemFlag.ItemIsEnabled


def _distance(typed: str, command: Command, how: Match) -> int:
    """The title counts more than the menus around it."""
    own = match(typed, command.title)
    return own.distance if own else how.distance + 150


class CommandPalette(QDialog):
    """A field and what was found, over the middle of the window; gone as soon as it has served."""

    def __init__(self, actions: Sequence[QAction], theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("All commands")
        self.setObjectName("commandPalette")
        self.field, self.view, self._nothing = QLineEdit(), QListView(), QLabel()
        self.found = Found(actions, self)
        self._most = SIZE.height()
        self._lay_out(theme)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.view.clicked.connect(self._run)
        self._select_first()

    def _lay_out(self, theme: Theme) -> None:
        self.field.setPlaceholderText("Type what you want to do")
        self.field.setAccessibleName("Search commands")
        self.field.setFont(theme.font(16))
        self.field.setMinimumHeight(36)
        self.view.setModel(self.found)
        self.view.setItemDelegate(_CommandRow(theme, self.view))
        self.view.setAccessibleName("Commands")
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setMouseTracking(True)
        self.view.setUniformItemSizes(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self._nothing.setText("No command is called that.")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(SIZES.near, SIZES.near, SIZES.near, SIZES.near)
        column.setSpacing(SIZES.near)
        column.addWidget(self.field)
        column.addWidget(self.view, 1)
        column.addWidget(self._nothing, 1)
        color = theme.color
        self.setStyleSheet(
            f"#commandPalette {{ background: {color('panel').name()};"
            f" border: 1px solid {color('border').name()}; border-radius: 8px; }}"
        )
        self._nothing.setStyleSheet(f"color: {color('second').name()};")

    def open_centred(self) -> None:
        """Shows it in the upper middle of its window."""
        parent = self.parentWidget()
        width, height = SIZE.width(), SIZE.height()
        if parent is not None:
            width = min(width, parent.width() - 2 * SIZES.page)
            height = min(height, parent.height() - 2 * SIZES.page)
            corner = parent.window().mapToGlobal(parent.window().rect().topLeft())
            top = min(96, (parent.height() - height) // 2)
            self.move(corner.x() + (parent.width() - width) // 2, corner.y() + top)
        self._most = height
        self.resize(width, height)
        self._fit()
        self.show()
        self.field.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        """Goes away when the person turns to something else."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.close()

    def _search(self, typed: str) -> None:
        self.found.search(typed)
        self.view.setHidden(not self.found.rows)
        self._fit()
        self._nothing.setHidden(bool(self.found.rows))
        self._select_first()

    def _fit(self) -> None:
        """As high as what was found needs."""
        edges = self.field.minimumHeight() + 3 * SIZES.near
        rows = min(max(len(self.found.rows), 2), (self._most - edges) // ROW)
        self.resize(self.width(), rows * ROW + edges)

    def _select_first(self) -> None:
        self.view.setCurrentIndex(self.found.index(0))
        self.view.scrollToTop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows walk the list and Enter runs, while the cursor stays in the field."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in STEERING:
                self.view.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.view.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _run(self, index: QModelIndex) -> None:
        """Closes first, so that the action finds the window as it was."""
        if index.isValid() and index.flags() & Qt.ItemFlag.ItemIsEnabled:
            command: Command = index.data(COMMAND)
            self.close()
            QTimer.singleShot(0, command.action, command.action.trigger)


class _CommandRow(QStyledItemDelegate):
    """Sign, title with the meant letters in the accent, menus, and keys at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line."""
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws one command."""
        command: Command = index.data(COMMAND)
        box, color = option.rect, self._theme.color
        is_usable = command.action.isEnabled()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = option.state & QStyle.StateFlag.State_Selected
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("accent_ground" if chosen else "raised"))
            painter.drawRoundedRect(QRectF(box), SIZES.corner, SIZES.corner)
        mode = QIcon.Mode.Normal if is_usable else QIcon.Mode.Disabled
        sign = QRect(box.left() + 10, box.top() + 8, 16, 16)
        command.action.icon().paint(painter, sign, Qt.AlignmentFlag.AlignCenter, mode)
        right = box.right() - 10
        for keys in reversed(command.keys[:1]):
            right = self._keys(painter, keys, right, box)
        self._title(painter, command, index.data(LETTERS), QRect(
            box.left() + 36, box.top(), right - box.left() - 44, box.height()
        ))  # fmt: skip
        painter.restore()

    def _title(
        self, painter: QPainter, command: Command, letters: tuple[int, ...], box: QRect
    ) -> None:
        color, metrics = self._theme.color, QFontMetrics(self._theme.font())
        usable = command.action.isEnabled()
        painter.setFont(self._theme.font())
        menus = len(command.whole) - len(command.title)
        x = box.left()
        for place, letter in enumerate(command.whole):
            wide = metrics.horizontalAdvance(letter)
            if x + wide > box.right():
                break
            token = "second" if place < menus else "text"
            token = "accent" if place in letters else token
            painter.setPen(color(token if usable else "disabled"))
            line = QRect(x, box.top(), wide + 4, box.height())
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, letter)
            x += wide

    def _keys(self, painter: QPainter, keys: str, right: int, box: QRect) -> int:
        """Draws keys as a cap that ends at ``right``; where it begins."""
        font = self._theme.mono(11)
        width = QFontMetrics(font).horizontalAdvance(keys) + 12
        cap = QRectF(right - width, box.top() + (ROW - 20) / 2, width, 20)
        painter.setPen(QPen(self._theme.color("border"), 1))
        painter.setBrush(self._theme.color("raised"))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setFont(font)
        painter.setPen(self._theme.color("second"))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, keys)
        return right - width - SIZES.near
