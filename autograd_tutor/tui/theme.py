"""The tutor's colours."""

from __future__ import annotations

from textual.theme import Theme

THEME = Theme(
    name="tutor",
    primary="#7aa2f7",
    secondary="#9ece6a",
    accent="#7dcfff",
    foreground="#d8dee9",
    background="#12141a",
    surface="#1b1e27",
    panel="#242835",
    success="#9ece6a",
    warning="#e0af68",
    error="#f7768e",
    dark=True,
    variables={
        "muted": "#8b93a7",
        "line": "#3b4154",
        "border": "#7dcfff",
        "scrollbar": "#3b4154",
        "scrollbar-background": "#12141a",
    },
)
"""`muted` and `line` are ours: for what stands back, and for frames."""
