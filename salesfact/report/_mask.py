"""What must never be read in a report? Personal identity numbers and places on this computer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from salesfact._identity import PERSON, is_person, people

__all__ = ["clean_notebook", "mask", "masked", "paths", "people"]

_MASKED = "••••••-••••"

# a folder's name may hold spaces where a slash follows it
_PART = r"[^\s\"'`<>|:;,)\]{}/]"
_SPACED = r"[^\s\"'`<>|:;,)\]{}/.]"
_STEP = rf"/(?:{_SPACED}+(?: {_SPACED}+){{1,3}}(?=/)|{_PART}+)"
_PATH = re.compile(
    r"(?P<pre>^|[\s\"'`(=,;:<>\[{|])"
    rf"(?P<path>(?:file://)?(?:/(?=[^\W\d]|\.){_PART}+(?:{_STEP})+/?|~(?:{_STEP})+/?"
    r"|[A-Za-z]:[\\/](?:[^\\/\s\"'`<>|:;,)\]]+(?: [^\\/\s\"'`<>|:;,.)\]]+){0,3}[\\/])*"
    r"[^\\/\s\"'`<>|:;,)\]]+"
    r"|\\\\[^\\\s\"'`<>|]+(?:\\[^\\\s\"'`<>|:;,)\]]+)+))"
)


def paths(text: str, known: Iterable[str] = ()) -> list[str]:
    """Everything in `text` that is a place on a computer; `known` are folders to look for."""
    found = [m["path"] for m in _PATH.finditer(text)]
    return found + [k for k in known if len(k) > 3 and k in text and k not in found]


def mask(text: str) -> str:
    """The text with identity numbers covered and paths cut to their last part."""
    if not text:
        return text
    masked = PERSON.sub(lambda m: _MASKED if is_person(m) else m[0], text)
    return _PATH.sub(lambda m: m["pre"] + "…/" + _last(m["path"]), masked)


def _last(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]


def masked(value: Any) -> Any:
    """The same for every text in lists and mappings."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [masked(v) for v in value]
    if isinstance(value, dict):
        return {k: masked(v) for k, v in value.items()}
    return value


_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_COMMENT = re.compile(r"<!--(.*?)-->", re.S)


def clean_notebook(notebook: dict[str, Any], folders: Iterable[str] = ()) -> dict[str, Any]:
    """An executed notebook as it may be kept: without what the runner noted, outputs masked.

    Parameters
    ----------
    notebook : dict
        As read from its file; it is not changed.
    folders : iterable of str
        Folders known by name, cut wherever they stand.
    """
    known = sorted((f.rstrip("/\\") for f in folders if len(f) > 3), key=len, reverse=True)

    def text(value: str) -> str:
        value = _COLOURS.sub("", value)
        for folder in known:
            value = value.replace(folder, "…")
        return mask(value)

    def picture(svg: str) -> str:
        return _COMMENT.sub(lambda m: f"<!--{text(m[1])}-->", svg)

    def plain(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: plain(v, k) for k, v in value.items()}
        if isinstance(value, list):
            if all(isinstance(v, str) for v in value) and key.startswith(("image/", "text/")):
                return plain("".join(value), key)
            return [plain(v) for v in value]
        if not isinstance(value, str):
            return value
        if key in ("picture", "picture_narrow", "image/svg+xml"):
            from salesfact.report._html import covered

            return picture(covered(value))
        return value if key.startswith("image/") else text(value)

    cells = []
    for cell in notebook.get("cells", ()):
        noted = {k: v for k, v in cell.get("metadata", {}).items() if k != "papermill"}
        kept = cell | {"metadata": noted}
        if "outputs" in cell:
            kept["outputs"] = plain(cell["outputs"])
        if {"injected-parameters", "papermill-error-cell-tag"} & set(noted.get("tags", ())):
            kept["source"] = text("".join(cell["source"]))
        cells.append(kept)
    noted = {k: v for k, v in notebook.get("metadata", {}).items() if k != "papermill"}
    return notebook | {"cells": cells, "metadata": noted}
