"""What is likely to go wrong with a drawing, its recipe and its data, and what went wrong in a run.

Each rule is one small function over a ``Case``; it gives its evidence, and a cure where there is one.
No torch: the window and the command line both ask here.
"""

from graph_engine.training.doctor.case import Case
from graph_engine.training.doctor.examination import ORDER, RULES, RUN_RULES, examine
from graph_engine.training.doctor.facts import DataFacts, facts_of
from graph_engine.training.doctor.finding import Cure, Finding, Rule

__all__ = [
    "ORDER",
    "RULES",
    "RUN_RULES",
    "Case",
    "Cure",
    "DataFacts",
    "Finding",
    "Rule",
    "examine",
    "facts_of",
]
