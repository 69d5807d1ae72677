"""How large is a Nordverk world, and what is planted in it?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

from salesfact._errors import Fault, SettingsError


@dataclass(frozen=True)
class Parameters:
    """What is planted in a Nordverk world.

    Parameters
    ----------
    n_customers, n_reps, years : int
        Size of the world; `years` counts whole years up to the last complete month.
    last_day : date
        Last day of the export; the month it lies in is incomplete.
    leave_rate : float
        Customers that leave for good, per customer-year.
    new_share, return_share, shrink_share, grow_share, lost_group_share, squeeze_share : float
        Share of customers that first came in the period, that left for more than a year and came
        back, whose order rate fell or rose in one month, that dropped a product group, whose
        prices were cut for good.
    silent_large, lost_large, won_large : int
        Large, regular customers that fell silent 2 to 8 months before the end, that left just
        over a year before it, that came 7 to 11 months before it.
    group_share, group_leave : float
        Share of customers that are sites of a group; share of groups that switch as one.
    order_k, order_k_sd : float
        Median and log-sd of the regularity k of order gaps (1: Poisson; above: regular).
    wander : float
        Sd of each customer's own log order rate, an AR(1) of monthly persistence .9.
    season : bool
        Whether months differ.
    response, response_sd : float
        β in E[orders per month] ∝ (1 + A)^β, A adstocked hours: mean and sd over customers.
    adstock : float
        λ: share of an hour's effect that is left after a month.
    activities_per_rep : float
        Activities per rep and year.
    rut_weight, value_weight, effort_noise : float
        ω, γ and the sd of ε in log e_t = ω log e_{t-1} + γ log v_{t-1} + ε: this year's activities
        per customer after last year's activities and last year's expected margin.
    chase : float
        How far reps visit more where a customer's own rate is up (elasticity; 0: not at all).
    visit_k : float
        Regularity of visits (1: Poisson-like; above: in cycles).
    programme_share, programme_effect : float
        Customers that join the consignment programme at staggered months; log effect on orders.
    n_managers : int
        Raters beside the reps.
    rater_precision, leniency_sd, insight : float
        Mean of 1/sd of a rater's error, sd of leniency, correlation of what is judged with truth.
    credit_share : float
        Share of order lines that are credited.
    """

    n_customers: int = 600
    n_reps: int = 8
    years: int = 5
    last_day: dt.date = dt.date(2026, 10, 9)
    leave_rate: float = 0.045
    new_share: float = 0.26
    return_share: float = 0.045
    shrink_share: float = 0.09
    grow_share: float = 0.08
    lost_group_share: float = 0.05
    squeeze_share: float = 0.025
    silent_large: int = 6
    lost_large: int = 2
    won_large: int = 2
    group_share: float = 0.22
    group_leave: float = 0.10
    order_k: float = 1.9
    order_k_sd: float = 0.4
    wander: float = 0.08
    season: bool = True
    response: float = 0.08
    response_sd: float = 0.03
    adstock: float = 0.5
    activities_per_rep: float = 800.0
    rut_weight: float = 0.7
    value_weight: float = 0.2
    effort_noise: float = 0.3
    chase: float = 0.0
    visit_k: float = 1.0
    programme_share: float = 0.08
    programme_effect: float = 0.10
    n_managers: int = 3
    rater_precision: float = 1.2
    leniency_sd: float = 0.5
    insight: float = 0.6
    credit_share: float = 0.013

    def __post_init__(self) -> None:
        faults = []
        for f in fields(self):
            found = getattr(self, f.name)
            right: tuple[type, ...] = (type(f.default),)
            if right == (float,):
                right = (float, int)
            if not isinstance(found, right) or (isinstance(found, bool) and bool not in right):
                kind = type(f.default).__name__
                faults.append(Fault(f"found {found!r}", where=f.name, allowed=f"a {kind}"))
            elif f.name in _LIMITS and not _LIMITS[f.name][0] <= found <= _LIMITS[f.name][1]:
                low, high = _LIMITS[f.name]
                allowed = f"from {low} to {high}"
                faults.append(Fault(f"found {found!r}", where=f.name, allowed=allowed))
        if faults:
            raise SettingsError(*faults)

    @classmethod
    def of(cls, changes: dict[str, Any]) -> Parameters:
        """The defaults with some of them changed.

        Raises
        ------
        SettingsError
            If a name is unknown or a value out of range.
        """
        known = [f.name for f in fields(cls)]
        unknown = [name for name in changes if name not in known]
        if unknown:
            raise SettingsError(
                *(Fault(f"unknown parameter {u!r}", allowed=", ".join(known)) for u in unknown)
            )
        return cls(**changes)


_SHARE = (0.0, 1.0)
_LIMITS = {
    "n_customers": (20, 200_000),
    "n_reps": (1, 500),
    "years": (3, 30),
    "leave_rate": _SHARE,
    "new_share": _SHARE,
    "return_share": _SHARE,
    "shrink_share": _SHARE,
    "grow_share": _SHARE,
    "lost_group_share": _SHARE,
    "squeeze_share": _SHARE,
    "group_share": _SHARE,
    "group_leave": _SHARE,
    "silent_large": (0, 1000),
    "lost_large": (0, 1000),
    "won_large": (0, 1000),
    "order_k": (0.5, 50),
    "order_k_sd": (0, 2),
    "wander": (0, 2),
    "response": (0, 0.99),
    "response_sd": (0, 1),
    "adstock": (0, 0.95),
    "activities_per_rep": (1, 20_000),
    "rut_weight": (0, 0.99),
    "value_weight": (0, 2),
    "effort_noise": (0, 3),
    "chase": (-5, 5),
    "visit_k": (0.5, 50),
    "programme_share": _SHARE,
    "programme_effect": (-1, 1),
    "n_managers": (0, 100),
    "rater_precision": (0.05, 100),
    "leniency_sd": (0, 3),
    "insight": _SHARE,
    "credit_share": (0, 0.5),
}
