"""What could have been seen from an earlier day? Every estimate, from what was known by then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from salesfact import _features, _glm
from salesfact._estimators import BAYES, LIFETIME, REGULAR, Ahead
from salesfact._history import History
from salesfact._origins import months_after

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from salesfact._lifetime import LifetimeFit

GLM, SCALED = "glm", "scaled"
TAUGHT = "MBG/NBD"  # the lifetime model whose estimate the GLM is told
SLOW, SLOW_CHECKS = "Pareto/NBD", 4  # takes most time: judged at the latest few origins
LEAST_HISTORY = (12, 9, 6, 3)  # months before the first origin: as many as leave enough origins
ENOUGH = 6  # origins a month apart
MOST_LESSONS = 24  # origins to learn from
MOST_CHECKS, READY_CHECKS = 5, 3  # spread over all, and over those where the GLM can be tried


class Looks:
    """Everything that may be looked at from an origin, worked out once.

    Parameters
    ----------
    history : History
        Up to today; an earlier origin sees its own part of it.
    horizon_months : int
        How far ahead.
    """

    def __init__(self, history: History, horizon_months: int) -> None:
        self.history = history
        self.horizon_months = horizon_months
        self.today = history.as_of
        self.notes: dict[str, str] = {}
        self._ahead: dict[dt.date, Ahead] = {}
        self._lessons: dict[dt.date, _glm.Lesson] = {}
        self._estimates: dict[dt.date, dict[str, NDArray[np.float64]]] = {}
        self._fits: dict[tuple[dt.date, str], LifetimeFit] = {}
        self._lifetimes: dict[tuple[dt.date, str], NDArray[np.float64] | None] = {}

    # -- origins ---------------------------------------------------------------------------------

    @cached_property
    def grid(self) -> list[dt.date]:
        """Earlier origins whose outcome is known today, oldest first.

        A month apart, or more where that makes over `MOST_LESSONS`; with as long a history before
        the first of them as leaves `ENOUGH` of them a month apart, and at least three months.
        """
        first = self.history.first
        whole = int(self.history.covered + 0.2) - (first.day > 3)
        span = -1
        for least in LEAST_HISTORY:
            span = whole - self.horizon_months - least
            if span >= ENOUGH - 1:
                break
        if span < 0:
            return []
        step = -(-span // (MOST_LESSONS - 1)) if span >= MOST_LESSONS else 1
        back = range(0, span + 1, step)
        return [months_after(self.today, -self.horizon_months - b) for b in reversed(back)]

    @cached_property
    def checks(self) -> list[dt.date]:
        """The origins at which candidates are judged; the GLM at those it has enough to learn."""
        ready = [o for o in self.grid if len(self._taught_before(o)) >= _glm.MIN_ORIGINS]
        chosen = {*_spread(self.grid, MOST_CHECKS), *_spread(ready, READY_CHECKS)}
        return sorted(chosen)

    def _taught_before(self, origin: dt.date) -> list[dt.date]:
        """Earlier origins whose outcome was known at this one."""
        return [o for o in self.grid if months_after(o, self.horizon_months) <= origin]

    # -- what is seen from an origin -----------------------------------------------------------

    def ahead(self, origin: dt.date) -> Ahead:
        """The estimates an origin allows."""
        if origin not in self._ahead:
            past = self.history if origin == self.today else self.history.until(origin)
            self._ahead[origin] = Ahead(past, self.horizon_months)
        return self._ahead[origin]

    def outcome(self, origin: dt.date) -> NDArray[np.float64]:
        """What came after an earlier origin."""
        return self.history.outcome(origin, self.horizon_months)

    def lifetime(self, origin: dt.date, model: str) -> NDArray[np.float64] | None:
        """A lifetime model's estimates, or None where it could not be fitted."""
        if (origin, model) not in self._lifetimes:
            fitted = self._fitted(origin, model)
            told = self.ahead(origin).lifetime(fitted) if fitted.converged else None
            if told is not None and not np.isfinite(told).all():
                told = None
            if not fitted.converged and origin == self.today:
                self.notes[model] = fitted.reason
            self._lifetimes[origin, model] = told
        return self._lifetimes[origin, model]

    def _fitted(self, origin: dt.date, model: str) -> LifetimeFit:
        if (origin, model) not in self._fits:
            self._fits[origin, model] = self.ahead(origin).fit(model)
        return self._fits[origin, model]

    def _lived(self, origin: dt.date) -> NDArray[np.float64] | None:
        """A lifetime estimate to learn from: the model as fitted at the latest check until then.

        Parameters move slowly, and a fit at every origin takes most of the time there is.
        """
        fitted = [o for o in self.checks if o <= origin]
        day = self.today if origin == self.today else fitted[-1] if fitted else origin
        model = self._fitted(day, TAUGHT)
        if not model.converged:
            return None
        told = self.ahead(origin).lifetime(model)
        return told if np.isfinite(told).all() else None

    def estimates(self, origin: dt.date) -> dict[str, NDArray[np.float64]]:
        """Every estimate that could have been made at an origin, by name."""
        if origin not in self._estimates:
            ahead = self.ahead(origin)
            found = dict(ahead.naive) | {BAYES: ahead.bayes}
            for model in self._models(origin):
                told = self.lifetime(origin, model)
                if told is not None:
                    found[model] = told
            taught = self._glm(origin)
            if taught is not None:
                found[GLM] = taught
            self._estimates[origin] = found
        return self._estimates[origin]

    def _models(self, origin: dt.date) -> Sequence[str]:
        """The lifetime models tried at an origin.

        One that cannot be fitted today is no candidate and not fitted at earlier origins either;
        Pareto/NBD takes most time, so it is judged at the latest few.
        """
        models = (*LIFETIME, REGULAR) if self.regular else LIFETIME
        if origin == self.today:
            return models
        late = origin in self.checks[-SLOW_CHECKS:]
        fit = [m for m in models if self.lifetime(self.today, m) is not None]
        return [m for m in fit if late or m != SLOW]

    @cached_property
    def regular(self) -> bool:
        """Whether gaps were regular enough, at the first check, for the regular variant."""
        day = self.checks[0] if self.checks else self.today
        return self.ahead(day).regularity > 1

    def lesson(self, origin: dt.date) -> _glm.Lesson:
        """What the GLM is told of an origin; with its outcome where that is known today."""
        if origin not in self._lessons:
            ahead = self.ahead(origin)
            naive = ahead.naive["last_12"]
            self._lessons[origin] = _glm.Lesson(
                _features.features(ahead, self._lived(origin)),
                naive,
                _features.floor_of(naive),
                self.outcome(origin) if origin in self.grid else None,
            )
        return self._lessons[origin]

    def _glm(self, origin: dt.date) -> NDArray[np.float64] | None:
        """The GLM's estimates, from what earlier origins had taught by then."""
        taught = self._taught_before(origin)
        if len(taught) < _glm.MIN_ORIGINS:
            return None
        months = (taught[-1].year - taught[0].year) * 12 + taught[-1].month - taught[0].month
        overlap = len(taught) * self.horizon_months / (months + self.horizon_months)
        trained = _glm.train([self.lesson(o) for o in taught], max(1.0, overlap))
        if trained is None:
            return None
        told = trained.estimate(self.lesson(origin))
        # the GLM knows no money below zero: who costs money is estimated by its own past
        bayes = self.ahead(origin).bayes
        return np.where(bayes < 0, bayes, told)

    def rescale(self, naive: str) -> None:
        """Add the naive way with its level learned: the same list, with amounts that have come."""
        for origin in [*self.checks, self.today]:
            # until an outcome was known by then, other earlier origins have to do
            taught = self._taught_before(origin) or [o for o in self.grid if o < origin]
            if not taught:
                continue
            said = [self.ahead(o).naive[naive] for o in taught]
            unit = [_features.floor_of(s) for s in said]
            came = [self.outcome(o) for o in taught]
            slope, level = straight(
                np.concatenate([s / u for s, u in zip(said, unit, strict=True)]),
                np.concatenate([c / u for c, u in zip(came, unit, strict=True)]),
            )
            own = self.ahead(origin).naive[naive]
            if slope > 0:
                self.estimates(origin)[SCALED] = slope * own + level * _features.floor_of(own)


def straight(said: NDArray[np.float64], came: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and level, neither below 0, of the money that comes for each unit said.

    Poisson likelihood with identity link, by multiplicative (EM) steps; amounts below zero count
    as zero.
    """
    x, y = np.maximum(said, 0.0), np.maximum(came, 0.0)
    if not (x.sum() > 0 and y.sum() > 0):
        return 0.0, 0.0
    slope, level = 0.5 * float(y.sum() / x.sum()), 0.5 * float(y.mean())
    for _ in range(200):
        ratio = y / np.maximum(slope * x + level, np.finfo(float).tiny)
        slope *= float((ratio * x).sum() / x.sum())
        level *= float(ratio.mean())
    return slope, level


def _spread(origins: Sequence[dt.date], most: int) -> list[dt.date]:
    """At most so many of them, evenly spread, the last among them."""
    if len(origins) <= most:
        return list(origins)
    at = np.linspace(0, len(origins) - 1, most).round().astype(int)
    return [origins[i] for i in at]
