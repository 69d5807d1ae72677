"""Would our list have been right? Each list held against what happened after earlier days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _trial
from salesfact._capacity import DEFAULT_SHARE, room
from salesfact._course_told import NAIVE_LIST, SHORT, Course, retold
from salesfact._errors import Fault, SettingsError
from salesfact._language import N_, language
from salesfact._origins import NAIVE, WANTED, Ranking, rolling_origins
from salesfact._said import said
from salesfact._silences import false_alarms, silence_verdict, silences
from salesfact._store import stored
from salesfact._trial import SHAKY, TOO_GOOD, Stand

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._compare import Difference
    from salesfact._facts import Facts

HISTORY_MONTHS = 12  # before the first origin; half of it where four origins take that
DRAWS = 1000


@stored
def course(
    facts: Facts,
    lists: Mapping[str, Ranking] | None = None,
    *,
    horizon_months: int | None = None,
    capacity: int | None = None,
    lag_days: int = 0,
    baselines: Mapping[str, Ranking] | None = None,
    seed: int = 0,
    as_of: dt.date | None = None,
) -> Course:
    """Would our list have been right? Each list, made at earlier days, against what came after.

    At each of at least four earlier month ends (where the history allows) every list is made anew
    from facts that hold nothing later, the first customers of it are "called", and their money
    over the horizon is counted. The naive list to beat is the one that had done best at the
    origins before; a list is better only where the two-sided 95 % interval of its lead over that
    one lies above 0.

    Parameters
    ----------
    facts : Facts
    lists : mapping of str to callable, optional
        Name to a function of facts and a horizon in months, that returns a Series by customer
        (higher = earlier on the list) or a DataFrame with `estimate` (money over the horizon) and
        perhaps `low` and `high`. The first one leads the reading. Default: the estimate of
        `value`; and those `rhythm` flags as silent are followed up beside it.
    horizon_months : int, optional
        Default: the facts' own.
    capacity : int, optional
        How many customers can be called. Default: `capacity` in the settings, else a fifth of
        the customers who ordered in the last twelve months.
    lag_days : int
        Days until a sale is in the books: a list at an origin knows so much less.
    baselines : mapping of str to callable, optional
        Further naive lists to beat, beside `salesfact._origins.NAIVE`.
    seed : int
        Same seed, same interval.
    as_of : date, optional
        An earlier day to judge from; default: the facts' own.

    Returns
    -------
    Course
        `table`: see there. Refused where fewer than two origins have a history of twelve months
        before and a whole horizon after them (six months where the horizon is at most three).

    Raises
    ------
    LeakageError
        If a list reaches for an attribute without dates or knows later customers; names which
        and at which origin.
    SettingsError
        If the horizon, the capacity or the lag is no number that makes sense, or no list is named.
    FactsError
        If a list gives back neither Series nor DataFrame, or names a customer twice.

    Notes
    -----
    Captured share: the money of the first k customers as a part of all money that came; what is
    below zero counts as nothing; equal customers share the places left. Interval: paired bootstrap
    over customers, each drawn with all its origins (`salesfact._compare.compare`). Nothing here
    tells what calling a customer *added*: see docs/course.md.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth import buying_world
    >>> from salesfact._origins import NAIVE
    >>> facts = Facts.from_frames(buying_world(1, customers=60, k=3.0).frame())
    >>> course(facts, {"my list": NAIVE["last_12"]}, horizon_months=3).table.index[0]
    'my list'
    """
    facts = facts if as_of is None else facts.cut(as_of)
    horizon = facts.horizon_months if horizon_months is None else horizon_months
    _sound(horizon, capacity, lag_days, lists)
    chosen = _default_lists() if lists is None else dict(lists)
    naive = {n: f for n, f in (dict(NAIVE) | dict(baselines or {})).items() if n not in chosen}
    if horizon >= 12:
        naive.pop("season", None)  # the last twelve months again
    history = HISTORY_MONTHS
    origins = rolling_origins(facts, horizon, lag_days=lag_days, history_months=history)
    if len(origins) < WANTED and horizon <= 3:
        history //= 2
        origins = rolling_origins(facts, horizon, lag_days=lag_days, history_months=history)
    names = list(chosen)
    parameters: dict[str, Any] = {
        "money": facts.money,
        "horizon_months": horizon,
        "history_months": history,
        "lag_days": lag_days,
        "seed": seed,
        "draws": DRAWS,
        "lists": tuple(names),
        "naive": tuple(naive),
        "origins": len(origins),
        "tests": max(0, len(origins) - 1),
        "needed_months": horizon + history + 1,
        "months": _whole_months(facts),
        "capacity_given": facts.capacity is not None or capacity is not None,
        "capacity_share": DEFAULT_SHARE,
        "shaky": SHAKY,
        "overlapping": _overlapping(origins, horizon),
        "silence_verdict": _trial.FEW,
    }
    if len(origins) < 2:
        return _refused(facts, parameters)
    # the default list's answers at the origins are not kept: what is made of them is
    asked = replace(facts, folder=None) if lists is None else facts
    stands = _trial.hold(
        asked, chosen, naive, origins, horizon, capacity=capacity, lag_days=lag_days
    )
    rivals = _trial.fixed_naive(stands, list(naive))
    rows = _trial.scores(stands, [*names, *naive], rivals)
    leads = {n: _trial.against(stands, n, rivals, seed=seed, draws=DRAWS) for n in names}
    table = _summary(rows, leads, list(naive), stands)
    table["told"] = retold(table, parameters, language(facts.language))
    flagged: Any = silences(facts, stands if lists is None else [], horizon)
    alarms = false_alarms(flagged, seed=seed, draws=DRAWS)
    parameters["silence_verdict"] = silence_verdict(alarms, int(flagged["silent"].sum()))
    tables = {
        "origins": rows,
        "gain": _trial.gains(stands[-1], [names[0], str(rivals[-1]), "random"]),
        "calibration": _trial.calibrated(stands[1:], names[0]),
        "tiers": _trial.tiers(stands[-1], names[0]),
        "silence": flagged,
        "silence_lead": _lead(alarms),
        "scoreboards": _scoreboards(),
    }
    return Course(table=table, tables=tables, source=facts.source, parameters=parameters)


def _sound(horizon: Any, capacity: Any, lag_days: Any, lists: Any) -> None:
    """Say what a parameter may be, all faults at once."""
    faults = [
        Fault(
            said(N_("found {found}"), found=repr(value)),
            where=name,
            allowed=said(N_("a whole number, {least} or more"), least=least),
        )
        for name, value, least in (
            ("horizon_months", horizon, 1),
            ("capacity", 1 if capacity is None else capacity, 1),
            ("lag_days", lag_days, 0),
        )
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least
    ]
    if lists is not None and not lists:
        what = said(N_("no list is named"))
        faults.append(Fault(what, where="lists", allowed=N_("a name and a function")))
    if faults:
        raise SettingsError(*faults)


def _default_lists() -> dict[str, Ranking]:
    from salesfact._value import estimates  # fits models: loaded when it is asked for

    return {"value": estimates}


def _summary(
    rows: Any, leads: Mapping[str, Difference | None], naive: list[str], stands: list[Stand]
) -> pd.DataFrame:
    """One row per list: its record over all tests, and the verdict."""
    import pandas as pd

    tests, people = len(stands) - 1, max(len(s.outcome) for s in stands)
    fixed = float(rows.loc[rows["test"] & rows["naive"], "share"].mean())
    made = []
    for name in [*leads, *naive]:
        own = rows[(rows["list"] == name) & rows["test"]]
        lead = leads.get(name)
        perfect = own["perfect"]
        found = (own["share"] >= TOO_GOOD * perfect) & (perfect < 1)
        made.append(
            {
                "list": name,
                "ours": name in leads,
                "verdict": _trial.verdict(lead, tests, people) if name in leads else NAIVE_LIST,
                "share": float(own["share"].mean()),
                "difference": float(own["share"].mean()) - fixed,
                "low": float("nan") if lead is None else lead.low,
                "high": float("nan") if lead is None else lead.high,
                "deviance": float(own["deviance"].mean()),
                "coverage": float(own["coverage"].mean()),
                "kept": float(own["kept"].mean()),
                "beaten": int(own["naive"].sum()),
                "customers": people,
                "too_good": name in leads and bool(found.all()),
            }
        )
    frame: Any = pd.DataFrame(made).astype({"list": "str", "verdict": "str"}).set_index("list")
    rest = frame[~frame["ours"]].sort_values("share", ascending=False, kind="stable")
    return pd.concat([frame[frame["ours"]], rest])


def _lead(told: Difference | None) -> pd.DataFrame:
    """The difference in false alarms as a table of at most one row."""
    import pandas as pd

    columns = ("difference", "low", "high", "silent", "rule")
    values = [] if told is None else [(told.value, told.low, told.high, told.a, told.b)]
    return pd.DataFrame(values, columns=list(columns)).astype("float64")


def _scoreboards() -> pd.DataFrame:
    """What is judged and what is not: predicting money is; adding to it by calling is not."""
    import pandas as pd

    return pd.DataFrame(
        {"scoreboard": ["predictive", "incremental"], "refused": [False, True]}
    ).astype({"scoreboard": "str"})


def _whole_months(facts: Facts) -> int:
    begin = facts.first.year * 12 + facts.first.month + (facts.first.day > 3)
    following = facts.as_of + dt.timedelta(days=1)
    end = following.year * 12 + following.month - 1
    return max(0, end - begin + 1)


def _overlapping(origins: tuple[dt.date, ...], horizon: int) -> bool:
    months = [d.year * 12 + d.month for d in origins]
    return len(months) > 1 and int(np.diff(months).min()) < horizon


def _refused(facts: Facts, parameters: dict[str, Any]) -> Course:
    """Too short a history; the tables are there and empty."""
    import pandas as pd

    return Course(
        table=pd.DataFrame(
            {"told": pd.Series(dtype="str")}, index=pd.Index([], name="list", dtype="str")
        ),
        source=facts.source,
        parameters=parameters | {"room": room(facts).customers},
        refusal=SHORT,
    )
