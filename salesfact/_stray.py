"""Which days do not belong to the rest? Dates typed wrong would move the end of the facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

#: More empty months than this part a group of days from the others ...
EMPTY_MONTHS = 12
#: ... and it is stray if it holds less than this share of the lines,
SHARE = 0.01
#: or is one line, so many empty months away, beside at least so many others.
LONE_MONTHS, OTHERS = 60, 20


def stray(days: Iterable[tuple[dt.date, int]]) -> list[tuple[dt.date, dt.date]]:
    """Stretches of days that stand far from all others, as (first, last).

    Days fall into groups with more than 12 empty months between them; the group with most lines is
    the firm's business. Another group is stray if it holds less than 1 % of all lines, or is one
    single line more than 60 empty months away from the next group on the way to the business,
    where there are at least 20 other lines. So a fair held every second year is never touched,
    and 2062 for 2026 is found in a small export too.

    Parameters
    ----------
    days : iterable of (date, int)
        Days with lines, and how many.
    """
    rows: dict[dt.date, int] = {}
    for day, n in days:
        rows[day] = rows.get(day, 0) + n
    groups: list[list[dt.date]] = []
    for day in sorted(rows):
        if groups and _empty_between(groups[-1][-1], day) <= EMPTY_MONTHS:
            groups[-1].append(day)
        else:
            groups.append([day])
    sizes = [sum(rows[d] for d in group) for group in groups]
    total = sum(sizes)
    if len(groups) < 2:
        return []
    home = sizes.index(max(sizes))
    found = []
    for i, (group, size) in enumerate(zip(groups, sizes, strict=True)):
        if i == home:
            continue
        away = (
            _empty_between(group[-1], groups[i + 1][0])
            if i < home
            else _empty_between(groups[i - 1][-1], group[0])
        )
        lone = size == 1 and away > LONE_MONTHS and total > OTHERS
        if size < SHARE * total or lone:
            found.append((group[0], group[-1]))
    return found


def _empty_between(a: dt.date, b: dt.date) -> int:
    """Whole months without a day between two days."""
    return max(0, (b.year - a.year) * 12 + b.month - a.month - 1)
