"""A wrong yes or no about requires_grad, is_leaf or retains_grad: the belief behind it, read off the trace."""

from __future__ import annotations

from autograd_tutor.teaching.model import Mistake, Reading
from autograd_tutor.teaching.scene import Scene, called, line
from autograd_tutor.trace import Node, Tensor


def mistaken(reading: Reading, scene: Scene) -> Mistake | None:
    """What a wrong answer about a flag leaves out; None where the trace does not know the tensor."""
    found = scene.found
    tensor = next((one for one in scene.trace.tensors if scene.name in one.names), None)
    if found is None or reading.flag is None or reading.flag == found.flag or tensor is None:
        return None
    flag = scene.target.rpartition(".")[2]
    told = _BELIEFS.get((flag, reading.flag))
    if told is None:
        return None
    tag, belief = told
    return Mistake(tag, "N", f"{belief.format(name=scene.name)} {_reason(flag, tensor, scene)}", certain=True)


def beside(reading: Reading, scene: Scene) -> tuple[Mistake, ...]:
    """D: of a wrong answer about requires_grad, what is believed of the cut, or of the operand, that decides it."""
    if reading.flag is not None and scene.raised is not None and scene.raised.type == "GradcheckError":
        words = "Did you compare exact slopes? gradcheck takes differences: how many digits does this dtype carry?"
        return (Mistake("exact-mathematics", "F", words),)
    tensor = next((one for one in scene.trace.tensors if scene.name in one.names), None)
    known = scene.found is not None and scene.found.kind == "flag" and scene.target.endswith(".requires_grad")
    if not known or reading.flag is None or tensor is None or tensor.operation is None:
        return ()
    cut = _cut(tensor, scene)
    if reading.flag and cut is not None:
        words = f"Did you let something tracked come through {scene.node(cut.id)}? Look at what is recorded there."
        return (Mistake("as-if-tracked", "D", words, nodes=(cut.id,)),)
    inputs = scene.trace.operations[tensor.operation].inputs
    plain = [one.tensor for one in inputs if one.tensor is not None and not one.requires_grad]
    if reading.flag or not plain:
        return ()
    other = called(scene.trace.tensors[plain[0]])
    words = f"Did you let {other} stop what the other operand brings? How many tracked operands does an operation need?"
    return (Mistake("whole-operation-cut", "D", words, nodes=() if tensor.node is None else (tensor.node,)),)


_BELIEFS = {
    ("requires_grad", True): ("tracked-for-untracked", "Yes would mean that autograd follows {name} back."),
    ("requires_grad", False): ("untracked-for-tracked", "No would mean that nothing behind {name} is tracked."),
    ("is_leaf", True): ("leaf-for-computed", "A leaf is a tensor that no recorded operation made."),
    ("is_leaf", False): ("computed-for-leaf", "No would mean that the graph holds an operation that made {name}."),
    ("retains_grad", True): ("retained-for-dropped", "Yes would mean that torch was asked to keep its gradient."),
    ("retains_grad", False): ("dropped-for-retained", "No would mean that its gradient is dropped."),
}


def _reason(flag: str, tensor: Tensor, scene: Scene) -> str:
    """Where to look."""
    made = line(tensor.span)
    if flag == "retains_grad":
        return f"Look for retain_grad(): is it called on {scene.name}, and when?"
    cut = _cut(tensor, scene)
    if cut is not None:
        return f"{scene.name} comes from {scene.node(cut.id)}: is that recorded?"
    if tensor.node is not None and not tensor.is_leaf:
        return f"It is made on {made}: is one of the operands there tracked?"
    if flag == "is_leaf" and not tensor.requires_grad:
        return "A tensor that does not require grad has no recorded history: what does torch call such a tensor?"
    return f"Look at {made}: is it made by an operation, and was torch asked to track it?"


def _cut(tensor: Tensor, scene: Scene) -> Node | None:
    """The operation that made it without being recorded."""
    if tensor.operation is None:
        return None
    nodes = (scene.trace.nodes[node] for node in scene.trace.operations[tensor.operation].nodes)
    return next((node for node in nodes if node.kind == "ghost"), None)
