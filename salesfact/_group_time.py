"""What followed when a programme came to some customers first? Group-time average effects.

A campaign or a new routine reaches customers in different months. Customers it reached in month g
are held against customers it had not reached yet, before and after: `ATT(g, t)`, Callaway &
Sant'Anna (2021), Journal of Econometrics 225, 200-230. A customer already reached is never a
control, which is what spoils two-way regressions with a dummy. Effects are then gathered by months
since the start; months before it (leads) should show nothing.

On the *ratio* scale growth is compared, not money: `log(Y_gt / Y_gb) − log(Y_Ct / Y_Cb)` with sums
over customers, as the Poisson regression has it; so one does not ask that small and large customers
gain the same kronor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

DRAWS = 999
NEVER = -1


@dataclass(frozen=True)
class GroupTime:
    """Group-time effects and what they come to.

    Parameters
    ----------
    table : DataFrame
        One row per group and month: `group` and `month` (positions), `estimate`, `se`, `treated`,
        `controls` (customers).
    event : DataFrame, index `since` (months since the start, below 0 before it)
        `estimate`, `se`, `low`, `high` (95 %, for that month alone), `band_low`, `band_high` (95 %
        for all months together), `groups`, `treated`.
    effect, se : float
        Average of all months from the start on, weighted by customers.
    lead_p : float
        p of the largest lead, all leads together (sup-t); NaN without leads.
    customers, always : int
        Used; left out because they were reached in the first month.
    scale : str
        `difference` (in units of y) or `ratio` (log).
    """

    table: pd.DataFrame
    event: pd.DataFrame
    effect: float
    se: float
    lead_p: float
    customers: int
    always: int
    scale: str


def group_time(
    y: ArrayLike,
    start: ArrayLike,
    *,
    scale: str = "difference",
    base: str = "universal",
    base_months: int = 1,
    controls: str = "not yet",
    seed: int = 0,
) -> GroupTime:
    """Average effects by group and month, and by months since the start.

    Parameters
    ----------
    y : array_like, (n customers, T months)
        Sales.
    start : array_like of int, (n,)
        Position of the month in which the programme reached each customer; -1 = never, or after
        the last month.
    scale : {"difference", "ratio"}
        Differences of means, or of logs of sums (then at least one sale in each cell).
    base : {"universal", "varying"}
        What months are held against: the last ones before the start; or, for leads, the month
        before (as R's `did` does by default).
    base_months : int
        How many months make the base (their mean), fewer where there are not so many.
    controls : {"not yet", "never"}
        Customers not reached by the month compared (nor by the base), or never reached.
    seed : int
        Of the multiplier bootstrap behind bands and `lead_p` (999 draws of random signs).

    Raises
    ------
    ValueError
        If no customer was reached after the first month, one after the last, or there is nobody to
        compare with.

    Notes
    -----
    Standard errors are analytic, from influence functions summed by customer, the estimated
    weights of groups included; so they are clustered on the customer.
    """
    import pandas as pd

    sales, begun = np.asarray(y, dtype=float), np.asarray(start)
    if sales.ndim != 2 or begun.shape != (len(sales),):
        raise ValueError("y is a matrix with one row per element of start")
    if scale not in ("difference", "ratio") or base not in ("universal", "varying"):
        raise ValueError("scale is difference or ratio, base is universal or varying")
    if (begun >= sales.shape[1]).any():
        raise ValueError("start is a position of a month in y, or -1")
    always = begun == 0
    sales, begun = sales[~always], begun[~always]
    n, months = sales.shape
    rows, influence = [], []
    for g in np.unique(begun[begun > 0]):
        treated = begun == g
        for t in range(months):
            if base == "varying" and t < g:
                before = np.arange(t - 1, t)
            else:
                before = np.arange(max(0, g - base_months), g)
            if before[0] < 0 or (base_months == 1 and before[0] == t):
                continue
            last = max(t, int(before[-1]))
            control = begun == NEVER
            if controls == "not yet":
                control = (control | (begun > last)) & ~treated
            made = _cell(sales, treated, control, t, before, scale)
            if made is not None:
                rows.append((g, t, made[0], int(treated.sum()), int(control.sum())))
                influence.append(made[1])
    if not rows:
        raise ValueError("nobody was reached with others left to compare with")
    table = pd.DataFrame(rows, columns=["group", "month", "estimate", "treated", "controls"])
    psi = np.stack(influence)
    table.insert(3, "se", np.sqrt((psi**2).sum(axis=1)) / n)
    since = (table["month"] - table["group"]).to_numpy()
    event, gathered = _event(table, psi, begun, since)
    after = np.flatnonzero(since >= 0)
    effect, overall = _average(table, psi, begun, after)
    lead_p = _bands(event, gathered, seed)
    return GroupTime(
        table=table,
        event=event,
        effect=effect,
        se=float(np.sqrt((overall**2).sum()) / n),
        lead_p=lead_p,
        customers=n,
        always=int(always.sum()),
        scale=scale,
    )


def _cell(
    y: Array,
    treated: NDArray[np.bool_],
    control: NDArray[np.bool_],
    t: int,
    before: NDArray[np.int64],
    scale: str,
) -> tuple[float, Array] | None:
    """One ATT(g, t) and each customer's influence on it (times n)."""
    n = len(y)
    if not control.any():
        return None
    now, then = y[:, t], y[:, before].mean(axis=1)
    psi, estimate = np.zeros(n), 0.0
    for who, sign in ((treated, 1.0), (control, -1.0)):
        if scale == "difference":
            change = now[who] - then[who]
            estimate += sign * change.mean()
            psi[who] = sign * n / who.sum() * (change - change.mean())
            continue
        total_now, total_then = now[who].sum(), then[who].sum()
        if total_now <= 0 or total_then <= 0:
            return None
        estimate += sign * np.log(total_now / total_then)
        psi[who] = sign * n * (now[who] / total_now - then[who] / total_then)
    return float(estimate), psi


def _average(
    table: pd.DataFrame, psi: Array, begun: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[float, Array]:
    """Mean of some cells weighted by customers reached, and each customer's influence on it."""
    groups = table["group"].to_numpy()[rows]
    values = table["estimate"].to_numpy()[rows]
    share = np.array([(begun == g).mean() for g in groups])
    total = share.sum()
    mean = float(share @ values / total)
    own = share @ psi[rows] / total
    member = (begun[None, :] == groups[:, None]) - share[:, None]
    return mean, own + (values - mean) @ member / total


def _event(
    table: pd.DataFrame, psi: Array, begun: NDArray[np.int64], since: NDArray[np.int64]
) -> tuple[pd.DataFrame, Array]:
    import pandas as pd

    rows, gathered = [], []
    for e in np.unique(since):
        chosen = np.flatnonzero(since == e)
        mean, own = _average(table, psi, begun, chosen)
        gathered.append(own)
        se = float(np.sqrt((own**2).sum()) / psi.shape[1])
        part = table.iloc[chosen]
        rows.append((e, mean, se, len(part), int(part["treated"].sum())))
    event = pd.DataFrame(rows, columns=["since", "estimate", "se", "groups", "treated"])
    event = event.set_index("since")
    event.insert(2, "low", event["estimate"] - 1.959964 * event["se"])
    event.insert(3, "high", event["estimate"] + 1.959964 * event["se"])
    return event, np.stack(gathered)


def _bands(event: pd.DataFrame, gathered: Array, seed: int) -> float:
    """Bands that hold for all months together, and p of the largest lead."""
    n = gathered.shape[1]
    rng = np.random.default_rng(seed)
    se = event["se"].to_numpy()
    sure = se > 0
    scaled = gathered[sure] / (n * se[sure, None])
    t = np.empty((DRAWS, int(sure.sum())))
    for a in range(0, DRAWS, 64):
        signs = rng.integers(0, 2, (min(64, DRAWS - a), n), dtype=np.int8) * 2.0 - 1.0
        t[a : a + 64] = np.abs(signs @ scaled.T)
    highest = np.quantile(t.max(axis=1), 0.95) if sure.any() else np.nan
    event.insert(4, "band_low", event["estimate"] - highest * se)
    event.insert(5, "band_high", event["estimate"] + highest * se)
    lead = (event.index.to_numpy() < 0)[sure]
    if not lead.any():
        return float("nan")
    seen = np.abs(event["estimate"].to_numpy()[sure] / se[sure])[lead].max()
    return float((1 + (t[:, lead].max(axis=1) >= seen).sum()) / (1 + DRAWS))
