"""What lay on the table at an earlier day? Facts in an engine that holds nothing later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._engine import STATIC, Seal
from salesfact._errors import FactsError, Fault, LeakageError, SalesfactError
from salesfact._language import N_
from salesfact._ledger import month_end
from salesfact._said import and_more, said

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts

#: A list: facts as of a day and a horizon in months give a number per customer, higher = earlier.
Ranking = Callable[["Facts", int], "pd.Series | pd.DataFrame"]


def at_origin(facts: Facts, origin: dt.date, *, lag_days: int = 0) -> Facts:
    """The facts as they lay on the table at an origin, in an engine that holds nothing later.

    Parameters
    ----------
    facts : Facts
    origin : date
        The day on which a list would have been made.
    lag_days : int
        Days until a sale is in the books: the lines end so many days before the origin.

    Returns
    -------
    Facts
        `as_of` is the origin less the lag. No view of its engine holds a later line, a customer
        or product that had no line yet, or an attribute without dates; the ledger, which tells of
        all rows ever read, is empty. Nothing it works out is shared with results of other facts.

    Raises
    ------
    LeakageError
        If the origin lies after the facts. The facts handed out raise it when asked for a later
        day (`cut`) or a withheld attribute (`attribute`), naming what and the origin.
    FactsError
        If nothing had happened yet.
    """
    cut = facts.cut(origin - dt.timedelta(days=lag_days))
    engine = cut._engine
    held = engine.seal.withheld if engine.seal else ()
    if not facts.static:
        columns = engine.backend.table("people").columns
        held = (*held, *(c for c in columns if c not in ("customer", "name")))
    sealed = engine.sealed(Seal(cut._end, held))
    whole = engine.memo.get(("month_cells", facts.as_of))
    if whole is not None and cut.as_of == month_end(cut.as_of):
        sealed.memo[("month_cells", cut.as_of)] = _until(whole, cut.as_of)
    key = f"{cut.key}-at-origin" if cut.key and not cut.key.endswith("-at-origin") else cut.key
    last = facts.last_known or facts.as_of
    return replace(cut, ledger={}, key=key, last_known=last, _engine=sealed)


def ask(ranking: Ranking, facts: Facts, horizon_months: int) -> pd.DataFrame:
    """What a list says at an origin: `estimate`, and `low` and `high` where it gives them.

    Parameters
    ----------
    ranking : callable
        Takes facts and a horizon in months; returns a Series (higher = earlier on the list) or a
        DataFrame with `estimate` and perhaps `low` and `high`, by customer.
    facts : Facts
        From `at_origin`.

    Returns
    -------
    DataFrame
        Index as the list's. `attrs["order_only"]` tells a Series, whose numbers are an order
        and need not be money.

    Raises
    ------
    LeakageError
        If it reaches for an attribute without dates, or knows a customer whose first line is
        later; names both and the origin.
    FactsError
        If it gives back something else.
    """
    import pandas as pd

    held = facts._engine.seal.withheld if facts._engine.seal else ()
    try:
        told = ranking(facts, horizon_months)
    except SalesfactError:
        raise
    except Exception as error:
        words = str(error)
        named = [c for c in held if f"'{c}'" in words or f'"{c}"' in words or words == c]
        if not named:
            raise
        raise LeakageError(
            Fault(
                said(
                    N_("the attribute {name} is only known as of {day}"),
                    name=repr(named[0]),
                    day=str(facts.last_known),
                ),
                where=f"origin {facts.as_of}",
                allowed=N_("customer, name, and the lines up to the origin"),
                remedy=STATIC,
            )
        ) from error
    frame: Any = told.to_frame("estimate") if isinstance(told, pd.Series) else told
    if not isinstance(frame, pd.DataFrame) or "estimate" not in frame:
        raise FactsError(
            Fault(
                said(N_("the list gave back {found}"), found=type(told).__name__),
                where=f"origin {facts.as_of}",
                allowed=N_("a Series, or a DataFrame with the column estimate, by customer"),
            )
        )
    if not frame.index.is_unique:
        twice = and_more([str(c) for c in frame.index[frame.index.duplicated()].unique()], 3)
        what = said(N_("the list names a customer twice: {customers}"), customers=twice)
        raise FactsError(Fault(what, where=f"origin {facts.as_of}"))
    unknown = frame.index.difference(pd.Index(month_cells(facts)["customer"].unique()))
    if len(unknown):
        raise LeakageError(
            Fault(
                said(
                    N_("the list knows customers without a line up to then: {customers}"),
                    customers=and_more([str(c) for c in unknown], 3),
                ),
                where=f"origin {facts.as_of}",
                allowed=N_("customers of the facts the list was handed"),
            )
        )
    columns = [c for c in ("estimate", "low", "high") if c in frame]
    kept: Any = frame[columns]
    kept = kept.astype(float)
    kept.attrs["order_only"] = isinstance(told, pd.Series)
    return kept


def month_cells(facts: Facts) -> pd.DataFrame:
    """Sales by customer and month: one query, kept with the facts.

    Returns
    -------
    DataFrame
        `customer`, `month` (its first day), `money` (`facts.money`, returns included), `revenue`
        (`amount`), `orders` (days with a line above zero), `last_order` (the last such day; NaT
        without one). Sorted by customer and month; only months with lines, up to `as_of`.
    """
    sql = f"""
        SELECT customer, date_trunc('month', date)::TIMESTAMP AS month,
            coalesce(sum({facts.money}), 0)::DOUBLE AS money,
            coalesce(sum(amount), 0)::DOUBLE AS revenue,
            count(DISTINCT date::DATE) FILTER (amount > 0) AS orders,
            max(date::DATE) FILTER (amount > 0)::TIMESTAMP AS last_order
        FROM lines WHERE date < TIMESTAMP '{facts._end}' GROUP BY ALL ORDER BY customer, month
    """
    engine = facts._engine
    return engine.once(("month_cells", facts.as_of), lambda: engine.frame(sql)).copy(deep=False)


def _until(cells: pd.DataFrame, origin: dt.date) -> pd.DataFrame:
    """The cells of the months up to an origin that ends a month."""
    kept: Any = cells[cells["month"] <= np.datetime64(origin)]
    return kept.reset_index(drop=True)
