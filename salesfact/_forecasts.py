"""What was forecast at earlier days, what came, and what that says of the next forecast?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _origins, _ranges, _topdown
from salesfact._choice import Choice, captured, deviance
from salesfact._features import floor_of
from salesfact._looks import Looks
from salesfact._value_told import KNOWN, LAST, NEWCOMERS, TOP_DOWN, WHOLE

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

BANDS = 5  # of customers by expected money, in what is told of earlier forecasts


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


def forecasts(looks: Looks, choice: Choice) -> list[Forecast]:
    """The chosen way's forecasts at the earlier origins at which it could be made."""
    return [Forecast(looks, choice, o) for o in looks.checks if choice.name in looks.estimates(o)]


def learned(told: list[Forecast], floor: float, months: int) -> _ranges.Bands:
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
    low, high = learned(earlier, f.floor, months).of(f.estimate)
    return ((f.outcome >= low) & (f.outcome <= high)).astype(float)


def checked_at(told: list[Forecast], months: int) -> pd.DataFrame:
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


def bands_of(told: list[Forecast], months: int) -> pd.DataFrame:
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


def total_of(looks: Looks, estimate: NDArray[np.float64], checked: pd.DataFrame) -> pd.DataFrame:
    """All customers together, those to come, and the whole seen from above.

    Rows `known`, `new`, `whole`, `top_down`, `last`; columns `part`, `amount`, `low`, `high`.
    """
    import pandas as pd

    months = looks.horizon_months
    past = looks.history
    known = float(estimate.sum())
    told: Any = checked
    said = told["estimate"].abs().to_numpy()
    base = np.where(said > 0, said, np.nan)  # of nothing expected there is no part
    off = (told["came"] - told["estimate"]).to_numpy() / base
    fresh = (told["whole"] - told["came"]).to_numpy() / base
    new = float(np.nanmean(fresh)) if np.isfinite(fresh).any() else 0.0 if len(told) else np.nan
    off_whole = off + fresh - new
    added = abs(known) * new
    span = 0.0
    if len(told):
        first, last = told["origin"].iloc[0], told["origin"].iloc[-1]
        span = (last.year - first.year) * 12 + last.month - first.month
    apart = 1 + span / months
    rows = [
        (KNOWN, known, *_around(known, known, _ranges.spread_of_totals(off, apart))),
        (NEWCOMERS, added, np.nan, np.nan),
        (
            WHOLE,
            known + added,
            *_around(known + added, known, _ranges.spread_of_totals(off_whole, apart)),
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
