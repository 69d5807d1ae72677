"""What did the extra hours do? A randomised pilot, judged by the lots that were drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._buying import people
from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._pilot_log import holes
from salesfact._pilot_outcome import YEAR, Past, differences, past
from salesfact._pilot_record import arrays, day, opened
from salesfact._pilot_result_told import EARLY, FEW_LEFT, LEAST_PAIRS, NO_END, PilotResult, known
from salesfact._said import said
from salesfact._sign_flips import DRAWS, flips, inverted
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from salesfact._facts import Facts
    from salesfact._result import Refusal

INNER, OUTER = 0.80, 0.95
MOST_MOVED = 0.5  # part of the sales of the year before; with more they are not the same books


def pilot_result(
    facts: Facts,
    record: str | Path | Mapping[str, Any],
    *,
    draws: int = DRAWS,
    as_of: dt.date | None = None,
) -> PilotResult:
    """What did the extra hours do?

    Sales in the pilot's months of all who were drawn for extra hours, against those of their
    partners, whether the hours were given or not (intention to treat). How much of the difference
    chance makes is found by letting the lots fall in other ways.

    Parameters
    ----------
    facts : Facts
        Up to the end of the pilot's last month, or later.
    record : path or mapping
        The workbook or `.json` that `pilot_workbook` wrote when the lots were drawn.
    draws : int
        Other ways the lots could have fallen; with up to 14 pairs all of them are counted.
    as_of : date, optional
        An earlier day to judge from; default: the facts' own.

    Returns
    -------
    PilotResult
        `table`: see there. Refused before the last month is over, and where fewer than six pairs
        are left.

    Raises
    ------
    SettingsError
        If `draws` is below 1, the record is none, was altered, is in another currency or another
        client's, or more than half of the sales of the year before stand otherwise in the books.
    LeakageError
        If `as_of` is later than the facts.

    Notes
    -----
    Each pair's difference is `log(sales + k)` of the first minus that of the second, less what
    their past explains (`salesfact._pilot_outcome.differences`); slopes and k were fixed when the
    lots were drawn. A supposed effect is taken out of the sales with extra hours; effects that the
    flips of signs do not reject at 5 % make the 95 % range (Rosenbaum 2002, Observational Studies,
    section 2.4), and the estimate is where the differences sum to nought (Hodges & Lehmann 1963).
    It counts pairs alike, not their money.

    Examples
    --------
    >>> import salesfact as sf
    >>> sf.pilot_result(facts, "pilot_2026-11.xlsx")  # doctest: +SKIP
    """
    if draws < 1:
        raise SettingsError(
            Fault(
                said(N_("{found} is not possible"), found=str(draws)),
                where="draws",
                remedy=said(N_("give {low} or more"), low=1),
            )
        )
    kept = opened(record)
    if kept["currency"] != facts.currency:
        raise SettingsError(
            Fault(
                said(
                    N_("the pilot's record is in {theirs}, the facts are in {ours}"),
                    theirs=str(kept["currency"]),
                    ours=facts.currency,
                ),
                where="currency",
                remedy=said(
                    N_("open the client with the settings it had when the lots were drawn")
                ),
            )
        )
    if kept["name"] != facts.name:
        raise SettingsError(
            Fault(
                said(
                    N_("the pilot was drawn for {theirs}, the facts are those of {ours}"),
                    theirs=str(kept["name"]),
                    ours=facts.name,
                ),
                where="name",
                remedy=said(
                    N_("open the client that the pilot was drawn for, under the name it had then")
                ),
            )
        )
    return _judged(facts, kept, draws=draws, as_of=as_of)


@stored
def _judged(
    facts: Facts, record: dict[str, Any], *, draws: int, as_of: dt.date | None = None
) -> PilotResult:
    facts = facts if as_of is None else facts.cut(as_of)
    start, end = day(record["start"]), day(record["end"])
    parameters: dict[str, Any] = {
        "as_of": facts.as_of,
        "start": start,
        "end": end,
        "months": int(record["months"]),
        "hours": float(record["hours"]),
        "seed": int(record["seed"]),
        "mde": float(record["mde"]),
        "planned": len(record["pairs"]),
        "draws": int(draws),
        "sure": OUTER,
        "moved": 0.0,
        "unlogged": 0,
        "closed": [],
        "effect": None,
    }
    given = arrays(record)
    if facts.as_of < end:
        return _answer(facts, _table(facts, given, None), parameters, EARLY)
    seen = past(facts)
    rows = {c: i for i, c in enumerate(seen.customers)}
    found = np.array([all(c in rows for c in pair) for pair in given["customers"]], dtype=bool)
    given = {name: values[found] for name, values in given.items()}
    at = np.array([[rows[c] for c in pair] for pair in given["customers"]], dtype=int)
    at = at.reshape(-1, 2)
    months = (seen.months >= np.datetime64(start, "M")) & (seen.months <= np.datetime64(end, "M"))
    sales = seen.money[:, months].sum(axis=1)[at]
    parameters["moved"] = _moved(seen, at, given["before"], record)
    if parameters["moved"] > MOST_MOVED:
        raise SettingsError(
            Fault(
                said(
                    N_(
                        "{moved} of the sales of the year before stand otherwise in the books than"
                        " when the lots were drawn, more than {most}: these are other books"
                    ),
                    moved=float(parameters["moved"]),
                    most=MOST_MOVED,
                ),
                where="record",
                remedy=said(N_("open the client with the sources and settings it had then")),
            )
        )
    hours, lacks = _hours(seen, at, months, record)
    parameters |= lacks
    if len(at) < LEAST_PAIRS:
        return _answer(facts, _table(facts, given, None), parameters, FEW_LEFT, hours)
    slopes = np.array(record["slopes"], dtype=float)

    def apart(effect: float) -> NDArray[np.float64]:
        return differences(sales, given["before"], given["same"], given["scale"], slopes, effect)

    ways = flips(len(at), draws=draws, seed=int(record["seed"]))
    effect, (inner, outer) = inverted(apart, ways, (INNER, OUTER))
    table = _table(facts, given, sales, apart(0.0))
    if not (known(inner) and known(outer)):
        return _answer(facts, table, parameters, NO_END, hours)
    parameters |= {
        "effect": float(np.expm1(effect)),
        "inner": [float(v) for v in np.expm1(inner)],
        "outer": [float(v) for v in np.expm1(outer)],
        "p": ways.p(apart(0.0)),
        "exact": ways.exact,
    }
    return _answer(facts, table, parameters, None, hours)


def _year_before(seen: Past, record: Mapping[str, Any]) -> NDArray[np.bool_]:
    """The twelve whole months before the lots were drawn."""
    last = np.datetime64(day(record["as_of"]) + dt.timedelta(days=1), "M") - 1
    return (seen.months > last - YEAR) & (seen.months <= last)


def _moved(
    seen: Past, at: NDArray[np.int64], before: NDArray[np.float64], record: Mapping[str, Any]
) -> float:
    """Part of the sales of the twelve months before that stands in the books otherwise now."""
    year = _year_before(seen, record)
    now = np.maximum(seen.money[:, year], 0.0).sum(axis=1)[at] * int(record["months"]) / YEAR
    return float(np.abs(now - before).sum() / max(before.sum(), 1e-9))


def _hours(
    seen: Past, at: NDArray[np.int64], months: NDArray[np.bool_], record: Mapping[str, Any]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Hours a customer and month before and during the pilot, by arm, and what the log lacks.

    Empty without activities, and where the pilot has a month without hours that is no closed one.
    Where only the year before has, what was before is missing: lots make the arms alike in it.
    """
    import pandas as pd

    none = pd.DataFrame({"arm": pd.Series(dtype="int64"), "before": [], "during": []})
    if seen.hours is None or not len(at):
        return none, {}
    year, total = _year_before(seen, record), seen.hours.sum(axis=0)
    unknown, shut = holes(total, months)
    lacks = {
        "unlogged": len(unknown),
        "closed": [m.astype("datetime64[D]").item() for m in seen.months[shut]],
    }
    if len(unknown):
        return none, lacks
    covered = not len(holes(total, year)[0])
    before, during = (
        [float(seen.hours[at[:, i]][:, span].mean()) for i in (0, 1)] for span in (year, months)
    )
    if not covered:
        before = [np.nan, np.nan]
    return pd.DataFrame({"arm": [1, 0], "before": before, "during": during}), lacks


def _table(
    facts: Facts,
    given: Mapping[str, NDArray[Any]],
    sales: NDArray[np.float64] | None,
    apart: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """One row per pair; sales missing where it cannot be judged."""
    import pandas as pd

    named: Any = people(facts)
    names = named["name"].dropna().to_dict() if "name" in named else {}
    m = len(given["customers"])
    none = np.full((m, 2), np.nan)
    frame: dict[str, Any] = {}
    for i, arm in enumerate(("extra", "usual")):
        customers = [str(c) for c in given["customers"][:, i]]
        frame[arm] = pd.Series(customers, dtype="str")
        frame[f"name_{arm}"] = pd.Series([str(names.get(c, c)) for c in customers], dtype="str")
        frame[f"sales_{arm}"] = (none if sales is None else sales)[:, i]
        frame[f"before_{arm}"] = given["before"][:, i]
    frame["difference"] = np.full(m, np.nan) if apart is None else apart
    table = pd.DataFrame(frame)
    table.index = pd.RangeIndex(1, m + 1, name="pair")
    return table


def _answer(
    facts: Facts,
    table: pd.DataFrame,
    parameters: dict[str, Any],
    refusal: Refusal | None,
    hours: pd.DataFrame | None = None,
) -> PilotResult:
    return PilotResult(
        table=table,
        tables={} if hours is None else {"hours": hours},
        parameters=parameters,
        source=facts.source,
        refusal=refusal,
    )
