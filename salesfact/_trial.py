"""How would each list have done at each earlier origin? The numbers behind the course check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._capacity import room
from salesfact._origins import (
    NAIVE_ESTIMATES,
    Difference,
    Ranking,
    ask,
    at_origin,
    best_of,
    captured_share,
    compare,
    gain_curve,
    month_cells,
    outcomes,
    overlap,
    places,
    poisson_deviance,
)

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts

BETTER, SAME, WORSE, FEW = "better", "as good", "worse", "too few"
MIN_TESTS = 2  # dates a verdict rests on, beside those on which the naive list was chosen
MIN_CUSTOMERS = 30
WIDE = 0.05  # an interval that reaches further below 0 than this tells nothing
SHAKY = 0.6  # top places kept from one origin to the next; below it, tiers instead of ranks
TOO_GOOD = 0.99  # part of what a perfect list finds; above it a list is doubted
TIERS = 5


@dataclass(frozen=True)
class Stand:
    """What was known, said and seen at one origin.

    Parameters
    ----------
    day : date
    facts : Facts
        As they were knowable then.
    outcome : Series
        What came afterwards, by customer.
    k : int
        How many customers could be called.
    told : mapping
        Each list's answer: `estimate`, and `low` and `high` where it gives them.
    orders_only : frozenset of str
        The lists whose numbers are an order and no money.
    """

    day: dt.date
    facts: Facts
    outcome: pd.Series
    k: int
    told: Mapping[str, pd.DataFrame]
    orders_only: frozenset[str] = field(default_factory=frozenset)

    def ranking(self, name: str) -> Any:
        return self.told[name]["estimate"]

    def share(self, name: str) -> float:
        return captured_share(self.outcome, self.ranking(name), self.k)


def hold(
    facts: Facts,
    lists: Mapping[str, Ranking],
    naive: Mapping[str, Ranking],
    origins: Sequence[dt.date],
    horizon_months: int,
    *,
    capacity: Mapping[str, Any] | int | None = None,
    lag_days: int = 0,
) -> list[Stand]:
    """Ask every list at every origin; each sees only what was knowable then."""
    month_cells(facts)  # asked once; each origin takes its part of them
    stands = []
    for day in origins:
        known = at_origin(facts, day, lag_days=lag_days)
        told = {n: ask(f, known, horizon_months) for n, f in {**naive, **lists}.items()}
        orders = {
            n for n, frame in told.items() if frame.attrs["order_only"] and n not in NAIVE_ESTIMATES
        }
        outcome = outcomes(facts, day, horizon_months)
        k = min(room(known, capacity).customers, len(outcome))
        stands.append(Stand(day, known, outcome, k, told, frozenset(orders)))
    return stands


def fixed_naive(stands: Sequence[Stand], naive: Sequence[str]) -> list[str | None]:
    """The naive list to beat at each origin: the best at all earlier ones; None at the first."""
    shares = [{n: s.share(n) for n in naive} for s in stands]
    return [best_of(shares[:i]) for i in range(len(stands))]


def against(
    stands: Sequence[Stand], name: str, rivals: Sequence[str | None], *, seed: int, draws: int
) -> Difference | None:
    """A list against the naive one fixed beforehand, over all origins that have one."""
    tests = [(s, r) for s, r in zip(stands, rivals, strict=True) if r is not None]
    if not tests:
        return None
    return compare(
        [s.outcome for s, _ in tests],
        [s.ranking(name) for s, _ in tests],
        [s.ranking(str(r)) for s, r in tests],
        k=[s.k for s, _ in tests],
        seed=seed,
        draws=draws,
    )


def verdict(told: Difference | None, tests: int, customers: int) -> str:
    """Better, as good, worse, or too few data to tell; see `WIDE`."""
    if told is None or tests < MIN_TESTS or customers < MIN_CUSTOMERS or np.isnan(told.low):
        return FEW
    if told.better:
        return BETTER
    if told.worse:
        return WORSE
    return SAME if told.low > -WIDE else FEW


def scores(
    stands: Sequence[Stand], names: Sequence[str], rivals: Sequence[str | None]
) -> pd.DataFrame:
    """One row per origin and list.

    Returns
    -------
    DataFrame
        `origin`, `list`, `naive` (whether it was the naive list to beat), `test` (whether there
        was one), `k`, `customers`, `share`, `found` (money of those called), `money` (all there
        was), `perfect` (the share a list that knew the future finds), `deviance` and `coverage`
        (NaN where the list says no money or no range), `kept` (part of the first `k` places that
        stood there an origin earlier).
    """
    import pandas as pd

    rows = []
    for i, (stand, rival) in enumerate(zip(stands, rivals, strict=True)):
        best = captured_share(stand.outcome, stand.outcome, stand.k)
        money = float(np.maximum(stand.outcome.to_numpy(dtype=float), 0).sum())
        for name in names:
            told, share = stand.told[name], stand.share(name)
            kept = float("nan")
            if i and name != "random":
                kept = overlap(stands[i - 1].ranking(name), stand.ranking(name), stand.k)
            says_money = name not in stand.orders_only
            rows.append(
                {
                    "origin": pd.Timestamp(stand.day),
                    "list": name,
                    "naive": name == rival,
                    "test": rival is not None,
                    "k": stand.k,
                    "customers": len(stand.outcome),
                    "share": share,
                    "found": share * money,
                    "money": money,
                    "perfect": best,
                    "deviance": (
                        poisson_deviance(stand.outcome, told["estimate"])  # pyright: ignore
                        if says_money
                        else float("nan")
                    ),
                    "coverage": coverage(stand.outcome, told),
                    "kept": kept,
                }
            )
    frame = pd.DataFrame(rows)
    return frame.astype({"origin": "datetime64[us]", "list": "str"})


def coverage(outcome: pd.Series, told: pd.DataFrame) -> float:
    """The part of outcomes within the range a list gave; NaN without ranges."""
    if "low" not in told or "high" not in told:
        return float("nan")
    both: Any = told.dropna(subset=["low", "high"])
    both = both.loc[both.index.intersection(outcome.index)]
    if both.empty:
        return float("nan")
    seen = outcome.reindex(both.index)
    inside = (seen >= both["low"] - 1e-9) & (seen <= both["high"] + 1e-9)
    return float(inside.mean())


def gains(stand: Stand, names: Sequence[str]) -> pd.DataFrame:
    """Gain curves at one origin: `list`, `customers`, `share`; `perfect` knows the future."""
    import pandas as pd

    curves = {n: stand.ranking(n) for n in names} | {"perfect": stand.outcome}
    frames = [gain_curve(stand.outcome, r).assign(list=n) for n, r in curves.items()]
    return pd.concat(frames, ignore_index=True).astype({"list": "str"})


def calibrated(stands: Sequence[Stand], name: str) -> pd.DataFrame:
    """What a list said and what came, in tiers of equally many customers by what it said.

    Returns
    -------
    DataFrame
        `tier` (1 = those of whom most was expected), `customers`, `said`, `came` (sums of money
        over all origins), `within` (part of outcomes within the range; NaN without ranges).
        Empty where the list says no money.
    """
    import pandas as pd

    parts = []
    for stand in stands:
        told = stand.told[name]
        if name in stand.orders_only or len(stand.outcome) < TIERS:
            continue
        said: Any = told["estimate"].reindex(stand.outcome.index).fillna(0.0)
        rank = said.rank(method="average", ascending=False, pct=True)
        frame = pd.DataFrame({"tier": np.ceil(rank * TIERS - 1e-9).astype(int), "said": said})
        frame["came"] = stand.outcome
        frame["inside"] = np.nan
        if {"low", "high"} <= set(told):
            low, high = (told[c].reindex(frame.index) for c in ("low", "high"))
            inside = (frame["came"] >= low - 1e-9) & (frame["came"] <= high + 1e-9)
            frame["inside"] = inside.astype(float).where(low.notna() & high.notna())
        parts.append(frame)
    kinds = {"tier": "int64", "customers": "int64", "said": "float64", "came": "float64"}
    if not parts:
        return pd.DataFrame(
            {n: pd.Series(dtype=k) for n, k in (kinds | {"within": "float64"}).items()}
        )
    grouped = pd.concat(parts).groupby("tier")
    told = grouped.agg(
        customers=("said", "size"),
        said=("said", "sum"),
        came=("came", "sum"),
        within=("inside", "mean"),
    )
    return told.reset_index().astype(kinds)


def tiers(stand: Stand, name: str) -> pd.DataFrame:
    """How the money lay by tier of the list: the first `k`, the next `k`, the rest.

    Returns
    -------
    DataFrame
        `tier` (1, 2, 3), `customers`, `share` of the money.
    """
    import pandas as pd

    n, k = len(stand.outcome), stand.k
    ends = [min(k, n), min(2 * k, n), n]
    money = np.maximum(stand.outcome.to_numpy(dtype=float), 0.0)
    ranking = stand.ranking(name).reindex(stand.outcome.index).to_numpy(dtype=float)
    found = [float(places(ranking, e) @ money) for e in ends]
    total = money.sum() or np.nan
    return pd.DataFrame(
        {
            "tier": [1, 2, 3],
            "customers": np.diff([0, *ends]),
            "share": np.diff([0.0, *found]) / total,
        }
    )
