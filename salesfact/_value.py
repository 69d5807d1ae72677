"""What is each customer worth over the coming horizon?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _buying, _origins, _ranges, _topdown
from salesfact._choice import CALLED, Choice, Looks, captured, choose, deviance
from salesfact._errors import Fault, SettingsError
from salesfact._features import floor_of
from salesfact._history import History, history
from salesfact._store import stored
from salesfact._value_told import (
    ACTIVE,
    KNOWN,
    LAPSED,
    LAST,
    METHODS,
    NEW,
    NEWCOMERS,
    ONCE,
    TOP_DOWN,
    UNCHECKED,
    WHOLE,
    Value,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from salesfact._facts import Facts

BANDS = 5  # of customers by expected money, in what is told of earlier forecasts
FLOOR_SHARE = 0.02  # of the mean: least money a range is scaled by, as in `_features.FLOOR`


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
                f"horizon_months is {months!r}",
                where="value",
                allowed="a whole number of months from 1 to 60",
            )
        )
    facts = facts if as_of is None else facts.cut(as_of)
    looks = Looks(history(facts), months)
    choice = choose(looks)
    today = looks.estimates(looks.today)
    told = _forecasts(looks, choice)
    estimate = today[choice.name]
    low = high = np.full(len(estimate), np.nan)
    if told:
        low, high = _learned(told, floor_of(today["last_12"]), months).of(estimate)
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
        "floor": FLOOR_SHARE,
    }
    table = _table(facts, looks, choice, estimate, low, high)
    checked = _checked(told, months)
    return Value(
        table=table,
        tables={
            "methods": _methods(choice),
            "origins": checked,
            "bands": _bands(told, months),
            "total": _total(looks, estimate, checked),
        },
        parameters=parameters,
        source=facts.source,
        refusal=None if told else UNCHECKED,
    )


def estimates(facts: Facts, horizon_months: int) -> pd.DataFrame:
    """`value` as a list for the course check: `estimate`, `low`, `high` by customer."""
    table: Any = value(facts, horizon_months=horizon_months).table
    return table[["estimate", "low", "high"]]


# -- earlier forecasts -----------------------------------------------------------------------------


class Forecast:
    """What the chosen and the naive way said at an earlier origin, and what came."""

    def __init__(self, looks: Looks, choice: Choice, origin: dt.date) -> None:
        told = looks.estimates(origin)
        past = looks.ahead(origin).history
        self.origin = origin
        self.until = _origins.months_after(origin, looks.horizon_months)
        self.estimate: NDArray[np.float64] = told[choice.name]
        self.naive: NDArray[np.float64] = told[choice.naive]
        self.floor = floor_of(told["last_12"])
        self.outcome = looks.outcome(origin)
        self.whole = looks.history.total(origin, self.until)
        self.last = past.total(_origins.months_after(origin, -looks.horizon_months), origin)


def _forecasts(looks: Looks, choice: Choice) -> list[Forecast]:
    """The chosen way's forecasts at the earlier origins at which it could be made."""
    return [Forecast(looks, choice, o) for o in looks.checks if choice.name in looks.estimates(o)]


def _learned(told: list[Forecast], floor: float, months: int) -> _ranges.Bands:
    """Ranges from forecasts of several origins, each in units of its own floor."""
    predicted = np.concatenate([f.estimate / f.floor for f in told]) * floor
    outcome = np.concatenate([f.outcome / f.floor for f in told]) * floor
    month = np.repeat(
        [f.origin.year * 12 + f.origin.month for f in told], [len(f.estimate) for f in told]
    )
    return _ranges.learn_bands(predicted, outcome, month, floor=floor, reach=months)


def _inside(f: Forecast, earlier: list[Forecast], months: int) -> NDArray[np.float64]:
    """1 where the outcome lay in the range known then; NaN where none could be given yet."""
    if not earlier:
        return np.full(len(f.estimate), np.nan)
    low, high = _learned(earlier, f.floor, months).of(f.estimate)
    return ((f.outcome >= low) & (f.outcome <= high)).astype(float)


def _checked(told: list[Forecast], months: int) -> pd.DataFrame:
    """One row per earlier origin: what was said, what came, and whether the ranges held."""
    import pandas as pd

    rows = []
    for f in told:
        earlier = [e for e in told if e.until <= f.origin]
        rows.append(
            {
                "origin": pd.Timestamp(f.origin),
                "until": pd.Timestamp(f.until),
                "customers": len(f.estimate),
                "estimate": float(f.estimate.sum()),
                "naive": float(f.naive.sum()),
                "came": float(f.outcome.sum()),
                "whole": f.whole,
                "last": f.last,
                "share": captured(f.outcome, f.estimate),
                "naive_share": captured(f.outcome, f.naive),
                "deviance": deviance(f.outcome, f.estimate),
                "naive_deviance": deviance(f.outcome, f.naive),
                "inside": float(_inside(f, earlier, months).mean()),
            }
        )
    kinds = {"origin": "datetime64[us]", "until": "datetime64[us]", "customers": "int64"}
    names = (
        *("origin", "until", "customers", "estimate", "naive", "came", "whole", "last", "share"),
        *("naive_share", "deviance", "naive_deviance", "inside"),
    )
    frame = pd.DataFrame(rows, columns=list(names))
    return frame.astype({n: kinds.get(n, "float64") for n in names})


def _bands(told: list[Forecast], months: int) -> pd.DataFrame:
    """Earlier forecasts by predicted value: fifths of each origin's customers, smallest first."""
    import pandas as pd

    parts = []
    for f in told:
        earlier = [e for e in told if e.until <= f.origin]
        order = np.argsort(f.estimate, kind="stable")
        band = np.empty(len(order), dtype=np.int64)
        band[order] = np.arange(len(order)) * BANDS // max(len(order), 1)
        parts.append(
            pd.DataFrame(
                {
                    "band": band + 1,
                    "estimate": f.estimate,
                    "naive": f.naive,
                    "came": f.outcome,
                    "inside": _inside(f, earlier, months),
                    "nothing": (f.outcome == 0).astype(float),
                }
            )
        )
    kinds = {"customers": "int64", "estimate": float, "naive": float, "came": float}
    if not parts:
        empty = {n: pd.Series(dtype=k) for n, k in kinds.items()}
        empty |= {n: pd.Series(dtype=float) for n in ("inside", "nothing")}
        return pd.DataFrame(empty, index=pd.Index([], name="band", dtype="int64"))
    by_band = pd.concat(parts).groupby("band")
    return by_band.agg(
        customers=("came", "size"),
        estimate=("estimate", "mean"),
        naive=("naive", "mean"),
        came=("came", "mean"),
        inside=("inside", "mean"),
        nothing=("nothing", "mean"),
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
    if "rep" in known and known["rep"].notna().any():
        table.insert(1, "rep", known["rep"])
    table["rank"] = table["estimate"].rank(method="min", ascending=False).astype(np.int64)
    order = table.assign(_id=table.index).sort_values(
        ["estimate", "_id"], ascending=[False, True], kind="stable"
    )
    return table.loc[order.index]


def _methods(choice: Choice) -> pd.DataFrame:
    """How each way of looking ahead did at the earlier origins."""
    import pandas as pd

    rows = [
        {
            "method": METHODS[j.name],
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


def _total(looks: Looks, estimate: NDArray[np.float64], checked: pd.DataFrame) -> pd.DataFrame:
    """All customers together, those to come, and the whole seen from above.

    Rows `known`, `new`, `whole`, `top_down`, `last`; columns `part`, `amount`, `low`, `high`.
    """
    import pandas as pd

    months = looks.horizon_months
    past = looks.history
    known = float(estimate.sum())
    told: Any = checked
    base = np.maximum(told["estimate"].abs().to_numpy(), 1e-9)
    off = (told["came"] - told["estimate"]).to_numpy() / base
    fresh = (told["whole"] - told["came"]).to_numpy() / base
    new = float(np.mean(fresh)) if len(fresh) else np.nan
    off_whole = (told["whole"] - told["estimate"] * (1 + new)).to_numpy() / base
    span = 0.0
    if len(told):
        first, last = told["origin"].iloc[0], told["origin"].iloc[-1]
        span = (last.year - first.year) * 12 + last.month - first.month
    apart = 1 + span / months
    rows = [
        (KNOWN, known, *_around(known, known, _ranges.spread_of_totals(off, apart))),
        (NEWCOMERS, known * new, np.nan, np.nan),
        (
            WHOLE,
            known * (1 + new),
            *_around(known * (1 + new), known, _ranges.spread_of_totals(off_whole, apart)),
        ),
    ]
    above = _topdown.top_down(_topdown.by_month(past), months)
    rows.append((TOP_DOWN, np.nan if above is None else above, np.nan, np.nan))
    before = _origins.months_after(past.as_of, -months)
    rows.append((LAST, past.total(before, past.as_of), np.nan, np.nan))
    return pd.DataFrame(
        rows,
        columns=["part", "amount", "low", "high"],
        index=pd.Index(["known", "new", "whole", "top_down", "last"], name="row", dtype="str"),
    ).astype({"part": "str", "amount": float, "low": float, "high": float})


def _around(amount: float, scale: float, spread: tuple[float, int] | None) -> tuple[float, float]:
    if spread is None or not np.isfinite(amount):
        return np.nan, np.nan
    half = spread[0] * abs(scale)
    return amount - half, amount + half
