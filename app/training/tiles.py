"""Many small pictures as one: where each stands in a grid, and the pixels of all of them. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAP = 2
"""Pixels between two tiles that are magnified; one between others."""

COARSE = 4
"""Pixels an entry from which a picture may be stretched a little; smaller ones are shrunk to fit."""

LARGEST_SCALE = 48


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry of a tile."""

    tile: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Grid:
    """``count`` tiles of ``high`` × ``wide`` entries, each entry ``tall`` × ``broad`` pixels."""

    count: int
    columns: int
    high: int
    wide: int
    tall: int = 1
    broad: int = 1
    gap: int = GAP

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return -(-self.count // max(1, self.columns))

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.rows * (self.high * self.tall + self.gap) - self.gap

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.columns * (self.wide * self.broad + self.gap) - self.gap

    def place(self, tile: int) -> tuple[int, int, int, int]:
        """Left, top, width and height of a tile in pixels."""
        row, column = divmod(tile, self.columns)
        wide, high = self.wide * self.broad, self.high * self.tall
        return column * (wide + self.gap), row * (high + self.gap), wide, high

    def at(self, x: float, y: float) -> Hit | None:
        """The entry at a pixel; None between tiles and beyond them."""
        wide, high = self.wide * self.broad, self.high * self.tall
        column, across = divmod(x, wide + self.gap)
        row, down = divmod(y, high + self.gap)
        tile = int(row) * self.columns + int(column)
        inside = 0 <= column < self.columns and row >= 0 and across < wide and down < high
        if not inside or tile >= self.count:
            return None
        return Hit(tile, int(down // self.tall), int(across // self.broad))


def arranged(
    shape: tuple[int, int, int],
    room: tuple[float, float],
    columns: int = 0,
    stretches: bool = False,
) -> Grid:
    """The grid of tiles (count, height, width) that fills a room of width × height pixels best.

    ``columns`` fixes how many stand side by side. Where it ``stretches``, entries need not be square.
    Where there is no room for a pixel an entry, the grid is larger than the room.
    """
    count, high, wide = (max(1, each) for each in shape)
    tried = np.arange(1, count + 1) if not columns else np.array([columns])
    rows = -(-count // tried)
    broad = (room[0] - GAP * (tried - 1)) / (tried * wide)
    tall = (room[1] - GAP * (rows - 1)) / (rows * high)
    best = int(np.argmax(np.minimum(broad, tall) if not stretches else broad.clip(0, 4 * tall)))
    scale = (tall[best], broad[best]) if stretches else (min(tall[best], broad[best]),) * 2
    down, across = (int(np.clip(_whole(each), 1, LARGEST_SCALE)) for each in scale)
    if stretches:
        across = max(1, int(min(broad[best], 4 * LARGEST_SCALE)))
    gap = GAP if min(down, across) > 1 or stretches else 1
    return Grid(count, int(tried[best]), high, wide, down, across, gap)


def _whole(scale: float) -> int:
    return int(scale) if scale >= COARSE else int(np.ceil(scale))


def composed(
    tiles: NDArray[np.uint8 | np.uint32],
    grid: Grid,
    colors: NDArray[np.uint32],
    ground: int,
) -> NDArray[np.uint32]:
    """The pixels of the whole grid; ``colors`` has one for each of 256 values. Tiles of whole pixels are
    drawn in their own."""
    painted = tiles if tiles.dtype == np.uint32 else np.take(colors, tiles)
    if grid.tall > 1:
        painted = np.repeat(painted, grid.tall, axis=1)
    if grid.broad > 1:
        painted = np.repeat(painted, grid.broad, axis=2)
    _, high, wide = painted.shape
    whole = np.full((grid.rows, high + grid.gap, grid.columns, wide + grid.gap), ground, np.uint32)
    full = len(painted) // grid.columns
    whole[:full, :high, :, :wide] = (
        painted[: full * grid.columns].reshape(full, grid.columns, high, wide).transpose(0, 2, 1, 3)
    )
    for column, tile in enumerate(painted[full * grid.columns :]):
        whole[full, :high, column, :wide] = tile
    flat = whole.reshape(grid.rows * (high + grid.gap), grid.columns * (wide + grid.gap))
    return np.ascontiguousarray(flat[: grid.height, : grid.width])
