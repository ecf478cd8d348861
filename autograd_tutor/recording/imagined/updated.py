"""Slips in the gradient that a target was made from: a weight after one update, what an optimizer keeps."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch

from autograd_tutor.recording.aims import close
from autograd_tutor.recording.imagined.case import Guess, Guesses
from autograd_tutor.recording.imagined.sources import Reruns
from autograd_tutor.recording.tape import Recording
from autograd_tutor.trace import Found


def weight(recording: Recording, target: str, truth: torch.Tensor, reruns: Reruns, guesses: Guesses) -> Iterator[Guess]:
    """A weight after one update, or what an optimizer keeps, where it goes with the gradient: after a slip in that."""
    name = _weight(target)
    passes = [one for one in recording.tape.backwards if one.kind == "backward"]
    if name is None or len(passes) != 1:
        return
    again = reruns.recording(recording.trace.source, f"{name}.grad")
    slope = again.trace.find(f"{name}.grad")
    true = None if slope is None else reruns.value(recording.trace.source, f"{name}.grad")
    first = _start(recording, recording.trace.find(target), truth)
    if true is None or true.shape != truth.shape or not bool(true.all()):
        return
    ratio = (truth - first) / true
    if not close(ratio, ratio.mean().expand_as(ratio), 1e-3):
        return
    for guess in guesses(again, f"{name}.grad"):
        if (
            guess.value is not None
            and guess.value.shape == truth.shape
            and guess.tag not in ("update-step", "new-value")
        ):
            yield Guess(guess.tag, first + ratio * guess.value, guess.nodes, guess.edges, guess.detail)


def _weight(target: str) -> str | None:
    """`w` for `w`, and for `opt.state[w]['exp_avg']`."""
    tree = ast.parse(target, mode="eval").body
    if isinstance(tree, ast.Subscript) and isinstance(tree.value, ast.Subscript):
        tree = tree.value.slice
    return tree.id if isinstance(tree, ast.Name) else None


def _start(recording: Recording, found: Found | None, truth: torch.Tensor) -> torch.Tensor:
    """What the target held at first; 0 for what an optimizer keeps."""
    first = None if found is None or found.tensor is None else recording.tape.leaves.get(found.tensor)
    return first if first is not None and first.shape == truth.shape else torch.zeros_like(truth)
