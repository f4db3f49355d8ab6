"""Every kind of source, so that ``SOURCES`` is complete once this is imported."""

from __future__ import annotations

from graph_engine.data.builtin import Builtin
from graph_engine.data.csv_file import Csv
from graph_engine.data.generated import Generated
from graph_engine.data.image_folder import ImageFolder
from graph_engine.data.npz_file import Npz
from graph_engine.data.source import SOURCES, Source
from graph_engine.data.text import Text
from graph_engine.data.time_series import TimeSeries

__all__ = [
    "SOURCES",
    "Builtin",
    "Csv",
    "Generated",
    "ImageFolder",
    "Npz",
    "Source",
    "Text",
    "TimeSeries",
]
