"""How many orders follow, if a customer may leave after any of them? Forecasts of (M)BG/NBD.

For a customer who is still one, with R = r + kx, b' = b+x (MBG: b+x+1) and z = horizon/(α+T):

- k = 1: `E_p[(1 − (1+pz)^−R)/p]`, p ~ Beta(a, b'), integrated over the log odds of p. It is what
  Fader, Hardie & Lee (2005, eq. 10) write with a hypergeometric function, which fails for x in
  the hundreds.
- k > 1: `Σ_m (b')_{m−1}/(a+b')_{m−1} P(j+N ≥ mk)`, N negative binomial (R+j, z/(1+z)), over the
  stages j = 0..k−1 that the open gap may have reached. Exact; Platzer & Reutterer (2016)
  approximate it.

Both depend on x, j and z alone and are smooth in log z: many customers are read off polynomials.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from salesfact._bgnbd import _odds
from salesfact._counted import levels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 16_384
_PIECE = 0.5  # width of a polynomial's range, in log z
_DEGREE = 8  # error about 1e-10 of the value
_TAIL = 30.0  # logs below the peak at which an integrand ends
_STEP = 0.3  # of the trapezoid rule, in log odds, at most
_NODES = 64  # and at least so many
_STEPPED = 600.0  # logs: the smallest P(N = 0) from which the negative binomial is built up
_NUMBERS = 131_072  # worked on at a time, about


def alive(
    theta: NDArray[np.float64], x: NDArray, t_x: NDArray, T: NDArray, k: int, modified: bool
) -> NDArray[np.float64]:
    """P(still a customer at T)."""
    levels, level = levels_of(x)
    log_odds, _ = _odds(theta, levels, modified)
    out = np.empty(len(x))
    for start in range(0, len(x), _BLOCK):
        part = slice(start, start + _BLOCK)
        out[part] = _stages(theta, log_odds[level[part]], x[part], t_x[part], T[part], k)[0]
    return out


def expected_next(
    theta: NDArray[np.float64],
    horizon: NDArray,
    x: NDArray,
    t_x: NDArray,
    T: NDArray,
    k: int,
    modified: bool,
) -> NDArray[np.float64]:
    """Orders expected in (T, T + horizon], of one who may have left."""
    alpha = theta[1]
    levels, level = levels_of(x)
    log_odds, _ = _odds(theta, levels, modified)
    out = np.zeros(len(x))
    will = horizon > 0
    if not will.any():
        return out
    log_z = np.full(len(x), -np.inf)
    log_z[will] = np.log(horizon[will] / (alpha + T[will]))
    low = int(np.floor(log_z[will].min() / _PIECE))
    pieces = int(np.floor(log_z[will].max() / _PIECE)) - low + 1
    few = len(x) <= len(levels) * pieces * (_DEGREE + 1)
    for j in range(k):
        # coefficients of each level and piece, one array per power
        table = None if few else _polynomials(theta, levels, j, low, pieces, k, modified)
        for start in range(0, len(x), _BLOCK):
            part = slice(start, start + _BLOCK)
            at, here = level[part], log_z[part]
            share, stage = _stages(theta, log_odds[at], x[part], t_x[part], T[part], k, j)
            if table is None:
                follow = _if_alive(theta, x[part], j, np.exp(here)[:, None], k, modified)[:, 0]
            else:
                follow = _read(table, at, here, low, pieces)
            out[part] += np.where(will[part], share * stage * follow, 0.0)
    return out


def _stages(
    theta: NDArray,
    log_odds: NDArray,
    x: NDArray,
    t_x: NDArray,
    T: NDArray,
    k: int,
    j: int = 0,
) -> tuple[NDArray, NDArray | float]:
    """P(alive), and for the living P(the open gap has reached stage j)."""
    r, alpha = theta[:2]
    end = alpha + T
    z = log_odds + (r + k * x) * np.log(end / (alpha + t_x))
    stage: NDArray | float = 1.0
    if k > 1:
        R, w = r + k * x, (T - t_x) / end
        term = total = np.ones_like(w)
        stage = term
        for i in range(1, k):
            term = term * (R + i - 1) * w / i
            total = total + term
            stage = term if i == j else stage
        z = z - np.log(total)
        stage = stage / total
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(z)), stage


def _polynomials(
    theta: NDArray, levels: NDArray, j: int, low: int, pieces: int, k: int, modified: bool
) -> NDArray[np.float64]:
    """Orders to come as polynomials: power × (level, piece)."""
    from numpy.polynomial import chebyshev

    nodes = chebyshev.chebpts1(_DEGREE + 1)
    centre = (low + np.arange(pieces) + 0.5) * _PIECE
    z = np.exp(centre[:, None] + nodes * _PIECE / 2).ravel()
    values = _if_alive(theta, levels, j, np.tile(z, (len(levels), 1)), k, modified)
    powers = np.vander(nodes, _DEGREE + 1, increasing=True)
    table = np.linalg.solve(powers, values.reshape(-1, _DEGREE + 1).T)
    return table.astype(float, copy=False)


def _read(table: NDArray, level: NDArray, log_z: NDArray, low: int, pieces: int) -> NDArray:
    """The polynomials at each customer's z."""
    place = np.where(np.isfinite(log_z), log_z / _PIECE, low)
    piece = np.floor(place)
    s = 2 * (place - piece) - 1
    at = level * pieces + (piece.astype(np.intp) - low)
    out = table[-1].take(at)
    for row in table[-2::-1]:
        out *= s
        out += row.take(at)
    return out


def _if_alive(
    theta: NDArray, x: NDArray, j: int, z: NDArray, k: int, modified: bool
) -> NDArray[np.float64]:
    """Orders to come of one who is still a customer, its open gap at stage j: x × z."""
    r, _, a, b = theta
    R, stay = r + k * x + j, b + x + modified
    if k > 1:
        across = z.shape[1]
        told = _over_orders(a, np.repeat(R, across), np.repeat(stay, across), z.ravel(), j, k)
        return told.reshape(z.shape)
    out = np.empty(z.shape)
    block = max(1, _NUMBERS // (z.shape[1] * _NODES))
    for start in range(0, len(x), block):
        part = slice(start, start + block)
        out[part] = _over_leaving(a, R[part], stay[part], z[part])
    return out


def _over_leaving(a: float, R: NDArray, stay: NDArray, z: NDArray) -> NDArray[np.float64]:
    """`E_p[f(p)]`, `f(p) = (1 − (1+pz)^−R)/p`, p ~ Beta(a, stay); a row for each R, z across.

    The straight line from f(0) = Rz to f(1) is taken out first: its mean is known, and what is
    left vanishes at both ends, however small a or stay.
    """
    from scipy.special import betaln

    rise = R[:, None] * z
    end = -np.expm1(-R[:, None] * np.log1p(z))
    low, high = _range(a + 1, stay + 1, rise.max(axis=1))
    v = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, _nodes(low, high))
    # p = 1/(1 + e^−v)
    log_p, log_q = -np.logaddexp(0, -v), -np.logaddexp(0, v)
    p, q = np.exp(log_p), np.exp(log_q)
    weight = np.exp(a * log_p + stay[:, None] * log_q - betaln(a, stay)[:, None])
    weight *= (v[:, 1] - v[:, 0])[:, None]
    f = -np.expm1(-R[:, None, None] * np.log1p(p[:, None, :] * z[:, :, None])) / p[:, None, :]
    bent = f - q[:, None, :] * rise[:, :, None] - p[:, None, :] * end[:, :, None]
    mean = (a / (a + stay))[:, None]
    return rise * (1 - mean) + end * mean + np.einsum("ijk,ik->ij", bent, weight)


def _nodes(low: NDArray, high: NDArray) -> int:
    return max(_NODES, int(np.ceil((high - low).max() / _STEP)) + 1)


def _range(a: float, b: NDArray, rise: NDArray) -> tuple[NDArray, NDArray]:
    """Log odds between which `p^a (1−p)^b` is worth integrating."""
    peak = np.log(a / b)
    top = a * peak - (a + b) * np.logaddexp(0, peak)
    lower, upper = peak - 2 * _TAIL, peak + 2 * _TAIL
    inner_low, inner_high = peak.copy(), peak.copy()
    for _ in range(12):
        middle = (lower + inner_low) / 2
        out = a * middle - (a + b) * np.logaddexp(0, middle) < top - _TAIL
        lower, inner_low = np.where(out, middle, lower), np.where(out, inner_low, middle)
        middle = (upper + inner_high) / 2
        out = a * middle - (a + b) * np.logaddexp(0, middle) < top - _TAIL
        upper, inner_high = np.where(out, middle, upper), np.where(out, inner_high, middle)
    # f is straight only up to p = 1/(Rz): where that is small, its bend lies further left
    return lower - np.log1p(rise / (1 + np.exp(-peak))), upper


def _over_orders(
    a: float, R: NDArray, stay: NDArray, z: NDArray, j: int, k: int
) -> NDArray[np.float64]:
    """The sum over the orders to come, each with the chance to be still there to make it."""
    from scipy.special import betainc

    near = R * np.log1p(z) < _STEPPED
    near[near] = betainc(k - j, R[near], z[near] / (1 + z[near])) > 1e-2
    out = np.empty(len(R))
    for part, way in ((near, _by_steps), (~near, _by_tails)):
        out[part] = way(a, R[part], stay[part], z[part], j, k)
    return out


def _by_steps(
    a: float, R: NDArray, stay: NDArray, z: NDArray, j: int, k: int
) -> NDArray[np.float64]:
    """The sum with each tail of the negative binomial from the one before: quick.

    Loses digits where the first tail is small, and cannot start where P(N = 0) is nought.
    """
    out = np.zeros(len(R))
    active = np.arange(len(R))
    part = z / (1 + z)
    chance, tail, there = np.exp(-R * np.log1p(z)), np.ones(len(R)), np.ones(len(R))
    n, m = 0, 1
    while len(active):
        while n < m * k - j:
            tail -= chance
            chance *= part * ((R + n) / (n + 1))
            n += 1
        more = there * tail
        out[active] += more
        there *= (stay + m - 1) / (a + stay + m - 1)
        m += 1
        going = more * (1 + z) > 1e-12 * out[active]
        if going.sum() <= 0.8 * len(active):
            active, R, stay, z = active[going], R[going], stay[going], z[going]
            part, chance, tail, there = part[going], chance[going], tail[going], there[going]
    return out


def _by_tails(
    a: float, R: NDArray, stay: NDArray, z: NDArray, j: int, k: int
) -> NDArray[np.float64]:
    """The sum with each tail of the negative binomial by itself: exact whatever its size."""
    from scipy.special import betainc

    out = np.zeros(len(R))
    there = np.ones(len(R))
    part = z / (1 + z)
    active = np.arange(len(R))
    m = 1
    while len(active):
        chance = betainc(m * k - j, R[active], part[active])
        more = there[active] * chance
        out[active] += more
        there[active] *= (stay[active] + m - 1) / (a + stay[active] + m - 1)
        # beyond the mode the terms fall faster than the negative binomial's own tail
        past = m * k > j + R[active] * z[active]
        active = active[~(past & (more * (1 + z[active]) <= 1e-12 * out[active]))]
        m += 1
    return out
