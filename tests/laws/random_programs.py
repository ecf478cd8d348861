"""Random programs of the operations that the course teaches, for laws that must hold of every program.

A program is whole source text: leaves, expressions with forks, loops, functions, values cut off by detach or no_grad,
one or several backward passes with gradients accumulated, zeroed or dropped between. `programs()` lets hypothesis draw
them, which finds the smallest that breaks a law; `walk()` goes over many, each known by its number, at half the cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from hypothesis import strategies as st

VECTOR = 3


@dataclass(frozen=True)
class Program:
    """A program and the names of its leaves that require grad."""

    source: str
    leaves: tuple[str, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """`.grad` of every leaf."""
        return tuple(f"{leaf}.grad" for leaf in self.leaves)


@dataclass
class Writer:
    """The lines so far, and what is known of every name: whether it is a vector, whether it is tracked."""

    chance: Random
    lines: list[str] = field(default_factory=list)
    vector: dict[str, bool] = field(default_factory=dict)
    tracked: dict[str, bool] = field(default_factory=dict)
    leaves: list[str] = field(default_factory=list)
    count: int = 0

    def pick(self, names: list[str]) -> str:
        """One of `names`; hypothesis tries the latest first."""
        return self.chance.choice(names[::-1])

    def name(self) -> str:
        """A new name."""
        self.count += 1
        return f"v{self.count}"


UNARY = (
    *("-{a}", "torch.sin({a})", "torch.cos({a})", "torch.tanh({a})", "torch.sigmoid({a})", "torch.relu({a})"),
    *("torch.exp({a})", "torch.log({a})", "torch.sqrt({a})", "torch.abs({a})", "torch.clamp({a}, -1.0, 1.5)"),
    *("{a}.exp()", "{a}.sin()", "abs({a})", "{a}.clamp(min=0.25)", "{a} ** 2", "{a} ** 3", "{a} ** 0.5", "{a} ** -1"),
    *("2 ** {a}", "1 / {a}", "3 - {a}", "0.5 * {a}", "{a} / 4", "{a} - 1.5", "{a} + 1"),
    *("torch.log({a} * {a} + 0.5)", "torch.sqrt({a} ** 2 + 1)", "torch.exp(-{a} * {a})"),
)
BINARY = (
    "{a} + {b}",
    "{a} - {b}",
    "{a} * {b}",
    "{a} * {b}",
    "{a} / {b}",
    "{a} / ({b} ** 2 + 1)",
    "torch.pow({a}, 2) * {b}",
)
REDUCING = ("{a}.sum()", "{a}.mean()", "torch.sum({a})", "torch.mean({a})")


def written(chance: Random, *, most: int = 7, passes: int = 3) -> Program:
    """A program of up to `most` expressions and `passes` backward calls; most run to their end, a few raise."""
    writer = Writer(chance)
    _leaves(writer)
    for number in range(chance.randint(1, passes)):
        for _ in range(chance.randint(1, most)):
            _statement(writer)
        _backward(writer, number)
    return Program("\n".join(["import torch", *writer.lines, ""]), tuple(writer.leaves))


def programs(*, most: int = 7, passes: int = 3) -> st.SearchStrategy[Program]:
    """Such programs, drawn by hypothesis."""
    return st.builds(lambda chance: written(chance, most=most, passes=passes), st.randoms(use_true_random=False))


def walk(numbers: range, law: Callable[[Program], object], *, most: int = 7, passes: int = 3) -> None:
    """The law holds of every program with one of these numbers; a failure says the number and the program."""
    for number in numbers:
        program = written(Random(number), most=most, passes=passes)
        try:
            law(program)
        except BaseException as error:
            error.add_note(f"in random program {number}:\n{program.source}")
            raise


def _leaves(writer: Writer) -> None:
    dtype = writer.chance.choice(["", ", dtype=torch.float64"])
    for index, name in enumerate(("x", "w", "b")[: writer.chance.randint(1, 3)]):
        vector = writer.chance.randint(0, 1) == 1
        requires = index == 0 or writer.chance.randint(0, 3) > 0
        value = f"[{', '.join(_number(writer) for _ in range(VECTOR))}]" if vector else _number(writer)
        flag = ", requires_grad=True" if requires else ""
        writer.lines.append(f"{name} = torch.tensor({value}{dtype}{flag})")
        writer.vector[name], writer.tracked[name] = vector, requires
        if requires:
            writer.leaves.append(name)


def _number(writer: Writer) -> str:
    return str(writer.chance.randint(-30, 30) / 10)


def _expression(writer: Writer) -> tuple[str, bool, bool]:
    """The text of a new expression, whether it is a vector, whether it is tracked."""
    names = list(writer.vector)
    a = writer.pick(names)
    match writer.chance.randint(0, 9):
        case 0 if writer.vector[a]:
            return writer.chance.choice(REDUCING).format(a=a), False, writer.tracked[a]
        case 0 | 1 | 2 | 3 | 4:
            b = writer.pick(names)
            text = writer.chance.choice(BINARY).format(a=a, b=b)
            return text, writer.vector[a] or writer.vector[b], writer.tracked[a] or writer.tracked[b]
        case _:
            return writer.chance.choice(UNARY).format(a=a), writer.vector[a], writer.tracked[a]


def _statement(writer: Writer) -> None:
    text, vector, tracked = _expression(writer)
    name = writer.name()
    match writer.chance.randint(0, 11):
        case 0:
            writer.lines.append(f"{name} = ({text}).detach()")
            tracked = False
        case 1:
            writer.lines += ["with torch.no_grad():", f"    {name} = {text}"]
            tracked = False
        case 2:
            start = writer.pick(list(writer.vector))
            step = writer.chance.choice(["{n} * 0.5 + {t}", "torch.sin({n}) - {t}", "{n} * {t}"])
            turns = writer.chance.randint(1, 3)
            loop = step.format(n=name, t=text)
            writer.lines += [f"{name} = {start}", f"for _ in range({turns}):", f"    {name} = {loop}"]
            vector, tracked = vector or writer.vector[start], tracked or writer.tracked[start]
        case 3:
            function = f"f{writer.count}"
            argument = writer.pick(list(writer.vector))
            body = writer.chance.choice(UNARY).format(a="a")
            writer.lines += [f"def {function}(a):", f"    return {body}", f"{name} = {function}({argument})"]
            vector, tracked = writer.vector[argument], writer.tracked[argument]
        case _:
            writer.lines.append(f"{name} = {text}")
    writer.vector[name], writer.tracked[name] = vector, tracked


def _backward(writer: Writer, number: int) -> None:
    """A loss, its backward, and perhaps something done to a leaf's gradient."""
    tracked = [name for name in writer.vector if writer.tracked[name]]
    root = writer.pick(tracked)
    loss = f"loss{number}"
    writer.lines.append(f"{loss} = {root}.{writer.chance.choice(['sum()', 'mean()'])}")
    keep = "retain_graph=True" if writer.chance.randint(0, 7) else ""
    match writer.chance.randint(0, 9):
        case 0:
            writer.lines += [
                "try:",
                f"    {loss}.backward({keep})",
                "except RuntimeError as error:",
                "    print(error)",
            ]
        case 1:
            writer.lines += [f"{loss}.backward(retain_graph=True)", f"{loss}.backward({keep})"]
        case _:
            writer.lines.append(f"{loss}.backward({keep})")
    leaf = writer.chance.choice(writer.leaves)
    match writer.chance.randint(0, 7):
        case 0:
            writer.lines += [f"if {leaf}.grad is not None:", f"    {leaf}.grad.zero_()"]
        case 1:
            writer.lines.append(f"{leaf}.grad = None")
