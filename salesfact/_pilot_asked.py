"""Which pilot is asked for, and can there be such a one? Faults with a remedy each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._errors import Fault, SettingsError
from salesfact._language import N_, language
from salesfact._pilot_outcome import YEAR, Past
from salesfact._pilot_told import LEAST_PAIRS
from salesfact._said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_MONTHS = 24
MOST_WAIT = YEAR
MOST_HOURS = 744  # of a month
_NAMED = 5  # customers that a fault lists


def first_month(as_of: dt.date, wait_months: int) -> dt.date:
    """A pilot's first day: whole months after the one in which the facts end."""
    month = np.datetime64(as_of + dt.timedelta(days=1), "M") + wait_months
    return month.astype("datetime64[D]").item()


def wait_until(as_of: dt.date, today: dt.date) -> int:
    """Months to leave so that a pilot begins with the first whole month after a day; 1 or more.

    Examples
    --------
    >>> wait_until(dt.date(2026, 9, 30), dt.date(2026, 11, 28))  # October and November
    2
    """
    begins = np.datetime64(today, "M") + 1
    return max(1, int((begins - np.datetime64(as_of + dt.timedelta(days=1), "M")).astype(int)))


def allowed(
    *,
    months: int,
    pairs: int | None,
    hours: float,
    smallest_rise: float | None,
    wait_months: int,
    seed: int,
) -> None:
    """Whether parameters can be.

    Raises
    ------
    SettingsError
        All that cannot, in one.
    """
    span, least = N_("give {low} to {high}"), N_("give {low} or more")
    asked: tuple[tuple[str, Any, bool, str], ...] = (
        ("months", months, 1 <= months <= MOST_MONTHS, said(span, low=1, high=MOST_MONTHS)),
        ("pairs", pairs, pairs is None or pairs >= LEAST_PAIRS, said(least, low=LEAST_PAIRS)),
        (
            "hours",
            hours,
            0 < hours <= MOST_HOURS,
            said(N_("give a number above 0 and at most {high}"), high=MOST_HOURS),
        ),
        (
            "smallest_rise",
            smallest_rise,
            smallest_rise is None or 0 < smallest_rise <= 5,
            said(N_("give a part of sales above 0 and at most 5, as 0.1 for 10 % more")),
        ),
        ("wait_months", wait_months, 0 <= wait_months <= MOST_WAIT, said(span, low=0, high=YEAR)),
        ("seed", seed, seed >= 0, said(least, low=0)),
    )
    faults = [
        Fault(said(N_("{found} is not possible"), found=str(value)), where=name, remedy=remedy)
        for name, value, fine, remedy in asked
        if not fine
    ]
    if faults:
        raise SettingsError(*faults)


def too_many(pairs: int, most: int) -> SettingsError:
    """More pairs than there can be."""
    return SettingsError(
        Fault(
            said(N_("{found} are asked for, but only {most} are possible"), found=pairs, most=most),
            where="pairs",
            remedy=said(
                N_(
                    "ask for {low} to {most}, leave it out to get as many as are needed, or exclude"
                    " fewer customers"
                ),
                low=LEAST_PAIRS,
                most=most,
            ),
        )
    )


def too_late(as_of: dt.date, today: dt.date) -> SettingsError:
    """The facts end so long before a day that no pilot after it can be planned from them."""
    return SettingsError(
        Fault(
            said(
                N_(
                    "the facts end on {end}, more than {most} months before the first whole month"
                    " after today"
                ),
                end=as_of.isoformat(),
                most=MOST_WAIT,
            ),
            where="wait_months",
            remedy=said(
                N_(
                    "supply newer sales lines; or, to see what an earlier pilot would have been,"
                    " say how many months to leave before it, as --wait-months 1"
                )
            ),
        )
    )


def too_soon(start: dt.date, code: str) -> SettingsError:
    """The first month has begun before the lots are drawn: what was done in it was no pilot."""
    return SettingsError(
        Fault(
            said(
                N_("{start} has begun already, and a pilot begins after its lots are drawn"),
                start=language(code).month(start),
            ),
            where="wait_months",
            remedy=said(
                N_(
                    "leave it out to begin with the next whole month, or leave more months"
                    " before it"
                )
            ),
        )
    )


def left_out(known: Past, exclude: Sequence[str]) -> NDArray[np.int64]:
    """Rows of the customers who do not take part.

    Raises
    ------
    SettingsError
        If one of them is not known.
    """
    unknown = sorted({str(c) for c in exclude} - set(known.customers))
    if unknown:
        names = ", ".join(unknown[:_NAMED]) + (" …" if len(unknown) > _NAMED else "")
        raise SettingsError(
            Fault(
                said(
                    N_("customer {names} is not known"),
                    N_("{n} customers are not known: {names}"),
                    len(unknown),
                    n=len(unknown),
                    names=names,
                ),
                where="exclude",
                remedy=said(
                    N_(
                        "give customer numbers as they stand in the sales lines, each with an"
                        " --exclude of its own"
                    )
                ),
            )
        )
    return np.flatnonzero(np.isin(known.customers, np.array([*exclude], dtype=object)))
