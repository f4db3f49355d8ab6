"""Networks that make something: codes, images, samples."""

from __future__ import annotations
