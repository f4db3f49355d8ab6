"""Project files: what is in them, how they are written and read, and how work is recovered."""

from graph_engine.project.project import Project
from graph_engine.project.recovery import Recoverable, recoverable

__all__ = ["Project", "Recoverable", "recoverable"]
