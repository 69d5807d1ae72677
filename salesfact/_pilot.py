"""What do extra hours do, if lots decide who gets them? A pilot in matched pairs, and its size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._errors import Fault, SettingsError
from salesfact._identity import people
from salesfact._language import N_
from salesfact._origins import months_after
from salesfact._pilot_asked import allowed, first_month, left_out, too_many
from salesfact._pilot_expected import dose, estimate_of, rise
from salesfact._pilot_log import average, hours_of, kept, logged
from salesfact._pilot_outcome import YEAR, candidates, past
from salesfact._pilot_power import LEVEL, POWER, matched, placebo
from salesfact._pilot_record import FORMAT, NUMBERS, lots, sealed
from salesfact._pilot_tables import (
    MOST_EFFECT,
    balance_of,
    chosen_of,
    refused,
    sizes_of,
    table_of,
    tried_of,
)
from salesfact._pilot_told import EXTRA, LEAST_PAIRS, Pilot
from salesfact._pilot_words import FEW, SWINGS, YOUNG
from salesfact._said import said
from salesfact._store import stored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from salesfact._facts import Facts
    from salesfact._result import Result

LENGTHS = (3, 6, 12)
SMALLEST_RISE = 0.10  # part of sales; unless the client says what matters


def pilot(
    facts: Facts,
    *,
    months: int = 6,
    pairs: int | None = None,
    hours: float = 2.0,
    smallest_rise: float | None = None,
    exclude: Sequence[str] = (),
    wait_months: int = 1,
    seed: int = 1,
    response: Result | None = None,
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
        How many; default: as few as show `smallest_rise`, or all if those are too few. Where not
        all are needed, lots decide which, spread evenly over reps and sales.
    hours : float
        Extra hours a month for each customer drawn for them.
    smallest_rise : float, optional
        The smallest rise in sales that matters, as a part of them: .10 = 10 % more. It is no slope,
        as `response: smallest_effect` in the settings is; default: what that slope makes of these
        hours where the settings name it and there are activities, else .10.
    exclude : sequence of str
        Numbers of customers who do not take part.
    wait_months : int
        Whole months between `as_of` and the first month, to prepare in. The facts may end long
        before today: see to it that the first month lies ahead.
    seed : int
        Of the lots; recorded.
    response : Response, optional
        What `response` says of the same facts, told or refused: the pilot is held against it.
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
    80 % of cases. What may be expected: `salesfact._pilot_expected`. What was seen in worlds with a
    known effect stands in docs/pilot.md.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth_pilot import pilot_world
    >>> sales, customers = pilot_world(1, customers=60, months=30).frames()
    >>> result = pilot(Facts.from_frames(sales, customers), months=3)
    >>> result.table["arm"].value_counts().nunique()  # as many with extra hours as without
    1
    """
    allowed(
        months=months,
        pairs=pairs,
        hours=hours,
        smallest_rise=smallest_rise,
        wait_months=wait_months,
        seed=seed,
    )
    return _planned(
        facts,
        months=months,
        pairs=pairs,
        hours=float(hours),
        smallest_rise=smallest_rise,
        exclude=(exclude,) if isinstance(exclude, str) else tuple(exclude),
        wait_months=wait_months,
        seed=int(seed),
        estimate=estimate_of(response),
        as_of=as_of,
    )


@stored
def _planned(
    facts: Facts,
    *,
    months: int,
    pairs: int | None,
    hours: float,
    smallest_rise: float | None,
    exclude: tuple[str, ...],
    wait_months: int,
    seed: int,
    estimate: Mapping[str, float] | None,
    as_of: dt.date | None = None,
) -> Pilot:
    facts = facts if as_of is None else facts.cut(as_of)
    known = past(facts)
    without = left_out(known, exclude)
    at = len(known.months)
    begin = first_month(facts.as_of, wait_months)
    parameters: dict[str, Any] = {
        "as_of": facts.as_of,
        "months": months,
        "hours": hours,
        "smallest_rise": smallest_rise,
        "matters": None,
        "wait_months": wait_months,
        "seed": seed,
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
        "pairs_asked": 0,
        "origins": 0,
        "slopes": [],
        "mde": None,
        **(dict(estimate) if estimate else dict.fromkeys(("slope", "se", "decay"))),
    }
    if at < YEAR + wait_months + months:
        return refused(facts, parameters, YOUNG)
    window = slice(at + wait_months, at + wait_months + months)
    # no list may hold such a number, nor may the record: they stay out of the draw
    masked = np.array([bool(people(c)) for c in known.customers], dtype=bool)
    unlisted = np.setdiff1d(np.flatnonzero(masked), without)
    parameters["unlisted"] = len(np.intersect1d(unlisted, candidates(known, at)))
    without = np.union1d(without, unlisted)
    rows, pairing, like = matched(known, at, window, without)
    most = len(pairing.pairs)
    parameters |= {"candidates": len(rows), "all_pairs": most, "pairs_asked": pairs or most}
    tried = {
        m: p
        for m in sorted({*LENGTHS, months})
        if (p := placebo(known, m, wait=wait_months, without=without)) is not None
    }
    if most < LEAST_PAIRS or months not in tried:
        return refused(facts, parameters, FEW)
    own = tried[months]
    if pairs is not None and pairs > most:
        raise too_many(pairs, most)
    total = logged(facts, known)
    year = average(total, at)
    today = hours_of(known, rows[pairing.pairs].ravel(), year)
    parameters |= kept(total, at, window, begin)
    parameters |= _matters(facts, parameters, None if known.hours is None else today)
    wanted = pairs or own.needed(parameters["smallest_rise"], most) or most
    wanted = min(max(wanted, LEAST_PAIRS), most)
    if not own.smallest(wanted) <= MOST_EFFECT:
        return refused(facts, parameters, SWINGS)
    chosen = chosen_of(known, rows, pairing.pairs, like, wanted, seed)
    members = rows[chosen]
    extra = lots(len(members), seed)
    parameters |= {
        "origins": own.origins,
        "slopes": [float(s) for s in own.slopes],
        "mde": own.smallest(len(members)),
    }
    return Pilot(
        table=table_of(facts, known, members, extra, window, year),
        tables={
            "sizes": sizes_of(tried, most, len(members), hours),
            "balance": balance_of(like, chosen, seed),
            "origins": tried_of(tried),
        },
        parameters=parameters,
        source=facts.source,
    )


def _matters(
    facts: Facts, parameters: Mapping[str, Any], today: NDArray[np.float64] | None
) -> dict[str, Any]:
    """The smallest rise that matters: as asked, else by the client's slope, else the usual."""
    slope = (facts.response or {}).get("smallest_effect")
    if parameters["smallest_rise"] is not None:
        return {"smallest_rise": float(parameters["smallest_rise"])}
    if slope is None or today is None:
        return {"smallest_rise": SMALLEST_RISE}
    amount = dose(
        today, parameters["hours"], parameters["months"], decay=parameters["decay"] or 0.0
    )
    return {"smallest_rise": rise(float(slope), amount), "matters": float(slope)}


def record(result: Pilot) -> dict[str, Any]:
    """What must be kept of a pilot until it is over; see `salesfact._pilot_record`.

    Raises
    ------
    SettingsError
        If the pilot was refused.
    """
    if result.refusal is not None or result.table.empty:
        refusal = result.refusal or FEW
        raise SettingsError(
            Fault(
                said(N_("there is no pilot to write. {why}"), why=result.say(refusal.reason)),
                where=result.source.name,
                remedy=result.say(refusal.remedy),
            )
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
