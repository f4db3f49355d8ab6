"""Looking at the drawing: scrolling, zooming at a point, fitting, and the overview from far away."""

from __future__ import annotations

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QPointF,
    QRectF,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)  # fmt: skip
from PySide6.QtGui import (
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPixmapCache,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)  # fmt: skip
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsView, QStyle, QWidget

from app.canvas.finding import Bounding
from app.canvas.geometry import FAR, LEAST_ZOOM, MOST_ZOOM, snapped
from app.canvas.node_item import NodeItem
from app.canvas.scene import CanvasScene
from app.settings import ANIMATIONS, DRAG, SNAP, WHEEL
from app.theme import Theme

FARTHEST = 4_000_000.0
SETTLE, MOTION = 140, 120
CACHE_KIB = 96 * 1024
STEP = 1.25
DOTS, DOT = 24.0, 2.0
BORDER, EDGE = 48.0, 24
Cache = QGraphicsItem.CacheMode


class Viewport(QGraphicsView):
    """A view without scroll bars that zooms from 5 % to 400 %; ``looked`` when it shows another part."""

    looked = Signal()

    def __init__(self, canvas: CanvasScene, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self.canvas, self.theme = canvas, theme
        self.wheel_zooms, self.snaps, self.animated = False, True, True
        self.drag_pans = False
        self._dots: QPixmap | None = None
        self._direct: set[NodeItem] = set()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE)
        self._settle.timeout.connect(self.settle)
        self._flight = QVariantAnimation(self)
        self._flight.setDuration(MOTION)
        self._flight.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._flight.valueChanged.connect(self._fly)
        self._from = self._to = QRectF()
        QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), CACHE_KIB))
        self._set_up()
        theme.changed.connect(self._forget_dots)

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSceneRect(QRectF(-FARTHEST, -FARTHEST, 2 * FARTHEST, 2 * FARTHEST))
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self._scrolled)

    # Where ---------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """How large the drawing is shown; 1 is 100 %."""
        return self.transform().m11()

    @property
    def is_far(self) -> bool:
        """Whether the overview is shown."""
        return self.zoom < FAR

    def scene_point(self, point: QPointF) -> QPointF:
        """The place in the drawing at a place of the view, exactly."""
        return self.viewportTransform().inverted()[0].map(point)

    def seen(self) -> QRectF:
        """The part of the drawing that is in view."""
        return self.viewportTransform().inverted()[0].mapRect(QRectF(self.viewport().rect()))

    def scroll_by(self, dx: float, dy: float) -> None:
        """Moves the drawing by some pixels of the screen."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - round(dx))
        down.setValue(down.value() - round(dy))

    # Zoom ----------------------------------------------------------------------------------------

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Zooms; what is at a place of the view, or in its middle, stays there."""
        self.land()
        zoom = min(max(zoom, LEAST_ZOOM), MOST_ZOOM)
        if zoom == self.zoom:
            return
        anchor = at if at is not None else QPointF(self.viewport().rect().center())
        fixed = self.scene_point(anchor)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        now = self.viewportTransform().map(fixed)
        self.scroll_by(anchor.x() - now.x(), anchor.y() - now.y())
        self._paint_directly()
        self.looked.emit()

    def zoom_in(self) -> None:
        """One step nearer."""
        self.land()
        self.set_zoom(self.zoom * STEP)

    def zoom_out(self) -> None:
        """One step further away."""
        self.land()
        self.set_zoom(self.zoom / STEP)

    def zoom_reset(self) -> None:
        """100 %."""
        self.set_zoom(1.0)

    def zoom_to_fit(self) -> None:
        """Shows the whole drawing, at most at 100 %."""
        rect = self.canvas.drawing_rect()
        self.show_rect(rect if not rect.isNull() else QRectF(-200, -120, 400, 240))

    def show_rect(self, rect: QRectF, most: float = 1.0) -> None:
        """Shows a part of the drawing with room around it, at most ``most`` large."""
        size = self.viewport().size()
        wide, high = max(size.width() - 2 * BORDER, 50), max(size.height() - 2 * BORDER, 50)
        zoom = min(wide / max(rect.width(), 1), high / max(rect.height(), 1), most)
        zoom = min(max(zoom, LEAST_ZOOM), MOST_ZOOM)
        around = QRectF(0, 0, size.width() / zoom, size.height() / zoom)
        around.moveCenter(rect.center())
        self._flight.stop()
        self._from, self._to = self.seen(), around
        if self.motion() and self.isVisible():
            self._flight.setStartValue(0.0)
            self._flight.setEndValue(1.0)
            self._flight.start()
        else:
            self._fly(1.0)

    def zoom_to_selection(self) -> None:
        """Shows what is selected."""
        boxes = [self.canvas.nodes[n].sceneBoundingRect() for n in self.canvas.chosen]
        rect = QRectF()
        for box in boxes:
            rect |= box
        if boxes:
            self.show_rect(rect, most=1.5)

    def keep_in_view(self, name: str) -> None:
        """Scrolls just as far as it takes to show a node."""
        item = self.canvas.nodes.get(name)
        if item is None:
            return
        self.land()
        box = self.viewportTransform().mapRect(item.sceneBoundingRect())
        area = QRectF(self.viewport().rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)
        dx = min(area.right() - box.right(), 0.0) or max(area.left() - box.left(), 0.0)
        dy = min(area.bottom() - box.bottom(), 0.0) or max(area.top() - box.top(), 0.0)
        self.scroll_by(dx, dy + self._past(self.covered(), box.translated(dx, dy), area))

    def covered(self) -> QRectF:
        """The part of the view that something lies over."""
        return QRectF()

    def _past(self, cover: QRectF, box: QRectF, area: QRectF) -> float:
        """How far up a box has to go to come out of its cover, if it stays in the area then."""
        if not cover.intersects(box):
            return 0.0
        up = cover.top() - EDGE / 2 - box.bottom()
        return up if box.top() + up >= area.top() else 0.0

    def look_at(self, name: str, least: float = 0.8) -> None:
        """Puts a node into the middle, near enough to read."""
        item = self.canvas.nodes.get(name)
        if item is None:
            return
        self.land()
        self.show_place(item.sceneBoundingRect().center(), max(self.zoom, least))

    def show_place(self, center: QPointF, zoom: float) -> None:
        """Puts a place of the drawing into the middle, at that zoom."""
        size = self.viewport().size()
        wide, high = max(size.width() - 2 * BORDER, 50), max(size.height() - 2 * BORDER, 50)
        around = QRectF(0, 0, wide / zoom, high / zoom)
        around.moveCenter(center)
        self.show_rect(around, most=zoom)

    def refresh_far(self, _: object = None) -> None:
        """From far away there are no items that ask to be painted again."""
        if self.is_far or not self.canvas.nodes:
            self.viewport().update()

    def land(self) -> None:
        """Ends a motion at once, where it was going."""
        if self._flight.state() is QVariantAnimation.State.Running:
            self._flight.stop()
            self._fly(1.0)

    def motion(self) -> bool:
        """Whether the system and the person let things move by themselves."""
        return (
            self.animated
            and self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0
        )

    def _fly(self, part: float) -> None:
        a, b = self._from, self._to
        width = a.width() + (b.width() - a.width()) * part
        center = a.center() + (b.center() - a.center()) * part
        zoom = min(max(self.viewport().width() / max(width, 1.0), LEAST_ZOOM), MOST_ZOOM)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        now = self.viewportTransform().map(center)
        middle = QRectF(self.viewport().rect()).center()
        self.scroll_by(middle.x() - now.x(), middle.y() - now.y())
        self._paint_directly()
        self.looked.emit()

    # Pictures of nodes ---------------------------------------------------------------------------

    def _paint_directly(self) -> None:
        """While the zoom changes, keeping pictures of nodes would cost more than drawing them."""
        self._dots = None
        if not self.is_far:
            for item in self.canvas.items(self.seen(), Bounding):
                if isinstance(item, NodeItem) and item not in self._direct:
                    item.setCacheMode(Cache.NoCache)
                    self._direct.add(item)
        self._settle.start()

    def settle(self) -> None:
        """Keeps pictures of nodes again."""
        self._settle.stop()
        for item in self._direct:
            if self.canvas.nodes.get(item.name) is item:
                item.setCacheMode(Cache.DeviceCoordinateCache)
        self._direct.clear()

    # Events --------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls; with Ctrl or ⌘, zooms at the pointer. A wheel does it the other way round where the
        person prefers that; two fingers always scroll."""
        self.land()
        turned = event.angleDelta()
        by_fingers = not event.pixelDelta().isNull()
        with_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if with_control != (self.wheel_zooms and not by_fingers):
            self.set_zoom(self.zoom * 1.0015 ** turned.y(), event.position())
        elif by_fingers:
            self.scroll_by(event.pixelDelta().x(), event.pixelDelta().y())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not turned.x():
            self.scroll_by(turned.y() / 2, 0)
        else:
            self.scroll_by(turned.x() / 2, turned.y() / 2)
        event.accept()

    def prefer(self, key: str, value: object) -> None:
        """Takes one of the person's preferences into account, as soon as it is chosen."""
        if key == WHEEL.key:
            self.wheel_zooms = value == "zoom"
        elif key == DRAG.key:
            self.drag_pans = value == "pan"
        elif key == ANIMATIONS.key:
            self.animated = bool(value)
        elif key == SNAP.key:
            self.snaps = bool(value)

    def snapped(self, value: float) -> float:
        """The nearest line of the grid, or the value itself where nothing is to snap."""
        return snapped(value) if self.snaps else value

    def viewportEvent(self, event: QEvent) -> bool:
        """Zooms with two fingers where the system tells of that."""
        zooms = Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() is zooms:
            self.set_zoom(self.zoom * (1.0 + event.value()), event.position())
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The dots fill the view again."""
        super().resizeEvent(event)
        self._dots = None
        self.looked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The items, or from far away the overview."""
        if not self.is_far:
            super().paintEvent(event)
            return
        painter = QPainter(self.viewport())
        try:
            painter.fillRect(event.rect(), self.theme.color("canvas"))
            painter.setWorldTransform(self.viewportTransform())
            self._paint_overview(painter)
        finally:
            painter.end()

    def _paint_overview(self, painter: QPainter) -> None:
        canvas = self.canvas
        frames = {
            key: (item.sceneBoundingRect(), getattr(item.row, "title", ""))
            for (_, key), item in canvas.annotations.items()
        }
        marked = canvas.chosen | canvas.found
        canvas.overview.paint(painter, self.zoom, marked, canvas.wrong, frames)
        canvas.paint_sketches(painter)

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        """The canvas with its dots: one row of them is painted for each zoom, and repeated downwards."""
        world = self.viewportTransform()
        area = world.mapRect(rect) if isinstance(rect, QRectF) else QRectF(self.viewport().rect())
        painter.setWorldTransform(QTransform())
        painter.fillRect(area, self.theme.color("canvas"))
        if self._dots is None:
            self._dots = self._paint_dots()
        step, origin = self._dot_step(), world.map(QPointF())
        left, y = round(origin.x() % step - step), origin.y() % step - step
        while y < area.bottom():
            if y > area.top() - DOT:
                painter.drawPixmap(left, round(y), self._dots)
            y += step
        painter.setWorldTransform(world)

    def _dot_step(self) -> float:
        step = DOTS * self.zoom
        while step < 14:
            step *= 2
        return step

    def _paint_dots(self) -> QPixmap:
        step, ratio = self._dot_step(), self.devicePixelRatioF()
        wide = self.viewport().width() + 2 * step
        row = QPixmap(round(wide * ratio), round(DOT * ratio))
        row.setDevicePixelRatio(ratio)
        row.fill(self.theme.color("canvas"))
        painter = QPainter(row)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("dots"))
        count = int(wide / step) + 1
        painter.drawRects([QRectF(round(x * step), 0, DOT, DOT) for x in range(count)])
        painter.end()
        return row

    def _forget_dots(self) -> None:
        self._dots = None
        self.viewport().update()

    def _scrolled(self) -> None:
        self.looked.emit()
