"""How much of this year's effort is last year's, value apart? The rut weight, freed of chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._halves import TURNS, WEEKS, Dated, dispersion, halves, log_mean, ways, yearly
from salesfact._stats import MIDDLE

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

ENOUGH = 3  # activities in the half that serves as instrument
TINY = 1e-9  # of what was there: a matrix that is none


@dataclass(frozen=True)
class RutWeight:
    """ω, γ and φ with their standard errors.

    Parameters
    ----------
    weight, se, low, high : float
        ω, its jackknife error, its 80 % interval.
    value, expected : float
        γ, and φ (NaN where nothing was expected).
    other : float
        ω by another split of the same kind.
    dispersion : float
        Of activities: 1 by chance, 0 in strict rounds.
    customers : int
        How many tell of it.
    used : ndarray of bool, (n,)
        Who they are.
    """

    weight: float
    se: float
    low: float
    high: float
    value: float
    expected: float
    other: float
    dispersion: float
    customers: int
    used: NDArray[np.bool_]


def rut_weight(
    before: Dated,
    now: ArrayLike,
    orders: Dated,
    expected: ArrayLike | None = None,
    *,
    group: ArrayLike | None = None,
    eligible: ArrayLike | None = None,
    spread: float | None = None,
    enough: int = 10,
) -> RutWeight | None:
    """How much of this year's effort follows last year's, value held equal.

    `log e_t = a_group + ω log e_{t-1} + γ log v_{t-1} + φ log M̂ + ε`, where a few activities or
    orders more or less are chance. Each half of last year's activities and orders is the
    instrument of the other (two-stage least squares, both ways at once, just identified).

    Parameters
    ----------
    before : Dated
        Last year's activities.
    now : array_like, (n,)
        Number of this year's.
    orders : Dated
        Last year's orders with their money.
    expected : array_like, (n,), optional
        What the customer was expected to bring, estimated before last year; above 0.
    group : array_like, (n,), optional
        Whoever shares an intercept (the rep: how busy a rep is, is no habit of choice).
    eligible : array_like of bool, (n,), optional
        Who may count.
    spread : float, optional
        Dispersion of activities; default: from their gaps.

    enough : int
        How many customers must tell of it, at least.

    Returns
    -------
    RutWeight or None
        None where fewer customers than `enough` do.

    Notes
    -----
    Errors are those of the jackknife, one customer left out at a time (robust, and clustered by
    customer: MacKinnon, Nielsen & Webb 2023, J. Appl. Econometrics 38, 671-694). Who counts is
    decided by the instrument alone (three activities or more, and money), which chance in the
    other half knows nothing of.
    """
    n = len(np.asarray(now))
    d = dispersion(before) if spread is None else spread
    d = 1.0 if np.isnan(d) else d
    y = log_mean(now, min(d, 1.0))
    m = None if expected is None else np.log(np.asarray(expected, dtype=float))
    may = np.ones(n, dtype=bool) if eligible is None else np.asarray(eligible, dtype=bool)
    code = np.zeros(n, dtype=int)
    if group is not None:
        code = np.unique(np.asarray(group), return_inverse=True)[1]
    counts = np.bincount(before.row, minlength=n)
    mixed = yearly(d, counts[may & (counts >= 2 * ENOUGH)])
    money = orders.amount if orders.amount is not None else np.ones(len(orders.row))
    paid = Dated(orders.row, orders.day, money)
    main, again = (
        _solved(
            [
                (
                    weight,
                    *_logs(halves(before, n, way, coarse=coarse, seed=seed), way, mixed),
                    _log_money(halves(paid, n, WEEKS, coarse=coarse)),
                )
                for weight, way, coarse, seed in ways(d if other else mixed, other=other)
            ],
            y,
            m,
            code,
            may,
            enough,
        )
        for other in (False, True)
    )
    if main is None or again is None:
        return None
    beta, cov, used = main
    se = float(np.sqrt(cov[0, 0]))
    weight = float(beta[0])
    return RutWeight(
        weight=weight,
        se=se,
        low=weight - MIDDLE * se,
        high=weight + MIDDLE * se,
        value=float(beta[1]),
        expected=float(beta[2]) if m is not None else float("nan"),
        other=float(again[0][0]),
        dispersion=float(d),
        customers=int(used.sum()),
        used=used,
    )


def _logs(counts: Array, way: str, spread: float) -> tuple[Array, NDArray[np.bool_]]:
    """Both halves' logarithms, and whether a half has enough to be an instrument."""
    low = min(spread, 1.0)
    if (
        way == TURNS
    ):  # the odd one out goes to both by half: halves of 1 and 2 have other logarithms
        counts = counts.mean(axis=1, keepdims=True).repeat(2, axis=1)
    own = {WEEKS: low, TURNS: low / 2}.get(way, (1 + low) / 2)
    return log_mean(counts, own), counts >= ENOUGH


def _log_money(sums: Array) -> Array:
    """Logarithms of money; NaN for halves without any."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums > 0, np.log(np.maximum(sums, 1e-300)), np.nan)


def _solved(
    splits: list[tuple[float, Array, Any, Array]],
    y: Array,
    m: Array | None,
    code: Whole,
    may: NDArray[np.bool_],
    least: int,
) -> tuple[Array, Array, NDArray[np.bool_]] | None:
    """The just-identified estimator over all splits both ways, and its jackknife covariance."""
    n, width = len(y), 2 if m is None else 3
    left, right = np.zeros((width, width)), np.zeros(width)
    kept = []
    used: Any = np.zeros(n, dtype=bool)
    for weight, effort, enough, value in splits:
        for a in (0, 1):  # the instrument's half
            b = 1 - a
            ok = may & enough[:, a] & np.isfinite(value).all(axis=1)
            if m is not None:
                ok &= np.isfinite(m)
            rows = np.flatnonzero(ok)
            extra = [] if m is None else [m[rows]]
            x = np.stack([effort[rows, b], value[rows, b], *extra], axis=1)
            z = np.stack([effort[rows, a], value[rows, a], *extra], axis=1)
            part = code[rows]
            x, z, own = (_within(v, part) for v in (x, z, y[rows][:, None]))
            left += weight * z.T @ x
            right += weight * z.T @ own[:, 0]
            kept.append((weight, rows, x, z, own[:, 0]))
            used |= ok
    if used.sum() < least:
        return None
    if not np.linalg.cond(left) < 1 / TINY:  # nothing left to compare within a group
        return None
    beta: Any = np.linalg.solve(left, right)
    score, own_part = np.zeros((n, width)), np.zeros((n, width, width))
    for weight, rows, x, z, own in kept:
        score[rows] += weight * z * (own - x @ beta)[:, None]
        own_part[rows] += weight * z[:, :, None] * x[:, None, :]
    # without each customer in turn; fixed intercepts cost their number
    without = left - own_part[used]
    if not np.max(np.linalg.cond(without)) < 1 / TINY:  # one customer tells it all
        return None
    moved: Any = np.linalg.solve(without, score[used][:, :, None])[:, :, 0]
    count, groups = len(moved), len(np.unique(code[used]))
    cov: Any = moved.T @ moved * (count - 1) / max(count - groups, 1)
    return beta, cov, used


def _within(values: Array, code: Whole) -> Array:
    """Less each group's mean."""
    size = np.maximum(np.bincount(code), 1)
    means = np.stack([np.bincount(code, v, len(size)) / size for v in values.T], axis=1)
    return values - means[code]
