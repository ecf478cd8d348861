"""torch without a private part that the recorder uses: programs get their traces, and what is lost is said."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch

TRANSFORM = """
import torch
x = torch.tensor([1.0, 2.0])
g = torch.func.grad(lambda t: (t ** 2).sum())(x)
"""
CHECKPOINT = """
import torch
from torch.utils.checkpoint import checkpoint
runs = []
w = torch.tensor(2.0, requires_grad=True)
def wave(t):
    runs.append(1)
    return (t * t).sin()
checkpoint(wave, w, use_reentrant=False).backward()
assert len(runs) == 2
"""
PLAIN = """
import torch
from torch import nn
layer = nn.Linear(2, 1)
y = layer(torch.ones(1, 2)).exp()
with torch.no_grad():
    held = y * 2
try:
    y.backward()
    y.backward()
except RuntimeError:
    y = y.detach()
"""
EXAMPLES = """
import torch
x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
y = torch.vmap(lambda t: (t ** 2).sum())(x)
g = torch.vmap(torch.func.grad(lambda t: (t ** 2).sum()))(x)
j = torch.func.jacrev(torch.sin)(x[0])
"""
PROGRAMS = (PLAIN, CHECKPOINT, TRANSFORM, EXAMPLES)

_FUNCTORCH = (
    *("get_interpreter_stack", "get_unwrapped", "is_batchedtensor", "is_functorch_wrapped_tensor"),
    *("maybe_get_bdim", "maybe_get_level"),
)
CONCERNED = {
    **{f"torch._C._functorch.{name}": (TRANSFORM, EXAMPLES) for name in _FUNCTORCH},
    "torch._C._functorch.peek_interpreter_stack": (),  # another does what it does
    "torch._C._DisableFuncTorch": (TRANSFORM, EXAMPLES),
    "torch._C.DisableTorchFunction": (EXAMPLES,),
    "torch._C._FunctionBase": (),  # then any node is taken for one of Python's
    "torch._C._autograd.SavedTensor.unpack_hook": (CHECKPOINT,),
}
"""Each part, and the programs of which something is lost without it."""
ALWAYS = None if hasattr(torch._C._autograd.SavedTensor, "unpack_hook") else CHECKPOINT
"""An older torch has not got that part anyway."""

CHILD = """
import json, os, sys
import torch

parts, programs = json.loads(sys.argv[1])
for program in programs:  # torch itself has got by now what it needs of them
    exec(program, {})
for part in parts:
    if os.fork() == 0:
        owner, _, name = part.rpartition(".")
        if hasattr(eval(owner), name):
            delattr(eval(owner), name)
        from autograd_tutor.recording.record import record
        from autograd_tutor.sandbox.protocol import Job

        for program in programs:
            trace = record(Job(program)).trace
            print(json.dumps([part, program, repr(trace.outcome), len(trace.passes), trace.notes]), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.battery
def test_without_a_private_part_of_torch_only_what_needs_it_is_lost_and_that_is_said():
    asked = json.dumps([list(CONCERNED), PROGRAMS])
    ran = subprocess.run([sys.executable, "-c", CHILD, asked], capture_output=True, text=True, check=True)
    found = {(part, program): rest for part, program, *rest in map(json.loads, ran.stdout.splitlines())}
    assert len(found) == len(CONCERNED) * len(PROGRAMS), ran.stderr
    for (part, program), (outcome, passes, notes) in found.items():
        assert outcome == "Finished()", part
        concerned = program in (*CONCERNED[part], ALWAYS)
        assert bool(notes) == concerned, (part, notes)
        assert passes == {PLAIN: 2, CHECKPOINT: 1}.get(program, passes), part
