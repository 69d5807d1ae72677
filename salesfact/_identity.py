"""Is a number a person? What is shaped like a Swedish personal identity number."""

from __future__ import annotations

import re

# 10 or 12 digits. A century or a separator is enough to tell them from an amount; ten bare digits
# must not be part of a longer number, grouped or with decimals.
_GAP = r"[ \u00a0\u2009\u202f]?[-+\u2010-\u2015\u2212][ \u00a0\u2009\u202f]?|[ \u00a0\u2009\u202f]"
PERSON = re.compile(
    rf"(?<!\d)(?:(?:18|19|20)\d{{6}}(?:{_GAP})?\d{{4}}(?!\d)"
    rf"|\d{{6}}(?:{_GAP})\d{{4}}(?!\d)"
    r"|(?<!\d[.,])(?<![.,\u2212])(?<!\d[ \u00a0\u202f])\d{10}(?!\d|[.,]\d))",
)


def _luhn(digits: str) -> bool:
    total = 0
    for i, d in enumerate(int(c) for c in digits):
        doubled = d * (2 - i % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def is_person(match: re.Match[str]) -> bool:
    """A date (a coordination number adds 60 to the day) and a right check digit."""
    digits = "".join(c for c in match[0] if c.isdigit())[-10:]
    month, date = int(digits[2:4]), int(digits[4:6])
    date = date - 60 if date > 60 else date
    return 1 <= month <= 12 and 1 <= date <= 31 and _luhn(digits)


def people(text: str) -> list[str]:
    """Everything in `text` shaped like a Swedish personal identity number."""
    return [m[0] for m in PERSON.finditer(text) if is_person(m)]
