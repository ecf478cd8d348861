"""Judging two answers: the tutor's judge beside SymPy's parse_expr and simplify, on the same pairs.

    python tests/benchmarks/equal.py [ROUNDS]

Both run in this process, one after the other at each pair, in processor time; SymPy gets PATIENCE seconds for
one. Prints the medians over the table of peers' answers, and every heavy pair. The whole command, with
Python's start and all imports, is timed by the clock at the end.
"""

import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import sympy
import yaml
from sympy.parsing.sympy_parser import convert_xor, implicit_multiplication_application, parse_expr
from sympy.parsing.sympy_parser import standard_transformations as standard

sys.path.insert(0, str(Path(__file__).parents[1] / "teaching"))
from test_equality import HEAVY

from autograd_tutor.teaching.equality import judge

PATIENCE = 5.0
TABLE = Path(__file__).parents[1] / "teaching" / "answers_of_peers.yaml"
RULES = (*standard, convert_xor, implicit_multiplication_application)
MEANING = {"log": sympy.log, "ln": sympy.log, "σ": lambda x: 1 / (1 + sympy.exp(-x)), "e": sympy.E, "π": sympy.pi}


@contextmanager
def patience():
    """Raises TimeoutError once it has run out."""

    def out(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, out)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def ours(answer: str, expected: str) -> str:
    """The tutor's verdict."""
    return judge(answer, expected, lambda *_: None).verdict


def sympys(answer: str, expected: str) -> str:
    """SymPy's verdict, by simplifying the difference."""
    try:
        with patience():
            one, other = (parse_expr(text, dict(MEANING), RULES) for text in (answer, expected))
            return "equal" if sympy.simplify(one - other) == 0 else "different"
    except TimeoutError:
        return "no answer"
    except RecursionError:
        return "RecursionError"
    except Exception as error:  # whatever SymPy makes of a text that is no Python
        return "unread" if isinstance(error, SyntaxError | TypeError | AttributeError) else type(error).__name__


def timed(judged: Callable[[str, str], str], answer: str, expected: str) -> tuple[str, float]:
    """A verdict, and its milliseconds of processor time."""
    began = time.process_time()
    verdict = judged(answer, expected)
    return verdict, (time.process_time() - began) * 1000


def rows() -> list[tuple[str, str, str]]:
    """The peers' pairs that have a verdict."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    groups = [(kind, text) for peer in table.values() for kind, text in peer.items() if kind != "unread"]
    return [(*row.split(" ; "), kind) for kind, text in groups for row in text.splitlines()]


def main(rounds: int) -> None:
    """Measure and print."""
    ours("1", "1"), sympys("x", "x")  # the parser is built, SymPy warm
    right, read = {ours: 0, sympys: 0}, {ours: 0, sympys: 0}
    times: dict[Callable[[str, str], str], list[float]] = {ours: [], sympys: []}
    for answer, expected, kind in rows():
        for judged in (ours, sympys):
            verdict, spent = timed(judged, answer, expected)
            right[judged] += verdict == kind
            read[judged] += verdict in ("equal", "different")
            times[judged].append(spent)
    print(f"{len(rows())} pairs of peers' answers, in ms   median      95 %   slowest   read   of these as the peer")
    for judged, name in ((ours, "autograd-tutor"), (sympys, "SymPy's simplify")):
        spent = sorted(times[judged])
        figures = "".join(f"{one:10.1f}" for one in (statistics.median(spent), spent[len(spent) * 19 // 20], spent[-1]))
        print(f"  {name:<30}{figures}{read[judged]:7d}{right[judged] / read[judged]:12.1%}")
    print("heavy pairs, in ms")
    for answer, expected, *_ in HEAVY:
        (mine, spent), (theirs, long) = timed(ours, answer, expected), timed(sympys, answer, expected)
        print(f"  {answer[:24]:<24}  {expected[:16]:<16} {mine:<10}{spent:8.1f}   SymPy: {theirs:<16}{long:8.1f}")
    clock = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "autograd_tutor", "equal", "2x", "x+x"], capture_output=True, check=True)
        clock.append((time.perf_counter() - began) * 1000)
    print(f"the whole command: {statistics.median(clock):.0f} ms by the clock, median of {rounds}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
