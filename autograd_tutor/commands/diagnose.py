"""`diagnose FILE --target x.grad --answer TEXT`: judge an answer to a program and name the mistake."""

from __future__ import annotations

import argparse

from msgspec import to_builtins

from autograd_tutor.commands.common import Refusal, print_json, read_program, say
from autograd_tutor.commands.explain import require_expression
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.teaching.grading import judge, truth
from autograd_tutor.teaching.model import Judgement
from autograd_tutor.trace import Finished, Stopped

EXIT = {"right": 0, "partly": 1, "wrong": 1, "invalid": 2}


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("file", metavar="FILE", help="a Python program that uses torch; - for standard input")
    parser.add_argument("--target", required=True, metavar="EXPRESSION", help="what was asked: x.grad")
    parser.add_argument(
        "--answer", required=True, metavar="TEXT", help="a number, a list, a formula, None, nan, inf, raises"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(given: argparse.Namespace) -> int:
    """Run the program, judge the answer, print the verdict and the mistakes that give just this answer."""
    source, filename = read_program(given.file)
    target = given.target.strip()
    require_expression(target, "--target")
    with Sandbox() as sandbox:
        result = sandbox.run(Job(source, filename=filename, targets=(target,)))
    _require_truth(result, target)
    judgement = judge(given.answer, result, target)
    if given.json:
        print_json({**to_builtins(judgement), "mistakes": _mistakes(judgement), "truth": truth(result, target)})
    else:
        say(f"{judgement.verdict}: {judgement.message}" if judgement.message else judgement.verdict)
        for words in dict.fromkeys(mistake.words for mistake in judgement.mistakes):
            if words not in judgement.message:
                say(f"  {words}")
    return EXIT[judgement.verdict]


def _mistakes(judgement: Judgement) -> list[dict[str, object]]:
    keys = ("tag", "family", "words", "nodes", "certain")
    return [{key: to_builtins(getattr(one, key)) for key in keys} for one in judgement.mistakes]


def _require_truth(result: Run, target: str) -> None:
    outcome = result.trace.outcome
    if isinstance(outcome, Stopped):
        raise Refusal(f"The program did not finish, so there is nothing to judge. {outcome.message}")
    found = result.trace.find(target)
    if isinstance(outcome, Finished) and (found is None or found.kind == "missing"):
        why = found.text if found and found.text else "it is not there"
        raise Refusal(f"{target} can't be evaluated at the program's end: {why}")
