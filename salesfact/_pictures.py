"""Was this picture drawn before? Pictures of answers that are kept lie beside them, as drawn."""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from salesfact._language import catalogues_hash


def kept(place: Path, form: str, draw: Callable[[], str]) -> str:
    """The picture's SVG text, read where it has been drawn before, drawn and kept otherwise.

    Parameters
    ----------
    place : Path
        The folder of the answer, which stands for facts, question, language and code.
    form : str
        Which of its pictures, as `wide` and `narrow`.
    draw : callable
        Draws it.
    """
    path = place / f"{form}-{_version()}.svg"
    found = _read(path)
    if found is None:
        found = draw()
        _write(path, found)
    return found


@functools.cache
def _version() -> str:
    """What else a picture hangs on: the texts and what draws it."""
    told = f"{catalogues_hash()} {version('matplotlib')} {version('seaborn')}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _read(path: Path) -> str | None:
    """None where there is none, or not the one that was written."""
    try:
        digest, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, ValueError):
        return None
    return text if digest == _digest(text) else None


def _write(path: Path, text: str) -> None:
    """It appears whole or not at all; keeping is a convenience."""
    try:
        handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    except OSError:
        return
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(f"{_digest(text)}\n{text}")
        os.replace(name, path)  # noqa: PTH105
    except OSError:
        Path(name).unlink(missing_ok=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
