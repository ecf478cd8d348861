"""The command line: finds the command, imports only its module, and turns refusals into one sentence."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from typing import NoReturn

from autograd_tutor import __version__

DONE, NEGATIVE, REFUSED = 0, 1, 2

COMMANDS = {
    "list": ("listing", "lessons and exercises, with your progress"),
    "play": ("play", "an exercise as lines on a plain terminal"),
    "explain": ("explain", "run a program, explain its graph and gradients"),
    "diagnose": ("diagnose", "judge an answer to a program and name the mistake"),
    "equal": ("equal", "judge two answers: formulas, numbers, tensors"),
    "check": ("check", "check lesson files, every variant"),
    "roster": ("roster", "a class's names and codes: new, add, reset, list"),
    "serve": ("serve", "the classroom over SSH"),
    "report": ("report", "attempts, mastery and mistakes, yours or a class's"),
    "doctor": ("doctor", "say whether torch, the sandbox and the records work here"),
}
"""Each command: its module in `autograd_tutor.commands`, and one line for --help."""

TAKE_ANSWERS = ("equal", "diagnose")
"""Commands to which −x may be an answer."""

_OVERVIEW = "\n".join(
    [
        "commands:",
        *(f"  {name:<10} {line}" for name, (_, line) in COMMANDS.items()),
        "",
        "Each has a --help of its own. Exit codes: 0 done; 1 the finding is negative; 2 it could not be done.",
    ]
)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence that says what to do."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and end with exit code 2."""
        self.exit(REFUSED, f"{self.prog}: {message}. See {self.prog} --help.\n")


def main(arguments: list[str] | None = None) -> int:
    """Run one command line.

    Returns:
        The exit code: 0 done, 1 done with a negative finding, 2 used wrongly.
    """
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that can't show ∂ shows ?
    from autograd_tutor.commands.common import Refusal

    name = given[0] if given and given[0] in COMMANDS else None
    module_name, line = COMMANDS[name] if name else ("tutor", "")
    module = importlib.import_module(f"autograd_tutor.commands.{module_name}")
    parser = _parser(name, line)
    module.options(parser)
    rest = given[1:] if name else given
    try:
        options = parser.parse_args([_answer(one) for one in rest] if name in TAKE_ANSWERS else rest)
        code: int = module.run(options)
        sys.stdout.flush()
        return code
    except Refusal as refusal:
        print(f"autograd-tutor: {refusal}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (`| head`) went away: nothing is wrong. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _answer(argument: str) -> str:
    """An argument such as `-x^2`, so that it is not taken for an option: argparse knows those by having no blank."""
    return f" {argument}" if argument[:1] == "-" and argument[1:2] not in ("", "-", "h") else argument


def _parser(name: str | None, line: str) -> Parser:
    if name:
        return Parser(prog=f"autograd-tutor {name}", description=line[0].upper() + line[1:] + ".")
    parser = Parser(
        prog="autograd-tutor",
        description="Predict a gradient, run real PyTorch, see the chain rule, learn which mistake you made.",
        epilog=_OVERVIEW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"autograd-tutor {__version__}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
