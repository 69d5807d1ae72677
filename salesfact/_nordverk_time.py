"""Nordverk AB's calendar: which days exist, how busy they are, what prices do; and its chance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesfact._nordverk_parameters import Parameters

if TYPE_CHECKING:
    import numpy as np

#: Orders per working day against the year's mean, January to December: July is closed.
SEASON = (0.97, 1.02, 1.09, 1.01, 1.03, 1.01, 0.45, 0.88, 1.14, 1.19, 1.14, 0.87)
#: Share of a usual month's visits a rep makes: holidays in July, Christmas in December.
WORK = (0.9, 1.1, 1.15, 1.1, 1.05, 0.9, 0.25, 0.85, 1.25, 1.25, 1.15, 0.75)
#: Year -> (rise of list prices, rise of costs), both from 1 February.
RISES = {
    2021: (0.03, 0.03),
    2022: (0.082, 0.098),
    2023: (0.071, 0.078),
    2024: (0.034, 0.022),
    2025: (0.031, 0.024),
    2026: (0.029, 0.028),
}
#: The market's movement: share of the simulated time -> log volume.
MARKET = ((0.0, 0.0), (0.15, 0.05), (0.35, 0.02), (0.5, -0.07), (0.75, -0.03), (1.0, -0.01))

#: Hours of a day: what does not fit into a rep's day is done on another of the month.
FULL = 12.0

_STREAMS = ("customers", "lives", "effort", "orders", "lines", "judgements", "export", "log")


def stream(seed: int, name: str) -> np.random.Generator:
    """One source of chance per part of the world: changing raters leaves the sales as they were."""
    import numpy as np

    return np.random.default_rng([seed, _STREAMS.index(name)])


@dataclass(frozen=True)
class Calendar:
    """Working days with a year of run-in before the first day that is told.

    Attributes
    ----------
    first, as_of, last : date
        First day told, end of the last complete month, last day told.
    days : array of datetime64[D]
        Working days from a year before `first`.
    month : array of int
        Month of each day, 0 for the first month of the run-in.
    starts : array of datetime64[D]
        First day of each month.
    year : array of int
        Year of each month, counted from `first`; the run-in is -1.
    workdays : array of int
        Working days in each whole month (the last one may not be told to its end).
    season, market, work : array of float
        Order intensity, market volume and visiting against usual, per month.
    price, cost : array of float
        Index of list prices and costs per month; 1 in the first month told.
    """

    first: dt.date
    as_of: dt.date
    last: dt.date
    days: np.ndarray
    month: np.ndarray
    starts: np.ndarray
    year: np.ndarray
    workdays: np.ndarray
    season: np.ndarray
    market: np.ndarray
    work: np.ndarray
    price: np.ndarray
    cost: np.ndarray
    holidays: np.ndarray


def calendar(p: Parameters) -> Calendar:
    """The days of a world."""
    import numpy as np

    month_first = p.last_day.replace(day=1)
    as_of = month_first - dt.timedelta(days=1)
    first = month_first.replace(year=month_first.year - p.years)
    begin = first.replace(year=first.year - 1)
    holidays = _holidays(begin.year, p.last_day.year)
    starts = np.arange(
        np.datetime64(begin, "M"), np.datetime64(p.last_day, "M") + 1, dtype="datetime64[M]"
    )
    ends = (starts + 1).astype("datetime64[D]")
    every = np.arange(np.datetime64(begin), np.datetime64(p.last_day) + 1, dtype="datetime64[D]")
    days = every[np.is_busday(every, holidays=holidays)]
    moy = starts.astype(int) % 12
    years = 1970 + starts.astype(int) // 12
    season = np.array(SEASON)[moy] if p.season else np.ones(len(starts))
    inside = (np.arange(len(starts)) - 12) / max(len(starts) - 13, 1)
    marks, levels = zip(*MARKET, strict=True)
    rises = np.array([RISES.get(int(y), (0.03, 0.03)) for y in years])
    steps = np.where((moy == 1)[:, None], np.log1p(rises), 0.0).cumsum(axis=0)
    index = np.exp(steps - steps[12])
    return Calendar(
        first=first,
        as_of=as_of,
        last=p.last_day,
        days=days,
        month=days.astype("datetime64[M]").astype(int) - starts[0].astype(int),
        starts=starts.astype("datetime64[D]"),
        year=np.arange(len(starts)) // 12 - 1,
        workdays=np.busday_count(starts.astype("datetime64[D]"), ends, holidays=holidays),
        season=season,
        market=np.exp(np.interp(inside, marks, levels)),
        work=np.array(WORK)[moy] if p.season else np.ones(len(starts)),
        price=index[:, 0],
        cost=index[:, 1],
        holidays=holidays,
    )


def _holidays(first: int, last: int) -> np.ndarray:
    """Swedish public holidays and the eves on which firms are closed."""
    import numpy as np

    out: list[dt.date] = []
    for year in range(first, last + 2):
        easter = _easter(year)
        out += [easter + dt.timedelta(days=d) for d in (-2, 1, 39)]
        out += [
            dt.date(year, m, d)
            for m, d in ((1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31))
        ]
        midsummer = next(
            day for day in (dt.date(year, 6, d) for d in range(19, 26)) if day.weekday() == 4
        )
        out.append(midsummer)
    return np.array(sorted(out), dtype="datetime64[D]")


def _easter(year: int) -> dt.date:
    """Easter Sunday (the anonymous Gregorian computus, Meeus 1991, p. 67)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)


def renewals(
    rng: np.random.Generator, clock: np.ndarray, k: np.ndarray, first: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Events whose gaps are Gamma(k) with mean 1 on each row's own clock.

    Parameters
    ----------
    clock : array (n, days)
        Expected number of events up to the end of each day; never falls.
    k : array (n,)
        Regularity of gaps.
    first : array (n,), optional
        Clock time to the first event; default: a process that has run for ever.

    Returns
    -------
    who, day : array of int
        Row and day of each event, by row and time.
    rest : array (n,)
        Clock time from the last day to the next event.
    """
    import numpy as np

    n, days = clock.shape
    total = clock[:, -1]
    if first is None:
        first = rng.gamma(k + 1, 1 / k) * rng.random(n)
    need = np.ceil(total + 8 * np.sqrt(total / k) + 20 / np.minimum(k, 1)).astype(int)
    who = np.repeat(np.arange(n), need)
    begins = np.concatenate([[0], need.cumsum()[:-1]])
    gaps = rng.gamma(k[who], 1 / k[who])
    gaps[begins] = first
    run = gaps.cumsum()
    at = run - np.repeat(run[begins] - first, need)
    ends = need.cumsum() - 1
    if (at[ends] <= total).any():
        raise ArithmeticError("too few gaps were drawn")
    beyond = at > total[who]
    rest = np.minimum.reduceat(np.where(beyond, at, np.inf), begins) - total
    who, at = who[~beyond], at[~beyond]
    lift = (total.max() + 1.0) * np.arange(n)
    day = np.searchsorted((clock + lift[:, None]).ravel(), at + lift[who]) - who * days
    return who, np.minimum(day, days - 1), rest


def fitted(cal: Calendar, rep: np.ndarray, every: dict[str, np.ndarray]) -> np.ndarray:
    """Days on which each rep's hours fit: what is too much is done on the next day with room.

    It stays within its month, so that hours by customer and month are what they were.
    """
    import numpy as np

    day, hours = every["day"].copy(), every["hours"]
    load = np.zeros((int(rep.max(initial=0)) + 1, len(cal.days)))
    np.add.at(load, (rep, day), hours)
    for who, full in zip(*np.nonzero(load > FULL), strict=True):
        inside = np.flatnonzero(cal.month == cal.month[full])
        room = [*inside[inside > full], *inside[inside < full][::-1]]
        mine = np.flatnonzero((rep == who) & (day == full))
        for at in mine[np.lexsort((every["kind"][mine], every["row"][mine]))][::-1]:
            free = next((d for d in room if load[who, d] + hours[at] <= FULL), None)
            if load[who, full] <= FULL or free is None:
                break
            load[who, full] -= hours[at]
            load[who, free] += hours[at]
            day[at] = free
    return day
