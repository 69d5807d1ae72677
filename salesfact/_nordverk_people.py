"""Who buys from Nordverk AB, and what happens to each of them? The planted truth per customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesfact._nordverk_parameters import Parameters
from salesfact._nordverk_time import Calendar, stream
from salesfact._nordverk_words import REGIONS, SEGMENTS, TASTE, firm, people, stems

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_NEVER = 10**6  # a day or month that never comes


@dataclass(frozen=True)
class Lives:
    """Customers by row; days count from `Calendar.days[0]`'s first of month, months likewise."""

    customers: pd.DataFrame
    names: list[str]
    rep: np.ndarray  # index of the responsible rep
    rate: np.ndarray  # orders per year at usual effort, in a usual month
    order_value: np.ndarray  # SEK per order at the first year's prices
    discount: np.ndarray  # off the list price
    k: np.ndarray
    response: np.ndarray
    start: np.ndarray  # day number of the first possible order
    left: np.ndarray  # day number of leaving, _NEVER if not
    back: np.ndarray  # day number of coming back
    kind: np.ndarray
    drift_month: np.ndarray
    drift: np.ndarray  # change of the order rate from drift_month, -.4 = 40 % lower
    lost_group: np.ndarray  # index of the product group dropped at drift_month, -1 if none
    squeeze: np.ndarray  # further discount from drift_month
    programme_month: np.ndarray
    taste: np.ndarray  # share of order lines per product group
    collective: np.ndarray  # invoiced once a month
    fee: np.ndarray  # pays an invoice fee
    rounding: np.ndarray  # invoices rounded to whole kronor


def lives(p: Parameters, cal: Calendar, seed: int, groups: list[tuple[str, str]]) -> Lives:
    """Draw the customers and plant what happens to them.

    Parameters
    ----------
    groups : list of (str, str)
        Main group and product group of each.
    """
    import numpy as np

    rng = stream(seed, "customers")
    n = p.n_customers
    parent, segment, rep = _structure(rng, p)
    size = np.clip(rng.standard_normal(n), -2.6, 2.5) + np.where(parent >= 0, 0.3, 0.0)
    rate = np.clip(np.exp(2.33 + 0.95 * size + 0.45 * rng.standard_normal(n)), 1.5, 120)
    value = np.exp(9.55 + 0.55 * size + 0.65 * rng.standard_normal(n))
    value = np.minimum(value, 90_000)
    # big buyers get better prices; some few have been given far too much
    discount = np.clip(0.09 + 0.035 * size + 0.045 * rng.standard_normal(n), 0, 0.34)
    foolish = (rng.random(n) < 0.05) & (size < 1.0)
    discount = np.where(foolish, rng.uniform(0.46, 0.56, n), discount)
    k = np.clip(np.exp(np.log(p.order_k) + p.order_k_sd * rng.standard_normal(n)), 0.7, 12)
    response = np.clip(p.response + p.response_sd * rng.standard_normal(n), 0, 0.5)

    mains = list(dict.fromkeys(main for main, _ in groups))
    base = np.array(
        [[TASTE[s][mains.index(main)] for main, _ in groups] for s in range(len(TASTE))]
    )
    taste = base[segment] * rng.gamma(0.3, 1.0, (n, len(groups))) + 1e-9
    taste /= taste.sum(axis=1, keepdims=True)

    fate = _fates(p, cal, stream(seed, "lives"), parent, rate, value * rate, k, taste)
    frame, names = _register(rng, cal, parent, segment, rep, rate * value, fate["start"], p)
    collective = (rng.random(n) < 0.11) & (rate > 12)
    return Lives(
        customers=frame,
        names=names,
        rep=rep,
        rate=rate,
        order_value=value,
        discount=discount,
        k=k,
        response=response,
        taste=taste,
        collective=collective,
        fee=(rng.random(n) < 0.14) & (size < 0),
        rounding=rng.random(n) < 0.05,
        **fate,
    )


def _structure(
    rng: np.random.Generator, p: Parameters
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Groups (index of the parent, -1 if none), segments and responsible reps."""
    import numpy as np

    n = p.n_customers
    parent = np.full(n, -1)
    filled, group = 0, 0
    while filled < int(p.group_share * n) - 1:
        sites = min(2 + rng.poisson(1.8), int(p.group_share * n) - filled)
        if sites < 2:
            break
        parent[filled : filled + sites] = group
        filled, group = filled + sites, group + 1
    weights = np.array([0.25, 0.12, 0.11, 0.17, 0.08, 0.11, 0.08, 0.08])
    segment = rng.choice(len(SEGMENTS), n, p=weights)
    rep = rng.integers(0, p.n_reps, n)
    for g in range(group):  # one trade per group; its sites lie in several reps' districts
        segment[parent == g] = segment[parent == g][0]
    return parent, segment, rep


def _fates(
    p: Parameters,
    cal: Calendar,
    rng: np.random.Generator,
    parent: np.ndarray,
    rate: np.ndarray,
    worth: np.ndarray,
    k: np.ndarray,
    taste: np.ndarray,
) -> dict[str, np.ndarray]:
    """When does whom begin, leave, return, drift? One fate per customer at most."""
    import numpy as np

    n = p.n_customers
    zero = cal.starts[0]
    first = int((np.datetime64(cal.first) - zero).astype(int))
    end = int((np.datetime64(cal.as_of) - zero).astype(int))
    months = len(cal.starts) - 1  # whole ones

    new = rng.random(n) < np.where(parent >= 0, 0.5, 1.1) * p.new_share
    new &= worth < np.quantile(worth, 0.93)  # the largest have been here for long
    start = np.where(new, rng.integers(first + 15, end - 25, n), -_NEVER)
    at_risk = np.maximum(start, first)
    left = (at_risk + 150 + rng.exponential(365.25, n) / max(p.leave_rate, 1e-9)).astype(int)
    left = np.where(left < end - 5, left, _NEVER)
    for g in range(parent.max() + 1):  # a group that switches takes its sites along
        if rng.random() < p.group_leave:
            sites = parent == g
            when = rng.integers(first + 400, end - 60)
            left[sites] = when + rng.integers(0, 35, sites.sum())
    left = np.where(left < start + 150, _NEVER, left)

    kind = np.where(left < _NEVER, "leaver", "steady").astype("U12")
    # the story: large, regular customers fell silent, were lost the year before, were won
    regular = np.flatnonzero((k > 1.2) & (rate >= 14) & (rate <= 75) & ~new)
    ranked = regular[np.argsort(-worth[regular], kind="stable")]
    wanted = p.silent_large + p.lost_large + p.won_large
    spread = np.unique(np.linspace(1, max(len(ranked) // 4, 1), wanted).astype(int))
    picked = rng.permutation(ranked[spread[spread < len(ranked)]])
    silent, lost_large, won = np.split(picked, [p.silent_large, p.silent_large + p.lost_large])
    left[silent] = end - rng.integers(65, 235, len(silent))
    left[lost_large] = end - rng.integers(366, 420, len(lost_large))
    kind[silent] = kind[lost_large] = "leaver"
    start[won], left[won] = end - rng.integers(200, 340, len(won)), _NEVER
    kind[won], new[won] = "new", True

    back = np.full(n, _NEVER)
    drift_month = np.full(n, _NEVER)
    drift, squeeze = np.zeros(n), np.zeros(n)
    lost = np.full(n, -1)
    free = rng.random(n)
    shares = np.cumsum(
        [p.return_share, p.shrink_share, p.grow_share, p.lost_group_share, p.squeeze_share]
    )
    fates = ("returned", "shrinker", "grower", "lost_group", "squeezed")
    label = np.searchsorted(shares, free)
    recent = np.where(
        rng.random(n) < 0.5, rng.integers(12 + 18, months - 1, n),
        rng.integers(max(months - 15, 31), months - 1, n),
    )  # fmt: skip
    for j, fate in enumerate(fates):
        mine = (kind == "steady") & (label == j) & ~new
        if fate == "lost_group":
            share = np.where((taste > 0.15) & (taste < 0.6), taste, 0).argmax(axis=1)
            mine &= taste[np.arange(n), share] > 0.15
            lost[mine] = share[mine]
        count = int(mine.sum())
        kind[mine] = fate
        if fate == "returned":
            back[mine] = rng.integers(first + 600, end - 40, count)
            left[mine] = back[mine] - rng.integers(395, 560, count)
            continue
        drift_month[mine] = recent[mine]
        if fate == "shrinker":
            drift[mine] = -rng.uniform(0.3, 0.65, count)
        elif fate == "grower":
            drift[mine] = rng.uniform(0.4, 1.2, count)
        elif fate == "squeezed":
            squeeze[mine] = rng.uniform(0.06, 0.14, count)
    kind[(kind == "steady") & new] = "new"
    joins = rng.random(n) < p.programme_share
    programme = np.where(joins, rng.integers(12 + 12, months - 3, n), _NEVER)
    return {
        "start": start, "left": left, "back": back, "kind": kind, "drift_month": drift_month,
        "drift": drift, "squeeze": squeeze, "lost_group": lost, "programme_month": programme,
    }  # fmt: skip


def _register(
    rng: np.random.Generator,
    cal: Calendar,
    parent: np.ndarray,
    segment: np.ndarray,
    rep: np.ndarray,
    worth: np.ndarray,
    start: np.ndarray,
    p: Parameters,
) -> tuple[pd.DataFrame, list[str]]:
    """The customer register as the firm keeps it, and the reps' names."""
    import numpy as np
    import pandas as pd

    n = p.n_customers
    reps = people(p.n_reps + p.n_managers)
    stem = stems(rng, n)
    trade, form = rng.integers(0, 60, n), rng.integers(0, 9, n)
    region = rep % len(REGIONS)
    town = [REGIONS[r][1][t] for r, t in zip(region, rng.integers(0, 5, n), strict=True)]
    used: set[str] = set()
    name, above = [], []
    for i in range(n):
        g = parent[i]
        head = stem[i] if g < 0 else stem[int(np.flatnonzero(parent == g)[0])]
        title = firm(head, segment[i], trade[i], form[i], town[i] if g >= 0 else "")
        while title in used:
            title = title.removesuffix(" AB") + " Service AB"
        used.add(title)
        name.append(title)
        above.append("" if g < 0 else f"{head} Gruppen AB")
    zero = cal.starts[0]
    old = np.datetime64("1994-01-01") + (
        365.25 * 26.5 * (1 - rng.random(n) ** 1.6)
    ).astype(int).astype("timedelta64[D]")  # fmt: skip
    since = np.where(start > -_NEVER, zero + np.maximum(start, 0), old)
    order = np.argsort(since, kind="stable")
    number = np.empty(n, dtype=int)
    number[order] = 10_000 + np.sort(rng.choice(29_000 * max(n // 6000, 1), n, replace=False))
    ids = [f"{x}" for x in number]
    # numbers from the system before: three digits with zeros before them, one of them twice
    ancient = order[: n // 12]
    short = np.sort(rng.choice(np.arange(101, 101 + 9 * n), len(ancient), replace=False))
    for i, x in zip(ancient, short, strict=True):
        ids[i] = f"{x:05d}"
    ids[int(order[n // 2])] = f"{short[0]}"  # differs from an old number by its zeros only
    rank = (-worth * np.exp(0.35 * rng.standard_normal(n))).argsort().argsort()
    size = np.where(rank < 0.12 * n, "Stor", np.where(rank < 0.45 * n, "Mellan", "Liten"))
    frame = pd.DataFrame(
        {
            "customer": ids,
            "name": name,
            "parent": above,
            "town": town,
            "region": [REGIONS[r][0] for r in region],
            "segment": [SEGMENTS[s] for s in segment],
            "size": size,
            "rep": [reps[r] for r in rep],
            "since": since,
        }
    )
    return frame, reps
