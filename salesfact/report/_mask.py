"""What must never be read in a report? Personal identity numbers and places on this computer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

# 10 or 12 digits, a separator or none; not part of a longer number or a decimal
_PERSON = re.compile(
    r"(?<![\d.,\u2212])(?<!\d[  \u202f])"
    r"(?P<century>18|19|20)?(?P<day>\d{6})(?P<gap>[-+\u2013\u2011]?)(?P<last>\d{4})"
    r"(?!\d|[.,]\d)",
)
_MASKED = "••••••-••••"

_ROOTS = "home|Users|root|tmp|var|opt|mnt|srv|media|Volumes|private|work|workspace|data|etc|usr"
_PATH = re.compile(
    r"(?P<pre>^|[\s\"'(=,;:<>\[])"
    r"(?P<path>(?:file://)?(?:/(?:" + _ROOTS + r")(?:/[^\s\"'<>|:;,)\]]+)+|~/[^\s\"'<>|:;,)\]]+"
    r"|[A-Za-z]:[\\/](?:[^\\/\s\"'<>|:;,)\]]+[\\/])*[^\\/\s\"'<>|:;,)\]]+"
    r"|\\\\[^\\\s\"'<>|]+(?:\\[^\\\s\"'<>|:;,)\]]+)+))"
)


def _luhn(digits: str) -> bool:
    total = 0
    for i, d in enumerate(int(c) for c in digits):
        doubled = d * (2 - i % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _is_person(match: re.Match[str]) -> bool:
    """A date (a coordination number adds 60 to the day) and a right check digit."""
    day = match["day"]
    month, date = int(day[2:4]), int(day[4:6])
    date = date - 60 if date > 60 else date
    return 1 <= month <= 12 and 1 <= date <= 31 and _luhn(day + match["last"])


def people(text: str) -> list[str]:
    """Everything in `text` shaped like a Swedish personal identity number."""
    return [m[0] for m in _PERSON.finditer(text) if _is_person(m)]


def paths(text: str, known: Iterable[str] = ()) -> list[str]:
    """Everything in `text` that is a place on a computer; `known` are folders to look for."""
    found = [m["path"] for m in _PATH.finditer(text)]
    return found + [k for k in known if len(k) > 3 and k in text and k not in found]


def mask(text: str) -> str:
    """The text with identity numbers covered and paths cut to their last part."""
    if not text:
        return text
    masked = _PERSON.sub(lambda m: _MASKED if _is_person(m) else m[0], text)
    return _PATH.sub(lambda m: m["pre"] + "…/" + re.split(r"[\\/]", m["path"])[-1], masked)


def masked(value: Any) -> Any:
    """The same for every text in lists and mappings."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [masked(v) for v in value]
    if isinstance(value, dict):
        return {k: masked(v) for k, v in value.items()}
    return value
