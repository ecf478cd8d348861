"""Runs programs with no gate at all and tells which got hold of something.

Reads a JSON list of programs from standard input, writes a JSON list: what each got, or why it got nothing.
"""

import builtins
import io
import json
import math
import os
import sys
import types
import warnings

import torch
import torch.utils.checkpoint
import torch.utils.data

POWERS = [getattr(builtins, name) for name in ("eval", "exec", "open", "compile", "getattr", "__import__")]
POWERS += [object, type, os.system]
KINDS = (types.ModuleType, types.FrameType, types.CodeType, io.IOBase)


def loot(got: object) -> str | None:
    """What `got` is, if it is a way to everything."""
    if isinstance(got, KINDS) or any(got is one for one in POWERS):
        return repr(type(got))
    if isinstance(got, dict) and ("__builtins__" in got or "__import__" in got or "__name__" in got):
        return "a namespace"
    if isinstance(got, list) and got and all(isinstance(one, type | types.ModuleType) for one in got):
        return "classes or modules"
    return "text" if isinstance(got, str) and "root:" in got else None


def attempt(program: str) -> str:
    """Run one program and say what came of it."""
    space = {"torch": torch, "math": math, "nn": torch.nn, "F": torch.nn.functional, "__name__": "__main__"}
    problem = None
    try:
        exec(compile(program, "<program>", "exec"), space)
    except BaseException as error:
        problem = error
    return loot(space.get("got")) or f"nothing: {problem!r} {space.get('got')!r:.80}"


def main() -> None:
    """One after the other, in this process: what they change of torch hurts none of the others."""
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, io.StringIO()
    json.dump([attempt(program) for program in json.load(sys.stdin)], answers)


if __name__ == "__main__":
    main()
