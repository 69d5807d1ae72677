"""How large an effect would a pilot show? Pilots that nobody held, tried on the client's own past.

At earlier origins, customers are chosen and paired from what was known then, exactly as for the
pilot, and what came afterwards is measured in the same way. Nobody got anything, so whatever a pair
differs by is its own doing: seasons, chance, customers who left. Today's pairs would not do: they
are alike in the very months that would be looked at, and would promise too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from salesfact._pairing import Pairing, paired, standardised
from salesfact._pilot_outcome import (
    YEAR,
    Past,
    candidates,
    covariates,
    differences,
    measured,
    scale,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

LEVEL, POWER = 0.05, 0.80
ORIGINS = 4  # at most, for each length
_LARGEST = 3.0  # log effects are looked for up to this


@dataclass(frozen=True)
class Placebo:
    """What pilots of one length would have seen in the past, had they been held.

    Parameters
    ----------
    months : int
    origins : int
        How many there were.
    slopes : ndarray, (2,)
        How far what came follows the last twelve months, and the same months a year earlier.
    sales, before, same : ndarray, (m, 2)
        Of the pairs in all those windows, as in `salesfact._pilot_outcome.Measured`.
    k : ndarray, (m,)
        Their scale.
    """

    months: int
    origins: int
    slopes: Array
    sales: Array
    before: Array
    same: Array
    k: Array

    @property
    def spread(self) -> float:
        """Standard deviation of a pair's difference where nobody gets anything."""
        return self._seen(0.0)[1]

    def smallest(self, pairs: float) -> float:
        """The effect that so many pairs show in four of five cases, as a part of sales."""
        from scipy.optimize import brentq
        from scipy.special import stdtrit  # quantiles of Student's t

        needed = float(stdtrit(max(pairs - 1, 1), [1 - LEVEL / 2, POWER]).sum()) / pairs**0.5

        def short(effect: float) -> float:
            mean, spread = self._seen(effect)
            return mean - needed * spread

        if short(_LARGEST) < 0:
            return float("inf")
        return float(np.expm1(brentq(short, 0.0, _LARGEST)))  # pyright: ignore

    def needed(self, effect: float, most: int) -> int | None:
        """The fewest pairs, up to `most`, that show an effect; None where all do not."""
        if self.smallest(most) > effect:
            return None
        low, high = 2, most
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.smallest(middle) <= effect else (middle + 1, high)
        return low

    def _seen(self, effect: float) -> tuple[float, float]:
        """Mean and standard deviation of a pair's difference under a log effect.

        A lot decides which of a pair has it, so each pair counts both ways round. What extra hours
        add to a customer who buys anyway adds to the spread, too.
        """
        apart = [
            differences(
                self.sales[:, ::way],
                self.before[:, ::way],
                self.same[:, ::way],
                self.k,
                self.slopes,
                -effect,
            )
            for way in (1, -1)
        ]
        both = np.concatenate(apart)
        return float(both.mean()), float(both.std())


def matched(
    known: Past, at: int, window: slice, without: ArrayLike = ()
) -> tuple[NDArray[np.int64], Pairing, Array]:
    """Who can take part at an origin, in pairs.

    Returns
    -------
    rows : ndarray of int
        Of those who can.
    pairing : Pairing
        Positions among `rows`.
    covariates : ndarray
        Standardised.
    """
    rows = np.setdiff1d(candidates(known, at), np.asarray(without, dtype=np.int64))
    if len(rows) < 2:
        return rows, Pairing(np.empty((0, 2), dtype=np.int64), np.empty(0), 0.0), np.empty((0, 4))
    like = standardised(covariates(known, rows, at, window))
    return rows, paired(like, known.rep[rows], known.kinds[rows]), like


def placebo(known: Past, months: int, *, wait: int = 1, without: ArrayLike = ()) -> Placebo | None:
    """Pilots of a length, tried in the past.

    Parameters
    ----------
    known : Past
    months : int
        Length.
    wait : int
        Months between the origin and the first month.
    without : array_like of int
        Rows of customers who do not take part.

    Returns
    -------
    Placebo or None
        None where the history is too short, or there were hardly any pairs.
    """
    came, before, same, ks = [], [], [], []
    origins = _origins(len(known.months), months, wait)
    for at in origins:
        window = slice(at + wait, at + wait + months)
        rows, pairing, _ = matched(known, at, window, without)
        pairs = rows[pairing.pairs]
        seen = measured(known, pairs.ravel(), at, window)
        came.append(seen.sales.reshape(-1, 2))
        before.append(seen.before.reshape(-1, 2))
        same.append(seen.same.reshape(-1, 2))
        ks.append(scale(known, pairs, at))
    if not origins or sum(map(len, ks)) < 8:
        return None
    sales, past, year_ago, k = map(np.concatenate, (came, before, same, ks))
    slopes = _slopes(sales, past, year_ago, k)
    return Placebo(months, len(origins), slopes, sales, past, year_ago, k)


def _origins(months: int, length: int, wait: int) -> list[int]:
    """Positions of origins, the latest first.

    Those whose windows lie in the pilot's own calendar months, as long as there are two of them;
    else as many others as there is room for, a window apart where that gives enough.
    """
    last = months - wait - length
    if last < YEAR:
        return []
    own = [months - YEAR * i for i in range(1, ORIGINS + 1) if YEAR <= months - YEAR * i <= last]
    if len(own) >= 2:
        return own
    step = max(1, min(length, (last - YEAR) // (ORIGINS - 1)))
    return [last - i * step for i in range(ORIGINS) if last - i * step >= YEAR]


def _slopes(sales: Array, before: Array, same: Array, k: Array) -> Array:
    """How far differences in what came follow differences of the past; none below nought."""
    from scipy.optimize import nnls

    none = np.zeros(2)
    past = [-differences(sales * 0 + 1, before, same, k, unit) for unit in np.eye(2)]
    return nnls(np.stack(past, axis=1), differences(sales, before, same, k, none))[0]
