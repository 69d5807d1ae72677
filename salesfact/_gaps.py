"""Is this silence longer than the customer's own gaps explain? The numbers behind `rhythm`.

Everything here works on arrays and frames, one row per customer; no engine, no money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from salesfact._stats import benjamini_hochberg

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from salesfact._season import Clock

LEVEL = 0.10  # false-discovery rate of the certified list
LAST_GAPS = 20  # closed gaps used: the last so many
MIN_GAPS = 4  # closed gaps needed to be certified
WATCH_GAPS = 2  # closed gaps needed to be watched
WATCH_P = 0.10  # a silence this unlikely is worth a look, though not certified
LEARN_DAYS = 10.0  # usual gap from which a customer teaches us how regular customers are
NEWS_DAYS = 365  # a silence within this, or within NEWS_GAPS usual gaps, is news
NEWS_GAPS = 8
MONTH_DAYS = 30.4  # grain of dates where invoices are collected monthly
BURSTY_K = 0.8  # clearly less regular than chance
BURSTY_LIMIT = 0.5  # frozen: above this share of bursty customers nothing is certified

GRID = np.geomspace(0.2, 20.0, 41)
_EM_CUSTOMERS = 20_000  # enough to know the mixing distribution; more only costs time
_PRIOR_CUSTOMERS = 5.0  # weight of the start, in customers: matters only where there are few


@dataclass(frozen=True)
class Judgement:
    """What the gaps say.

    Parameters
    ----------
    table : DataFrame
        One row per customer as given: `p`, `q`, `k` (NaN where not told), `silent`, `gone`,
        `watch`, `fresh`.
    weights : ndarray
        Share of customers at each regularity of `GRID`.
    bursty_share : float
        Share of customers with k below `BURSTY_K`.
    ranks_only : bool
        Nothing is certified, because too many customers order in bursts.
    """

    table: pd.DataFrame
    weights: NDArray[np.float64]
    bursty_share: float
    ranks_only: bool


def summarise(
    customer: ArrayLike, day: ArrayLike, clock: Clock, *, last: int = LAST_GAPS
) -> pd.DataFrame:
    """The sums over each customer's last closed gaps; the same as the engine computes.

    Parameters
    ----------
    customer, day : array_like of int
        One row per order day (no day twice), sorted by both.
    clock : Clock
        Operational time.
    last : int
        How many closed gaps to use at most.

    Returns
    -------
    DataFrame
        Index `customer`: `orders` (all order days), `first`, `last` (day numbers), `gaps` (closed
        gaps used); of these `total` and `longest` on the clock, `days` and `longest_days` in
        calendar days; and for both grains of dates, a day and a month, the sum and the sum of logs
        of the gaps shortened by half a grain: `total_day`, `logs_day`, `total_month`, `logs_month`.
    """
    import pandas as pd

    customer, day = np.asarray(customer), np.asarray(day, dtype=np.int64)
    ids, start, orders = np.unique(customer, return_index=True, return_counts=True)
    names = ("total", "days", "total_day", "logs_day", "total_month", "logs_month")
    if not len(ids):
        all_names = ("orders", "first", "last", "gaps", "longest", "longest_days", *names)
        empty = {n: np.empty(0) for n in all_names}
        return pd.DataFrame(empty, index=pd.Index(ids, name="customer"))
    end = start + orders - 1
    back = np.repeat(end, orders) - np.arange(len(customer))  # 0 at the last order
    use = (customer[1:] == customer[:-1]) & (back[1:] < last)
    row = np.searchsorted(ids, customer[1:][use])
    gap = np.diff(clock.time(day))[use]
    days = np.diff(day)[use].astype(float)
    by_day, by_month = gap * shortened(days, 1.0), gap * shortened(days, MONTH_DAYS)
    sums = (gap, days, by_day, np.log(by_day), by_month, np.log(by_month))
    table = {"orders": orders, "first": day[start], "last": day[end]}
    table["gaps"] = np.bincount(row, minlength=len(ids))
    table |= {n: np.bincount(row, s, len(ids)) for n, s in zip(names, sums, strict=True)}
    for name, values in (("longest", gap), ("longest_days", days)):
        table[name] = np.zeros(len(ids))
        np.maximum.at(table[name], row, values)
    return pd.DataFrame(table, index=pd.Index(ids, name="customer"))


def shortened(days: NDArray[np.float64], grain: float) -> NDArray[np.float64]:
    """What a gap of so many days is multiplied by to be half a grain shorter, at least halved.

    Two orders within one grain (a day; a month with collective invoices) look like one, so the
    shortest gap seen is a whole grain, and gaps look more regular than they are. Half a grain
    off puts a memoryless customer at k = 1 again.
    """
    return 1 - np.minimum(grain, days) / (2 * days)


def log_likelihood(gaps: ArrayLike, total: ArrayLike, logs: ArrayLike) -> NDArray[np.float64]:
    """Log-likelihood of each regularity of `GRID`: customers × grid.

    The parts x/S of n gaps of Gamma(k) are Dirichlet(k, ..., k) whatever the tempo:
    `ln Γ(nk) − n ln Γ(k) + (k − 1)(Σ ln x − n ln S)`.
    """
    from scipy.special import gammaln

    n = np.asarray(gaps, dtype=float)[:, None]
    parts = np.asarray(logs, dtype=float)[:, None] - n * np.log(np.asarray(total))[:, None]
    return gammaln(n * GRID) - n * gammaln(GRID) + (GRID - 1) * parts


def fit_mixing(likelihood: NDArray[np.float64]) -> NDArray[np.float64]:
    """How regularity is spread over customers: nonparametric maximum likelihood by EM.

    Five imagined customers spread around k = 1 keep it sensible where there are few real ones.

    References
    ----------
    Laird (1978), J. Am. Statist. Assoc. 73, 805-811.
    """
    prior = np.exp(-0.5 * (np.log(GRID) / 0.5) ** 2)
    prior /= prior.sum()
    rows = likelihood[:: max(1, -(-len(likelihood) // _EM_CUSTOMERS))]
    if not len(rows):
        return prior
    rows = np.exp(rows - rows.max(axis=1, keepdims=True))
    weights = prior
    for _ in range(400):
        post = rows * weights
        post /= post.sum(axis=1, keepdims=True)
        new = (post.sum(axis=0) + _PRIOR_CUSTOMERS * prior) / (len(rows) + _PRIOR_CUSTOMERS)
        moved = np.abs(new - weights).sum()
        weights = new
        if moved < 1e-5:
            break
    return weights


def posterior(likelihood: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each customer's probabilities of the regularities of `GRID`."""
    log = likelihood + np.log(weights)
    post = np.exp(log - log.max(axis=1, keepdims=True))
    return post / post.sum(axis=1, keepdims=True)


def tail(k: float, gaps: ArrayLike, total: ArrayLike, open_gap: ArrayLike) -> NDArray[np.float64]:
    """p of an open gap g after n closed ones that sum to S, for one who is still a customer.

    k ≥ 1: `1 − F(g/(g+S); k, nk)`, F of the beta distribution: the open gap as if it were a
    whole one. Exact at k = 1, conservative above, where an open gap is shorter than a whole one.

    k < 1: an open gap is longer than a whole one. A day picked at random falls into a gap of
    Gamma(k + 1), at a uniform point, so with G for gamma variables and r = g/S
    `p = P(U G(k+1) / G(nk) > r) = 1 − F(u; k+1, nk) − n r (1 − F(u; k, nk+1))`, `u = g/(g+S)`.
    Exact for every k in a steady rhythm; the two meet at k = 1.

    Parameters
    ----------
    k : float
        Regularity.
    gaps, total, open_gap : array_like
        n, S and g of each customer, S and g in the same unit.

    References
    ----------
    Cox (1962), Renewal Theory, section 5.2 (backward recurrence time).
    """
    from scipy.special import betainc, betaincc

    n = np.asarray(gaps, dtype=float)
    g, s = np.asarray(open_gap, dtype=float), np.asarray(total, dtype=float)
    u = g / (g + s)
    if k >= 1:
        p = betaincc(k, n * k, u)
    else:
        p = 1 - betainc(k + 1, n * k, u) - n * (g / s) * betaincc(k, n * k + 1, u)
    return np.clip(p, 0.0, 1.0)


def judge(
    sums: pd.DataFrame,
    clock: Clock,
    *,
    as_of: int,
    collective: ArrayLike | None = None,
    invoiced: int | None = None,
    level: float = LEVEL,
) -> Judgement:
    """Who is silent beyond their own rhythm.

    Parameters
    ----------
    sums : DataFrame
        From `summarise` or the engine.
    clock : Clock
        The clock the sums were made with.
    as_of : int
        Last day known (day number).
    collective : array_like of bool, optional
        Customers whose invoices are collected monthly; their dates are as coarse as a month.
    invoiced : int, optional
        The last day on which a collective invoice can have come (default: `as_of`).
    level : float
        False-discovery rate.

    Notes
    -----
    Null: still a customer at `as_of`. Where one of the n closed gaps was at least as long as the
    open one, p is at least 2 / (n + 1), whatever the gamma distribution says of its tail.

    False discoveries are held at `level` among the fresh silences (news), so that those gone for
    years do not lend their certainty to last month's. Who has been silent for more than a year and
    more than eight own gaps is `gone`: no news, and hardly in doubt; its `q` is the one over all
    customers.
    """
    import pandas as pd

    n = sums["gaps"].to_numpy(dtype=float)
    monthly = np.zeros(len(n), bool) if collective is None else np.asarray(collective, dtype=bool)
    known_to = np.where(monthly, as_of if invoiced is None else invoiced, as_of)
    last = sums["last"].to_numpy(dtype=np.int64)
    silence = np.maximum(known_to - last, 0)
    open_gap = np.maximum(clock.time(known_to) - clock.time(last), 0.0)
    usual = sums["days"].to_numpy(dtype=float) / np.maximum(n, 1)

    told = n >= WATCH_GAPS
    grain = {
        name: np.where(monthly, sums[f"{name}_month"], sums[f"{name}_day"])[told]
        for name in ("total", "logs")
    }
    likelihood = log_likelihood(n[told], grain["total"], grain["logs"])
    enough = n[told] >= MIN_GAPS
    slow = enough & (usual[told] >= LEARN_DAYS)
    weights = fit_mixing(likelihood[slow if slow.sum() >= 30 else enough])
    post = posterior(likelihood, weights)

    p = np.full(len(n), np.nan)
    mean = np.ones(int(told.sum()))
    total = sums["total"].to_numpy(dtype=float)[told]
    for j, k in enumerate(GRID):
        use = post[:, j] > 1e-6  # what is left out counts as p = 1
        own = tail(float(k), n[told][use], total[use], open_gap[told][use])
        mean[use] -= post[use, j] * (1 - own)
    # a break it has come back from before: of n + 1 like gaps the open one is at best second
    before = sums["longest"].to_numpy(dtype=float)[told] >= open_gap[told]
    mean = np.where(before, np.maximum(mean, 2 / (n[told] + 1)), mean)
    p[told] = np.clip(mean, 0.0, 1.0)

    tested = told & (n >= MIN_GAPS)
    fresh = (silence <= NEWS_DAYS) | (silence <= NEWS_GAPS * usual)
    bursty = float(weights[GRID < BURSTY_K].sum())
    ranks_only = bursty > BURSTY_LIMIT
    q_fresh = benjamini_hochberg(np.where(tested & fresh, p, np.nan))
    q_all = benjamini_hochberg(np.where(tested, p, np.nan))
    q = np.where(fresh, q_fresh, q_all)
    certain = (q <= level) & (not ranks_only)
    k_mean = np.full(len(n), np.nan)
    k_mean[told] = np.exp(post @ np.log(GRID))
    table = pd.DataFrame(
        {
            "usual_gap_days": np.where(n > 0, usual, np.nan),
            "open_gap_days": as_of - last,
            "p": p,
            "q": q,
            "k": k_mean,
            "fresh": fresh,
            "silent": certain & fresh,
            "gone": ~fresh & told,
            "watch": told & fresh & ~certain & (p <= WATCH_P),
        },
        index=sums.index,
    )
    return Judgement(
        table=table,
        weights=weights,
        bursty_share=bursty,
        ranks_only=ranks_only,
    )
