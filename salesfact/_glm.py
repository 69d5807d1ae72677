"""What do earlier origins teach about the next one? A penalised GLM, the naive as offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._features import FLOOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_ORIGINS = 4
SIZE = 0.25  # how large a coefficient may well be, per standard deviation of its feature
FAR = 5.0  # an estimate beyond e⁵ times its offset is not believed


@dataclass(frozen=True)
class Lesson:
    """What was known at an origin, and what came of it.

    Parameters
    ----------
    features : ndarray
        From `_features.features`.
    naive : ndarray
        The estimate to start from.
    floor : float
        Money; from `_features.floor_of`.
    outcome : ndarray, optional
        Money that came; None at the origin to forecast from.
    """

    features: NDArray[np.float64]
    naive: NDArray[np.float64]
    floor: float
    outcome: NDArray[np.float64] | None = None

    @property
    def offset(self) -> NDArray[np.float64]:
        """Log of the naive estimate, floored."""
        return np.log(np.maximum(self.naive, 0.0) + self.floor)


@dataclass(frozen=True)
class Trained:
    """A fitted GLM: clips and scales features as in its training."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    coefficients: NDArray[np.float64]

    def estimate(self, lesson: Lesson) -> NDArray[np.float64]:
        """Money expected of each customer."""
        x = (np.clip(lesson.features, self.low, self.high) - self.mean) / self.sd
        told = self.coefficients[0] + x @ self.coefficients[1:]
        return np.exp(lesson.offset + np.clip(told, -FAR, FAR))


def train(lessons: Sequence[Lesson], overlap: float) -> Trained | None:
    """Fit on earlier origins; None where there are fewer than `MIN_ORIGINS`, or no money came.

    Parameters
    ----------
    lessons : sequence of Lesson
        Each with its outcome.
    overlap : float
        How many times a month of outcome is counted, on average (1 = origins a horizon apart).

    Notes
    -----
    Poisson likelihood with log link for the mean of money (outcomes floored at 0), the naive
    estimate as offset, and a ridge penalty. The penalty is that of coefficients of size `SIZE`
    per standard deviation of a feature, in units of the money's own dispersion, so that it does
    not depend on the currency and grows with noise and with overlapping origins.
    """
    if len(lessons) < MIN_ORIGINS:
        return None
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    raw = np.concatenate([lesson.features for lesson in lessons])
    # each origin in units of its own money, so that a growing firm is no louder in later years
    unit = [lesson.floor / FLOOR for lesson in lessons]
    y = np.concatenate(
        [
            np.maximum(lesson.outcome, 0.0) / u  # pyright: ignore
            for lesson, u in zip(lessons, unit, strict=True)
        ]
    )
    offset = np.concatenate(
        [lesson.offset - np.log(u) for lesson, u in zip(lessons, unit, strict=True)]
    )
    if not y.sum() > 0:
        return None
    low, high = raw.min(axis=0), raw.max(axis=0)
    mean, sd = raw.mean(axis=0), raw.std(axis=0)
    sd = np.where(sd > 1e-9, sd, 1.0)
    x = np.column_stack([np.ones(len(raw)), (raw - mean) / sd])
    level = float(y.sum() / np.exp(offset).sum())
    guess = level * np.exp(offset)
    noise = float(((y - guess) ** 2 / guess).mean())
    penalty = noise * overlap / SIZE**2 / len(y)
    start = np.zeros(x.shape[1])
    start[0] = np.log(level)
    weights: Any = np.concatenate([[0.0], np.full(len(mean), penalty)])  # not on the intercept
    fitted = GLM(y, x, family=Poisson(), offset=offset).fit_regularized(
        alpha=weights, L1_wt=0.0, start_params=start
    )
    coefficients = np.asarray(fitted.params, dtype=float)
    if not np.isfinite(coefficients).all():
        return None
    return Trained(low, high, mean, sd, coefficients)
