"""Two runs side by side: what an edit changed, and why, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autograd_tutor import notation
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching.experiments.model import Comparison, Row
from autograd_tutor.teaching.scene import Scene
from autograd_tutor.trace import Finished, Found, Node, Raised, Stopped, Trace

_REASONS = {
    "no_grad": "grad mode is off there",
    "detach": "detach() hands on the value without its history",
    "data": ".data hands on the value without its history",
    "inference_mode": "inference mode is on there",
    "frozen": "none of its inputs requires grad any more",
    "not differentiable": "its result has no gradient",
    "left torch": "the value left torch there",
}

_TARGET = "\0"
"""Stands for the target's name in words that may hold for several."""


def compare(before: Run, after: Run, targets: Sequence[str]) -> Comparison:
    """What changed from one run to the other, for `targets`, which both were asked for."""
    rows = tuple(_row(target, before.trace, after.trace) for target in targets)
    cut = _turned(before.trace, after.trace, was="function", now="ghost")
    restored = _turned(before.trace, after.trace, was="ghost", now="function")
    outcome = _outcome(before.trace, after.trace)
    sentences = [outcome] if outcome else []
    sentences += [_cut(node) for node in cut if node.reason != "downstream"]
    if downstream := [node for node in cut if node.reason == "downstream"]:
        sentences.append(_downstream(downstream))
    sentences += [_new_cut(node) for node in _new(before.trace, after.trace) if node not in cut]
    if restored:
        sentences.append(f"{_listed(restored)} {_is(restored)} recorded now.")
    sentences += _whys(rows, before, after)
    if not sentences and not any(row.changed for row in rows):
        sentences = ["Nothing that was asked for changed."]
    return Comparison(rows, outcome, tuple(one.id for one in cut), tuple(one.id for one in restored), tuple(sentences))


def _row(target: str, before: Trace, after: Trace) -> Row:
    one, other = before.find(target), after.find(target)
    return Row(target, shown(one), shown(other), not _same(one, other))


def shown(found: Found | None) -> str:
    """What a target was, for people: `−7.6613`, `None`, `no`."""
    if found is None or found.kind == "missing":
        return "not there"
    if found.kind == "flag":
        return "yes" if found.flag else "no"
    return found.text or "" if found.kind == "text" else notation.array(found.value)


def _same(one: Found | None, other: Found | None) -> bool:
    if one is None or other is None:
        return one is other
    # Compared as text too: nan is not equal to itself.
    return (one.kind, one.flag, one.text, repr(one.value)) == (other.kind, other.flag, other.text, repr(other.value))


def _outcome(before: Trace, after: Trace) -> str:
    one, other = before.outcome, after.outcome
    if isinstance(other, Stopped):
        return other.message
    if isinstance(other, Raised):
        where = f"Line {other.span.line}" if other.span else "The program"
        same = isinstance(one, Raised) and (one.type, one.message) == (other.type, other.message)
        return "" if same else f"{where} raises now: {other.type}: {_short(other.message)}"
    return "It runs to its end now." if not isinstance(one, Finished) else ""


def _short(message: str, longest: int = 140) -> str:
    message = " ".join(message.split())
    return message if len(message) <= longest else message[: longest - 1].rstrip() + "…"


def _turned(before: Trace, after: Trace, *, was: str, now: str) -> list[Node]:
    """The nodes of `after` of one kind whose operations were of the other kind before."""
    old = Counter(_text(node) for node in before.nodes if node.kind == was)
    kept = Counter(_text(node) for node in after.nodes if node.kind == was)
    found = []
    for node in after.nodes:
        key = _text(node)
        if node.kind == now and old[key] > kept[key]:
            old[key] -= 1
            found.append(node)
    return found


def _words(node: Node) -> str:
    return " ".join(node.text.split())


def _text(node: Node) -> str:
    return "".join(node.text.split()).replace(".detach()", "")


def _cut(node: Node) -> str:
    place = f" (line {node.span.line})" if node.span else ""
    return f"{_words(node)}{place} is not recorded now: {_REASONS.get(node.reason or '', 'it is cut off')}."


def _new(before: Trace, after: Trace) -> list[Node]:
    """The places where `after` is cut and `before` has no such operation, one for each text."""
    old = {_words(node) for node in before.nodes}
    cuts = {_words(node): node for node in reversed(after.nodes) if node.kind == "ghost" and node.reason in _REASONS}
    return [node for text, node in reversed(cuts.items()) if text not in old]


def _new_cut(node: Node) -> str:
    place = f" on line {node.span.line}" if node.span else ""
    return f"{_words(node)}{place} cuts the way back: {_REASONS[node.reason or '']}."


def _downstream(nodes: list[Node]) -> str:
    return f"{_listed(nodes)} {_is(nodes)} not recorded now: all that leads there is cut off."


def _listed(nodes: list[Node]) -> str:
    return _and([_words(node) for node in nodes])


def _and(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _is(nodes: list[Node]) -> str:
    return "is" if len(nodes) == 1 else "are"


def _whys(rows: Sequence[Row], before: Run, after: Run) -> list[str]:
    """Why targets changed or did not; what is true of several is said once. The values stand in the rows."""
    targets: dict[str, list[str]] = {}
    for row in rows:
        if why := _why(row, before, after):
            targets.setdefault(why.replace(row.target, _TARGET), []).append(row.target)
    told = []
    for why, names in targets.items():
        several = why.replace(f"{_TARGET} is ", f"{_TARGET} are ") if len(names) > 1 else why
        told.append(f"{_and(names)}: {several.replace(_TARGET, _and(names))}")
    return told


def _why(row: Row, before: Run, after: Run) -> str:
    """Why one target changed, or why it did not; empty where the values say all."""
    passes = [_added(Scene(run, row.target)) for run in (before, after)]
    more = len(passes[1]) > max(len(passes[0]), 1)
    if not row.changed:
        return f"{len(passes[1])} passes ran, but what was there was cleared in between." if more else ""
    one = after.whole.of(row.target)
    if row.after == "None" and one is not None and one.why:
        return one.why
    return f"{len(passes[1])} passes added to it: {_and(passes[1])}." if more else ""


def _added(scene: Scene) -> list[str]:
    """What each pass added to the target's .grad."""
    if scene.tensor is None:
        return []
    own = scene.tensor.id
    return [
        notation.array(leaf.added)
        for one in scene.trace.passes
        for leaf in one.leaves
        if leaf.tensor == own and leaf.added
    ]
