"""What does a customer spend on an order, on average? The Gamma-Gamma model.

An order of a customer is worth Gamma(p, ν); ν is its own, Gamma(q, γ) over customers, and has
nothing to do with how often it orders. The mean m of x orders then has the density
`Γ(px+q)/(Γ(px)Γ(q)) γ^q m^(px−1) x^px / (γ+mx)^(px+q)`, and the customer's expected worth of an
order is `p(γ+xm)/(px+q−1)`: its own mean, drawn to that of all as far as x is small.

References
----------
Fader, Hardie & Lee (2005), J. Marketing Research 42, 415-430; Fader & Hardie (2013), "The
Gamma-Gamma model of monetary value", brucehardie.com/notes/025.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from salesfact._counted import levels_of, refuse
from salesfact._errors import FactsError, Fault
from salesfact._maximum import Maximum, highest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from salesfact._maximum import Evaluation

NAMES = ("p", "q", "gamma")
MIN_CUSTOMERS = 10  # fewer say nothing of how customers differ
DEPENDENT = 0.2  # frozen: a correlation beyond this, if it is no chance, breaks the assumption
_CHANCE = 0.05
_LARGE = 60_000  # customers from which a sample finds the way, and all only go the last steps
_SAMPLE = 20_000

TOO_FEW = "there are too few customers"
ALL_ALIKE = "all customers spend the same"
AT_LIMIT = "the likelihood is highest beyond the limits of {parameter}: the model has degenerated"
FLAT = "the data do not settle {parameter}"
NO_END = "the search for the highest likelihood did not end"
NO_MEAN = "so few customers spend so much that the model has no mean"


@dataclass(frozen=True)
class SpendFit:
    """The Gamma-Gamma model fitted to customers, or the reason why it could not be.

    Parameters
    ----------
    parameters, standard_errors : dict
        `p, q, gamma`; γ is in the currency. Standard errors from the observed information.
    loglik : float
        Log-likelihood of the mean spends.
    converged : bool
        Whether there is a maximum inside the model. Where not, `reason` says why and `expected`
        raises.
    reason : str
        Empty, or why not.
    n : float
        Customers.
    correlation, p : float
        Between orders and mean spend over customers, and its p-value (see `independence`).
    """

    parameters: dict[str, float]
    standard_errors: dict[str, float]
    loglik: float
    converged: bool
    reason: str
    n: float
    correlation: float
    p: float

    @property
    def independent(self) -> bool:
        """Whether orders and mean spend may be taken as independent, which the model assumes.

        Not so if the correlation is beyond `DEPENDENT` and by more than chance (p < .05). A small
        correlation does little harm, and among many customers the smallest is no chance. Where all
        have equally many orders, nothing speaks against it.
        """
        return not (abs(self.correlation) > DEPENDENT and self.p < _CHANCE)

    @property
    def mean(self) -> float:
        """Expected worth of an order of a customer picked at random, in the currency."""
        self._used()
        p, q, gamma = self.parameters.values()
        return p * gamma / (q - 1)

    def expected(self, x: ArrayLike, mean_spend: ArrayLike) -> NDArray[np.float64]:
        """Each customer's expected worth of an order.

        Parameters
        ----------
        x : array_like
            Orders the mean is of; 0 gives the mean of all, whatever `mean_spend` holds there.
        mean_spend : array_like
            In the currency.

        Raises
        ------
        FactsError
            If the fit has not converged, or a number cannot be.
        """
        self._used()
        x, m = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(mean_spend, dtype=float))
        m = np.where(x == 0, 0.0, m)
        _check(x, m, least=0)
        p, q, gamma = self.parameters.values()
        return p * (gamma + x * m) / (p * x + q - 1)

    def _used(self) -> None:
        if not self.converged:
            raise FactsError(
                Fault(
                    f"the Gamma-Gamma model could not be fitted: {self.reason}",
                    where="spend model",
                    remedy="use an estimate that needs no such model",
                )
            )


def fit_spend(x: ArrayLike, mean_spend: ArrayLike, *, weights: ArrayLike | None = None) -> SpendFit:
    """Fit the Gamma-Gamma model by maximum likelihood, and check what it assumes.

    Parameters
    ----------
    x : array_like
        Orders the mean is of, 1 or more.
    mean_spend : array_like
        Mean worth of these orders, above 0.
    weights : array_like, optional
        How many customers each row stands for (default 1).

    Returns
    -------
    SpendFit
        With `converged` False and a `reason` where there are fewer than `MIN_CUSTOMERS`, where all
        spend the same, where the likelihood is highest at a limit or the data do not settle a
        parameter, or where q ≤ 1, so that the worth of an order has no mean.

    Raises
    ------
    FactsError
        With every fault: missing numbers, no orders, mean spends of 0 or less (leave such
        customers out, and say so).
    """
    x = np.atleast_1d(np.asarray(x, dtype=float))
    m = np.atleast_1d(np.asarray(mean_spend, dtype=float))
    w = np.ones(len(x)) if weights is None else np.atleast_1d(np.asarray(weights, dtype=float))
    _check(x, m, least=1)
    if w.shape != x.shape or not (np.isfinite(w).all() and (w >= 0).all()):
        raise FactsError(
            Fault("weights must be one number, 0 or above, for each customer", "spend model")
        )
    x, m, w = x[w > 0], m[w > 0], w[w > 0]
    n = float(w.sum())
    correlation, chance = independence(x, m, w)
    refusal = TOO_FEW if n < MIN_CUSTOMERS else ALL_ALIKE if np.ptp(m) == 0 else ""
    if refusal:
        none: dict[str, float] = dict.fromkeys(NAMES, np.nan)
        return SpendFit(none, none, np.nan, False, refusal, n, correlation, chance)
    found = _found(x, m, w)
    theta = np.exp(found.at)
    reason = {"": "", "limit": AT_LIMIT, "flat": FLAT, "steps": NO_END}[found.fault]
    reason = reason.format(parameter=NAMES[found.which])
    if not reason and theta[1] <= 1:
        reason = NO_MEAN
    return SpendFit(
        parameters=dict(zip(NAMES, theta.tolist(), strict=True)),
        standard_errors=dict(zip(NAMES, (theta * found.errors).tolist(), strict=True)),
        loglik=float(found.value),
        converged=not reason,
        reason=reason,
        n=n,
        correlation=correlation,
        p=chance,
    )


def _found(x: NDArray, m: NDArray, w: NDArray) -> Maximum:
    """The maximum over all customers; by way of a sample, where they are many."""
    mean = float(w @ m / w.sum())
    starts = [(p, q, mean * (q - 1) / p) for p, q in ((1.0, 3.0), (6.0, 4.0), (3.0, 10.0))]
    limits = [(1e-3, 1e5), (1e-2, 1e5), (1e-6 * mean, 1e7 * mean)]

    def climb(part: slice, starts: Sequence[Sequence[float]]) -> Maximum:
        some = (x[part], m[part], w[part])
        levels, level = levels_of(some[0])
        counts = np.bincount(level, some[2], len(levels))
        return highest(lambda theta: evaluate(theta, *some, levels, counts), starts, limits)

    if len(x) > _LARGE:
        near = climb(slice(None, None, len(x) // _SAMPLE), starts)
        starts = [np.exp(near.at).tolist()]
    return climb(slice(None), starts)


def evaluate(
    theta: NDArray[np.float64],
    x: NDArray,
    m: NDArray,
    w: NDArray,
    levels: NDArray,
    counts: NDArray,
) -> Evaluation:
    """Log-likelihood, gradient and second derivatives by p, q and γ."""
    from scipy.special import digamma, gammaln, polygamma

    p, q, gamma = theta
    n, px = counts.sum(), p * levels
    full, total = px + q, x * m
    log_sum, back = np.log(gamma + total), 1 / (gamma + total)
    log_total, own = np.log(total), p * x + q
    value = (
        counts @ (gammaln(full) - gammaln(px) - gammaln(q))
        + n * q * np.log(gamma)
        + w @ (p * x * log_total - np.log(m) - own * log_sum)
    )
    slope = np.array(
        [
            counts @ (levels * (digamma(full) - digamma(px))) + w @ (x * (log_total - log_sum)),
            counts @ (digamma(full) - digamma(q)) + n * np.log(gamma) - w @ log_sum,
            n * q / gamma - w @ (own * back),
        ]
    )
    tri = polygamma(1, full)
    pp = counts @ (levels**2 * (tri - polygamma(1, px)))
    pq, qq = counts @ (levels * tri), counts @ (tri - polygamma(1, q))
    pg, qg = -(w @ (x * back)), n / gamma - w @ back
    gg = -n * q / gamma**2 + w @ (own * back**2)
    return float(value), slope, np.array([[pp, pq, pg], [pq, qq, qg], [pg, qg, gg]])


def independence(
    x: NDArray[np.float64], m: NDArray[np.float64], w: NDArray[np.float64]
) -> tuple[float, float]:
    """Correlation of orders and mean spend over customers, and its p-value.

    Pearson's correlation. Its p-value allows for mean spends that vary less the more orders they
    are of (White's standard error of the slope, by the large-sample normal): the t-test does not.
    """
    from scipy.special import ndtr

    n = float(w.sum())
    if n < 3:
        return np.nan, np.nan
    dx, dm = x - w @ x / n, m - w @ m / n
    xx, mm, xm = w @ dx**2, w @ dm**2, w @ (dx * dm)
    if xx <= 0 or mm <= 1e-24 * (w @ m**2):
        return np.nan, np.nan
    rest = dm - dx * (xm / xx)
    lever = 1 / n + dx**2 / xx  # HC3: a customer far out would else hide its own error
    error = np.sqrt(w @ (dx * rest / np.maximum(1 - lever, 1e-6)) ** 2)
    p = 2 * ndtr(-abs(xm) / error) if error > 0 else 0.0
    return float(xm / np.sqrt(xx * mm)), float(p)


def _check(x: NDArray, m: NDArray, *, least: int) -> None:
    if x.shape != m.shape:
        raise FactsError(Fault("x and mean_spend must be one number for each customer", "spend"))
    wrong = (
        ("x or mean_spend is missing or not finite", ~np.isfinite(x + m)),
        (f"x is below {least}", x < least),
        ("mean_spend is 0 or less", (m <= 0) & (x > 0)),
    )
    refuse(
        wrong,
        where="spend model",
        allowed="x orders with a mean worth above 0",
        remedy="leave these customers out of the model, and say so",
    )
