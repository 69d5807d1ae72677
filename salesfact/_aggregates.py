"""What leaves the engine for every question: one row per customer, month, group or gap."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from salesfact._errors import FactsError, Fault
from salesfact._language import N_
from salesfact._said import said, verbatim

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts


def summary(facts: Facts) -> pd.DataFrame:
    """What is known of each customer at `as_of`.

    Returns
    -------
    DataFrame
        Index `customer`. `first_date`, `last_date`, `orders` (numbers of orders; without order
        numbers one per customer-day), `order_days`, `lines`, `revenue` (sum of `amount`, credit
        notes included), `margin` (sum of `facts.money`: the amount itself where the client has no
        margins), `revenue_12m`, `margin_12m` (the twelve months up to `as_of`), `revenue_prev_12m`,
        `margin_prev_12m` (the twelve before), `returns` (sum of negative amounts, at most 0),
        `products` (distinct products), `rep` (the one with most revenue). Money in
        `facts.currency`.

    Notes
    -----
    An order is one with something bought, a line above zero: neither a credit note nor a free
    line is a purchase, so `orders`, `order_days`, `first_date` and `last_date` leave them out
    (they are 0 and missing for a customer without any). Lines without an order number count as
    one order a day, as in `_periods.orders`.
    """
    money = facts.money
    end = facts.as_of + dt.timedelta(days=1)
    year, before = _months_before(end, 12), _months_before(end, 24)
    order = _order(facts)
    rep = (
        """, reps AS (
            SELECT customer, arg_min(rep, (-revenue, rep)) AS rep
            FROM (SELECT customer, rep, sum(amount) AS revenue FROM known
                  WHERE rep IS NOT NULL GROUP BY ALL) GROUP BY customer)"""
        if "rep" in facts.has
        else ""
    )
    frame = facts._engine.frame(f"""
        WITH known AS (SELECT * FROM lines WHERE date < {_at(end)}){rep}
        , facts AS (
        SELECT customer,
            min(date) FILTER (amount > 0) AS first_date,
            max(date) FILTER (amount > 0) AS last_date,
            count(DISTINCT {order}) FILTER (amount > 0) AS orders,
            count(DISTINCT date::DATE) FILTER (amount > 0) AS order_days,
            count(*) AS lines,
            coalesce(sum(amount), 0)::DOUBLE AS revenue,
            coalesce(sum({money}), 0)::DOUBLE AS margin,
            coalesce(sum(amount) FILTER (date >= {_at(year)}), 0)::DOUBLE AS revenue_12m,
            coalesce(sum({money}) FILTER (date >= {_at(year)}), 0)::DOUBLE AS margin_12m,
            coalesce(sum(amount) FILTER (date >= {_at(before)} AND date < {_at(year)}), 0)::DOUBLE
                AS revenue_prev_12m,
            coalesce(sum({money}) FILTER (date >= {_at(before)} AND date < {_at(year)}), 0)::DOUBLE
                AS margin_prev_12m,
            coalesce(sum(amount) FILTER (amount < 0), 0)::DOUBLE AS returns,
            count(DISTINCT product) AS products
        FROM known GROUP BY customer)
        SELECT facts.*, {"reps.rep" if rep else "NULL::VARCHAR AS rep"}
        FROM facts {"LEFT JOIN reps USING (customer)" if rep else ""} ORDER BY customer
    """)
    return frame.set_index("customer")


def panel(facts: Facts) -> pd.DataFrame:
    """Sales by customer and month, only months with lines.

    Returns
    -------
    DataFrame
        Columns `customer`, `month` (its first day), `amount`, `margin` (`facts.money`), `orders`,
        `order_days` (as in `summary`). Sorted by customer and month.
    """
    end = facts.as_of + dt.timedelta(days=1)
    order = _order(facts)
    return facts._engine.frame(f"""
        SELECT customer, date_trunc('month', date)::TIMESTAMP AS month,
            sum(amount)::DOUBLE AS amount, coalesce(sum({facts.money}), 0)::DOUBLE AS margin,
            count(DISTINCT {order}) FILTER (amount > 0) AS orders,
            count(DISTINCT date::DATE) FILTER (amount > 0) AS order_days
        FROM lines WHERE date < {_at(end)} GROUP BY ALL ORDER BY customer, month
    """)


def groups(facts: Facts, level: int = 1) -> pd.DataFrame:
    """Sales by customer and product group.

    Parameters
    ----------
    level : int
        1 is the widest group, 3 the narrowest.

    Returns
    -------
    DataFrame
        Columns `customer`, `group` (missing where a line has none), `amount`, `margin`
        (`facts.money`), `amount_12m`, `margin_12m` (the twelve months up to `as_of`),
        `order_days`, `last_date`. Sorted by customer and group.

    Raises
    ------
    FactsError
        If the client has no groups at that level.
    """
    name = f"group{level}"
    if name not in facts.has:
        found = sorted(n for n in facts.has if n.startswith("group"))
        raise FactsError(
            Fault(
                said(N_("the facts have no product groups at level {level}"), level=level),
                where="level",
                allowed=verbatim(", ".join(n.removeprefix("group") for n in found)) or N_("none"),
                remedy=N_("name `group` under sources: sales: columns:"),
            )
        )
    end = facts.as_of + dt.timedelta(days=1)
    year = _months_before(end, 12)
    money = facts.money
    return facts._engine.frame(f"""
        SELECT customer, {name} AS "group",
            sum(amount)::DOUBLE AS amount, coalesce(sum({money}), 0)::DOUBLE AS margin,
            coalesce(sum(amount) FILTER (date >= {_at(year)}), 0)::DOUBLE AS amount_12m,
            coalesce(sum({money}) FILTER (date >= {_at(year)}), 0)::DOUBLE AS margin_12m,
            count(DISTINCT date::DATE) FILTER (amount > 0) AS order_days,
            max(date) FILTER (amount > 0) AS last_date
        FROM lines WHERE date < {_at(end)} GROUP BY ALL ORDER BY customer, "group" NULLS LAST
    """)


def order_gaps(facts: Facts, last: int = 20) -> pd.DataFrame:
    """The last closed gaps between a customer's order days, in calendar days.

    Parameters
    ----------
    last : int
        At most so many gaps per customer, the latest.

    Returns
    -------
    DataFrame
        Index `customer`. `gaps` (how many), `gap_days` (their sum), `log_gap_days` (sum of natural
        logarithms), `first_order`, `last_order` (days), `open_days` (from the last order to
        `as_of`). Several orders on one day are one; neither credit notes nor free lines are orders.
    """
    end = facts.as_of + dt.timedelta(days=1)
    frame = facts._engine.frame(f"""
        WITH days AS (
            SELECT customer, date::DATE AS day FROM lines
            WHERE date < {_at(end)} AND amount > 0 GROUP BY ALL),
        gaps AS (
            SELECT customer, day, day - lag(day) OVER own AS gap,
                row_number() OVER (PARTITION BY customer ORDER BY day DESC) AS back
            FROM days WINDOW own AS (PARTITION BY customer ORDER BY day)),
        told AS (
            SELECT customer, count(gap) FILTER (back <= {int(last)}) AS gaps,
                coalesce(sum(gap) FILTER (back <= {int(last)}), 0)::BIGINT AS gap_days,
                -- fixed point: a sum of doubles would depend on the number of threads
                coalesce(sum((ln(gap) * 1e12)::BIGINT) FILTER (back <= {int(last)}), 0) / 1e12
                    AS log_gap_days,
                min(day)::TIMESTAMP AS first_order, max(day)::TIMESTAMP AS last_order
            FROM gaps GROUP BY customer)
        SELECT *, date_diff('day', last_order, {_at(facts.as_of)}) AS open_days
        FROM told ORDER BY customer
    """)
    return frame.set_index("customer")


def _order(facts: Facts) -> str:
    """SQL of what tells two orders of a customer apart; the same rule as `_periods.orders`."""
    day = "CAST(CAST(date AS DATE) AS VARCHAR)"
    return f'coalesce("order", {day})' if "order" in facts.has else "CAST(date AS DATE)"


def _at(day: dt.date) -> str:
    return f"TIMESTAMP '{day.isoformat()} 00:00:00'"


def _months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months earlier, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return dt.date(year, month + 1, min(day.day, (following - dt.timedelta(days=1)).day))
