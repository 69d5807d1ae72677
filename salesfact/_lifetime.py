"""How often will customers order again, and are they still there? Lifetime models, fitted.

A customer is three numbers: x repeat orders, t_x from its first order to its last, T from its
first order to the end of what is known. Times are in one unit that the caller chooses; forecasts
come in orders, and their horizon is in the same unit. Nothing here knows of money or of facts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from salesfact import _bgnbd, _bgnbd_ahead, _nbd, _pareto
from salesfact._counted import Counted, checked, count
from salesfact._errors import FactsError, Fault, SettingsError
from salesfact._maximum import Maximum, highest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

MODELS = ("NBD", "BG/NBD", "MBG/NBD", "Pareto/NBD")
REGULAR = ("BG/NBD", "MBG/NBD")  # may have regular gaps (k > 1)
MAX_K = 20  # beyond, a gap is as good as fixed
MIN_CUSTOMERS = 10  # fewer say nothing of how customers differ
_LARGE = 60_000  # rows from which samples find the way, and all only go the last steps
_SAMPLES = (6_000, 30_000)  # the first finds which start is best

NO_CUSTOMERS = "there are no customers"
TOO_FEW = "there are too few customers"
NO_REPEATS = "no customer has ordered again"
ALL_ALIKE = "all customers are alike"
AT_LIMIT = "the likelihood is highest beyond the limits of {parameter}: the model has degenerated"
FLAT = "the data do not settle {parameter}"
NO_END = "the search for the highest likelihood did not end"


@dataclass(frozen=True)
class LifetimeFit:
    """A lifetime model fitted to customers, or the reason why it could not be.

    Parameters
    ----------
    model : str
        One of `MODELS`.
    k : int
        Regularity of the gaps: Erlang-k, 1 as by chance.
    parameters, standard_errors : dict
        By name: `r, alpha` (rate of orders), `a, b` (leaving, BG and MBG) or `s, beta` (leaving,
        Pareto). `alpha` and `beta` are times. Standard errors from the observed information.
    loglik : float
        Log-likelihood of the order times; with `log_gaps` it compares over k too.
    converged : bool
        Whether there is a maximum inside the model. Where not, `reason` says why and every
        forecast raises.
    reason : str
        Empty, or why not.
    n : float
        Customers.
    unit_days : float
        The unit of time, in days.

    Notes
    -----
    Assumed: customers leave for good and independently of how often they order; their own rate
    stays as it is (no season, no trend). `expected` and `expected_next` count orders.
    """

    model: str
    k: int
    parameters: dict[str, float]
    standard_errors: dict[str, float]
    loglik: float
    converged: bool
    reason: str
    n: float
    unit_days: float = 1.0
    covariance: NDArray[np.float64] = field(
        default_factory=lambda: np.empty((0, 0)), repr=False, compare=False
    )

    @property
    def aic(self) -> float:
        """Akaike's criterion: smaller is better; over models, and with `log_gaps` over k."""
        return 2 * len(self.parameters) - 2 * self.loglik

    def interval(self, level: float = 0.8) -> dict[str, tuple[float, float]]:
        """(low, high) of each parameter, symmetric in its log: parameters are above nought."""
        from scipy.special import ndtri

        self._used()
        far = float(ndtri(0.5 + level / 2))
        spread = {n: np.exp(far * e / self.parameters[n]) for n, e in self.standard_errors.items()}
        return {n: (v / spread[n], v * spread[n]) for n, v in self.parameters.items()}

    def expected(self, t: ArrayLike) -> NDArray[np.float64]:
        """Repeat orders of a customer picked at random, in the time t after its first order.

        Parameters
        ----------
        t : array_like
            Times, 0 or above, in the unit of the fit.

        Raises
        ------
        FactsError
            If the fit has not converged, or a time is negative or missing.
        """
        t = np.asarray(t, dtype=float)
        zero = np.zeros(t.size)
        return self._ahead(t.ravel(), zero, zero, zero).reshape(t.shape)

    def expected_next(
        self, horizon: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> NDArray[np.float64]:
        """Orders expected of each customer in (T, T + horizon], given what it did until T.

        Parameters
        ----------
        horizon : float or array_like
            In the unit of the fit.
        x, t_x, T : array_like
            As fitted, one for each customer.

        Returns
        -------
        ndarray
            P(alive) is in it: those who have probably left are expected to order little.

        Raises
        ------
        FactsError
            If the fit has not converged, or the customers' numbers cannot be.
        """
        return self._ahead(horizon, *checked(x, t_x, T))

    def alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> NDArray[np.float64]:
        """P(still a customer at T) of each customer.

        Never rank customers by it: BG/NBD calls every one-time buyer alive (P = 1 at x = 0), and
        in every model a rare buyer looks more alive than a frequent one after the same silence.

        Raises
        ------
        FactsError
            If the fit has not converged, or the customers' numbers cannot be.
        """
        self._used()
        customers = checked(x, t_x, T)
        if self.model in REGULAR:
            return _bgnbd_ahead.alive(self._theta, *customers, self.k, self._modified)
        return _plain(self.model).alive(self._theta, *customers)

    @property
    def _theta(self) -> NDArray[np.float64]:
        return np.array(list(self.parameters.values()))

    @property
    def _modified(self) -> bool:
        return self.model == "MBG/NBD"

    def _used(self) -> None:
        if not self.converged:
            raise FactsError(
                Fault(
                    f"{self.model} could not be fitted: {self.reason}",
                    where="lifetime model",
                    remedy="use an estimate that needs no such model",
                )
            )

    def _ahead(
        self, horizon: ArrayLike, x: NDArray, t_x: NDArray, T: NDArray
    ) -> NDArray[np.float64]:
        self._used()
        h = np.asarray(horizon, dtype=float)
        if not (np.isfinite(h).all() and (h >= 0).all()):
            raise FactsError(
                Fault(
                    "a time to look ahead is negative or missing",
                    where="lifetime model",
                    allowed="0 or above, in the unit of the fit",
                )
            )
        h, x, t_x, T = np.broadcast_arrays(h, x, t_x, T)
        if self.model in REGULAR:
            return _bgnbd_ahead.expected_next(self._theta, h, x, t_x, T, self.k, self._modified)
        return _plain(self.model).expected_next(self._theta, h, x, t_x, T)


def fit(
    model: str,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    k: int = 1,
    log_gaps: ArrayLike | None = None,
    unit_days: float = 1.0,
) -> LifetimeFit:
    """Fit a lifetime model by maximum likelihood.

    Parameters
    ----------
    model : str
        `NBD` (nobody leaves), `BG/NBD` (leaves after a repeat order), `MBG/NBD` (leaves after any
        order) or `Pareto/NBD` (leaves at any time).
    x : array_like
        Repeat orders: days with an order after the first.
    t_x, T : array_like
        Time from the first order to the last one and to the end of what is known, in one unit.
    weights : array_like, optional
        How many customers each row stands for (default 1).
    k : int
        Regularity of the gaps (Erlang-k), 1 to `MAX_K`; above 1 for `BG/NBD` and `MBG/NBD` only.
        r/α is then the mean rate of k-th parts of a gap.
    log_gaps : array_like, optional
        Each customer's sum of log gaps. It changes no estimate, but makes the log-likelihood
        comparable over k.
    unit_days : float
        The unit of time in days (7 for weeks), kept with the fit.

    Returns
    -------
    LifetimeFit
        With `converged` False and a `reason` where there is nothing to fit (no customers, fewer
        than `MIN_CUSTOMERS`, nobody ordered again, all alike), where the likelihood is highest at a
        limit, or where the data do not settle a parameter.

    Raises
    ------
    SettingsError
        If `model`, `k` or `unit_days` is not allowed.
    FactsError
        With every fault of the customers' numbers.

    Notes
    -----
    Equal customers are counted once. Gradient and second derivatives are analytic; Newton's steps
    are taken in the logs of the parameters, from several starts, the best of which is kept. Above
    60 000 different rows the starts are tried on samples of them, and all rows only for the last
    steps.

    Examples
    --------
    >>> import numpy as np
    >>> f = fit("BG/NBD", x=[0] * 10, t_x=[0.0] * 10, T=[52.0] * 10, unit_days=7)
    >>> f.converged, f.reason
    (False, 'no customer has ordered again')
    """
    _allowed(model, k, unit_days)
    data = count(x, t_x, T, weights)
    constant = (k - 1) * _sum_of(log_gaps, x, weights) if log_gaps is not None else 0.0
    names = {"NBD": _nbd.NAMES, "Pareto/NBD": _pareto.NAMES}.get(model, _bgnbd.NAMES)
    empty = np.full(len(names), np.nan)
    refusal = _too_little(data)
    if refusal:
        none = dict(zip(names, empty.tolist(), strict=True))
        return LifetimeFit(model, k, none, none, np.nan, False, refusal, data.n, unit_days)
    found = _found(model, data, k)
    reason = {"": "", "limit": AT_LIMIT, "flat": FLAT, "steps": NO_END}[found.fault]
    theta = np.exp(found.at)
    return LifetimeFit(
        model=model,
        k=k,
        parameters=dict(zip(names, theta.tolist(), strict=True)),
        standard_errors=dict(zip(names, (theta * found.errors).tolist(), strict=True)),
        loglik=float(found.value) + constant,
        converged=not reason,
        reason=reason.format(parameter=names[found.which]),
        n=data.n,
        unit_days=unit_days,
        covariance=found.covariance * np.outer(theta, theta),
    )


def _plain(model: str) -> ModuleType:
    return _nbd if model == "NBD" else _pareto


def _found(model: str, data: Counted, k: int) -> Maximum:
    """The maximum over all customers; by way of a sample, where they are many."""

    def climb(part: Counted, starts: Sequence[Sequence[float]] | None = None) -> Maximum:
        if model in REGULAR:
            first = starts or _bgnbd.starts(part, k)
            modified = model == "MBG/NBD"
            return highest(
                lambda theta: _bgnbd.evaluate(theta, part, k, modified),
                first,
                _bgnbd.limits(part),
            )
        room = _plain(model)
        first = starts or room.starts(part)
        return highest(lambda theta: room.evaluate(theta, part), first, room.limits(part))

    if len(data.x) <= _LARGE:
        return climb(data)
    start = None
    for rows in _SAMPLES:
        start = [np.exp(climb(data.sample(rows), start).at).tolist()]
    return climb(data, start)


def _too_little(data: Counted) -> str:
    if not data.n:
        return NO_CUSTOMERS
    if data.n < MIN_CUSTOMERS:
        return TOO_FEW
    if not data.orders:
        return NO_REPEATS
    return ALL_ALIKE if len(data.x) == 1 else ""


def _sum_of(log_gaps: ArrayLike, x: ArrayLike, weights: ArrayLike | None) -> float:
    """Sum of log gaps over customers; those without repeat orders have none."""
    logs = np.asarray(log_gaps, dtype=float)
    x = np.asarray(x, dtype=float)
    logs = np.where(x > 0, np.broadcast_to(logs, x.shape), 0.0)
    if not np.isfinite(logs).all():
        raise FactsError(Fault("log_gaps is missing or not finite", where="lifetime model"))
    return float(logs.sum() if weights is None else np.asarray(weights, dtype=float) @ logs)


def _allowed(model: str, k: int, unit_days: float) -> None:
    faults = []
    if model not in MODELS:
        faults.append(Fault(f"{model!r} is no lifetime model", "lifetime model", ", ".join(MODELS)))
    elif k != 1 and model not in REGULAR:
        faults.append(
            Fault(
                f"{model} has no regular gaps (k = {k})",
                "lifetime model",
                f"k above 1 with {' and '.join(REGULAR)}",
            )
        )
    if k != int(k) or not 1 <= k <= MAX_K:
        faults.append(Fault(f"k is {k}", "lifetime model", f"a whole number from 1 to {MAX_K}"))
    if not (np.isfinite(unit_days) and unit_days > 0):
        faults.append(Fault(f"unit_days is {unit_days}", "lifetime model", "days, above 0"))
    if faults:
        raise SettingsError.of(faults)
