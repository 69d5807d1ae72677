"""Which way of looking ahead has done best at earlier origins? Judged before it is used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _compare
from salesfact._looks import Looks
from salesfact._origins import NAIVE_ESTIMATES

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_CHECKS = 2  # origins a candidate must have been judged at
CALLED = 0.2  # part of the customers a list is judged on
WORSE = 0.02  # captured share a choice may at most lose, at the 95 % lower bound
GAIN = 0.01  # part of the deviance it must at least save, or the naive one wins
PERFECT = 1e-9  # deviance: nothing is better than a forecast that was right
ABOVE = 1.959964  # two-sided 95 %


@dataclass(frozen=True)
class Judged:
    """A candidate at the earlier origins.

    Parameters
    ----------
    name : str
    origins : int
        At how many it was judged.
    share, deviance : float
        Means of captured share and of Poisson deviance (part of the money) over them.
    naive_share, naive_deviance : float
        The best naive one's, at the same origins.
    low, high : float
        95 % interval of the mean difference in captured share to it.
    note : str
        Why it could not be judged everywhere; empty otherwise.
    """

    name: str
    origins: int
    share: float
    deviance: float
    naive_share: float
    naive_deviance: float
    low: float
    high: float
    note: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it may replace the best naive one: not inferior as a list, better in money."""
        saved = self.deviance < (1 - GAIN) * self.naive_deviance - PERFECT
        return self.origins >= MIN_CHECKS and self.low > -WORSE and saved


@dataclass(frozen=True)
class Choice:
    """What is used, what it was compared with, and how all of them did.

    Parameters
    ----------
    name : str
        The chosen way.
    naive : str
        The best naive one: that with the highest mean captured share at the earlier origins.
    judged : tuple of Judged
        Naive ones first.
    """

    name: str
    naive: str
    judged: tuple[Judged, ...]


def choose(looks: Looks) -> Choice:
    """Fix the best naive way, then see whether another is better for certain enough.

    The best naive one is that with the highest captured share, averaged over the earlier origins.
    Another replaces it only if, at the origins at which both were judged (two at least), the 95 %
    lower bound of its difference in captured share is above −.02, and it saves at least 1 % of
    the deviance; of those the one that saves most. Otherwise the naive one wins.
    """
    if not looks.checks:
        return Choice(NAIVE_ESTIMATES[0], NAIVE_ESTIMATES[0], ())
    outcomes = {o: looks.outcome(o) for o in looks.checks}
    alive = [o for o in looks.checks if np.maximum(outcomes[o], 0).sum() > 0]
    if not alive:
        return Choice(NAIVE_ESTIMATES[0], NAIVE_ESTIMATES[0], ())
    told = {o: looks.estimates(o) for o in alive}
    shares = [{n: captured(outcomes[o], told[o][n]) for n in NAIVE_ESTIMATES} for o in alive]
    naive = _compare.best_of(shares) or NAIVE_ESTIMATES[0]
    looks.rescale(naive)
    names = list(dict.fromkeys([*NAIVE_ESTIMATES, *(n for o in alive for n in told[o])]))
    judged = tuple(_judge(n, naive, looks, told, outcomes) for n in names)
    today = looks.estimates(looks.today)
    better = [j for j in judged if j.allowed and j.name not in NAIVE_ESTIMATES and j.name in today]
    best = min(better, key=lambda j: j.deviance / j.naive_deviance, default=None)
    return Choice(best.name if best else naive, naive, judged)


def _judge(
    name: str,
    naive: str,
    looks: Looks,
    told: Mapping[dt.date, Mapping[str, NDArray[np.float64]]],
    outcomes: Mapping[dt.date, NDArray[np.float64]],
) -> Judged:
    own = [o for o in told if name in told[o]]
    pairs = [(outcomes[o], told[o][name], told[o][naive]) for o in own]
    low, high = _interval([looks.ahead(o).history.customers for o in own], pairs)
    return Judged(
        name=name,
        origins=len(own),
        share=float(np.mean([captured(y, a) for y, a, _ in pairs])),
        deviance=float(np.mean([deviance(y, a) for y, a, _ in pairs])),
        naive_share=float(np.mean([captured(y, b) for y, _, b in pairs])),
        naive_deviance=float(np.mean([deviance(y, b) for y, _, b in pairs])),
        low=low,
        high=high,
        note=looks.notes.get(name, ""),
    )


def called(n: int) -> int:
    """How many customers a list is judged on: a fifth of them."""
    return max(1, round(CALLED * n))


def captured(outcome: NDArray[np.float64], estimate: NDArray[np.float64]) -> float:
    """Captured share of the first fifth of a list."""
    import pandas as pd

    return _compare.captured_share(pd.Series(outcome), pd.Series(estimate), called(len(outcome)))


def deviance(outcome: NDArray[np.float64], estimate: NDArray[np.float64]) -> float:
    """Poisson deviance as a part of the money."""
    import pandas as pd

    return _compare.poisson_deviance(pd.Series(outcome), pd.Series(estimate))


def _interval(
    customers: Sequence[Any], pairs: Sequence[tuple[Any, Any, Any]]
) -> tuple[float, float]:
    """95 % interval of the mean difference in captured share, customers drawn with all origins.

    By the delta method, places on the lists held fixed: a customer's influence on a difference
    `Σ (a − b) y / Σ y` is `((a − b) y − D y) / Σ y`. No draws, so no seed.
    """
    names = np.unique(np.concatenate(list(customers)))
    influence = np.zeros(len(names))
    mean = 0.0
    for who, (y, a, b) in zip(customers, pairs, strict=True):
        k, money = called(len(y)), np.maximum(y, 0.0)
        apart = (_compare.places(a, k) - _compare.places(b, k)) * money
        total = float(money.sum())
        difference = float(apart.sum()) / total
        mean += difference / len(pairs)
        at = np.searchsorted(names, who)
        influence[at] += (apart - difference * money) / (total * len(pairs))
    far = ABOVE * float(np.sqrt((influence**2).sum()))
    return mean - far, mean + far
