"""The plot that every panel uses: the theme's look, zooming by hand, a cursor, words at curves' ends.

What is drawn of data are pyqtgraph's items in its view box; axes, grid and words are painted here, the
grid into a picture that is kept until the view changes. Ranges are fixed: nothing follows the data but
through ``show_range``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.theme import Theme
from app.training.plot_axes import (
    EDGE,
    FOOT,
    GAP,
    HEADING,
    Axis,
    Band,
    Ground,
    Rule,
    left_margin,
    paint_ground,
)
from app.training.plot_items import Bars, Curve, Dots, Picture
from app.training.plot_marks import End, Mark, Overlay, ends_width, mark_near, paint_overlay
from app.training.plot_menu import PlotMenu
from app.training.plot_view import View, axis_range
from app.training.scales import Range

WHEEL = 1.0015
DRAGGED = 4.0
LEAST_BOX = 12.0
STEP = 40.0

pg.setConfigOptions(antialias=False, useOpenGL=False, exitCleanup=False, foreground=None)


class Plot(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """See the module's docstring.

    ``hovered`` carries the value of x under the pointer, or None, and ``pointed`` both values;
    ``clicked`` the values at a click.
    ``zoomed`` says that a hand chose the view, ``fit_asked`` that it is to show everything again.
    ``axes`` names those that a hand may zoom: ``xy``, ``x`` or nothing.
    """

    hovered = Signal(object)
    pointed = Signal(object)
    clicked = Signal(float, float)
    zoomed = Signal()
    fit_asked = Signal()

    def __init__(
        self,
        theme: Theme,
        ground: Ground,
        axes: str = "xy",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, background=None)
        self._theme, self._axes = theme, axes
        self._ground, self._overlay = ground, Overlay()
        self._view = View(QRectF(0, 0, 1, 1), log_x=ground.x.log, log_y=ground.y.log)
        self._home = (self._view.x, self._view.y)
        self._pressed: QPointF | None = None
        self._pans = False
        self._ends_width = 0.0
        self.is_free = False
        self.menu = PlotMenu(self)
        self._box: Any = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self._box.disableAutoRange()
        self._box.setAcceptHoverEvents(False)
        self.setCentralWidget(None)
        self.scene().addItem(self._box)
        self.setViewportUpdateMode(self.ViewportUpdateMode.FullViewportUpdate)
        self.viewport().setMouseTracking(True)
        self.setMinimumSize(160, 96)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(ground.heading)
        theme.changed.connect(self._retint)

    # What is drawn -------------------------------------------------------------------------------

    def curve(self, above: float = 0.0) -> Curve:
        """A new line."""
        return Curve(self._box, self, above)

    def picture(self) -> Picture:
        """A new picture behind the lines."""
        return Picture(self._box)

    def bars(self) -> Bars:
        """New bars."""
        return Bars(self._box)

    def dots(self, width: float = 6.0) -> Dots:
        """New points."""
        return Dots(self._box, width)

    def remove(self, curves: Iterable[Curve]) -> None:
        """Takes lines out."""
        for each in curves:
            each.remove(self._box)

    # What is seen --------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """Which values are seen, and where."""
        return self._view

    @property
    def columns(self) -> int:
        """Pixels across: as many points as it makes sense to draw."""
        return max(32, round(self._view.box.width()))

    def show_range(self, x: Range, y: Range) -> None:
        """What is seen unless a hand has zoomed, and again after a double click."""
        self._home = (axis_range(x, self._view.log_x), axis_range(y, self._view.log_y))
        if not self.is_free:
            self._look(*self._home)

    def look_at(self, x: Range, y: Range | None = None) -> None:
        """Moves the view, as where another plot was zoomed by hand."""
        self._look(
            axis_range(x, self._view.log_x), axis_range(y, self._view.log_y) if y else self._view.y
        )

    def fit(self) -> None:
        """Shows everything, and follows again."""
        self.is_free = False
        self._look(*self._home)
        self.fit_asked.emit()

    def set_ground(
        self,
        *,
        heading: str | None = None,
        unit: str | None = None,
        x: Axis | None = None,
        y: Axis | None = None,
        bands: Sequence[Band] | None = None,
        rules: Sequence[Rule] | None = None,
        chosen_rows: frozenset[int] | None = None,
    ) -> None:
        """Changes axes, heading or what is marked on the axes; what is not given stays."""
        given = {"heading": heading, "unit": unit, "x": x, "y": y, "bands": bands, "rules": rules}
        made = replace(
            self._ground,
            **{key: value for key, value in given.items() if value is not None},  # type: ignore[arg-type]
        )
        if chosen_rows is not None:
            made = replace(made, chosen_rows=chosen_rows)
        if made != self._ground:
            self._ground = made
            self._view = replace(self._view, log_x=made.x.log, log_y=made.y.log)
            self.setAccessibleName(f"{made.heading}, {made.unit}" if made.unit else made.heading)
            self._place()

    @property
    def ground(self) -> Ground:
        """Axes and heading."""
        return self._ground

    # What lies over it ---------------------------------------------------------------------------

    @property
    def overlay(self) -> Overlay:
        """Cursor, marks and words at the ends."""
        return self._overlay

    def set_ends(self, ends: Sequence[End]) -> None:
        """Words beside the curves' ends."""
        self._put(replace(self._overlay, ends=tuple(ends)))
        width = ends_width(ends, self._theme)
        if width != self._ends_width:
            self._ends_width = width
            self._place()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Events on the x axis."""
        self._put(replace(self._overlay, marks=tuple(marks)))

    def show_cursor(self, at: float | None) -> None:
        """A thin line at a value of x."""
        self._put(replace(self._overlay, cursor=at))

    def show_moment(self, at: float | None) -> None:
        """Where the time slider stands; None where it follows."""
        self._put(replace(self._overlay, moment=at))

    def _put(self, overlay: Overlay) -> None:
        """Through the scene, for a plot of which widget and items change is painted twice."""
        if overlay != self._overlay:
            self._overlay = overlay
            self._box.update()

    # Painting ------------------------------------------------------------------------------------

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """Draws axes and grid; Qt keeps the picture."""
        painter.fillRect(rect, self._theme.color("panel"))
        paint_ground(painter, self._ground, self._view, self._theme)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draws the cursor and the words."""
        paint_overlay(painter, self._overlay, self._ground, self._view, self._theme)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Gives the plot its place."""
        super().resizeEvent(event)
        if hasattr(self, "_box"):
            self._place()

    def _place(self) -> None:
        """Lays out margins anew, which depend on the words."""
        left = left_margin(self._ground, self._view, self._theme)
        top = HEADING if self._ground.heading else GAP
        right = max(EDGE, self._ends_width)
        foot = FOOT if self._ground.x.kind != "none" else GAP
        box = QRectF(left, top, self.width() - left - right, self.height() - top - foot)
        box.setWidth(max(24.0, box.width()))
        box.setHeight(max(24.0, box.height()))
        if box != self._view.box:
            self._view = replace(self._view, box=box)
            self._box.setGeometry(box)
        self._look(self._view.x, self._view.y, always=True)

    def _look(self, x: Range, y: Range, always: bool = False) -> None:
        if not always and (x, y) == (self._view.x, self._view.y):
            return
        self._view = replace(self._view, x=x, y=y)
        self._box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=False)
        self._box.updateMatrix()  # else the scene would be painted twice
        left = left_margin(self._ground, self._view, self._theme)
        if left != self._view.box.left() and not always:
            self._place()
        self.resetCachedContent()
        self._box.update()

    def _retint(self) -> None:
        self._place()

    # Hands ---------------------------------------------------------------------------------------

    def _choose(self, view: View) -> None:
        """A hand chose what is seen."""
        self.is_free = True
        self._look(
            view.x if "x" in self._axes else self._view.x,
            view.y if "y" in self._axes else self._view.y,
        )
        self.zoomed.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms along x; with Shift or Ctrl along y."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        aside = event.modifiers() & (
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        )
        if not self._axes or (aside and "y" not in self._axes):
            event.ignore()
            return
        factor = WHEEL**-turned
        self._choose(
            self._view.zoomed(event.position(), 1.0 if aside else factor, factor if aside else 1.0)
        )
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begins to zoom to a stretch, or with the middle button or Shift to move."""
        middle = event.button() is Qt.MouseButton.MiddleButton
        if event.button() is Qt.MouseButton.LeftButton or middle:
            self._pressed = event.position()
            self._pans = middle or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tells of the pointer; draws the stretch to zoom to."""
        at = event.position()
        if self._pressed is None:
            values = self._view.value_at(at)
            self.hovered.emit(values[0] if self._view.box.contains(at) else None)
            self.pointed.emit(values)
        elif self._pans:
            self._choose(self._view.moved(at - self._pressed))
            self._pressed = at
        elif self._axes:
            self._put(replace(self._overlay, rubber=self._stretch(at)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Zooms, or was a click."""
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._pans:
            return
        self._put(replace(self._overlay, rubber=None))
        moved = event.position() - pressed
        if max(abs(moved.x()), abs(moved.y())) < DRAGGED:
            self.clicked.emit(*self._view.value_at(event.position()))
        elif self._axes:
            self._pressed = pressed
            stretch = self._stretch(event.position())
            self._pressed = None
            tall = stretch.height() < self._view.box.height()
            wide = stretch.width() < self._view.box.width()
            self._choose(self._view.within(stretch, wide, tall))

    def _stretch(self, at: QPointF) -> QRectF:
        """From where the button went down to here; all of an axis along which it hardly moved."""
        box, start = self._view.box, self._pressed or at
        drawn = QRectF(start, at).normalized().intersected(box)
        if drawn.height() < LEAST_BOX or "y" not in self._axes:
            drawn.setTop(box.top())
            drawn.setBottom(box.bottom())
        elif drawn.width() < LEAST_BOX:
            drawn.setLeft(box.left())
            drawn.setRight(box.right())
        return drawn

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Shows everything."""
        self._pressed = None
        self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        self.hovered.emit(None)
        self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus zoom, arrows move, Home shows everything."""
        middle = self._view.box.center()
        zoom = {Qt.Key.Key_Plus: 0.8, Qt.Key.Key_Equal: 0.8, Qt.Key.Key_Minus: 1.25}
        move = {Qt.Key.Key_Left: STEP, Qt.Key.Key_Right: -STEP}
        if event.key() == Qt.Key.Key_Home:
            self.fit()
        elif event.key() in zoom and self._axes:
            self._choose(self._view.zoomed(middle, zoom[Qt.Key(event.key())], 1.0))
        elif event.key() in move and self._axes:
            self._choose(self._view.moved(QPointF(move[Qt.Key(event.key())], 0.0)))
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with a plot."""
        self.menu.open(event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        """Tells of an event of the run under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = mark_near(self._overlay, self._view, QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), words or self.toolTip(), self)
            return True
        return bool(super().viewportEvent(event))
