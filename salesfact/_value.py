"""What is each customer worth over the coming horizon?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _buying, _ranges
from salesfact._choice import CALLED, Choice, choose
from salesfact._errors import Fault, SettingsError
from salesfact._features import FLOOR, floor_of
from salesfact._forecasts import bands_of, checked_at, forecasts, learned, total_of
from salesfact._history import History, history
from salesfact._language import N_
from salesfact._looks import Looks
from salesfact._said import said
from salesfact._store import stored
from salesfact._value_told import ACTIVE, LAPSED, METHODS, MODELS, NEW, ONCE, UNCHECKED, Value

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from salesfact._facts import Facts


@stored
def value(
    facts: Facts, *, horizon_months: int | None = None, as_of: dt.date | None = None
) -> Value:
    """What is each customer worth over the coming horizon?

    Several ways of looking ahead are tried at earlier dates, at which what came is known: money
    of the last months (naive), last year's money shrunken, lifetime models, and a penalised GLM
    that learns from earlier dates. The best naive one is fixed first; another replaces it only if
    its list is not inferior and its amounts are better.

    Parameters
    ----------
    facts : Facts
    horizon_months : int, optional
        How far ahead, in months; default: the facts' own.
    as_of : date, optional
        An earlier day to judge from; default: the facts' own.

    Returns
    -------
    Value
        `table`: see there. Money is margin where the client has margins, else revenue
        (`parameters["money"]`); returns count. Refused, with naive estimates and no ranges, where
        the history is too short for any earlier date to learn from.

    Raises
    ------
    LeakageError
        If `as_of` is later than the facts.
    SettingsError
        If the horizon is not a whole number of months from 1 to 60.

    Notes
    -----
    Ranges hold 80 %: the shortest conformal sets by predicted value, learned from the chosen
    way's forecasts at earlier dates. The total's range comes from past errors of totals. How
    often both held on real and simulated data stands in docs/value.md. Nothing is drawn by lot.

    References
    ----------
    Fader, Hardie & Lee (2005), Marketing Science 24, 275-284; Batislam, Denizel & Filiztekin
    (2007), IJRM 24, 201-209; Schmittlein, Morrison & Colombo (1987), Management Science 33, 1-24.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth import buying_world
    >>> facts = Facts.from_frames(buying_world(1, customers=60, k=3.0).frame())
    >>> result = value(facts, horizon_months=3)
    >>> bool((result.table["low"] <= result.table["estimate"]).all())
    True
    """
    months = facts.horizon_months if horizon_months is None else horizon_months
    if isinstance(months, bool) or not isinstance(months, int) or not 1 <= months <= 60:
        raise SettingsError(
            Fault(
                said(N_("found {found}"), found=repr(months)),
                where="horizon_months",
                allowed=N_("a whole number of months from 1 to 60"),
            )
        )
    facts = facts if as_of is None else facts.cut(as_of)
    looks, choice, told, (estimate, low, high) = _ahead(facts, months)
    parameters = {
        "as_of": facts.as_of.isoformat(),
        "money": facts.money,
        "horizon_months": months,
        "method": choice.name,
        "naive": choice.naive,
        "coverage": _ranges.COVERAGE,
        "called": CALLED,
        "months": int(looks.history.covered + 0.2),
        "least_months": months + 3,
        "floor": FLOOR,
    }
    table = _table(facts, looks, choice, estimate, low, high)
    checked = checked_at(told, months)
    return Value(
        table=table,
        tables={
            "methods": _methods(choice),
            "origins": checked,
            "bands": bands_of(told, months),
            "total": total_of(looks, estimate, checked),
        },
        parameters=parameters,
        source=facts.source,
        refusal=None if told else UNCHECKED,
    )


def estimates(facts: Facts, horizon_months: int) -> pd.DataFrame:
    """`value` as a list for the course check: `estimate`, `low`, `high` by customer.

    Nothing else of the answer is worked out: the check asks for it at many earlier dates.
    """
    import pandas as pd

    looks, _, _, numbers = _ahead(facts, horizon_months)
    index = pd.Index(looks.history.customers, name="customer", dtype="str")
    table = pd.DataFrame(dict(zip(("estimate", "low", "high"), numbers, strict=True)), index=index)
    return table.loc[_most_first(table)]


def _ahead(facts: Facts, months: int) -> tuple[Looks, Choice, Any, tuple[NDArray[np.float64], ...]]:
    """What is looked back at, the way chosen, its earlier forecasts; estimates with ranges."""
    looks = Looks(history(facts), months)
    choice = choose(looks)
    today = looks.estimates(looks.today)
    told = forecasts(looks, choice)
    estimate = today[choice.name]
    low = high = np.full(len(estimate), np.nan)
    if told:
        low, high = learned(told, floor_of(today["last_12"]), months).of(estimate)
    return looks, choice, told, (estimate, low, high)


def _most_first(table: pd.DataFrame) -> pd.Index:
    """Customers by their estimate; those alike by number."""
    return (
        table.assign(_id=table.index)
        .sort_values(["estimate", "_id"], ascending=[False, True], kind="stable")
        .index
    )


# -- tables ----------------------------------------------------------------------------------------


def _table(
    facts: Facts,
    looks: Looks,
    choice: Choice,
    estimate: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> pd.DataFrame:
    """One row per customer with any line, most expected money first."""
    import pandas as pd

    ahead = looks.ahead(looks.today)
    past: History = ahead.history
    life = past.lifetime
    year = past.orders_of(12)
    kind = np.select(
        [year == 0, life.x == 0, life.T < 365], [LAPSED, ONCE, NEW], ACTIVE
    )  # the first that holds
    index = pd.Index(past.customers, name="customer", dtype="str")
    last = np.datetime64(past.as_of, "D") - (life.T - life.t_x).astype(int)
    table = pd.DataFrame(
        {
            "kind": pd.Series(kind, index=index, dtype="str"),
            "estimate": estimate,
            "low": low,
            "high": high,
            "naive": ahead.naive[choice.naive],
            "last_12": past.money_of(12),
            "orders": year.astype(np.int64),
            "last_order": pd.Series(last.astype("datetime64[us]"), index=index).where(life.ordered),
        },
        index=index,
    )
    known: Any = _buying.people(facts).reindex(table.index)
    named = known["name"] if "name" in known else pd.Series(None, table.index, dtype="str")
    table.insert(0, "name", named.astype("str").where(named.notna(), table.index.to_series()))
    rep = _buying.reps(facts)
    rep = None if rep is None else rep.reindex(table.index)
    if rep is not None and rep.notna().any():
        table.insert(1, "rep", rep)
    table["rank"] = table["estimate"].rank(method="min", ascending=False).astype(np.int64)
    return table.loc[_most_first(table)]


def _methods(choice: Choice) -> pd.DataFrame:
    """How each way of looking ahead did at the earlier origins."""
    import pandas as pd

    rows = [
        {
            "method": MODELS.get(j.name, METHODS[j.name]),
            "chosen": j.name == choice.name,
            "is_naive": j.name == choice.naive,
            "origins": j.origins,
            "share": j.share,
            "naive_share": j.naive_share,
            "share_low": j.low,
            "share_high": j.high,
            "deviance": j.deviance,
            "naive_deviance": j.naive_deviance,
            "note": j.note,
        }
        for j in choice.judged
    ]
    kinds = {
        "method": "str",
        "chosen": "bool",
        "is_naive": "bool",
        "origins": "int64",
        "share": "float64",
        "naive_share": "float64",
        "share_low": "float64",
        "share_high": "float64",
        "deviance": "float64",
        "naive_deviance": "float64",
        "note": "str",
    }
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)
