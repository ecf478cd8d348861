"""Experiments: edits of a program that change one thing, what is possible here, and what an edit changed.

Every edit is a pure function of the source and its trace, keeps the formatting, and leaves valid Python.
"""

from autograd_tutor.teaching.experiments.compare import compare
from autograd_tutor.teaching.experiments.model import Comparison, Offer
from autograd_tutor.teaching.experiments.numbers import inputs
from autograd_tutor.teaching.experiments.offers import apply, change, offers, own

__all__ = ["Comparison", "Offer", "apply", "change", "compare", "inputs", "offers", "own"]
