"""A problem's repair, where a sensible one exists: a ready change, and what to call it.

A rule that refuses a tensor names the kind of its cure (``ShapeError.fix``); the rules here turn it
into a change and try it on the node at fault before they offer it, so that a repair cures its problem.
"""

from graph_engine.repairs.case import Repair
from graph_engine.repairs.rules import repair

__all__ = ["Repair", "repair"]
