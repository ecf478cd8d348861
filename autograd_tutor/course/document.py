"""A YAML file's text as plain data that knows its lines. Only text, numbers, lists and mappings are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""The way to a value: `("exercises", 0, "code")`."""

LARGEST = 1 << 20
"""Bytes of a file; a larger one is refused unread."""
DEEPEST = 40
"""How deep lists and mappings may nest; the format itself needs seven."""
_TOO_DEEP = f"Lists and mappings nest deeper than {DEEPEST} levels.", "Write the lesson flatter."

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_scalars = yaml.constructor.SafeConstructor()
_resolver = yaml.resolver.Resolver()
_TAG = "tag:yaml.org,2002:"
_PLAIN = frozenset(_TAG + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))
_KINDS = {
    yaml.ScalarEvent: yaml.ScalarNode,
    yaml.SequenceStartEvent: yaml.SequenceNode,
    yaml.MappingStartEvent: yaml.MappingNode,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one line of a file, and what to do."""

    line: int
    problem: str
    fix: str
    place: Place = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands."""

    line: int
    """Of its key, or of the list's item."""
    text: int
    """Of the first line of the value itself."""
    block: bool
    """Written after `|`: every line of the value has a line of its own in the file."""


@dataclass(slots=True)
class Document:
    """What a file says, and where; `faults` is what could not be read."""

    data: Any = None
    marks: dict[Place, Mark] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, place: Place, offset: int | None = None) -> int:
        """The line of the value at `place`, or of line `offset` (from 0) inside it; of the nearest parent if absent."""
        while place and place not in self.marks:
            place, offset = place[:-1], None
        if place not in self.marks:
            return 1
        mark = self.marks[place]
        if offset is None:
            return mark.line
        return mark.text + offset if mark.block else mark.text


def open_document(path: Path, kind: str = "lesson") -> Document:
    """Reads the file at `path`, a `kind` in the messages; never raises for what is in it, or for its absence."""
    try:
        if path.is_dir():
            return _failed(
                f"This folder cannot be read as {_a(kind)}.", f"Give {_a(kind)} file, or check its permissions."
            )
        if not path.is_file():
            return _failed("There is no such file.", f"Give the path of {_a(kind)} file.")
        size = path.stat().st_size
        if size > LARGEST:
            return _failed(f"The file has {size:,} bytes; at most {LARGEST:,} are read.", f"Split the {kind} in two.")
        raw = path.read_bytes()
    except OSError as error:
        return _failed(f"The file cannot be read: {error.strerror or error}.", "Check its path and permissions.")
    try:
        return parse(raw.decode("utf-8-sig"), kind)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _failed("The file is not UTF-8 text.", "Save it in the encoding UTF-8.", line)


def parse(text: str, kind: str = "lesson") -> Document:
    """Reads YAML; aliases, tags and repeated keys are faults, not features."""
    reader = _Reader(kind)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if not reader.take(event):
                break
    except yaml.MarkedYAMLError as error:
        return _failed(*_syntax(error, text))
    except yaml.YAMLError as error:
        line = text.count("\n", 0, int(getattr(error, "position", 0) or 0)) + 1
        return _failed("A character is not allowed in YAML.", "Remove control characters from this line.", line)
    document = reader.document
    if not document.marks and not document.faults:
        return _failed("The file is empty.", f"Write {_a(kind)} into it.")
    return document


@dataclass(slots=True)
class _Open:
    """A list or mapping being read."""

    place: Place
    into: dict[str, Any] | list[Any]
    key: str | None = None
    """mapping: the key whose value comes next."""
    line: int = 0
    """Of that key."""


class _Reader:
    """Builds the document from YAML's events, without recursion: a hostile file can nest without bound."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.document = Document()
        self.open: list[_Open] = []

    def fault(self, line: int, problem: str, fix: str, place: Place) -> None:
        self.document.faults.append(Fault(line, problem, fix, place))

    def take(self, event: Any) -> bool:
        """Takes the next event; False: stop reading."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent) and self.document.marks:
            self.fault(
                line, "A second document starts here.", f"Remove the line `---`: one {self.kind} is one file.", ()
            )
            return False
        if isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
        elif isinstance(event, yaml.NodeEvent):
            if not self.wants_key():
                self.value(event, line)
            elif isinstance(event, yaml.ScalarEvent):
                self.key(event.value, line)
            else:
                self.fault(line, "A key is not a word.", "Write `name: value`.", self.open[-1].place)
                return False
        if len(self.open) > DEEPEST:
            self.fault(line, *_TOO_DEEP, ())
            return False
        return True

    def wants_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].into, dict) and self.open[-1].key is None

    def key(self, name: str, line: int) -> None:
        parent = self.open[-1]
        if name in parent.into:
            earlier = self.document.marks[(*parent.place, name)].line
            problem = f"{name} is given twice, first in line {earlier}."
            self.fault(line, problem, "Keep one of them.", (*parent.place, name))
        parent.key, parent.line = name, line

    def value(self, event: Any, line: int) -> None:
        parent = self.open[-1] if self.open else None
        place: Place = ()
        if parent is not None:
            place = (*parent.place, parent.key if parent.key is not None else len(parent.into))
            line = parent.line if parent.key is not None else line
        value, block = self.made(event, place), getattr(event, "style", None) == "|"
        self.document.marks[place] = Mark(line, event.start_mark.line + 1 + block, block)
        if parent is None:
            self.document.data = value
        elif isinstance(parent.into, list):
            parent.into.append(value)
        else:
            parent.into[str(parent.key)] = value
            parent.key = None
        if isinstance(value, dict | list):
            self.open.append(_Open(place, value))

    def made(self, event: Any, place: Place) -> Any:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            self.fault(
                line, f"The alias *{event.anchor} repeats a value; aliases are not read.", "Write it out.", place
            )
            return None
        value = getattr(event, "value", None)
        kind: Any = _KINDS[type(event)]
        tag = event.tag or _resolver.resolve(kind, value, event.implicit)  # type: ignore[no-untyped-call]
        if tag == f"{_TAG}timestamp" and event.tag is None:
            tag = f"{_TAG}str"  # a date is text here, with or without quotes
        if tag not in _PLAIN:
            shown = tag.replace(_TAG, "!!")
            self.fault(line, f"The tag {shown} is not read.", "Write plain text or a number, without a tag.", place)
            tag = f"{_TAG}str"
        if kind is not yaml.ScalarNode:
            return {} if kind is yaml.MappingNode else []
        if tag == f"{_TAG}str":
            return value
        try:
            return _scalars.construct_object(yaml.ScalarNode(tag, value))
        except (ValueError, KeyError, yaml.YAMLError):
            self.fault(line, f"{event.value[:40]} cannot be read as a number.", "Put text in quotes.", place)
            return None


def _syntax(error: yaml.MarkedYAMLError, text: str) -> tuple[str, str, int]:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    shown = lines[line - 1] if line <= len(lines) else ""
    problem = f"This is not YAML: {error.problem or 'it cannot be read'}."
    if "nesting depth" in str(error.problem):  # libyaml's own bound, met before the first event
        return *_TOO_DEEP, line
    if "\t" in shown[: len(shown) - len(shown.lstrip())] or "\\t" in str(error.problem):
        return "A tab indents this line.", "Indent with spaces.", line
    if "flow" in str(error.context) and error.context_mark:
        line = error.context_mark.line + 1
        return "A bracket opens here, and what follows does not fit.", "Close it, or put the text in quotes.", line
    if ": " in shown.partition(": ")[2]:
        return problem, "Put a text that contains a colon and a space in quotes.", line
    return problem, "Check the indentation, the colons and the quotes of this line and the one above.", line


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _failed(problem: str, fix: str, line: int = 1) -> Document:
    return Document(faults=[Fault(line, problem, fix)])
