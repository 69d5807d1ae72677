"""How far has a series moved from its own past, and how often do series move that far by chance?

Rows are customers, columns are months. The last 2, 3, ..., 12 months are each held against the
months before them; the window that moved most dates the change. How far such a window moves
when nothing particular happens is measured at earlier origins, not assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

WINDOWS = np.arange(2, 13)  # months since the change
BASE_MONTHS = 24  # of the past a window is held against, at most
MIN_BASE = 6  # and at least
ORIGINS = 3  # earlier origins needed, at least
MOST_ORIGINS = 8
FEW = 20  # series in a volume class below which its spread is not measured apart
_MIDDLE = (0.3, 0.7)  # quantiles whose distance measures a spread
_NORMAL = 1.0488010  # that distance for the standard normal
_SAMPLING = 1.344  # its standard error there, times the root of the sample's size
_LEAST = 0.6  # a spread below that is not believed


@dataclass(frozen=True)
class Shifts:
    """What a scan found, a row per series.

    Parameters
    ----------
    down, up : ndarray of float
        p-values of a fall and of a rise; NaN where the past is too short.
    down_months, up_months : ndarray of int
        Months since the change, from the window that moved most; 0 where p is NaN.
    spread : ndarray of float
        How much wider than chance the windows move in ordinary times (1 = as by chance): median
        over the windows used.
    """

    down: NDArray[np.float64]
    up: NDArray[np.float64]
    down_months: NDArray[np.int64]
    up_months: NDArray[np.int64]
    spread: NDArray[np.float64]


def origins(months: int) -> tuple[list[int], int]:
    """Earlier ends to measure ordinary movement at (month counts, latest first), and their step.

    A quarter of a year apart, nearer where the history is short.
    """
    first = MIN_BASE + int(WINDOWS[0])
    step = min(3, max(1, (months - first) // ORIGINS))
    return list(range(months - step, first - 1, -step))[:MOST_ORIGINS], step


def count_scores(counts: NDArray[Any], exposure: NDArray[Any], end: int) -> NDArray[np.float64]:
    """Standard normal scores of each window's count, given the count of window and base together.

    Parameters
    ----------
    counts, exposure : ndarray of float, (series, months)
        Events, and what was expected of them at rate 1; 0 where not at risk.
    end : int
        Months known.

    Returns
    -------
    ndarray of float, (series, windows)
        Positive = risen; NaN where the base is shorter than six months at risk. Given the sum n,
        the window's count is binomial(n, u) whatever the rate, u the window's part of the
        exposure; the score is that of its mid-p-value.
    """
    from scipy.special import betainc, ndtri

    x, e = _sums(counts), _sums(exposure)
    risk = _sums(exposure > 0)
    scores = np.full((len(counts), len(WINDOWS)), np.nan)
    for at, window in enumerate(WINDOWS):
        start, base = end - window, max(0, end - window - BASE_MONTHS)
        if start < MIN_BASE:
            break
        new, old = x[:, end] - x[:, start], x[:, start] - x[:, base]
        e_new, e_old = e[:, end] - e[:, start], e[:, start] - e[:, base]
        known = (risk[:, start] - risk[:, base] >= MIN_BASE) & (new + old > 0) & (e_new > 0)
        n, k = (new + old)[known], new[known]
        u = e_new[known] / (e_new + e_old)[known]
        # P(K ≤ k) = I(1 − u; n − k, k + 1), and that of k alone is their difference
        upto = np.where(k >= n, 1.0, betainc(np.maximum(n - k, 1e-9), k + 1, 1 - u))
        below = np.where(k <= 0, 0.0, betainc(n - k + 1, np.maximum(k, 1e-9), 1 - u))
        middle = (upto + below) / 2
        score = ndtri(np.clip(middle, 1e-300, 1 - 1e-16))
        far = np.abs(score) > 7  # there the deviance is as good, and never infinite
        score[far] = _root_deviance(k, n, u)[far]
        scores[known, at] = score
    return scores


def mean_scores(
    values: NDArray[Any], weights: NDArray[Any], end: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores of each window's weighted mean against its base's, and the differences themselves.

    Parameters
    ----------
    values, weights : ndarray of float, (series, months)
        A value and its weight; weight 0 where there is none.
    end : int
        Months known.

    Returns
    -------
    scores, differences : ndarray of float, (series, windows)
        Difference over its standard error (Student's t as a normal score).
        The variance of one unit of weight is the series' own
        in its base, pulled towards that of all as far as its months are few. NaN where the base
        has under six months with a value, or the window under two.
    """
    from scipy.special import ndtri, stdtr

    w = np.where(np.isfinite(values), weights, 0.0)
    v = np.where(w > 0, values, 0.0)
    sw, sv, svv, sn = _sums(w), _sums(w * v), _sums(w * v * v), _sums(w > 0)
    scores = np.full((len(v), len(WINDOWS)), np.nan)
    differences = np.full_like(scores, np.nan)
    for at, window in enumerate(WINDOWS):
        start, base = end - window, max(0, end - window - BASE_MONTHS)
        if start < MIN_BASE:
            break
        old_n, new_n = sn[:, start] - sn[:, base], sn[:, end] - sn[:, start]
        old_w, new_w = sw[:, start] - sw[:, base], sw[:, end] - sw[:, start]
        known = (old_n >= MIN_BASE) & (new_n >= 2) & (old_w > 0) & (new_w > 0)
        if not known.any():
            continue
        old_w, new_w, old_n = old_w[known], new_w[known], old_n[known]
        old = (sv[:, start] - sv[:, base])[known] / old_w
        new = (sv[:, end] - sv[:, start])[known] / new_w
        rest = np.maximum((svv[:, start] - svv[:, base])[known] - old_w * old**2, 0.0)
        own = rest / (old_n - 1)
        common = float(np.median(own))
        variance = ((old_n - 1) * own + MIN_BASE * common) / (old_n - 1 + MIN_BASE)
        error = np.sqrt(np.maximum(variance, 1e-24) * (1 / old_w + 1 / new_w))
        differences[known, at] = new - old
        ratio = (new - old) / error
        far = -ndtri(np.maximum(stdtr(old_n - 1 + MIN_BASE, -np.abs(ratio)), 1e-300))
        scores[known, at] = np.sign(ratio) * far
    return scores, differences


def judge(scores: Any, volume: ArrayLike, share: NDArray[Any], past: Any, step: int) -> Shifts:
    """p-values of a scan over all windows.

    Parameters
    ----------
    scores : ndarray of float, (series, windows)
        At the day judged.
    volume : array_like of float
        By which series are put into thirds; how far windows move in ordinary times differs.
    share : ndarray of float, (series, windows)
        Each window's part of window and base (exposure or weight): how windows hang together.
    past : sequence of ndarray, (series, windows)
        Scores at earlier origins, NaN where a series was not to be judged then.
    step : int
        Months between those origins.

    Returns
    -------
    Shifts

    Notes
    -----
    Per third and window, scores are centred on their median (common movement) and divided by the
    width of their middle (30 to 70 %) at the earlier origins (empirical null; Efron 2004), taken at
    the upper end of its 80 % range, so that few series make the list cautious. The middle is
    hardly touched by the few that did change then. The largest of correlated scores exceeds h with
    probability at most `Φ(−h) + Σ 2 T(h, a)`, T of Owen, `a² = (1 − ρ)/(1 + ρ)` between neighbours.

    References
    ----------
    Efron (2004), J. Am. Statist. Ass. 99, 96-104. Worsley (1982), Biometrika 69, 297-302.
    """
    scores = np.asarray(scores, dtype=float)
    past = [np.asarray(p, dtype=float) for p in past]
    third = _thirds(np.asarray(volume, dtype=float), np.isfinite(scores).any(axis=1))
    steady = np.full_like(scores, np.nan)
    widths = np.full_like(scores, np.nan)
    for one in np.unique(third[third >= 0]):
        rows = third == one
        width = _width([p[rows] for p in past], step)
        with np.errstate(all="ignore"):
            steady[rows] = (scores[rows] - _median(scores[rows])) / width
        widths[rows] = width
    down, down_at = _scan(-steady, share)
    up, up_at = _scan(steady, share)
    return Shifts(down, up, down_at, up_at, _median(widths.T))


def _width(past: list[NDArray[Any]], step: int) -> NDArray[np.float64]:
    """Spread of ordinary scores by window, at the upper end of its 80 % range; NaN = unknown."""
    windows = len(WINDOWS)
    centred = [p - _median(p) for p in past]
    found = np.full(windows, np.nan)
    for at in range(windows):
        parts = [c[:, at][np.isfinite(c[:, at])] for c in centred]
        parts = [p for p in parts if len(p) >= FEW]
        if len(parts) < ORIGINS:
            continue
        low, high = np.quantile(np.concatenate(parts), _MIDDLE)
        apart = min(1.0, step / WINDOWS[at])  # windows that overlap tell less
        size = sum(len(p) for p in parts) * apart
        found[at] = (high - low) / _NORMAL * (1 + 1.2816 * _SAMPLING / np.sqrt(size))
    known = np.isfinite(found)
    near = [found[max(0, i - 1) : i + 2] for i in range(windows)]  # neighbours share most months
    smooth = np.array([np.nanmean(n) if k else np.nan for n, k in zip(near, known, strict=True)])
    return np.maximum(smooth, _LEAST)


def _scan(steady: NDArray[Any], share: NDArray[Any]) -> tuple[Any, Any]:
    """p of the largest score of each row, and the months of its window."""
    from scipy.special import ndtr, owens_t

    known = np.isfinite(steady) & np.isfinite(share)
    any_known = known.any(axis=1)
    filled = np.where(known, steady, -np.inf)
    at = filled.argmax(axis=1)
    h = np.where(any_known, filled[np.arange(len(at)), at], 0.0)
    p = ndtr(-h)
    u = np.clip(np.where(known, share, np.nan), 1e-6, 1 - 1e-6)
    before = np.full(len(h), np.nan)
    for column in range(u.shape[1]):
        here = u[:, column]
        rho = np.sqrt(np.minimum(before * (1 - here) / (here * (1 - before)), 1.0))
        a = np.sqrt((1 - rho) / (1 + rho))
        p = p + np.where(np.isfinite(a), 2 * owens_t(h, np.nan_to_num(a)), 0.0)
        before = np.where(np.isfinite(here), here, before)
    p = np.where(h > 0, np.minimum(p, 1.0), 1.0)
    months = np.where(any_known, WINDOWS[at], 0)
    return np.where(any_known, p, np.nan), months


def window_share(exposure: NDArray[Any], end: int) -> NDArray[np.float64]:
    """Each window's part of the exposure of window and base, (series, windows)."""
    e = _sums(exposure)
    share = np.full((len(exposure), len(WINDOWS)), np.nan)
    for at, window in enumerate(WINDOWS):
        start, base = end - window, max(0, end - window - BASE_MONTHS)
        if start < MIN_BASE:
            break
        total = e[:, end] - e[:, base]
        np.divide(e[:, end] - e[:, start], total, out=share[:, at], where=total > 0)
    return share


def _thirds(volume: NDArray[Any], known: NDArray[Any]) -> NDArray[np.int64]:
    """0, 1, 2 by volume; equal volumes together; all 0 where a third would be too few."""
    third = np.where(known, 0, -1)
    if known.sum() >= 3 * FEW * 2:
        cuts = np.quantile(volume[known], [1 / 3, 2 / 3])
        third = np.where(known, np.searchsorted(cuts, volume, side="left"), -1)
    return third


def _root_deviance(k: NDArray[Any], n: NDArray[Any], u: NDArray[Any]) -> NDArray[np.float64]:
    from scipy.special import xlogy

    deviance = xlogy(k, k / (n * u)) + xlogy(n - k, (n - k) / (n * (1 - u)))
    return np.sign(k - n * u) * np.sqrt(2 * np.maximum(deviance, 0.0))


def _sums(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """Running sums along the months, from 0."""
    return np.concatenate(
        [np.zeros((len(matrix), 1)), np.cumsum(matrix, axis=1, dtype=float)], axis=1
    )


def _median(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """Median by column over what is known; NaN without."""
    ordered = np.sort(np.where(np.isfinite(matrix), matrix, np.inf), axis=0)
    known = np.isfinite(ordered).sum(axis=0)
    columns = np.arange(matrix.shape[1])
    middle = (np.maximum(known - 1, 0) // 2, np.maximum(known, 1) // 2)
    if not len(matrix):
        return np.full(matrix.shape[1], np.nan)
    half = (
        ordered[middle[0], columns] + ordered[np.minimum(middle[1], len(matrix) - 1), columns]
    ) / 2
    return np.where(known > 0, half, np.nan)
