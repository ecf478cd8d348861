"""Why no gradient comes, as questions that are answered with yes or no."""

from __future__ import annotations

from autograd_tutor.teaching.apart.model import Piece
from autograd_tutor.teaching.kinds import failure
from autograd_tutor.teaching.scene import Scene, line
from autograd_tutor.trace import Node, Operation, Span

_ABSENT: dict[str, tuple[str, bool, str]] = {
    "no requires_grad": (
        "Does {name} require grad?",
        False,
        "Look at {made}: is torch asked to track it?",
    ),
    "not a leaf": (
        "Is {name} a leaf: made as it is, and not computed from something that requires grad?",
        False,
        "Look at {made}: what is {name} made from?",
    ),
    "retained late": (
        "Does {name}.retain_grad() come before the backward() that would fill {target}?",
        False,
        "Look at the order of the lines.",
    ),
    "no backward": ("Does any line run a backward pass to its end?", False, "Go through the lines one by one."),
    "unused": (
        "Is {root} made from {name}, directly or by way of others?",
        False,
        "Follow the arrows back from {root}.",
    ),
    "nothing arrived": (
        "Does every operation between {root} and {name} pass something on?",
        False,
        "Follow the arrows back from {root}.",
    ),
    "required late": (
        "Did {name} require grad already when it was used?",
        False,
        "Look at the order of the lines.",
    ),
    "frozen later": (
        "Does {name} still require grad when backward() runs?",
        False,
        "Look at what becomes of it in between.",
    ),
    "cleared": (
        "Does a line after backward() empty {target}?",
        True,
        "Look at the lines after backward(), one by one.",
    ),
    "grad returned": (
        "Does a call that returns the gradient put it into .grad as well?",
        False,
        "Where does its result go, and who gets it?",
    ),
    "left out": ("Does the call that works gradients out name {name}?", False, "Look at its inputs."),
    "backward raised": ("Does the backward() that would fill {target} get to its end?", False, "Look at that call."),
}
"""By the reason that `.grad` is None: the question, its answer, and where to look."""

_RAISED: dict[str, tuple[str, bool]] = {
    "untracked root": ("Is there a graph behind {root} for {where} to walk?", False),
    "not scalar": ("Has {root} one element only, so that {where} has one number to start from?", False),
    "graph freed": ("Is what {where} needs still there after the pass before?", False),
    "modified in place": ("When {where} runs, are the values that the graph saved still what they were?", False),
    "no derivative": ("Does torch know a slope for every operation that {where} comes by?", False),
    "unused input": ("Does what {where} asks for appear in the graph of {root}?", False),
}
"""By the kind of error of a backward call."""

_RECORDED = {
    "no_grad": "Is grad mode on when that line runs?",
    "detach": "What does detach() hand on: the value alone, or its history too?",
    "data": "What does .data hand on: the value alone, or its history too?",
    "inference_mode": "In which mode does that line run?",
    "frozen": "Does what it works on require grad at that moment?",
    "not differentiable": "Does its result move a little when its input moves a little?",
    "left torch": "Is what comes out still a tensor that knows where it came from?",
}


_NOTHING = "Which line would have put something there, and did it?"


def facts(scene: Scene) -> list[Piece]:
    """What to ask about a `.grad` that is None, and about a program that raises; nothing if all is well."""
    value = scene.found.value if scene.found is not None else None
    found = [] if value is not None and scene.raised is None else _recorded(scene)
    if value is None:
        found += _absent(scene) if scene.raised is None else []
        if not found and scene.raised is None:
            return []
        asks = f"What does {scene.target} hold at the end?"
        found.append(Piece("grad", None, scene.target, asked=True, question=asks, reason=_NOTHING))
    return [*found, _raised(scene)] if scene.raised is not None else found


def _absent(scene: Scene) -> list[Piece]:
    tensor = scene.tensor
    known = _ABSENT.get(tensor.absent or "") if tensor is not None else None
    if tensor is None or known is None:
        return []
    question, answer, nudge = known
    places = {"name": scene.name, "target": scene.target, "root": scene.root, "made": line(tensor.span)}
    return [_fact(question.format_map(places), answer, nudge.format_map(places), tensor.span, tensor.node)]


def _fact(question: str, answer: bool, nudge: str, span: Span | None, node: int | None) -> Piece:
    return Piece("fact", answer, question, asked=True, question=question, reason=nudge, node=node, span=span)


def _raised(scene: Scene) -> Piece:
    """Whether the line that raises gets through."""
    raised, last = scene.raised, scene.last
    assert raised is not None
    where = line(raised.span)
    kind = last.error_kind if raised.pass_ is not None and last is not None else None
    question, answer = _RAISED.get(kind or "", ("Does torch let {where} through?", False))
    return _fact(question.format(root=scene.root, where=where), answer, failure(scene), raised.span, None)


def _recorded(scene: Scene) -> list[Piece]:
    """Whether torch records the line where the graph is cut, and those beside it."""
    cut = _cut(scene)
    made = [one for one in scene.trace.operations if one.nodes and one.span is not None and one.pass_ is None]
    at = next((at for at, one in enumerate(made) if cut is not None and one.id == cut.operation), None)
    if at is None:
        return []
    beside = made[max(at - 1, 0) : at + 2]
    return [_is_recorded(scene, one) for one in beside]


def _cut(scene: Scene) -> Node | None:
    """The ghost where the graph was cut on the way to the target, or the one that an error goes back to."""
    nodes = scene.trace.nodes
    ghost = nodes[scene.tensor.cut] if scene.tensor is not None and scene.tensor.cut is not None else None
    if ghost is None and scene.raised is not None and scene.raised.pass_ is not None and scene.last is not None:
        culprit = scene.last.culprit
        ghost = next((one for one in nodes if one.kind == "ghost" and one.span == culprit), None)
    return nodes[ghost.cut] if ghost is not None and ghost.cut is not None else ghost


def _is_recorded(scene: Scene, one: Operation) -> Piece:
    node = scene.trace.nodes[one.nodes[-1]]
    text = " ".join(one.text.split())
    cause = scene.trace.nodes[node.cut] if node.cut is not None else node
    nudge = _RECORDED.get(cause.reason or "", "Is grad mode on there, and does something that it uses require grad?")
    return _fact(
        f"Does torch record {text} on {line(one.span)} in the graph?",
        node.kind == "function",
        nudge,
        one.span,
        node.id,
    )
