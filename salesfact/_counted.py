"""Which customers look alike? Repeat orders, time of the last and time known, counted once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from salesfact._errors import FactsError, Fault

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_SORTED = 100_000  # rows up to which sorting to find equal ones costs less than it saves
_BLOCK = 16_384  # rows worked on at a time: what fits a processor's cache


@dataclass(frozen=True)
class Counted:
    """Customers as lifetime models see them; equal ones stand once, with their number.

    Parameters
    ----------
    x : ndarray of float
        Repeat orders: orders after the first.
    t_x, T : ndarray of float
        Time from the first order to the last one (0 where x = 0), and to the end of what is known.
    weights : ndarray of float
        How many customers each row stands for.
    levels, level : ndarray
        The values x takes, and each row's position among them.
    level_weights : ndarray
        Customers at each of `levels`.
    """

    x: NDArray[np.float64]
    t_x: NDArray[np.float64]
    T: NDArray[np.float64]
    weights: NDArray[np.float64]
    levels: NDArray[np.float64]
    level: NDArray[np.intp]
    level_weights: NDArray[np.float64]

    @property
    def n(self) -> float:
        """Customers."""
        return float(self.level_weights.sum())

    @property
    def orders(self) -> float:
        """Repeat orders of all customers."""
        return float(self.level_weights @ self.levels)

    def blocks(self) -> Iterator[tuple[NDArray, NDArray, NDArray, NDArray, NDArray]]:
        """`x, t_x, T, weights, level` in pieces that fit a processor's cache."""
        for start in range(0, len(self.x), _BLOCK):
            part = slice(start, start + _BLOCK)
            yield (
                *(self.x[part], self.t_x[part], self.T[part]),
                *(self.weights[part], self.level[part]),
            )

    def sample(self, rows: int) -> Counted:
        """About so many of the rows, evenly spaced, standing for all.

        Those without repeat orders and those with some keep their numbers.
        """
        take = slice(None, None, max(1, len(self.x) // rows))
        none, weights = self.x[take] == 0, self.weights[take].copy()
        for part, whole in ((none, self.x == 0), (~none, self.x > 0)):
            if part.any():
                weights[part] *= self.weights[whole].sum() / weights[part].sum()
        return _with_levels(self.x[take], self.t_x[take], self.T[take], weights)


def count(x: ArrayLike, t_x: ArrayLike, T: ArrayLike, weights: ArrayLike | None = None) -> Counted:
    """Check the customers and count equal ones once.

    Raises
    ------
    FactsError
        With every fault: arrays of different lengths, values that are missing or negative,
        x that are no whole numbers, t_x beyond T, a last order without repeat orders, or the
        other way round.
    """
    x, t_x, T = checked(x, t_x, T)
    given = weights is not None
    w = np.asarray(weights, dtype=float) if given else np.ones(len(x))
    if w.shape != x.shape or not (np.isfinite(w).all() and (w >= 0).all()):
        raise FactsError(
            Fault(
                "weights must be one number, 0 or above, for each customer",
                where="lifetime model",
                remedy="weights count how many customers a row stands for",
            )
        )
    if given and not w.all():
        x, t_x, T, w = (a[w > 0] for a in (x, t_x, T, w))
    none = x == 0
    ends, numbers = _ends(T[none], w[none] if given else None)
    x, t_x, T, w = (a[~none] for a in (x, t_x, T, w))
    if len(x) <= _SORTED:
        x, t_x, T, w = _once(x, t_x, T, w)
    zero = np.zeros(len(ends))
    return _with_levels(
        np.concatenate([zero, x]),
        np.concatenate([zero, t_x]),
        np.concatenate([ends, T]),
        np.concatenate([numbers, w]),
    )


def checked(
    x: ArrayLike, t_x: ArrayLike, T: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The three as arrays of one length, or all that is wrong with them."""
    arrays = [np.atleast_1d(np.asarray(a, dtype=float)) for a in (x, t_x, T)]
    lengths = {len(a) for a in arrays} - {1}
    if len(lengths) > 1 or any(a.ndim > 1 for a in arrays):
        raise FactsError(
            Fault(
                "x, t_x and T must be one number for each customer",
                where="lifetime model",
                allowed="three lists of one length, or single numbers that hold for all",
            )
        )
    x, t_x, T = np.broadcast_arrays(*arrays)
    known = np.isfinite(x + t_x + T)
    split = (x > 0) != (t_x > 0)
    wrong = (
        ("x, t_x or T is missing or not finite", ~known),
        ("x is negative or no whole number", known & ((x < 0) | (x != np.floor(x)))),
        ("t_x is negative or beyond T", known & ((t_x < 0) | (t_x > T))),
        ("t_x is 0 where there are repeat orders, or not 0 where there are none", known & split),
    )
    refuse(
        wrong,
        where="lifetime model",
        allowed="x = 0, 1, 2, ...; 0 <= t_x <= T in one unit of time; t_x = 0 only with x = 0",
        remedy="count days with an order after the first, up to the same last day as T",
    )
    return x, t_x, T


def refuse(
    wrong: Iterable[tuple[str, NDArray[np.bool_]]], *, where: str, allowed: str, remedy: str
) -> None:
    """Raise with every fault that a customer has: how many have it, and the first of them.

    Parameters
    ----------
    wrong : iterable of (str, ndarray of bool)
        What is wrong, and with which customers.
    """
    faults = [
        Fault(
            f"{what} for {int(bad.sum())} of {bad.size} customers, first at row"
            f" {int(np.flatnonzero(bad)[0])}",
            where=where,
            allowed=allowed,
            remedy=remedy,
        )
        for what, bad in wrong
        if bad.any()
    ]
    if faults:
        raise FactsError.of(faults)


def _ends(T: NDArray, w: NDArray | None) -> tuple[NDArray, NDArray]:
    """Distinct T of those without repeat orders, and how many have each."""
    order = None if w is None else np.argsort(T, kind="stable")
    T = np.sort(T) if order is None else T[order]
    first = np.flatnonzero(np.diff(T, prepend=-1.0))
    if w is None or order is None or not len(T):
        return T[first], np.diff(first, append=len(T)).astype(float)
    return T[first], np.add.reduceat(w[order], first)


def _once(*columns: NDArray) -> list[NDArray]:
    """Rows with equal x, t_x and T become one; the last column is summed."""
    if not len(columns[0]):
        return list(columns)
    order = np.lexsort(columns[2::-1])
    x, t_x, T, w = (c[order] for c in columns)
    new = (np.diff(x, prepend=-1.0) != 0) | (np.diff(t_x, prepend=-1.0) != 0)
    first = np.flatnonzero(new | (np.diff(T, prepend=-1.0) != 0))
    return [x[first], t_x[first], T[first], np.add.reduceat(w, first)]


def _with_levels(x: NDArray, t_x: NDArray, T: NDArray, w: NDArray) -> Counted:
    levels, level = levels_of(x)
    sums = np.bincount(level, w, len(levels)).astype(float)
    return Counted(x, t_x, T, w, levels, level, sums)


def levels_of(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The values x takes, and each row's position among them."""
    if not len(x) or x.max() > 4 * len(x) + 1_000:
        levels, level = np.unique(x, return_inverse=True)
        return levels, level.astype(np.intp)
    whole = x.astype(np.intp)
    there = np.bincount(whole) > 0
    levels = np.flatnonzero(there)
    place = np.cumsum(there) - 1
    return levels.astype(float), place[whole]
