"""Networks that read, write and translate."""

from __future__ import annotations
