"""What may stand before an answer: `y = 2x`, `x.grad = 6`, `dy/dx: 2x`, `f'(x) is 2x`."""

from __future__ import annotations

import re

_NAMED = r"[^\W\d][\w.]*'*(?:\[[\w, ]*\])*(?:\([\w, ]*\))?"
_SLOPE = r"[d∂]\s*[^\s=/]*\s*/\s*[d∂]\s*[^\s=/]+"
_LABEL = re.compile(rf"\s*({_SLOPE}|{_NAMED}|∇\s*\w*|)\s*(==?|[≈≃~:]|(?<=\s)is\b)(?![=/])\s*(?=\S)")
_ERROR = re.compile(r"\s*(?:raises?|errors?|\w*(?:Error|Exception|Warning))\s*:")
"""What follows is said of the error."""
_ANSWER_OF = re.compile(rf"{_SLOPE}|.*\..*|.*'.*|")


def parted(text: str) -> tuple[str, str]:
    """The label without its spaces, and the answer behind it, in its columns; the label is empty if there is none."""
    if _ERROR.match(text):
        return "", text
    found = _LABEL.match(text.replace("’", "'").replace("′", "'"))
    if found is None or (found[2] == "==" and not _ANSWER_OF.fullmatch(found[1])):
        return "", text
    return re.sub(r"\s", "", found[1]), " " * found.end() + text[found.end() :]
