"""What must be kept of a pilot until it is over? A small record that tells if it was altered.

The record is plain JSON. It stands beside the workbook and on a sheet of it that Excel does not
show, so that the workbook alone is enough, months later and on another computer. Customers are
named by their number alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._said import both, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = "salesfact-pilot-1"
SHEET = "salesfact"  # of the workbook, never shown
LIST = "L"  # what stands in the hidden sheet before the heading of customers' numbers
PART = 30_000  # letters a cell of the workbook may hold
_NAME_IT = said(N_("name the workbook or the .json that the pilot was written to"))
NUMBERS = ("before", "same", "scale")
_KEYS = (
    *("format", "name", "currency", "as_of", "start", "end", "months", "hours", "seed", "mde"),
    *("slopes", "pairs", "hash"),
)


def lots(pairs: int, seed: int) -> NDArray[np.int64]:
    """Which of each pair gets extra hours, 0 or 1: drawn by a seed, the same each time."""
    return np.random.default_rng([seed, 1]).integers(0, 2, pairs)


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with its hash.

    Parameters
    ----------
    content : mapping
        All keys of a record but `hash`; `pairs` is a list of `{customers: [a, b], extra: 0 or 1,
        before: [..], same: [..], scale: k}`.
    """
    plain = {k: v for k, v in content.items() if k != "hash"}
    return plain | {"hash": _hash(plain)}


def _hash(plain: Mapping[str, Any]) -> str:
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    # in fours: ten digits in a row would be taken for somebody's identity number
    return ":".join(digest[i : i + 4] for i in range(0, len(digest), 4))


def opened(given: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    """A record from its file, the workbook or a mapping, if nobody altered it.

    Parameters
    ----------
    given : path or mapping
        The `.json` or the `.xlsx` that `pilot_workbook` wrote, or the record itself.

    Raises
    ------
    SettingsError
        If it is no record, or was altered: its hash, the lots (drawn again from the seed), or the
        workbook's lists of customers do not fit.
    """
    if isinstance(given, Mapping):
        found, where, listed = dict(given), "record", None
    else:
        path = Path(given)
        where = path.name
        found, listed = _from_file(path)
    wrong = [k for k in _KEYS if k not in found]
    if found.get("format") != FORMAT or wrong:
        raise SettingsError(
            Fault(
                said(N_("this is no pilot's record; it lacks {keys}"), keys=", ".join(wrong))
                if wrong and found.get("format") == FORMAT
                else said(N_("this is no pilot's record")),
                where=where,
                remedy=_NAME_IT,
            )
        )
    _unaltered(found, listed, where)
    return found


def _unaltered(found: dict[str, Any], listed: set[str] | None, where: str) -> None:
    remedy = said(N_("use the workbook or the .json as it was written when the lots were drawn"))
    if not _whole(found):
        raise SettingsError(
            Fault(
                said(
                    N_(
                        "the record is not as it was when the lots were drawn: who got extra hours"
                        " would no longer be chance"
                    )
                ),
                where=where,
                remedy=remedy,
            )
        )
    if listed is None:
        return
    extra = {p["customers"][p["extra"]] for p in found["pairs"]}
    added, lost = sorted(listed - extra), sorted(extra - listed)
    if added or lost:
        told = [said(N_("added {names}"), names=_few(added))] * bool(added)
        told += [said(N_("gone {names}"), names=_few(lost))] * bool(lost)
        raise SettingsError(
            Fault(
                said(
                    N_("the list of customers was altered after the lots were drawn: {changes}"),
                    changes=both(*told),
                ),
                where=where,
                remedy=remedy,
            )
        )


def _few(customers: list[str]) -> str:
    return ", ".join(customers[:3]) + (" …" if len(customers) > 3 else "")


def _whole(found: dict[str, Any]) -> bool:
    """Whether hash, lots and sorts of values are those of a record that was written."""
    try:
        if _hash({k: v for k, v in found.items() if k != "hash"}) != found["hash"]:
            return False
        arrays(found)
        for key in ("as_of", "start", "end"):
            day(found[key])
        for key in ("months", "hours", "mde"):
            float(found[key])
        np.array(found["slopes"], dtype=float).reshape(2)
        drawn = lots(len(found["pairs"]), found["seed"]).tolist()
        return [p["extra"] for p in found["pairs"]] == drawn
    except (TypeError, ValueError, LookupError):
        return False


def _from_file(path: Path) -> tuple[dict[str, Any], set[str] | None]:
    """The record, and the customers whom the workbook's sheets list for extra hours."""
    if not path.is_file():
        raise SettingsError(
            Fault(
                said(N_("there is no such file")),
                where=str(path),
                remedy=_NAME_IT,
            )
        )
    listed = None
    try:
        if path.suffix.lower() == ".xlsx":
            text, listed = _from_workbook(path)
        else:
            text = path.read_text(encoding="utf-8")
        found = json.loads(text)
    except ValueError:
        found = None
    return (found if isinstance(found, dict) else {}), listed


def _from_workbook(path: Path) -> tuple[str, set[str] | None]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        if SHEET not in names:
            return "", None
        kept = book.get_sheet_by_name(SHEET).to_python(skip_empty_area=False)
        head = next((str(row[1]) for row in kept if row and row[0] == LIST), "")
        listed: set[str] = set()
        for name in names:
            listed |= _column(book.get_sheet_by_name(name).to_python(skip_empty_area=False), head)
    except CalamineError:
        return "", None
    return "".join(str(row[1]) for row in kept if row and row[0] != LIST), listed


def _column(rows: list[list[Any]], head: str) -> set[str]:
    """Customer numbers below their heading."""
    start = next((i for i, r in enumerate(rows) if r and str(r[0]).strip() == head), len(rows))
    return {_number(r[0]) for r in rows[start + 1 :] if r and r[0] not in ("", None)}


def _number(cell: Any) -> str:
    """A customer number, though a program may have made a number of it."""
    if isinstance(cell, float) and math.isfinite(cell) and cell == int(cell):
        return str(int(cell))
    return str(cell).strip()


def arrays(record: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Customers and numbers, by pair; in each, first the one with extra hours.

    Returns
    -------
    dict
        `customers`, `before`, `same`: (m, 2); `scale`: (m,).
    """
    pairs = record["pairs"]
    order = [(p["extra"], 1 - p["extra"]) for p in pairs]

    def both(key: str, kind: Any) -> NDArray[Any]:
        return np.array([[p[key][i] for i in o] for p, o in zip(pairs, order, strict=True)], kind)

    return {
        "customers": both("customers", object),
        "before": both("before", float),
        "same": both("same", float),
        "scale": np.array([p["scale"] for p in pairs], float),
    }


def day(text: str) -> dt.date:
    """A record's date."""
    return dt.date.fromisoformat(text)
