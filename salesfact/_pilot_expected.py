"""What would the planned hours do, by what the past shows? A slope turned into a rise in sales.

`response` estimates a slope β of log sales on log(1 + A), A adstocked hours. A customer with h
hours a month today and e on top of them for some months would then buy `((1 + A') / (1 + A))^β`
times as much, with A = h / (1 - λ) as it is after long and A' = A + e (1 - λ^t) / (1 - λ) in month
t. Pairs count alike on a log scale, so customers do, too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from salesfact._result import Result

MOST_TIMES = 4  # more than so many times the planned hours is another pilot
_ROW = "fixed effects"  # of the ladder: each customer with itself


def estimate_of(response: Result | None) -> dict[str, float] | None:
    """Slope, its standard error, and decay as `response` found them, told or refused; or None."""
    if response is None or _ROW not in response.table.index:
        return None
    row: Any = response.table.loc[_ROW]
    decay = response.parameters.get("decay")
    found = {
        "slope": float(row["slope"]),
        "se": float(row["se"]),
        "decay": math.nan if decay is None else float(decay),
    }
    return found if all(math.isfinite(v) for v in found.values()) else None


def dose(today: ArrayLike, extra: float, months: int, decay: float = 0.0) -> float:
    """What a slope of one would make of extra hours, as a log: the mean of customers and months.

    Parameters
    ----------
    today : array_like, (n,)
        Hours a month of each customer.
    extra : float
        Hours a month on top.
    months : int
        For how long.
    decay : float
        What is left of an hour a month later, 0 up to 1.

    Examples
    --------
    >>> round(dose([1.0], 2.0, 6), 4) == round(math.log(2), 4)
    True
    """
    hours = np.maximum(np.asarray(today, dtype=float), 0.0)[:, None] / (1 - decay)
    grown = extra * (1 - decay ** np.arange(1, months + 1)) / (1 - decay)
    return float(np.log((1 + hours + grown) / (1 + hours)).mean()) if hours.size else 0.0


def rise(slope: float, amount: float) -> float:
    """What a slope makes of a dose, as a part of sales."""
    return math.expm1(slope * amount)


def hours_for(
    wanted: float, today: ArrayLike, planned: float, months: int, slope: float, decay: float
) -> float | None:
    """Extra hours a month that would do so much, in halves; None beyond `MOST_TIMES` the plan."""
    if slope <= 0:
        return None
    tried = np.arange(math.ceil(2 * planned), math.floor(2 * MOST_TIMES * planned) + 1) / 2
    enough = (h for h in tried if rise(slope, dose(today, float(h), months, decay)) >= wanted)
    found = next(enough, None)
    return None if found is None else float(found)
