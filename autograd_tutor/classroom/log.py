"""The front's log: who came and went, what failed. It turns over by itself and holds no answers."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOG = logging.getLogger("autograd_tutor.classroom")
FILE = "serve.log"
_BYTES, _OLD = 1 << 20, 5


def keep_log(data: Path) -> None:
    """Write the log to the class's data folder: 1 MB at a time, five old ones kept."""
    handler = RotatingFileHandler(data / FILE, maxBytes=_BYTES, backupCount=_OLD, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
