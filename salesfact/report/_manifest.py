"""What are the figures, and what made them? `results.json` has no clock, the manifest has."""

from __future__ import annotations

import json
import math
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from salesfact._result import MIME, UNITS
from salesfact.report._mask import masked

SCHEMA = Path(__file__).parents[1] / "results.schema.json"
FORMAT = "salesfact-results-1"
_DISTRIBUTIONS = (
    "salesfact",
    "duckdb",
    "ibis-framework",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "statsmodels",
    "matplotlib",
    "seaborn",
    "nbconvert",
    "papermill",
    "ipykernel",
)


_PARTS: dict[str, type | tuple[type, ...]] = {
    "result": str,
    "title": str,
    "reading": str,
    "source": str,
    "sentences": list,
    "opening": int,
    "refused": bool,
    "figures": dict,
    "parameters": dict,
    "table": dict,
}


def payloads(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The results an executed notebook shows, in order."""
    return [
        output["data"][MIME]
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if MIME in output.get("data", {})
    ]


def damage(payload: Any) -> str:
    """What is wrong with a result's payload, or nothing: a page shows only whole ones."""
    if not isinstance(payload, dict):
        return "it is no mapping"
    for name, kind in _PARTS.items():
        if not isinstance(payload.get(name), kind):
            return f"{name} is missing or of another kind"
    table = payload["table"]
    width = len(table["head"]) if isinstance(table.get("head"), list) else -1
    rows = [table.get("cells"), table.get("keys")]
    if (
        not all(isinstance(r, list) for r in rows)
        or len(rows[0]) != len(rows[1])
        or any(not isinstance(r, list) or len(r) != width for part in rows for r in part)
        or not isinstance(table.get("right"), list)
        or len(table["right"]) != width
        or not isinstance(table.get("total"), int)
    ):
        return "its table is not whole"
    for name, figure in payload["figures"].items():
        if not isinstance(figure, dict) or figure.get("unit") not in UNITS or "value" not in figure:
            return f"figure {name} is not whole"
    for name in ("picture", "picture_narrow"):
        drawn = payload.get(name)
        if drawn is not None and not (
            isinstance(drawn, str)
            and drawn.lstrip().startswith("<svg")
            and drawn.rstrip().endswith("</svg>")
        ):
            return f"{name} is no whole drawing"
    return ""


def results(
    facts: Mapping[str, Any],
    chapters: Iterable[tuple[str, list[dict[str, Any]]]],
    priorities: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    """All figures of a report: the same facts and settings give the same content.

    Parameters
    ----------
    facts : mapping
        As `salesfact.report._prepare.prepare` tells it.
    chapters : iterable of (name, payloads)
    priorities : list, optional
        Ranked customers.
    """
    found: dict[str, Any] = {}
    for chapter, shown in chapters:
        for payload in shown:
            entry = {
                "chapter": chapter,
                "refused": payload["refused"],
                "parameters": payload["parameters"],
                "figures": payload["figures"],
            }
            name, n = payload["result"], 2
            while name in found and _told(found[name]) != _told(entry):
                name, n = f"{payload['result']}-{n}", n + 1
            found.setdefault(name, entry)
    content = {
        "format": FORMAT,
        "name": facts["name"],
        "as_of": facts["as_of"],
        "currency": facts["currency"],
        "money": facts["money"],
        "share": facts["share"],
        "simulated": facts["simulated"],
        "facts": facts["key"],
        "results": dict(sorted(found.items())),
        "priorities": priorities,
    }
    return masked(_rounded(content))


def plan(content: Mapping[str, Any]) -> dict[str, Any]:
    """What `salesfact._advice.advice` tells, as it is written: masked and rounded."""
    return masked(_rounded(content))


def _told(entry: dict[str, Any]) -> Any:
    """What makes two shown results the same answer."""
    return entry["figures"], entry["parameters"], entry["refused"]


def manifest(
    facts: Mapping[str, Any], chapters: list[dict[str, Any]], run: Mapping[str, Any]
) -> dict[str, Any]:
    """What was run, when, with what, and how it ended.

    Parameters
    ----------
    run : mapping
        `made` (ISO time), `command`, `parameters`, `kernel`.
    """
    content = {
        "made": run["made"],
        "command": run["command"],
        "parameters": run["parameters"],
        "kernels": run["kernel"],
        "name": facts["name"],
        "as_of": facts["as_of"],
        "language": facts["language"],
        "share": facts["share"],
        "facts": facts["key"],
        "sources": [{"file": name, "sha256_start": digest} for name, digest in facts["files"]],
        "ledger": facts["ledger"],
        "settings": facts["settings"],
        "chapters": [
            {
                "name": c["name"],
                "status": c["status"],
                "seconds": c["seconds"],
                "error": None if c.get("error") is None else c["error"]["name"],
            }
            for c in chapters
        ],
        "versions": versions(),
    }
    return masked(content)


def versions() -> dict[str, str]:
    """Versions of what computes and renders."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "system": sys.platform}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def dumps(content: Any) -> str:
    """JSON as it is written: sorted where order means nothing, one value a line."""
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _rounded(x: Any) -> Any:
    """Twelve significant digits: more than money needs, fewer than the order of a sum changes."""
    if isinstance(x, float):
        if not math.isfinite(x):
            return None
        return float(f"{x:.12g}") + 0.0  # never minus zero
    if isinstance(x, dict):
        return {k: _rounded(v) for k, v in x.items()}
    if isinstance(x, list):
        return [_rounded(v) for v in x]
    return x
