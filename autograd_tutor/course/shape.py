"""Whether plain data has the shape of a struct: every fault at once, each with its place and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any

from msgspec import NODEFAULT, inspect

from autograd_tutor.course.document import Place

Finding = tuple[Place, str, str]
"""Where, what is wrong, and what to do."""


@cache
def shape_of(struct: type) -> inspect.Type:
    """The struct's type as data, worked out once."""
    return inspect.type_info(struct)


def findings(value: Any, wanted: inspect.Type, place: Place = ()) -> Iterator[Finding]:
    """Everything in which `value` differs from `wanted`; nothing if msgspec can convert it."""
    while isinstance(wanted, inspect.Metadata):
        wanted = wanted.type
    match wanted:
        case inspect.StructType():
            yield from _struct(value, wanted, place)
        case inspect.ListType():
            yield from _list(value, wanted, place)
        case inspect.DictType():
            yield from _mapping(value, wanted, place)
        case inspect.UnionType():
            yield from _union(value, wanted, place)
        case inspect.LiteralType():
            if value not in wanted.values or isinstance(value, bool):
                yield place, f"{_name(place)} is {_shown(value)}.", f"Write {_either(wanted.values)}."
        case _:
            yield from _scalar(value, wanted, place)


def _struct(value: Any, wanted: inspect.StructType, place: Place) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield place, f"{_name(place)} is {_kind(value)}.", f"Write its fields: {_listed(wanted)}."
        return
    fields = {field.encode_name: field for field in wanted.fields}
    for name in value:
        if name not in fields:
            close = get_close_matches(name, fields, 1)
            fix = f"Did you mean {close[0]}?" if close else f"The fields here are {_listed(wanted)}."
            yield (*place, name), f"{_inside(place)} has no field {name}.", fix
    for name, field in fields.items():
        if name in value:
            yield from findings(value[name], field.type, (*place, name))
        elif field.required and field.default is NODEFAULT:
            yield place, f"{_inside(place)} lacks {name}.", f"Add `{name}:`{_described(field.type)}."


def _list(value: Any, wanted: inspect.ListType, place: Place) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield place, f"{_name(place)} is {_kind(value)}, not a list.", "Write its items on lines that start with `- `."
        return
    if wanted.min_length and len(value) < wanted.min_length:
        yield place, f"{_name(place)} is empty.", "Give at least one."
    for at, item in enumerate(value):
        yield from findings(item, wanted.item_type, (*place, at))


def _mapping(value: Any, wanted: inspect.DictType, place: Place) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield place, f"{_name(place)} is {_kind(value)}.", "Write `name: value` lines."
        return
    for name, item in value.items():
        yield from findings(item, wanted.value_type, (*place, name))


def _union(value: Any, wanted: inspect.UnionType, place: Place) -> Iterator[Finding]:
    tries = [list(findings(value, one, place)) for one in wanted.types]
    if [] not in tries:
        # The member that is not None says best what is wanted.
        yield from next(
            (found for one, found in zip(wanted.types, tries, strict=True) if _is_kind(value, one)), tries[0]
        )


def _is_kind(value: Any, wanted: inspect.Type) -> bool:
    kinds: dict[type, type | tuple[type, ...]] = {
        inspect.StrType: str,
        inspect.IntType: int,
        inspect.FloatType: (int, float),
        inspect.DictType: dict,
        inspect.ListType: list,
    }
    return isinstance(value, kinds.get(type(wanted), ()))


def _scalar(value: Any, wanted: inspect.Type, place: Place) -> Iterator[Finding]:
    name = _name(place)
    match wanted:
        case inspect.StrType():
            if not isinstance(value, str):
                fix = "Put it in quotes." if isinstance(value, bool | int | float) else "Write text."
                yield place, f"{name} is {_kind(value)}, not text.", fix
            elif not value.strip() and wanted.pattern:
                yield place, f"{name} is empty.", "Write it, or remove it."
            elif wanted.max_length and len(value) > wanted.max_length:
                yield place, f"{name} has {len(value)} characters.", f"Use at most {wanted.max_length}."
            elif wanted.pattern and not re.search(wanted.pattern, value):
                fix = "Use lower-case letters, digits and single hyphens: chain-rule."
                yield place, f"{name} is {_shown(value)}.", fix
        case inspect.IntType():
            if not isinstance(value, int) or isinstance(value, bool):
                yield place, f"{name} is {_kind(value)}, not a whole number.", "Write a whole number."
            elif wanted.ge is not None and value < wanted.ge:
                yield place, f"{name} is {value}.", f"Write {wanted.ge} or more."
            elif wanted.le is not None and value > wanted.le:
                yield place, f"{name} is {_shown(value)}.", f"Write {wanted.le} or less."
        case inspect.FloatType():
            if not isinstance(value, int | float) or isinstance(value, bool):
                yield place, f"{name} is {_kind(value)}, not a number.", "Write a number such as 3.0."
        case inspect.NoneType():
            if value is not None:
                yield place, f"{name} is {_kind(value)}.", "Leave it out."


def _name(place: Place) -> str:
    if not place:
        return "The file"
    return str(place[-1]) if isinstance(place[-1], str) else f"Item {place[-1] + 1} of {_name(place[:-1])}"


def _inside(place: Place) -> str:
    if len(place) < 2:
        return "The file"
    return "An exercise" if place[-2] == "exercises" else _name(place)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "yes or no"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
    return "a mapping"


def _shown(value: Any) -> str:
    return f"“{value[:60]}”" if isinstance(value, str) else str(value)[:60]


def _either(values: tuple[Any, ...]) -> str:
    return " or ".join(str(value) for value in values)


def _listed(wanted: inspect.StructType) -> str:
    return ", ".join(field.encode_name for field in wanted.fields)


def _described(wanted: inspect.Type) -> str:
    description = (wanted.extra_json_schema or {}).get("description") if isinstance(wanted, inspect.Metadata) else None
    return f" ({description[0].lower()}{description[1:]})" if description else ""
