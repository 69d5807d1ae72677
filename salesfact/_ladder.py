"""How much of the effect of hours is left when like is compared with like? One rung at a time.

pooled (all customers against each other) → attributes (of the same size, segment, ...) → Mundlak
(the customer's usual hours beside this month's) → fixed effects (each customer against itself) →
fixed effects by six-month block (each customer against itself half a year apart at most). If an
hour does something, the rungs agree; where reps visit those who buy anyway, they fall. Slopes are
of log(1 + adstocked hours) with one decay for all, so that they can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from salesfact._adstock import Decayed, log_stock
from salesfact._pooled import month_ppml
from salesfact._ppml import PoissonFit, ppml
from salesfact._stats import OUTER

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

BLOCK = 6  # months
RUNGS = ("pooled", "attributes", "mundlak", "fixed effects", "fixed effects by block")
LEAST_CUSTOMERS = 100  # with variation, for a kind of activity to be told apart


@dataclass(frozen=True)
class Rung:
    """One way of comparing, and the slope it gives.

    Parameters
    ----------
    name : str
        One of `RUNGS`, or a kind of activity.
    slope, se : float
        Of log(1 + adstocked hours); NaN where it cannot be told (`reason`).
    customers, rows : int
        Used.
    """

    name: str
    slope: float
    se: float
    customers: int
    rows: int
    reason: str = ""

    @property
    def z(self) -> float:
        """Slope in standard errors."""
        return self.slope / self.se

    @property
    def low(self) -> float:
        """Lower end of the two-sided 95 % interval: claims are made at that level."""
        return self.slope - OUTER * self.se

    @property
    def high(self) -> float:
        """Its upper end."""
        return self.slope + OUTER * self.se


def ladder(
    y: ArrayLike,
    hours: ArrayLike,
    decayed: Decayed,
    *,
    attributes: ArrayLike | None = None,
    known: ArrayLike | None = None,
) -> tuple[Rung, ...]:
    """All rungs, in order.

    Parameters
    ----------
    y, hours : array_like, (n, T) and (n, H ≥ T)
        Sales and hours.
    decayed : Decayed
        From `profile` on the same panel: the decay, and the fixed-effects rung with λ's
        uncertainty in its error. The other rungs take λ as known.
    attributes : array_like, (n, k), optional
        Coded attributes (`salesfact._pooled.coded`); without them there is no such rung.
    known : array_like of bool, (n, T), optional
    """
    sales = np.asarray(y, dtype=float)
    x = log_stock(hours, decayed.decay, sales.shape[1])[0]
    mask = np.ones(x.shape) if known is None else np.asarray(known, dtype=float)
    usual = (x * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1.0)
    z = np.zeros((len(x), 0)) if attributes is None else np.asarray(attributes, dtype=float)
    fits = {"pooled": month_ppml(sales, [x], known=known)}
    if z.shape[1]:
        fits["attributes"] = month_ppml(sales, [x], z, known=known)
    fits["mundlak"] = month_ppml(sales, [x], np.column_stack([usual, z]), known=known)
    fits["fixed effects"] = decayed.fit
    fits["fixed effects by block"] = ppml(sales, [x], known=known, block=BLOCK)
    return tuple(_rung(name, fit, 0) for name, fit in fits.items())


def by_kind(
    y: ArrayLike,
    kinds: Mapping[str, ArrayLike],
    decay: float,
    *,
    known: ArrayLike | None = None,
) -> tuple[Rung, ...]:
    """The fixed-effects slope of each kind of activity, beside the others.

    Parameters
    ----------
    y : array_like, (n, T)
        Sales.
    kinds : mapping of str to array_like, (n, H ≥ T)
        Hours by kind. Kinds with fewer than 100 customers whose hours change are taken together.
    decay : float
        One decay for all kinds.

    Returns
    -------
    tuple of Rung
        Most hours first; `rest` last, where there is any. Empty where only one kind has enough.
    """
    sales = np.asarray(y, dtype=float)
    hours = {k: np.asarray(h, dtype=float) for k, h in kinds.items()}
    order = sorted(hours, key=lambda k: (-hours[k].sum(), k))
    enough = [k for k in order if changing(sales, hours[k]).sum() >= LEAST_CUSTOMERS]
    if len(enough) < 2:
        return ()
    chosen = {k: hours[k] for k in enough}
    rest = sum((hours[k] for k in order if k not in chosen), np.zeros_like(hours[order[0]]))
    if np.any(rest):
        chosen["rest"] = rest
    x = [log_stock(h, decay, sales.shape[1])[0] for h in chosen.values()]
    fit = ppml(sales, x, known=known)
    return tuple(_rung(name, fit, j) for j, name in enumerate(chosen))


def changing(y: ArrayLike, hours: ArrayLike) -> NDArray[np.bool_]:
    """Customers with sales whose hours differ from month to month: those who tell anything."""
    sales, h = np.asarray(y, dtype=float), np.asarray(hours, dtype=float)
    h = h[:, h.shape[1] - sales.shape[1] :]
    return (sales.sum(axis=1) > 0) & (h.max(axis=1) > h.min(axis=1))


def _rung(name: str, fit: PoissonFit, j: int) -> Rung:
    return Rung(
        name=name,
        slope=float(fit.coef[j]),
        se=float(fit.se[j]),
        customers=fit.customers,
        rows=fit.rows,
        reason=fit.reason,
    )
