"""Do hours show in sales, and may we say so? Ever fairer comparisons, and the frozen gate."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._adstock import log_stock, profile
from salesfact._effort import effort_cells, logged_after_orders
from salesfact._effort_panel import EffortPanel, effort_panel
from salesfact._errors import FactsError, Fault
from salesfact._gates import SMALLEST_EFFECT, claimed, gates
from salesfact._ladder import changing, ladder
from salesfact._language import N_
from salesfact._pooled import coded
from salesfact._response_tables import checks as checks_of
from salesfact._response_tables import customers, kind_rows, kinds, nobody, rungs
from salesfact._response_told import FEW, NO_FIT, NO_HOURS, YOUNG, Response, refusal
from salesfact._said import said, verbatim
from salesfact._slopes import customer_slopes
from salesfact._store import stored
from salesfact._timing import control_p, timing

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts
    from salesfact._result import Refusal

MIN_MONTHS = 12
MIN_CUSTOMERS = 30
_NO_ATTRIBUTE = ("customer", "name", "parent", "since")
_MOST_LEVELS = 30  # more are free text, not a kind of customer


@stored
def response(facts: Facts, *, as_of: dt.date | None = None) -> Response:
    """Do hours show in sales, and may we say so?

    Parameters
    ----------
    facts : Facts
        With activities. `facts.response` may hold `smallest_effect` (slope; default .05) and
        `control`, a product group whose sales hours cannot change.
    as_of : date, optional
        An earlier day to judge from; default: the facts' own.

    Returns
    -------
    Response
        `table`: see there. Refused, and shown all the same, where a check of the frozen rule does
        not hold; refused with nothing to show where activities and sales cover less than twelve
        months together, or fewer than thirty customers see their hours change.

    Raises
    ------
    LeakageError
        If `as_of` is later than the facts.
    FactsError
        If the client has no activities, or no product group of the name `control`.

    Notes
    -----
    `E[sales] = exp(α_customer + δ_month + β log(1 + A))`, A adstocked hours a month
    (`salesfact._adstock`); shown as `2^β − 1`, what goes with about double the hours. The rungs are
    those of `salesfact._ladder`, the checks those of `salesfact._gates`. From hours that nobody
    drew lots for, a pass is never more than *consistent with an effect*. What the rule lets
    through, and what it misses, stands in docs/response.md.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth_response import response_world
    >>> sales, activities = response_world(1, customers=60, months=24).frames()
    >>> response(Facts.from_frames(sales, activities=activities)).refusal is not None
    True
    """
    facts = facts if as_of is None else facts.cut(as_of)
    cells: Any = effort_cells(facts, by_kind=True)
    settings = dict(facts.response or {})
    parameters: dict[str, Any] = {
        "months": 0,
        "min_months": MIN_MONTHS,
        "changing": 0,
        "min_customers": MIN_CUSTOMERS,
        "smallest_effect": float(settings.get("smallest_effect", SMALLEST_EFFECT)),
        "control": settings.get("control"),
        "decay": None,
        "decay_low": None,
        "decay_high": None,
        "reliability": None,
        "told_apart": False,
    }
    control = None if parameters["control"] is None else _control(facts, parameters["control"])
    if cells.empty:  # a log that begins later
        return _refused(facts, parameters, YOUNG)
    if not (cells["hours"] > 0).any():
        return _refused(facts, parameters, NO_HOURS)
    panel = sales_and_hours(facts, cells)
    hours, y = panel.hours, np.where(panel.known, panel.y, 0.0)
    months = int(((y != 0).any(axis=0) & (hours > 0).any(axis=0)).sum())
    can_tell = changing(y, hours)
    parameters |= {"months": months, "changing": int(can_tell.sum())}
    if months < MIN_MONTHS:
        return _refused(facts, parameters, YOUNG)
    if parameters["changing"] < MIN_CUSTOMERS:
        return _refused(facts, parameters, FEW)
    found = profile(y, hours, known=panel.known)
    if not found.fit.converged:
        return _refused(facts, parameters, NO_FIT)
    found_rungs = ladder(y, hours, found, attributes=_attributes(facts, panel), known=panel.known)
    after, chance = logged_after_orders(facts)
    rows = gates(
        timing(y, hours, found, known=panel.known),
        smallest_effect=parameters["smallest_effect"],
        after_order=after,
        control=None
        if control is None
        else control_p(_outcome(control, panel), hours, found.decay, known=panel.known),
    )
    slopes = nobody()
    if claimed(rows):
        told = customer_slopes(y, log_stock(hours, found.decay)[0], found.fit, known=panel.known)
        parameters |= {"reliability": told.overall, "told_apart": told.told_apart}
        if told.told_apart:
            people: Any = facts.fetch(facts.customers.select("customer", "name"))
            slopes = customers(people.set_index("customer"), panel, told)
    parameters |= {
        "decay": found.decay,
        "decay_low": found.low,
        "decay_high": found.high,
        "after_by_chance": chance,
    }
    checks = checks_of(rows, chance)
    return Response(
        table=rungs(found_rungs),
        tables={"checks": checks, "kinds": kinds(panel, y, found.decay), "customers": slopes},
        parameters=parameters,
        source=facts.source,
        refusal=refusal(checks),
    )


def sales_and_hours(facts: Facts, cells: Any) -> EffortPanel:
    """Sales (revenue) and hours by customer and month, up to the last month both are known of."""
    import pandas as pd

    panel: Any = facts.panel()
    sales = panel[["customer", "month", "amount"]].rename(columns={"amount": "money"})
    both: Any = pd.concat([sales, cells[["customer", "month", "kind", "hours"]]], ignore_index=True)
    return effort_panel(both, last=min(cells["month"].max(), sales["month"].max()))


def _control(facts: Facts, name: str) -> pd.DataFrame:
    """Sales of a product group by customer and month."""
    levels = sorted(n for n in facts.has if n.startswith("group"))
    sales: Any = facts.sales
    for level in levels:
        own = sales.filter(sales[level] == name)
        month = own.date.truncate("M").name("month")
        frame = facts.fetch(own.group_by([own.customer, month]).aggregate(money=own.amount.sum()))
        if len(frame):
            return frame
    known = [facts.fetch(sales.select(level).distinct().limit(5))[level] for level in levels]
    raise FactsError(
        Fault(
            said(N_("no line is of a product group {name}"), name=repr(name)),
            where="response.control",
            allowed=verbatim(", ".join(str(g) for part in known for g in part.dropna()))
            or N_("a product group; the facts have none"),
            remedy=N_("write a product group as the sales have it, or leave control out"),
        )
    )


def _outcome(cells: Any, panel: EffortPanel) -> np.ndarray:
    """The control's sales as a matrix like the panel's; a month of returns counts as none."""
    outcome = np.zeros_like(panel.y)
    row = panel.customers.get_indexer(cells["customer"].astype("string"))
    month = cells["month"].to_numpy().astype("datetime64[M]")
    column = (month - panel.months[0]).astype(int)
    inside = (row >= 0) & (column >= 0) & (column < outcome.shape[1])
    money = np.maximum(cells["money"].to_numpy(dtype=float), 0.0)
    outcome[row[inside], column[inside]] = money[inside]
    return outcome


def _attributes(facts: Facts, panel: EffortPanel) -> np.ndarray:
    """What the client told of its customers, coded; at an earlier day only what was known then."""
    people: Any = facts.customers
    names = [c for c in people.columns if c not in _NO_ATTRIBUTE]
    frame: Any = facts.fetch(people.select("customer", *names)).set_index("customer")
    frame = frame.reindex(panel.customers)
    few = [c for c in names if frame[c].nunique() <= _MOST_LEVELS or frame[c].dtype.kind in "if"]
    return coded(frame[few])


def _refused(facts: Facts, parameters: dict[str, Any], why: Refusal) -> Response:
    """The data cannot tell, and there is nothing to show."""
    return Response(
        table=rungs(()),
        tables={"checks": checks_of(()), "kinds": kind_rows(()), "customers": nobody()},
        parameters=parameters,
        source=facts.source,
        refusal=why,
    )
