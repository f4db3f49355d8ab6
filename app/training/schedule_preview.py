"""The learning rate over the whole run, drawn from the recipe before anything is trained."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import Theme
from app.training.scales import plain
from graph_engine.training.recipe import Recipe
from graph_engine.training.schedule import learning_rate, moves_each_step

NOMINAL = 100
"""Updates in an epoch where nothing is known of the data yet."""

MOST = 400
"""Points of the curve."""


class SchedulePreview(QWidget):
    """A small plot; the pointer reads it. ``steps_per_epoch`` is 0 while it is not known."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._recipe = Recipe()
        self._steps_per_epoch = 0
        self._points: list[tuple[float, float]] = []
        self._pointer: float | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Learning rate over the run")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, 96)

    @property
    def points(self) -> list[tuple[float, float]]:
        """What is drawn: epochs and rates."""
        return self._points

    def show_recipe(self, recipe: Recipe) -> None:
        """Draws the rate of a recipe."""
        self._recipe = recipe
        self._compute()

    def show_steps(self, steps_per_epoch: int) -> None:
        """Says how many updates an epoch has."""
        if steps_per_epoch != self._steps_per_epoch:
            self._steps_per_epoch = steps_per_epoch
            self._compute()

    def _compute(self) -> None:
        recipe = self._recipe
        per_epoch = (self._steps_per_epoch or NOMINAL) if moves_each_step(recipe) else 1
        length = recipe.epochs * per_epoch
        rate = learning_rate(recipe, length)
        each = max(1, length // MOST)
        self._points = [(n / per_epoch, rate(n)) for n in range(0, length, each)]
        if per_epoch == 1 and self._points:
            self._points.append((recipe.epochs, self._points[-1][1]))
        last = self._points[-1][1]
        self.setAccessibleDescription(f"from {plain(self._points[0][1], 3)} to {plain(last, 3)}")
        self.update()

    # Painting ------------------------------------------------------------------------------------

    def _place(self) -> QRectF:
        return QRectF(10, 14, self.width() - 34, self.height() - 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.mono(10))
        place = self._place()
        known = [rate for _, rate in self._points if math.isfinite(rate)]
        top = max(known, default=0.0) or 1.0
        painter.setPen(self._theme.color("border"))
        painter.drawLine(place.bottomLeft(), place.bottomRight())
        painter.drawLine(place.topLeft(), place.topRight())
        painter.setPen(self._theme.color("second"))
        left = Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(place.left(), 0, place.width(), 13), left, plain(top, 3))
        self._write_below(painter, place)
        painter.setPen(QPen(self._theme.color("accent"), 1.5))
        painter.drawPolyline(self._line(place, top))
        if self._pointer is not None:
            self._paint_pointer(painter, place, top)
        painter.end()

    def _write_below(self, painter: QPainter, place: QRectF) -> None:
        below = QRectF(place.left(), place.bottom() + 2, place.width(), 14)
        epochs = self._recipe.epochs
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{epochs} epoch{'s' * (epochs != 1)}")
        told = ""
        scheduler = self._recipe.scheduler
        if scheduler is not None and scheduler.name == "ReduceLROnPlateau":
            told = "falls on plateaus"
        elif moves_each_step(self._recipe) and not self._steps_per_epoch:
            told = f"{NOMINAL} steps an epoch assumed"
        if QFontMetrics(painter.font()).horizontalAdvance(told) < place.width() - 80:
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, told)

    def _line(self, place: QRectF, top: float) -> QPolygonF:
        points = []
        stairs = not moves_each_step(self._recipe)
        before: float | None = None
        for epoch, rate in self._points:
            if not math.isfinite(rate):
                break
            if stairs and before is not None:
                points.append(self._at(place, top, epoch, before))
            points.append(self._at(place, top, epoch, rate))
            before = rate
        return QPolygonF(points)

    def _at(self, place: QRectF, top: float, epoch: float, rate: float) -> QPointF:
        x = place.left() + place.width() * epoch / max(1, self._recipe.epochs)
        return QPointF(x, place.bottom() - place.height() * rate / top)

    def _paint_pointer(self, painter: QPainter, place: QRectF, top: float) -> None:
        assert self._pointer is not None
        share = (self._pointer - place.left()) / max(1.0, place.width())
        wanted = share * self._recipe.epochs
        epoch, rate = min(self._points, key=lambda point: abs(point[0] - wanted))
        if not math.isfinite(rate):
            return
        at = self._at(place, top, epoch, rate)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        painter.drawEllipse(at, 3, 3)
        painter.setPen(self._theme.color("text"))
        text = f"{plain(rate, 3)} at {epoch:.1f}"
        painter.drawText(
            QRectF(place.left(), 0, place.width(), 13), Qt.AlignmentFlag.AlignRight, text
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position().x()
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._pointer = None
        self.update()
