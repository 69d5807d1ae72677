"""Where is a likelihood highest, and how sharply? Damped Newton in the logs of the parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Evaluation = tuple[float, "NDArray[np.float64]", "NDArray[np.float64]"]

_STEPS = 100
_LONGEST = 1.5  # a step at most, in logs
_SETTLED = 2.0  # a standard error of the log beyond this says next to nothing of the parameter
_GAIN = 1e-8  # log-likelihood still to be gained when we stop
_ON = 1e-9  # in logs: so near a limit a step has ended on it
_NEAR = 0.3  # in logs: a climb so near below a maximum would end there
_RIDGE = 1e-2  # log-likelihood: with less to gain, a parameter that is not settled will not be


@dataclass(frozen=True)
class Maximum:
    """Where the climb ended.

    Parameters
    ----------
    at : ndarray
        The logs of the parameters.
    value : float
        Log-likelihood.
    covariance : ndarray
        Of the logs: the inverse of the observed information; NaN where there is no maximum.
    fault : str
        Empty, or why this is no maximum: `limit`, `flat`, `steps`.
    which : int
        The parameter at fault.
    """

    at: NDArray[np.float64]
    value: float
    covariance: NDArray[np.float64]
    fault: str = ""
    which: int = -1

    @property
    def errors(self) -> NDArray[np.float64]:
        """Standard errors of the logs."""
        return np.sqrt(np.diag(self.covariance))


def highest(
    evaluate: Callable[[NDArray[np.float64]], Evaluation],
    starts: Sequence[Sequence[float]],
    limits: Sequence[tuple[float, float]],
    *,
    gain: float = _GAIN,
) -> Maximum:
    """The highest of the maxima reached from each start.

    Parameters
    ----------
    evaluate : callable
        Parameters (positive) to log-likelihood, gradient and second derivatives by them.
    starts : sequence
        Parameters to start from.
    limits : sequence of (low, high)
        For each parameter; a maximum at a limit is none.
    gain : float
        Stop when Newton's step promises less than this in log-likelihood.
    """
    ends: list[Maximum] = []
    for start in starts:
        ends.append(_climb(evaluate, np.log(start), np.log(limits).T, gain, ends))
    best = max(e.value for e in ends)
    near = [e for e in ends if e.value >= best - 1e-4]
    return min(near, key=lambda e: (e.fault != "", -e.value))


def _in_logs(evaluate: Callable, at: NDArray) -> Evaluation:
    """Value and derivatives by the logs of the parameters."""
    theta = np.exp(at)
    value, slope, bend = evaluate(theta)
    slope = slope * theta
    return value, slope, bend * np.outer(theta, theta) + np.diag(slope)


def _finite(found: Evaluation) -> bool:
    return all(bool(np.isfinite(part).all()) for part in found)


def _climb(
    evaluate: Callable, at: NDArray, limits: NDArray, gain: float, known: Sequence[Maximum]
) -> Maximum:
    """Climb until the top, or until near below one that is known already."""
    low, high = limits
    at = np.clip(at, low, high)
    value, slope, bend = _in_logs(evaluate, at)
    fault = "steps"
    if not _finite((value, slope, bend)):
        return Maximum(at, -np.inf, np.full((len(at), len(at)), np.nan), fault)
    for _ in range(_STEPS):
        for top in known:
            if not top.fault and value <= top.value and np.abs(at - top.at).max() < _NEAR:
                return top
        held = ((at <= low) & (slope < 0)) | ((at >= high) & (slope > 0))
        free = ~held
        if not free.any():
            fault = ""
            break
        step, promise, size, spread = _newton(slope, bend, free)
        # a limit in the way is no part of the step: what is left would not lead upwards
        while (stopped := free & (((at <= low) & (step < 0)) | ((at >= high) & (step > 0)))).any():
            free = free & ~stopped
            step, promise, size, spread = _newton(slope, bend, free)
        enough = gain + 1e-14 * abs(value)
        if promise < enough and size > 0:
            # the last step needs no look: what it misses is of the order of its square
            at, value, fault = np.clip(at + step, low, high), value + promise, ""
            break
        if promise < _RIDGE and spread > 1.25 * _SETTLED:
            fault = ""  # a ridge that hardly rises and hardly bends: it may go on for ever
            break
        step *= min(1.0, _LONGEST / max(np.abs(step).max(), 1e-300))
        part = _until_limit(at, step, low, high)
        while part > 1e-8:
            trial = _held_at(at + part * step, low, high)
            found = _in_logs(evaluate, trial)
            if _finite(found) and found[0] > value - 1e-13 * abs(value):
                break
            part /= 4
        else:
            fault = "" if promise < 1e3 * enough and size > 0 else "steps"
            break
        stuck = found[0] <= value + 1e-15 * abs(value) and promise < 1e3 * enough
        at, (value, slope, bend) = trial, found
        if stuck:
            fault = "" if size > 0 else "steps"
            break
    return _ended(at, value, bend, limits, fault)


def _newton(slope: NDArray, bend: NDArray, free: NDArray) -> tuple[NDArray, float, float, float]:
    """Newton's step in the free directions, what it promises, the least bend, the widest error.

    Directions that bend upwards are walked along the slope, as if they bent downwards.
    """
    step = np.zeros(len(slope))
    if not free.any():
        return step, 0.0, np.inf, 0.0
    size, axes = np.linalg.eigh(-bend[np.ix_(free, free)])
    lean = axes.T @ slope[free]
    used = np.maximum(np.abs(size), 1e-9 * max(1.0, np.abs(size).max()))
    step[free] = axes @ (lean / used)
    promise = float(np.sum(lean**2 / used)) / 2
    return step, promise, float(size[0]), float(np.sqrt((axes**2 @ (1 / used)).max()))


def _held_at(at: NDArray, low: NDArray, high: NDArray) -> NDArray:
    """Within the limits, and exactly on one that is as good as reached."""
    at = np.where(at < low + _ON, low, at)
    return np.where(at > high - _ON, high, at)


def _until_limit(at: NDArray, step: NDArray, low: NDArray, high: NDArray) -> float:
    """The part of a step, at most all of it, that ends where the first limit stands."""
    moved = step != 0
    if not moved.any():
        return 1.0
    room = np.where(step > 0, high - at, at - low)[moved]
    return float(min(1.0, (room / np.abs(step[moved])).min()))


def _ended(at: NDArray, value: float, bend: NDArray, limits: NDArray, fault: str) -> Maximum:
    low, high = limits
    outside = (at <= low + 1e-6) | (at >= high - 1e-6)
    none = np.full((len(at), len(at)), np.nan)
    if outside.any():
        return Maximum(at, value, none, "limit", int(np.flatnonzero(outside)[0]))
    if fault:
        return Maximum(at, value, none, fault)
    size, axes = np.linalg.eigh(-bend)
    if size[0] <= 0:
        return Maximum(at, value, none, "flat", int(np.abs(axes[:, 0]).argmax()))
    covariance = (axes / size) @ axes.T
    errors = np.sqrt(np.diag(covariance))
    if errors.max() > _SETTLED:
        return Maximum(at, value, covariance, "flat", int(errors.argmax()))
    return Maximum(at, value, covariance)
