"""What came after the changes told at past origins of real data and of the demo world?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from salesfact import _group_cells, _lost_groups, _season, _volume_drift
from salesfact._drift import MIN_MONTHS
from salesfact._season import Clock, month_effects
from tests.proofs.rhythm_proof import real_orders

AHEAD = 6  # months of sequel; three where the history is shorter than two years
STEP = 3  # months between origins
COUNTS = (
    *("origins", "fell", "stayed", "rule", "rule_stayed", "equal", "equal_stayed"),
    *("lost", "lost_stayed", "maybe", "maybe_stayed", "habit", "habit_stayed"),
)


def real(folder: Path, *, full: bool) -> list[dict[str, Any]]:
    """Each data set's flags at past origins, and how many held."""
    found = []
    for name, customer, day in real_orders(folder):
        if name == "Online Retail":
            continue  # thirteen months: no sequel to a judgement that takes twelve
        edges = _edges(day)
        month = np.searchsorted(edges, day, side="right") - 1
        cells = _cells(customer.astype(str), month, day, edges)
        found.append({"name": name, **sequel(cells, None, edges)})
    return [*found, *([_demo()] if full else [])]


def _demo() -> dict[str, Any]:
    """The demo world, through the engine."""
    import salesfact

    facts = salesfact.open_client("demo").facts
    clock, cells = _season.season(facts)
    levels = _group_cells.group_levels(facts)
    broadest = _group_cells.group_cells(facts, levels[0])
    groups, above = _group_cells.every_level(facts, levels, broadest)
    start = groups["month"].to_numpy().astype("datetime64[D]").astype(np.int64)
    groups = groups.assign(month=np.searchsorted(clock.edges, start))
    return {"name": "Demo world (simulated)", **sequel(cells, groups, clock.edges, above)}


def _edges(day: np.ndarray) -> np.ndarray:
    """All whole months: the last one may be cut off, and is left out."""
    first = day.min().astype("datetime64[D]").astype("datetime64[M]")
    last = (day.max() + 1).astype("datetime64[D]").astype("datetime64[M]")
    return np.arange(first, last + 1).astype("datetime64[D]").astype(np.int64)


def _cells(customer: Any, month: Any, day: Any, edges: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame({"customer": customer, "month": month, "day": day})
    frame = frame[frame["month"] < len(edges) - 1]
    each = frame.groupby(["customer", "month"])["day"]
    cells = each.agg(orders="size", first_order="min", last_order="max").reset_index()
    return cells.assign(money=100.0 * cells["orders"])


def _clock(cells: Any, edges: np.ndarray) -> Clock:
    bought = cells[cells["orders"] > 0]
    span = bought.groupby("customer").agg(first=("first_order", "min"), last=("last_order", "max"))
    return month_effects(
        span.index.get_indexer(bought["customer"]),
        bought["month"].to_numpy(),
        bought["orders"].to_numpy(),
        span["first"].to_numpy(),
        span["last"].to_numpy(),
        edges,
    )


def sequel(
    cells: Any, groups: Any, edges: np.ndarray, above: dict[str, str] | None = None
) -> dict[str, int]:
    """Flags at origins every quarter, against the orders of the months after each."""
    months = len(edges) - 1
    ahead = AHEAD if months >= 24 else AHEAD // 2
    later = _clock(cells, edges)
    counted = dict.fromkeys(COUNTS, 0)
    for end in range(months - ahead, MIN_MONTHS - 1, -STEP):
        known = cells[cells["month"] < end]
        of = _volume_drift.panel(known, _clock(known, edges[: end + 1]))
        if not len(of.customers):
            continue
        counted["origins"] += 1
        alive = np.ones(len(of.customers), dtype=bool)
        after = _after(cells, of.customers, end, ahead, later)
        table = _volume_drift.volume_drift(of, alive)[_volume_drift.DOWN].table
        rows = of.customers.get_indexer(table["customer"])
        counted["fell"] += len(table)
        counted["stayed"] += int((after[rows] < 0.8 * table["before"].to_numpy()).sum())
        if end >= 24:
            _habit(counted, of, after, end, len(table))
        if groups is not None:
            _groups(counted, of, groups, alive, end, ahead, above)
    return counted


def _after(cells: Any, customers: Any, end: int, ahead: int, clock: Clock) -> np.ndarray:
    """Orders an average month of the months after the origin."""
    span = cells[(cells["month"] >= end) & (cells["month"] < end + ahead)]
    orders = span.groupby("customer")["orders"].sum().reindex(customers, fill_value=0)
    time = np.diff(clock.at_edges)[end : end + ahead].sum() / _volume_drift.MONTH_DAYS
    return orders.to_numpy(dtype=float) / time


def _habit(counted: dict[str, int], of: Any, after: np.ndarray, end: int, listed: int) -> None:
    """The rule "20 % below last year": all of it, and as many as were listed."""
    new, old = (of.orders[:, end - a : end - a + 12].sum(axis=1) for a in (12, 24))
    time = of.exposure[:, end - 24 : end - 12].sum(axis=1)
    pace = np.divide(old, time, out=np.zeros(len(old)), where=time > 0)
    below = np.flatnonzero((new <= 0.8 * old) & (time > 0))
    low = after < 0.8 * pace
    order = below[np.argsort(-(old - new)[below], kind="stable")]
    counted["rule"] += len(below)
    counted["rule_stayed"] += int(low[below].sum())
    counted["equal"] += len(order[:listed])
    counted["equal_stayed"] += int(low[order[:listed]].sum())


def _groups(
    counted: dict[str, int],
    of: Any,
    groups: Any,
    alive: np.ndarray,
    end: int,
    ahead: int,
    above: dict[str, str] | None,
) -> None:
    """Lost groups, certain and watched, and those of habit, not bought in the months after."""
    known = groups[groups["month"] < end]
    span = groups[(groups["month"] >= end) & (groups["month"] < end + ahead) & (groups["days"] > 0)]
    again = set(zip(span["customer"], span["group"], strict=True))
    table = _lost_groups.lost_groups(of, known, alive, above).table
    for which, sure in (("lost", True), ("maybe", False)):
        part = table[table["certified"] == sure]
        pairs = list(zip(part["customer"], part["group"], strict=True))
        counted[which] += len(pairs)
        counted[f"{which}_stayed"] += sum(p not in again for p in pairs)
    mine = known[known["customer"].isin(of.customers) & (known["days"] > 0)]
    keys = ["customer", "group"]
    new = mine[mine["month"] >= end - 12][keys].drop_duplicates()
    old = mine[(mine["month"] < end - 12) & (mine["month"] >= end - 24)][keys].drop_duplicates()
    kept = set(zip(new["customer"], new["group"], strict=True))
    habit = [p for p in zip(old["customer"], old["group"], strict=True) if p not in kept]
    counted["habit"] += len(habit)
    counted["habit_stayed"] += sum(p not in again for p in habit)
