"""What do sales say of slopes once each customer's level is put in? Likelihood, slope, curvature.

The panel's cells that tell something are cut into parts, each with levels of its own: one part, or
one per block of months. In a part `μ_it = Y_i p_it`, `p_it` the month's share in the customer's
`exp(δ_t + β'x_it)`, so that the curvature in δ is a months × months matrix however many customers
there are; months are partialled out of β by its inverse. Rows are worked on in portions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PORTION = 2048  # rows at a time: what is worked on stays in the processor's cache


@dataclass(frozen=True)
class Part:
    """Months with levels of their own: rows and columns of the panel that are used."""

    rows: NDArray[np.int64] | slice
    columns: NDArray[np.int64]
    y: Array
    known: NDArray[np.bool_] | None
    x: tuple[Array, ...]

    @property
    def total(self) -> Array:
        """Each row's sales."""
        return self.y.sum(axis=1)


def parts_of(
    y: Array, x: list[Array], known: NDArray[np.bool_] | None, block: int | None
) -> tuple[list[Part], int]:
    """What tells something of β: rows and months with sales, and two known cells a row."""
    months = y.shape[1]
    if block is not None and block < 2:
        raise ValueError("a block has two months or more")
    size = block or max(months, 1)
    ends = range(months, 0, -size)
    parts, lost = [], 0
    for end in reversed(ends):
        columns = np.arange(max(end - size, 0), end)
        rows = np.arange(len(y))
        while True:  # leaving out months can leave customers without sales, and the reverse
            own = y[:, columns] if len(rows) == len(y) else y[np.ix_(rows, columns)]
            keep_rows, keep_columns = own.sum(axis=1) > 0, own.sum(axis=0) > 0
            if known is not None:
                keep_rows &= known[np.ix_(rows, columns)].sum(axis=1) > 1
            if keep_rows.all() and keep_columns.all():
                break
            rows, columns = rows[keep_rows], columns[keep_columns]
        lost += len(y) - len(rows)
        if len(columns) < 2 or not len(rows):
            lost += len(rows)
            continue
        whole = len(rows) == len(y) and len(columns) == months
        cut = np.ix_(rows, columns)
        parts.append(
            Part(
                rows=slice(None) if len(rows) == len(y) else rows,
                columns=columns,
                y=y if whole else y[cut],
                known=None if known is None else known[cut],
                x=tuple(v if whole else v[cut] for v in x),
            )
        )
    return parts, lost if block else 0


@dataclass(frozen=True)
class Moments:
    """Log-likelihood, its slope and its curvature at one (δ, β)."""

    loglik: float
    gradient_months: list[Array]  # one per part
    gradient: Array
    months: list[Array]  # pseudo-inverse information of δ, one per part
    partial: list[Array]  # δ's answer to β, (T, k): what month effects take away from x
    information: Array  # of β, months partialled out
    own: float  # least part of the regressors' variance that levels, months and the others leave


def fitted(part: Part, delta: Array, coef: Array, rows: slice) -> tuple[Array, float]:
    """Expected sales of some rows, levels put in, and their share of the log-likelihood."""
    eta = np.broadcast_to(delta[part.columns], part.y[rows].shape).copy()
    for value, slope in zip(part.x, coef, strict=True):
        eta += slope * value[rows]
    if part.known is not None:
        eta[~part.known[rows]] = -np.inf
    eta -= eta.max(axis=1, keepdims=True)
    mu = np.exp(eta)
    y, summed = part.y[rows], mu.sum(axis=1)
    total = y.sum(axis=1)
    if part.known is not None:
        eta[~part.known[rows]] = 0.0
    loglik = float(np.vdot(y, eta) - total @ np.log(summed))
    mu *= (total / summed)[:, None]
    return mu, loglik


def portions(part: Part) -> list[slice]:
    """The rows in portions."""
    return [slice(a, a + PORTION) for a in range(0, len(part.y), PORTION)]


def moments(parts: list[Part], delta: Array, coef: Array) -> Moments:
    k = len(coef)
    loglik, gradient, information = 0.0, np.zeros(k), np.zeros((k, k))
    raw = np.zeros((k, k))
    slopes, inverses, partial = [], [], []
    for part in parts:
        T = len(part.columns)
        slope, cross = np.zeros(T), np.zeros((T, k))
        months = np.zeros((T, T))
        for rows in portions(part):
            mu, own = fitted(part, delta, coef, rows)
            loglik += own
            off = part.y[rows] - mu
            root = np.sqrt(part.y[rows].sum(axis=1))
            slope += off.sum(axis=0)
            part_mu = mu / root[:, None]
            months.flat[:: T + 1] += mu.sum(axis=0)
            months -= part_mu.T @ part_mu
            means = np.empty((len(mu), k))
            for j, value in enumerate(part.x):
                v = value[rows]
                gradient[j] += np.vdot(off, v)
                weighted = mu * v
                means[:, j] = weighted.sum(axis=1) / root
                cross[:, j] += weighted.sum(axis=0)
                for i in range(j + 1):
                    raw[i, j] += np.vdot(weighted, part.x[i][rows])
            cross -= part_mu.T @ means
            information -= means.T @ means
        inverse = _pseudo_inverse(months)
        slopes.append(slope)
        inverses.append(inverse)
        partial.append(inverse @ cross)
        information -= cross.T @ partial[-1]
    information += raw + np.triu(raw, 1).T
    size = np.sqrt(np.diag(raw))
    scaled = np.divide(information, np.outer(size, size), out=np.zeros((k, k)), where=size > 0)
    own = float(np.linalg.eigvalsh(scaled)[0]) if k else 1.0
    return Moments(loglik, slopes, gradient, inverses, partial, information, own)


def _pseudo_inverse(months: Array) -> Array:
    """Inverse of the months' information; its null space is levels no data can tell."""
    values, vectors = np.linalg.eigh(months)
    keep = values > 1e-11 * max(values[-1], 1e-300)
    return (vectors[:, keep] / values[keep]) @ vectors[:, keep].T
