"""Every kind of source, so that ``SOURCES`` is complete once this is imported."""

from __future__ import annotations

from graph_engine.data.builtin import Builtin
from graph_engine.data.csv_file import Csv
from graph_engine.data.image_folder import ImageFolder
from graph_engine.data.npz_file import Npz
from graph_engine.data.source import SOURCES, Source

__all__ = ["SOURCES", "Builtin", "Csv", "ImageFolder", "Npz", "Source"]
