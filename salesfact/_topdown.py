"""What does the firm's money as a whole foretell, without looking at customers?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from salesfact._history import History

LEAST_MONTHS = 12
SEASON_MONTHS = 36  # three years: below it a season is not told from chance


def by_month(history: History) -> NDArray[np.float64]:
    """Money of all, month by month counted back from `as_of`, oldest first; whole months only."""
    months = int(history.covered + 0.2) - (history.first.day > 3)
    # `back(0)` is `as_of` itself; month i ends i months before it
    edges = np.array([history.back(i) for i in range(months, -1, -1)])
    at = np.searchsorted(edges, history.day, side="left") - 1
    inside = (at >= 0) & (at < months)
    found: Any = np.bincount(at[inside], history.money[inside], months)
    return found.astype(float)


def top_down(months: NDArray[np.float64], horizon_months: int) -> float | None:
    """Money of the coming horizon by exponential smoothing of the whole.

    Parameters
    ----------
    months : ndarray
        Money of all by month, oldest first.
    horizon_months : int

    Returns
    -------
    float or None
        None below a year of months. Damped additive trend; additive season from three years on
        (ETS(A, Ad, A); Hyndman & Athanasopoulos 2021, chapter 8).
    """
    if len(months) < LEAST_MONTHS:
        return None
    import warnings

    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    scale = float(np.abs(months).mean())
    if scale <= 0:
        return 0.0
    season = {"seasonal": "add", "seasonal_periods": 12} if len(months) >= SEASON_MONTHS else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a search that ends early still gives a usable forecast
        fitted = ExponentialSmoothing(
            months / scale,
            trend="add",
            damped_trend=True,
            initialization_method="estimated",
            **season,
        ).fit()
        told = np.asarray(fitted.forecast(horizon_months), dtype=float)
    total = float(told.sum()) * scale
    return total if np.isfinite(total) else None
