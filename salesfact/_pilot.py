"""What do extra hours do, if lots decide who gets them? A pilot in matched pairs, and its size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._errors import Fault, SettingsError
from salesfact._identity import people
from salesfact._origins import months_after
from salesfact._pilot_outcome import YEAR, Past, candidates, past
from salesfact._pilot_power import LEVEL, POWER, matched, placebo
from salesfact._pilot_record import FORMAT, NUMBERS, lots, sealed
from salesfact._pilot_tables import (
    MOST_EFFECT,
    balance_of,
    chosen_of,
    sizes_of,
    table_of,
    tried_of,
)
from salesfact._pilot_told import EXTRA, FEW, LEAST_PAIRS, SWINGS, YOUNG, Pilot
from salesfact._store import stored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from salesfact._facts import Facts
    from salesfact._result import Refusal

LENGTHS = (3, 6, 12)
MOST_MONTHS = 24


@stored
def pilot(
    facts: Facts,
    *,
    months: int = 6,
    pairs: int | None = None,
    hours: float = 2.0,
    smallest_effect: float = 0.10,
    exclude: Sequence[str] = (),
    wait_months: int = 1,
    seed: int = 1,
    as_of: dt.date | None = None,
) -> Pilot:
    """What do extra hours do, if lots decide who gets them?

    Customers alike in sales, rhythm, trend, season and hours so far, with the same rep and as far
    as can be the same region and segment, are joined two by two; in each pair a lot decides who
    gets extra hours. How large an effect that shows is found from pilots tried on the client's own
    past.

    Parameters
    ----------
    facts : Facts
        At least 12 + `wait_months` + `months` whole months of them.
    months : int
        Length of the pilot, 1 to 24.
    pairs : int, optional
        How many; default: as few as show `smallest_effect`, or all if those are too few. Where not
        all are needed, lots decide which, spread evenly over reps and sales.
    hours : float
        Extra hours a month for each customer drawn for them.
    smallest_effect : float
        The smallest effect that matters, as a part of sales: .10 = 10 % more.
    exclude : sequence of str
        Numbers of customers who do not take part.
    wait_months : int
        Whole months between `as_of` and the first month, to prepare in.
    seed : int
        Of the lots; recorded.
    as_of : date, optional
        An earlier day to design from; default: the facts' own.

    Returns
    -------
    Pilot
        `table`: see there. Refused where the history is too short, there are fewer than
        eight pairs, or customers swing too much for any pilot. Give it to `pilot_workbook` to get
        the lists for the reps.

    Raises
    ------
    SettingsError
        If a parameter is not allowed, `pairs` is more than there can be, or an excluded customer
        is not known.
    LeakageError
        If `as_of` is later than the facts.

    Notes
    -----
    Who takes part: `salesfact._pilot_outcome.candidates`. Pairs: `salesfact._pairing.paired`. The
    size: `salesfact._pilot_power.Placebo`, for a two-sided test at 5 % that finds the effect in
    80 % of cases. What was seen in worlds with a known effect stands in docs/pilot.md.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth_pilot import pilot_world
    >>> sales, customers = pilot_world(1, customers=60, months=30).frames()
    >>> result = pilot(Facts.from_frames(sales, customers), months=3)
    >>> result.table["arm"].value_counts().nunique()  # as many with extra hours as without
    1
    """
    facts = facts if as_of is None else facts.cut(as_of)
    _allowed(months, pairs, hours, smallest_effect, wait_months, seed)
    known = past(facts)
    without = _excluded(known, exclude)
    at = len(known.months)
    ahead = np.datetime64(facts.as_of + dt.timedelta(days=1), "M") + wait_months
    begin = ahead.astype("datetime64[D]").item()
    parameters: dict[str, Any] = {
        "as_of": facts.as_of,
        "months": months,
        "hours": float(hours),
        "smallest_effect": float(smallest_effect),
        "wait_months": wait_months,
        "seed": int(seed),
        "start": begin,
        "end": months_after(begin, months) - dt.timedelta(days=1),
        "level": LEVEL,
        "power": POWER,
        "history": at,
        "needed_history": YEAR + wait_months + months,
        "excluded": len(without),
        "unlisted": 0,
        "candidates": 0,
        "all_pairs": 0,
        "origins": 0,
        "slopes": [],
        "mde": None,
    }
    if at < YEAR + wait_months + months:
        return _refused(facts, parameters, YOUNG)
    window = slice(at + wait_months, at + wait_months + months)
    # no list may hold such a number, nor may the record: they stay out of the draw
    masked = np.array([bool(people(c)) for c in known.customers], dtype=bool)
    unlisted = np.setdiff1d(np.flatnonzero(masked), without)
    parameters["unlisted"] = len(np.intersect1d(unlisted, candidates(known, at)))
    without = np.union1d(without, unlisted)
    rows, pairing, like = matched(known, at, window, without)
    parameters |= {"candidates": len(rows), "all_pairs": len(pairing.pairs)}
    tried = {
        m: p
        for m in sorted({*LENGTHS, months})
        if (p := placebo(known, m, wait=wait_months, without=without)) is not None
    }
    if len(pairing.pairs) < LEAST_PAIRS or months not in tried:
        return _refused(facts, parameters, FEW)
    own = tried[months]
    most = len(pairing.pairs)
    if pairs is not None and pairs > most:
        raise SettingsError(
            Fault(
                f"pairs is {pairs!r}, but only {most} are possible",
                where="pilot",
                allowed=f"{LEAST_PAIRS} to {most}",
                remedy="ask for fewer pairs, or exclude fewer customers",
            )
        )
    wanted = pairs or own.needed(smallest_effect, most) or most
    wanted = min(max(wanted, LEAST_PAIRS), most)
    if not own.smallest(wanted) <= MOST_EFFECT:
        return _refused(facts, parameters, SWINGS)
    chosen = chosen_of(known, rows, pairing.pairs, like, wanted, seed)
    members = rows[chosen]
    extra = lots(len(members), seed)
    parameters |= {
        "origins": own.origins,
        "slopes": [float(s) for s in own.slopes],
        "mde": own.smallest(len(members)),
    }
    return Pilot(
        table=table_of(facts, known, members, extra, window),
        tables={
            "sizes": sizes_of(tried, most, len(members), hours),
            "balance": balance_of(like, chosen, seed),
            "origins": tried_of(tried),
        },
        parameters=parameters,
        source=facts.source,
    )


def record(result: Pilot) -> dict[str, Any]:
    """What must be kept of a pilot until it is over; see `salesfact._pilot_record`.

    Raises
    ------
    SettingsError
        If the pilot was refused.
    """
    if result.refusal is not None or result.table.empty:
        raise SettingsError(
            Fault("there is no pilot to write", where=result.source.name, remedy=result.reading())
        )
    table: Any = result.table.sort_index().sort_values("pair", kind="stable")
    given = result.parameters
    numbers = {n: table[n].to_numpy(dtype=float).reshape(-1, 2) for n in NUMBERS}
    customers = table.index.to_numpy().reshape(-1, 2)
    extra = (table["arm"] == EXTRA).to_numpy().reshape(-1, 2).argmax(axis=1)
    return sealed(
        {
            "format": FORMAT,
            "name": result.source.name,
            "currency": result.source.currency,
            "as_of": given["as_of"].isoformat(),
            "start": given["start"].isoformat(),
            "end": given["end"].isoformat(),
            "months": given["months"],
            "hours": given["hours"],
            "seed": given["seed"],
            "mde": given["mde"],
            "slopes": list(given["slopes"]),
            "pairs": [
                {
                    "customers": [str(c) for c in customers[i]],
                    "extra": int(extra[i]),
                    "before": numbers["before"][i].tolist(),
                    "same": numbers["same"][i].tolist(),
                    "scale": float(numbers["scale"][i, 0]),
                }
                for i in range(len(customers))
            ],
        }
    )


def _allowed(
    months: int,
    pairs: int | None,
    hours: float,
    smallest_effect: float,
    wait_months: int,
    seed: int,
) -> None:
    faults = [
        Fault(f"{name} is {value!r}", where="pilot", allowed=allowed)
        for name, value, fine, allowed in (
            ("months", months, 1 <= months <= MOST_MONTHS, f"1 to {MOST_MONTHS}"),
            ("pairs", pairs, pairs is None or pairs >= LEAST_PAIRS, f"{LEAST_PAIRS} or more"),
            ("hours", hours, 0 < hours < float("inf"), "above 0"),
            ("smallest_effect", smallest_effect, 0 < smallest_effect <= 5, "above 0, up to 5"),
            ("wait_months", wait_months, 0 <= wait_months <= YEAR, f"0 to {YEAR}"),
            ("seed", seed, seed >= 0, "0 or more"),
        )
        if not fine
    ]
    if faults:
        raise SettingsError(*faults)


def _excluded(known: Past, exclude: Sequence[str]) -> NDArray[np.int64]:
    """Rows of the customers who do not take part."""
    wanted = [exclude] if isinstance(exclude, str) else list(exclude)
    unknown = sorted({str(c) for c in wanted} - set(known.customers))
    if unknown:
        raise SettingsError(
            Fault(
                f"{len(unknown)} customers to exclude are not known: {', '.join(unknown[:5])}",
                where="exclude",
                allowed="customer numbers as in the sales",
            )
        )
    return np.flatnonzero(np.isin(known.customers, np.array(wanted, dtype=object)))


def _refused(facts: Facts, parameters: dict[str, Any], refusal: Refusal) -> Pilot:
    """The data cannot tell."""
    import pandas as pd

    kinds = {
        "pair": "int64",
        **dict.fromkeys(("arm", "name"), "str"),
        "value": "float64",
        "orders": "int64",
        **dict.fromkeys(NUMBERS, "float64"),
    }
    none = {n: pd.Series(dtype=k) for n, k in kinds.items()}
    return Pilot(
        table=pd.DataFrame(none, index=pd.Index([], name="customer", dtype="str")),
        parameters=parameters,
        source=facts.source,
        refusal=refusal,
    )
