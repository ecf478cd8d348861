"""Which values a picture leaves out before the prediction: those asked for, and those that tell them.

Where a gradient is asked for, or a flag, what ran forward may be seen. Where a value is asked for, all that it is
computed from is for the learner to work out, but for the inputs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from autograd_tutor.trace import Operation, Record, Trace, tensor_operands

_ABOUT = re.compile(r"\.(grad|requires_grad|is_leaf|grad_fn|retains_grad|shape|dtype|ndim)\b")
"""What is asked about a tensor in the place of its value."""
_WORD = re.compile(r"[^\W\d]\w*")


class Hidden(Record, frozen=True):
    """What is not to be seen: ids in the trace. What is computed from it is not to be seen either."""

    tensors: frozenset[int] = frozenset()
    """Those asked for."""
    operations: frozenset[int] = frozenset()
    """Those that a value asked for was computed by, all the way back to the inputs."""


def hidden(trace: Trace, targets: Iterable[str], given: Mapping[int, str]) -> Hidden:
    """What the values of `targets` could be read from; `given` has the name that each tensor was given first."""
    asked = [target for target in targets if not _ABOUT.search(target)]
    words = {word for target in asked for word in (target, *_WORD.findall(target))}
    tensors = frozenset(one.id for one in trace.tensors if words & {*one.names, given.get(one.id, "")})
    if any(_left_torch(trace, target) for target in asked):
        return Hidden(tensors, frozenset(one.id for one in trace.operations))
    return Hidden(tensors, frozenset(_makers(trace, tensors)))


def _left_torch(trace: Trace, target: str) -> bool:
    """It is a plain number: what that was computed from is not recorded."""
    found = trace.find(target)
    return found is not None and found.value is not None and found.value.dtype == "python"


def _makers(trace: Trace, tensors: Collection[int]) -> Iterator[int]:
    """The operations that made these tensors what they are at the end, and those that made what these worked on.

    What torch worked out for a gradient is not followed back: that is the backward pass.
    """
    wanted = set(tensors)
    memory = {trace.tensors[tensor].storage for tensor in wanted}
    for operation in reversed(trace.operations):
        written = operation.in_place and any(trace.tensors[one].storage in memory for one in operation.outputs)
        if operation.pass_ is None and (written or wanted.intersection(operation.outputs)):
            yield operation.id
            used = {one.tensor for one in tensor_operands(operation.inputs) if one.tensor is not None}
            wanted |= used
            memory |= {trace.tensors[tensor].storage for tensor in used}


def stands_in_the_code(operation: Operation) -> bool:
    """A tensor of numbers that the program writes out."""
    try:
        ast.literal_eval(operation.inputs[0].text if operation.name == "tensor" else "")
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return False
    return True
