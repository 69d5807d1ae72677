"""How many orders are still to come, if a customer may leave after any order? (M)BG/NBD.

Gaps of a customer are Erlang(k, λ), k = 1 by chance and k > 1 regular; λ is Gamma(r, α) over
customers. After each order it leaves with its own probability p, Beta(a, b) over customers; in the
modified model (MBG) also after the first order, so that one-time buyers can be gone.

With R = r + kx, w = (T − t_x)/(α+T) and H = Σ_{j<k} (R)_j w^j/j! the likelihood of the order times
is `Γ(R)/Γ(r) α^r B(a, b')/B(a, b) (α+T)^−R H (1 + e^z)`, b' = b+x (MBG: b+x+1),
`e^z = a/(b'−1) ((α+T)/(α+t_x))^R / H` (nought for BG at x = 0), and P(alive) = 1/(1 + e^z).
The product of the gaps to the power k−1, over Γ(k)^x, is added where the gaps are given.

References
----------
Fader, Hardie & Lee (2005), Marketing Science 24, 275-284 (BG/NBD). Batislam, Denizel & Filiztekin
(2007), Int. J. Research in Marketing 24, 201-209; Hoppe & Wagner (2007), Marketing JRM 3, 75-90
(MBG/NBD). Platzer & Reutterer (2016), Marketing Science 35, 779-799 (regular gaps).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from salesfact._nbd import rate_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from salesfact._counted import Counted
    from salesfact._maximum import Evaluation

NAMES = ("r", "alpha", "a", "b")
_LEAVING = ((0.8, 2.5), (0.3, 5.0), (10.0, 60.0))  # a and b to start from


def starts(data: Counted, k: int) -> list[tuple[float, ...]]:
    """Where climbs begin."""
    r, alpha = rate_start(data)
    return [(r, alpha * k, a, b) for a, b in _LEAVING]


def limits(data: Counted) -> list[tuple[float, float]]:
    """Beyond these the model has degenerated: everybody alike, or nobody leaving."""
    time = float(data.weights @ data.T) / data.n
    return [(1e-3, 1e3), (1e-5 * time, 1e5 * time), (1e-4, 1e4), (1e-4, 1e5)]


def evaluate(theta: NDArray[np.float64], data: Counted, k: int, modified: bool) -> Evaluation:
    """Log-likelihood, gradient and second derivatives."""
    value, slope, bend = _by_orders(theta, data, k, modified)
    r, alpha, a, _ = theta
    log_odds, back_b = _odds(theta, data.levels, modified)
    for x, t_x, T, weight, level in data.blocks():
        R = r + k * x if k > 1 else r + x
        i_end, i_last = 1 / (alpha + T), 1 / (alpha + t_x)
        log_end = np.log(alpha + T)
        far = log_end - np.log(alpha + t_x)
        z = log_odds[level] + R * far
        ahead = i_end - i_last
        # first and second derivatives of z by r and α; those of −R log(α+T) + h follow
        z_r, z_al = far, R * ahead
        z_ral, z_alal = ahead, R * (i_last**2 - i_end**2)
        f_r, f_al = -log_end, -R * i_end
        f_ral, f_alal = -i_end, R * i_end**2
        value -= float(weight @ (R * log_end))
        f_rr = z_rr = np.zeros(1)
        if k > 1:
            h, h_r, h_al, h_rr, h_ral, h_alal = _waiting(R, (T - t_x) * i_end, i_end, k)
            z = z - h
            z_r, z_al = z_r - h_r, z_al - h_al
            z_rr, z_ral, z_alal = -h_rr, z_ral - h_ral, z_alal - h_alal
            f_r, f_al = f_r + h_r, f_al + h_al
            f_rr, f_ral, f_alal = h_rr, f_ral + h_ral, f_alal + h_alal
            value += float(weight @ h)
        small = np.exp(-np.abs(z))
        value += float(weight @ (np.maximum(z, 0) + np.log1p(small)))
        gone = np.where(z >= 0, 1.0, small) / (1 + small)
        wg = weight * gone
        wv = wg * (1 - gone)
        z_b = back_b[level]
        slope[0] += weight @ f_r + wg @ z_r
        slope[1] += weight @ f_al + wg @ z_al
        slope[2] += wg.sum() / a
        slope[3] += wg @ z_b
        vr, val, vb = wv * z_r, wv * z_al, wv * z_b
        bend[0, 0] += vr @ z_r
        bend[0, 1] += weight @ f_ral + wg @ z_ral + vr @ z_al
        bend[0, 2] += vr.sum() / a
        bend[0, 3] += vr @ z_b
        bend[1, 1] += weight @ f_alal + wg @ z_alal + val @ z_al
        bend[1, 2] += val.sum() / a
        bend[1, 3] += val @ z_b
        bend[2, 2] += (wv.sum() - wg.sum()) / a**2
        bend[2, 3] += vb.sum() / a
        bend[3, 3] += vb @ z_b + wg @ z_b**2
        if k > 1:
            bend[0, 0] += weight @ f_rr + wg @ z_rr
    upper = np.triu_indices(4, 1)
    bend[upper[::-1]] = bend[upper]
    return value, slope, bend


def _by_orders(theta: NDArray, data: Counted, k: int, modified: bool) -> Evaluation:
    """The part of the log-likelihood that knows customers by x alone."""
    from scipy.special import digamma, gammaln, polygamma

    r, alpha, a, b = theta
    x, w, n = data.levels, data.level_weights, data.n
    R, stay = r + k * x, b + x + modified
    value = float(
        w @ (gammaln(R) - gammaln(r) + gammaln(stay) - gammaln(b) + gammaln(a + b))
        - w @ (gammaln(a + stay) + x * gammaln(k))
    ) + n * r * np.log(alpha)
    both = w @ (digamma(a + b) - digamma(a + stay))
    slope = np.array(
        [
            w @ (digamma(R) - digamma(r)) + n * np.log(alpha),
            n * r / alpha,
            both,
            both + w @ (digamma(stay) - digamma(b)),
        ]
    )
    bend = np.zeros((4, 4))
    both = w @ (polygamma(1, a + b) - polygamma(1, a + stay))
    bend[0, 0] = w @ (polygamma(1, R) - polygamma(1, r))
    bend[0, 1], bend[1, 1] = n / alpha, -n * r / alpha**2
    bend[2, 2] = bend[2, 3] = both
    bend[3, 3] = both + w @ (polygamma(1, stay) - polygamma(1, b))
    return value, slope, bend


def _odds(theta: NDArray, x: NDArray, modified: bool) -> tuple[NDArray, NDArray]:
    """`log(a/(b'−1))`, and its derivative by b; −∞ and 0 for BG at x = 0."""
    _, _, a, b = theta
    left = b + x - 1 + modified
    can = (x > 0) | modified
    safe = np.where(can, left, 1.0)
    return np.where(can, np.log(a / safe), -np.inf), np.where(can, -1 / safe, 0.0)


def _waiting(R: NDArray, w: NDArray, i_end: NDArray, k: int) -> tuple[NDArray, ...]:
    """`log H` and its derivatives by r and α (r, α, rr, rα, αα)."""
    term = total = np.ones_like(R)
    d = e = by_r = by_al = by_rr = by_ral = by_alal = np.zeros_like(R)
    for j in range(1, k):
        up = R + j - 1
        term = term * up * w / j
        d, e = d + 1 / up, e - 1 / up**2
        total = total + term
        by_r, by_al = by_r + term * d, by_al - j * term
        by_rr, by_ral = by_rr + term * (d**2 + e), by_ral - j * term * d
        by_alal = by_alal + j * (j + 1) * term
    h_r, h_al = by_r / total, by_al / total * i_end
    return (
        *(np.log(total), h_r, h_al, by_rr / total - h_r**2),
        by_ral / total * i_end - h_r * h_al,
        by_alal / total * i_end**2 - h_al**2,
    )
