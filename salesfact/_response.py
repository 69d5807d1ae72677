"""Do hours show in sales, and may we say so? Ever fairer comparisons, and the frozen gate."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._adstock import log_stock, profile
from salesfact._effort import effort_cells, logged_after_orders
from salesfact._effort_panel import EffortPanel, effort_panel
from salesfact._errors import FactsError, Fault
from salesfact._gates import SMALLEST_EFFECT, Gate, claimed, gates
from salesfact._ladder import by_kind, changing, ladder
from salesfact._pooled import coded
from salesfact._response_told import (
    FAILS,
    FEW,
    HOLDS,
    MIDDLE,
    NO_FIT,
    NO_HOURS,
    NOT_RUN,
    RUNGS,
    YOUNG,
    Response,
    refusal,
)
from salesfact._slopes import customer_slopes
from salesfact._stats import benjamini_hochberg
from salesfact._store import stored
from salesfact._timing import control_p, timing

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts
    from salesfact._result import Refusal

MIN_MONTHS = 12
MIN_CUSTOMERS = 30
MOST_KINDS = 8
OTHER = "\u2026"  # kinds of activity too rare to be told apart
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
    cells = effort_cells(facts, by_kind=True)
    settings = dict(facts.response or {})
    parameters: dict[str, Any] = {
        "months": 0,
        "min_months": MIN_MONTHS,
        "changing": 0,
        "min_customers": MIN_CUSTOMERS,
        "smallest_effect": float(settings.get("smallest_effect", SMALLEST_EFFECT)),
        "control": settings.get("control"),
        "decay": float("nan"),
        "decay_low": float("nan"),
        "decay_high": float("nan"),
        "reliability": float("nan"),
        "told_apart": False,
    }
    control = None if parameters["control"] is None else _control(facts, parameters["control"])
    if not (cells["hours"] > 0).any():
        return _refused(facts, parameters, NO_HOURS)
    panel = sales_and_hours(facts, cells)
    months, hours = len(panel.months), panel.hours
    y = np.where(panel.known, panel.y, 0.0)
    can_tell = changing(y, hours)
    parameters |= {"months": months, "changing": int(can_tell.sum())}
    if months < MIN_MONTHS:
        return _refused(facts, parameters, YOUNG)
    if parameters["changing"] < MIN_CUSTOMERS:
        return _refused(facts, parameters, FEW)
    found = profile(y, hours, known=panel.known)
    if not found.fit.converged:
        return _refused(facts, parameters, NO_FIT)
    rungs = ladder(y, hours, found, attributes=_attributes(facts, panel), known=panel.known)
    after, chance = logged_after_orders(facts)
    rows = gates(
        timing(y, hours, found, known=panel.known),
        smallest_effect=parameters["smallest_effect"],
        after_order=after,
        control=None
        if control is None
        else control_p(_outcome(control, panel), hours, found.decay, known=panel.known),
    )
    slopes = _nobody()
    if claimed(rows):
        told = customer_slopes(y, log_stock(hours, found.decay)[0], found.fit, known=panel.known)
        parameters |= {"reliability": told.overall, "told_apart": told.told_apart}
        slopes = _customers(facts, panel, told) if told.told_apart else slopes
    parameters |= {
        "decay": found.decay,
        "decay_low": found.low,
        "decay_high": found.high,
        "after_by_chance": chance,
    }
    checks = _checks(rows)
    return Response(
        table=_rungs(rungs),
        tables={"checks": checks, "kinds": _kinds(panel, y, found.decay), "customers": slopes},
        parameters=parameters,
        source=facts.source,
        refusal=refusal(checks),
    )


def sales_and_hours(facts: Facts, cells: pd.DataFrame) -> EffortPanel:
    """Sales (revenue) and hours by customer and month, up to the last month both are known of."""
    import pandas as pd

    sales = facts.panel()[["customer", "month", "amount"]].rename(columns={"amount": "money"})
    both = pd.concat([sales, cells[["customer", "month", "kind", "hours"]]], ignore_index=True)
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
            f"no line is of a product group {name!r}",
            where="response.control",
            allowed=", ".join(str(g) for part in known for g in part.dropna())
            or "a product group; the facts have none",
            remedy="write a product group as the sales have it, or leave control out",
        )
    )


def _outcome(cells: Any, panel: EffortPanel) -> np.ndarray:
    """The control's sales as a matrix like the panel's; a month of returns counts as none."""
    outcome = np.zeros(panel.y.shape)
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


def _rungs(rungs: Any) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (
            r.name,
            RUNGS[r.name],
            2**r.slope - 1,
            2 ** (r.slope - MIDDLE * r.se) - 1,
            2 ** (r.slope + MIDDLE * r.se) - 1,
            r.slope,
            r.se,
            r.customers,
        )
        for r in rungs
    ]
    names = ["comparison", "how", "effect", "low", "high", "slope", "se", "customers"]
    frame = pd.DataFrame(rows, columns=names)
    texts = {"comparison": "str", "how": "str"}
    return frame.astype(texts | dict.fromkeys(names[2:7], "float64")).set_index("comparison")


def _checks(rows: tuple[Gate, ...]) -> pd.DataFrame:
    """The gate's rows in plain values; texts as msgids."""
    import pandas as pd

    outcome = {True: HOLDS, False: FAILS, None: NOT_RUN}
    frame = pd.DataFrame(
        [
            (
                r.name,
                r.tested.messages[0],
                float(r.figure),
                float(r.threshold),
                r.at_least,
                outcome[r.passed],
                r.name != "memory",
                r.meaning.messages[0],
            )
            for r in rows
        ],
        columns=[
            *("check", "tested", "figure", "threshold", "at_least", "outcome", "in_rule"),
            "because",
        ],
    )
    texts = dict.fromkeys(("check", "tested", "outcome", "because"), "str")
    return frame.astype(texts).set_index("check")


def _kinds(panel: EffortPanel, y: np.ndarray, decay: float) -> pd.DataFrame:
    """A row for each kind of activity that enough customers see change, beside the others."""
    import pandas as pd

    hours = sorted(panel.kinds.items(), key=lambda item: (-item[1].sum(), item[0]))
    kinds: dict[str, Any] = dict(hours[:MOST_KINDS])
    found = by_kind(y, kinds, decay, known=panel.known)
    slope = np.array([r.slope for r in found])
    se = np.array([r.se for r in found])
    named = np.array([r.name != "rest" for r in found], dtype=bool)
    p = np.where(named, _two_sided(slope, se), np.nan) if len(found) else slope
    frame = pd.DataFrame(
        {
            "kind": pd.Series([r.name if r.name != "rest" else OTHER for r in found], dtype="str"),
            "hours": [
                float(kinds[r.name].sum())
                if r.name in kinds
                else float(
                    sum(h.sum() for k, h in kinds.items() if k not in {f.name for f in found})
                )
                for r in found
            ],
            "effect": 2**slope - 1,
            "low": 2 ** (slope - MIDDLE * se) - 1,
            "high": 2 ** (slope + MIDDLE * se) - 1,
            "p": p,
            "q": benjamini_hochberg(p),
            "customers": [
                int(changing(y, kinds[r.name]).sum()) if r.name in kinds else 0 for r in found
            ],
        }
    )
    kinds_of = dict.fromkeys(("hours", "effect", "low", "high", "p", "q"), "float64")
    return frame.astype(kinds_of | {"customers": "int64"}).set_index("kind")


def _two_sided(slope: np.ndarray, se: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return 2 * ndtr(-np.abs(slope / se))


def _customers(facts: Facts, panel: EffortPanel, told: Any) -> pd.DataFrame:
    """Shrunken slopes of customers with sales and hours in the last twelve months."""
    import pandas as pd

    people: Any = facts.fetch(facts.customers.select("customer", "name")).set_index("customer")
    name = people["name"].reindex(panel.customers)
    frame = pd.DataFrame(
        {
            "name": name.where(name.notna(), panel.customers.to_series()).astype("str"),
            "hours": panel.hours[:, -12:].sum(axis=1),
            "effect": 2**told.estimate - 1,
            "low": 2**told.low - 1,
            "high": 2**told.high - 1,
            "reliability": told.reliability,
        },
        index=pd.Index(panel.customers.astype("str"), name="customer"),
    )
    alive = (panel.hours[:, -12:].sum(axis=1) > 0) & (panel.y[:, -12:].sum(axis=1) > 0)
    frame = frame[alive & (told.reliability > 0)]
    order = np.lexsort((frame.index.to_numpy(dtype=str), -frame["effect"].to_numpy()))
    return frame.iloc[order]


def _nobody() -> pd.DataFrame:
    import pandas as pd

    numbers = dict.fromkeys(("hours", "effect", "low", "high", "reliability"), "float64")
    columns = {n: pd.Series(dtype=k) for n, k in ({"name": "str"} | numbers).items()}
    return pd.DataFrame(columns, index=pd.Index([], name="customer", dtype="str"))


def _refused(facts: Facts, parameters: dict[str, Any], why: Refusal) -> Response:
    """The data cannot tell, and there is nothing to show."""
    import pandas as pd

    none = EffortPanel(
        pd.Index([]), np.arange(0), *([np.zeros((0, 0))] * 2), np.zeros((0, 0), bool), {}
    )
    return Response(
        table=_rungs(()),
        tables={"checks": _checks(()), "kinds": _kinds(none, none.y, 0.0), "customers": _nobody()},
        parameters=parameters,
        source=facts.source,
        refusal=why,
    )
