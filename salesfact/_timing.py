"""What comes first, hours or sales? Tests that an effect of hours must pass to be believed.

If reps go where sales are moving, hours and sales go together although hours do nothing. That
leaves traces in time:

- *lead*: this month's sales go with **next** month's hours (raw, this month's stock beside them);
- *feedback*: **last** month's sales, against the customer's usual, tell this month's hours, the
  stock that worked on those sales beside them;
- *block*: within half a year a customer's own drift moves little, so what it feigns shrinks there;
- *memory*: reps who answer within the month to what moves sales leave no trace in the hours of the
  months before; an effect that lasts does, beside this month's hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from salesfact._adstock import Decayed, log_stock
from salesfact._ladder import BLOCK, changing
from salesfact._ppml import PoissonFit, ppml

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


MEMORY = 0.5  # not the decay that fits best: that is nought where reps answer within the month


@dataclass(frozen=True)
class Timing:
    """What the tests gave.

    Parameters
    ----------
    slope, se : float
        Fixed effects, λ's uncertainty in the error.
    lead, lead_p : float
        Slope of next month's log(1 + hours), and its p (two-sided, cluster-robust).
    feedback, feedback_p : float
        Slope of log(1 + last month's sales / usual) in a regression of hours, and its p.
    block, block_se : float
        Slope by customer and six-month block.
    memory, memory_se : float
        Slope of the stock of earlier months' hours (decay `MEMORY`), beside this month's hours.
    changing : int
        Customers with sales whose hours change.
    """

    slope: float
    se: float
    lead: float
    lead_p: float
    feedback: float
    feedback_p: float
    block: float
    block_se: float
    memory: float
    memory_se: float
    changing: int


def timing(
    y: ArrayLike, hours: ArrayLike, decayed: Decayed, *, known: ArrayLike | None = None
) -> Timing:
    """All tests on one panel.

    Parameters
    ----------
    y, hours : array_like, (n, T) and (n, H ≥ T)
        Sales and hours; the last T months of hours are those of y.
    decayed : Decayed
        From `profile` on the same panel.
    known : array_like of bool, (n, T), optional

    Returns
    -------
    Timing
        NaN where a test cannot be done.
    """
    sales, all_hours = np.asarray(y, dtype=float), np.asarray(hours, dtype=float)
    months = sales.shape[1]
    x = log_stock(all_hours, decayed.decay, months)[0]
    h = all_hours[:, -months:]
    mask = None if known is None else np.asarray(known, dtype=bool)
    both = None if mask is None else mask[:, :-1] & mask[:, 1:]
    lead = ppml(sales[:, :-1], [x[:, :-1], np.log1p(h[:, 1:])], known=both)
    seen = np.ones_like(sales) if mask is None else mask.astype(float)
    usual = np.maximum((sales * seen).sum(axis=1), 0) / np.maximum(seen.sum(axis=1), 1)
    relative = np.maximum(sales, 0) / np.where(usual > 0, usual, 1)[:, None]
    feedback = ppml(h[:, 1:], [np.log1p(relative[:, :-1]), x[:, :-1]], known=both)
    block = ppml(sales, [x], known=mask, block=BLOCK)
    # the first month has a memory only where earlier hours are there
    span = slice(-min(months, all_hours.shape[1] - 1), None)
    earlier = log_stock(all_hours[:, :-1], MEMORY)[0][:, span]
    later = None if mask is None else mask[:, span]
    memory = ppml(sales[:, span], [np.log1p(h[:, span]), earlier], known=later)
    return Timing(
        slope=float(decayed.fit.coef[0]),
        se=float(decayed.fit.se[0]),
        lead=float(lead.coef[1]),
        lead_p=p_value(lead, 1),
        feedback=float(feedback.coef[0]),
        feedback_p=p_value(feedback, 0),
        block=float(block.coef[0]),
        block_se=float(block.se[0]),
        memory=float(memory.coef[1]),
        memory_se=float(memory.se[1]),
        changing=int(changing(sales, all_hours).sum()),
    )


def control_p(
    outcome: ArrayLike, hours: ArrayLike, decay: float, *, known: ArrayLike | None = None
) -> float:
    """p of hours in what they cannot move: the negative control named by the client.

    Parameters
    ----------
    outcome : array_like, (n, T)
        Not below zero; cells not finite count as unknown.
    """
    given = np.asarray(outcome, dtype=float)
    finite: NDArray[np.bool_] = np.isfinite(given)
    mask = finite if known is None else finite & np.asarray(known, dtype=bool)
    x = log_stock(hours, decay, given.shape[1])[0]
    return p_value(ppml(np.where(mask, given, 0.0), [x], known=mask), 0)


def p_value(fit: PoissonFit, j: int) -> float:
    """Two-sided p of one slope (normal)."""
    from math import erfc, sqrt

    return float(erfc(abs(float(fit.z[j])) / sqrt(2))) if fit.converged else float("nan")
