"""Which product groups did customers give up, though they go on buying other things?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._stats import shrink_rates
from salesfact._volume_drift import BAND, MONTHS, Flags, chosen, count_band, nothing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from salesfact._volume_drift import Panel

MIN_BOUGHT = 6  # order days on which a group was bought, to be judged
NEWS_MONTHS = 12  # given up longer ago than that is no news
REACH = 0.01  # a group of which a year of the customer's orders could not say that much is left out
AHEAD = 3  # months by which ordinary variation of a customer's choice is measured
QUARTERS = 4  # by so many of them
SEQUEL = 6  # months after an earlier origin in which a group not lost was bought again
FIRST_ORIGIN = 9  # months known at the earliest of them
ORIGINS = 8  # at most
FEW = 20  # unchanged groups below which nothing is certified
TAIL = 0.01  # below it, what p-values are worth is measured
PRIOR = 2.0  # unchanged groups' worth of belief that the law holds
STRENGTHS = np.geomspace(2.0, 2000.0, 12)


def lost_groups(of: Panel, cells: Any, alive: Any, above: Mapping[str, str] | None = None) -> Flags:
    """Groups a customer used to buy and buys no more.

    Parameters
    ----------
    of : Panel
        Customers × months.
    cells : DataFrame
        `customer`, `group`, `month` (position), `days`, `money`.
    alive : ndarray of bool
        Who is to be judged.
    above : mapping, optional
        Group -> the broader group it belongs to. Who lost both is told the broader one only.

    Returns
    -------
    Flags
        `before`: part of the customer's orders that held the group; `now`: orders since the last
        that did. `at_stake`: what the group brought in the twelve months up to then.

    Notes
    -----
    Of n orders since, none held the group. Under an unchanged choice the number is beta-binomial
    (the two-way Dirichlet-multinomial: this group, any other), so `p = B(a, b + n)/B(a, b)`; it
    falls as the likelihood ratio of "given up" to "as before" rises. a/(a + b) is the part of its
    orders that held the group from the first to the last time, both ends left out of the count, and
    a + b is held down by how much customers' choices vary from quarter to quarter: its limit is
    fitted by likelihood on earlier quarters in which the group was bought at all (a group given up
    says nothing of ordinary variation). An order counts as much as the group is in season: the
    part of all customers' orders that held it in that month, against its mean.

    Some groups are bought in bursts, with long spells between, and then this law promises too much.
    So the same is asked at earlier origins, of groups that were bought again since: what their p
    were worth is what p is worth now (`calibrated`). Under `FEW` of them nothing is certified.
    """
    import pandas as pd

    months = of.months
    mine = cells[cells["customer"].isin(of.customers) & (cells["days"] > 0)]
    if mine.empty:
        return nothing(0, months)
    groups: Any
    groups, g = np.unique(mine["group"].to_numpy(dtype=str), return_inverse=True)
    c, m = of.customers.get_indexer(mine["customer"]), mine["month"].to_numpy()
    bought = mine["days"].to_numpy(dtype=float)
    held, usual = _in_season(bought, g, m, of.orders, len(groups))
    number = c * len(groups) + g
    pair = np.flatnonzero(np.bincount(number, bought) >= MIN_BOUGHT)
    if not len(pair):
        return nothing(0, months)
    days = _months(pair, number, m, bought, months)
    every = cells[cells["customer"].isin(of.customers) & cells["group"].isin(groups)]
    number = of.customers.get_indexer(every["customer"]) * len(groups) + np.searchsorted(
        groups, every["group"].to_numpy(dtype=str)
    )
    money = _months(
        pair, number, every["month"].to_numpy(), every["money"].to_numpy(dtype=float), months
    )
    who, which = pair // len(groups), pair % len(groups)
    orders = of.orders[who] * held[which]

    strength = _strength(days, orders, usual[which], months)
    start = max(0, months - MONTHS)
    enough, last, before, since, p = _judged(days, orders, usual[which], start, strength)
    judged = enough & alive[who] & (last >= months - NEWS_MONTHS - 1)
    ordinary = _ordinary(days, orders, usual[which], strength)
    told, p = p, np.where(judged, calibrated(p, ordinary), np.nan)
    q, certified, watched, _ = chosen(p, certain=len(ordinary) >= FEW)
    chance = _by_chance(ordinary, told, certified, watched) * int(judged.sum())
    listed = {(who[r], groups[which[r]]): certified[r] for r in np.flatnonzero(certified | watched)}
    own = [not _within(pair, listed, above or {}) for pair in listed]
    rows = np.flatnonzero(certified | watched)[own]
    if not len(rows):
        return nothing(int(judged.sum()), months)
    year = [money[r, max(0, last[r] - 11) : last[r] + 1].sum() for r in rows]
    table = pd.DataFrame(
        {
            "customer": of.customers[who[rows]],
            "group": groups[which[rows]],
            "certified": certified[rows],
            "months": months - 1 - last[rows],
            "at_stake": np.asarray(year, dtype=float),
            "before": before[rows],
            "now": since[rows],
            "p": p[rows],
            "q": q[rows],
        }
    )
    band = count_band(before[rows, None] * orders[rows])
    return Flags(
        table, int(judged.sum()), min(chance, float(watched[rows].sum())), days[rows], *band
    )


def _ordinary(days: Any, orders: Any, usual: Any, strength: float) -> NDArray[np.float64]:
    """p at earlier origins of groups that were bought again since: those were not lost."""
    months = days.shape[1]
    found = [np.zeros(0)]
    for end in list(range(months - SEQUEL, FIRST_ORIGIN - 1, -AHEAD))[:ORIGINS]:
        start = max(0, end - MONTHS)
        enough, last, _, _, p = _judged(days[:, :end], orders[:, :end], usual, start, strength)
        back = days[:, end:].sum(axis=1) > 0
        found.append(p[enough & back & (last >= end - NEWS_MONTHS - 1)])
    return np.concatenate(found)


def _by_chance(ordinary: Any, p: Any, certified: Any, watched: Any) -> float:
    """Part of the groups not lost whose p fell where those watched lie, carefully."""
    if not watched.any() or not len(ordinary):
        return float(watched.any())
    above = p[certified].max() if certified.any() else 0.0
    within = (ordinary > above) & (ordinary <= p[watched].max())
    return float(within.sum() + 1) / (len(ordinary) + 1)


def calibrated(p: Any, ordinary: NDArray[Any]) -> NDArray[np.float64]:
    """p-values held against those of groups that were not lost.

    Parameters
    ----------
    p : ndarray of float
    ordinary : ndarray of float
        p-values told of the unchanged, by the same law.

    Returns
    -------
    ndarray of float
        Never below `p`. Above `TAIL`, p or the part of `ordinary` up to `TAIL`; below it that part
        times `(p / TAIL) ** slope`: -log p of the unchanged beyond a threshold is exponential, with
        slope 1 where the law holds and less where it does not (fitted by likelihood; both at the
        careful end of their 80 % range).
    """
    deep = ordinary[ordinary <= TAIL]
    k, n = len(deep), max(len(ordinary), 1)
    part = max(TAIL, (k + BAND * np.sqrt(k) + 1) / n)
    beyond = float(np.log(TAIL / np.maximum(deep, 1e-300)).sum())
    slope = min(1.0, (k + PRIOR) / (beyond + PRIOR))
    slope *= 1 - BAND / np.sqrt(k + 4 * PRIOR)
    tail = part * (np.minimum(p, TAIL) / TAIL) ** slope
    return np.maximum(p, np.minimum(tail, 1.0))


def _within(pair: tuple[Any, str], listed: Mapping[Any, bool], above: Mapping[str, str]) -> bool:
    """Is it part of a broader group that the customer lost as surely?"""
    customer, group = pair
    while group in above:
        group = above[group]
        if listed.get((customer, group), False) >= listed[pair] and (customer, group) in listed:
            return True
    return False


def _months(pair: Any, number: Any, month: Any, value: Any, months: int) -> NDArray[np.float64]:
    """Values of the pairs (their sorted numbers) by month; those of others are left out."""
    row = np.minimum(np.searchsorted(pair, number), len(pair) - 1)
    mine = pair[row] == number
    found = np.zeros((len(pair), months))
    np.add.at(found, (row[mine], month[mine]), value[mine])
    return found


def _in_season(bought: Any, g: Any, month: Any, orders: Any, groups: int) -> tuple[Any, Any]:
    """How much more than usual each group was bought in each month, and its usual part."""
    by_group = np.zeros((groups, orders.shape[1]))
    np.add.at(by_group, (g, month), bought)
    total = orders.sum(axis=0)
    usual = by_group.sum(axis=1) / max(total.sum(), 1.0)
    held = np.ones_like(by_group)
    for group in range(groups):
        held[group], _ = shrink_rates(by_group[group], total * usual[group])
    return np.maximum(held, 0.0), usual


def _judged(days: Any, orders: Any, usual: Any, start: int, strength: float) -> tuple[Any, ...]:
    """Which pairs can be judged, month of the last purchase, part before, orders since, p."""
    from scipy.special import betaln

    months = days.shape[1]
    recent = days[:, start:]
    bought = recent.sum(axis=1)
    first = start + (recent > 0).argmax(axis=1)
    last = months - 1 - (days[:, ::-1] > 0).argmax(axis=1)
    run = np.concatenate([np.zeros((len(days), 1)), np.cumsum(orders, axis=1)], axis=1)
    rows = np.arange(len(days))
    span = run[rows, last + 1] - run[rows, first]
    since = run[:, months] - run[rows, last + 1]
    inside = np.maximum(bought - 2, 0.0)  # both ends are purchases by choice of the ends
    part, weight = _part(inside, np.maximum(span - 2, inside), usual)
    a, b = _limited(part, weight, strength)
    p = np.exp(betaln(a, b + since) - betaln(a, b))
    year = run[:, months] - run[:, max(0, months - NEWS_MONTHS)]
    reach = np.exp(betaln(a, b + year) - betaln(a, b))
    enough = (bought >= MIN_BOUGHT) & (reach <= REACH)
    return enough, last, part, since, np.minimum(p, 1.0)


def _part(bought: Any, orders: Any, usual: Any) -> tuple[Any, Any]:
    """Part of the orders that held the group, one order's worth towards the usual; its weight."""
    weight = orders + 1.0
    return np.clip((bought + usual) / weight, 1e-4, 1 - 1e-4), weight


def _limited(part: Any, weight: Any, strength: float) -> tuple[Any, Any]:
    sure = 1 / (1 / weight + 1 / strength)
    return part * sure, (1 - part) * sure


def _strength(days: Any, orders: Any, usual: Any, months: int) -> float:
    """How steady choices are: the limit of a + b that fits earlier quarters best."""
    from scipy.special import betaln

    total = np.zeros(len(STRENGTHS))
    for end in list(range(months - AHEAD, 2 * AHEAD, -AHEAD))[:QUARTERS]:
        base = slice(max(0, end - AHEAD - MONTHS), end - AHEAD)
        bought = days[:, base].sum(axis=1)
        y, n = days[:, end - AHEAD : end].sum(axis=1), orders[:, end - AHEAD : end].sum(axis=1)
        n = np.maximum(n, y)
        used = (bought >= MIN_BOUGHT) & (y > 0) & (n >= 2)
        if not used.any():
            continue
        y, n = y[used], n[used]
        known = np.maximum(orders[used, base].sum(axis=1), bought[used])
        part, weight = _part(bought[used], known, usual[used])
        for at, strength in enumerate(STRENGTHS):
            a, b = _limited(part, weight, strength)
            chance = betaln(a + y, b + n - y) - betaln(a, b)
            none = np.exp(betaln(a, b + n) - betaln(a, b))
            total[at] += float(np.sum(chance - np.log1p(-np.minimum(none, 1 - 1e-12))))
    return float(STRENGTHS[total.argmax()]) if total.any() else float(STRENGTHS[0])
