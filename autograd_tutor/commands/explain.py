"""`explain FILE`: run a program, explain its graph and gradients."""

from __future__ import annotations

import argparse

from msgspec.structs import replace

from autograd_tutor.commands.common import Refusal, print_json, read_program, say
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Run


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("file", metavar="FILE", help="a Python program that uses torch; - for standard input")
    parser.add_argument(
        "--wrt",
        metavar="NAME",
        action="append",
        default=[],
        help="what to explain: x.grad, or any name, as g of g = autograd.grad(…) or J of J = jacrev(f)(x); may repeat "
        "(default: every named leaf that requires grad, and such results where no .grad is filled)",
    )
    parser.add_argument(
        "--confined",
        action="store_true",
        help="run it as a class's edited code: through the gate, under the kernel's confinement, apart from its folder",
    )
    parser.add_argument("--no-gate", action="store_true", help="with --confined: the kernel's confinement alone")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON document")
    form.add_argument("--markdown", action="store_true", help="Markdown")
    form.add_argument("--svg", action="store_true", help="the graph as an SVG picture")


def run(given: argparse.Namespace) -> int:
    """Run the program and print its explanation; a program that raised or was stopped is explained as well."""
    if given.no_gate and not given.confined:
        raise Refusal("--no-gate leaves the gate out of --confined: give both, or neither.")
    source, filename = read_program(given.file)
    for target in given.wrt:
        require_expression(target, "--wrt")
    with Sandbox() as sandbox:
        targets = tuple(dict.fromkeys(target for name in given.wrt for target in _meant(name)))
        job = Job(source, filename=filename, targets=targets, imagine=False)
        if given.confined:
            job = replace(job, filename=None, confined=True, gated=not given.no_gate)
        result = sandbox.run(job)
    print_as(given, _asked(result) if given.wrt else result)
    return 0


def _meant(name: str) -> tuple[str, ...]:
    """`--wrt x` may mean x.grad or x itself; which, is known after the run."""
    return (name, f"{name}.grad") if name.isidentifier() else (name,)


def _asked(result: Run) -> Run:
    """Of `x` and `x.grad`, the gradient if x is a leaf that requires grad, else x.

    A warning without a place came from reading a `.grad` afterwards: it goes where none is asked for.
    """
    trace = result.trace
    kinds = {found.target: found for found in trace.found}

    def is_leaf(name: str) -> bool:
        found = kinds.get(name)
        tensor = trace.tensors[found.tensor] if found and found.tensor is not None else None
        return tensor is not None and tensor.is_leaf and tensor.requires_grad

    def kept(target: str) -> bool:
        name = target.removesuffix(".grad")
        if not name.isidentifier() or name not in kinds or f"{name}.grad" not in kinds:
            return True
        return is_leaf(name) == target.endswith(".grad")

    found = tuple(found for found in trace.found if kept(found.target))
    grads = any(one.is_grad for one in found)
    events = tuple(event for event in trace.events if grads or event.kind != "warning" or event.span is not None)
    return replace(
        result,
        trace=replace(trace, found=found, events=events),
        explanation=result.explanation
        and replace(result.explanation, targets=tuple(one for one in result.explanation.targets if kept(one.target))),
    )


def print_as(given: argparse.Namespace, result: Run) -> None:
    """Print a run in the form that the options name."""
    if given.json:
        from autograd_tutor.commands.document import document

        print_json(document(result))
    elif given.svg:
        from autograd_tutor.drawing.svg import svg

        print(svg(result.trace))
    else:
        from autograd_tutor.commands.account import account
        from autograd_tutor.commands.page import WIDTH, columns

        say(account(result, markdown=given.markdown, width=WIDTH if given.markdown else columns()), end="")


def require_expression(target: str, option: str) -> None:
    """Refuse a target that Python cannot read.

    Raises:
        Refusal: it is not an expression.
    """
    import ast

    try:
        ast.parse(target.strip(), mode="eval")
    except (SyntaxError, ValueError):
        raise Refusal(
            f"{option} {target!r} is not an expression: give one such as x.grad or y.requires_grad."
        ) from None
