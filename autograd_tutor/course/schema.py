"""The lesson format as JSON Schema, for authors' editors."""

from __future__ import annotations

from typing import Any

import msgspec

from autograd_tutor.course.model import FORMAT, Lesson


def schema() -> dict[str, Any]:
    """The schema of one lesson file, made from the structs that read it."""
    made = msgspec.json.schema(Lesson)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A lesson of autograd-tutor, format {FORMAT}",
        **made,
    }
