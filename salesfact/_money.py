"""Which figure is the money of a line? Named by its header, confirmed by its content."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from salesfact._formats import Ask
from salesfact._headers import scale, words
from salesfact._headers import vat as vat_of
from salesfact._language import N_
from salesfact._profile import Column, Engine, agreement, number, quoted
from salesfact._said import both, said
from salesfact._tables import Table

_AMOUNTS = ("amount_net", "amount", "amount_with_vat", "amount_gross", "amount_foreign")


@dataclass
class Money:
    """Expressions over the source's columns for a line's money."""

    amount: str = ""
    quantity: str = ""
    margin: str = ""
    cost: str = ""
    vat: str = "unknown"
    used: list[str] = field(default_factory=list)
    how: dict[str, str] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)


def name_in_sql(name: str) -> str:
    """A column's name as an expression writes it: bare where SQL reads it so."""
    bare = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.lower() not in _WORDS
    return name if bare else quoted(name)


_WORDS = {
    "order", "group", "select", "from", "where", "date", "end", "case", "when", "then", "else",
    "table", "user", "desc", "asc", "limit", "all", "and", "or", "not", "null", "column", "to",
    "default", "in", "is", "like", "on", "using", "union", "with", "left", "right", "check",
    "values", "time", "timestamp", "year", "month", "day", "type", "key", "rows", "row", "sum",
}  # fmt: skip


class _Lines:
    """The candidates' figures, asked of the whole table once registered."""

    def __init__(self, engine: Engine, table: Table, columns: Mapping[str, Column]) -> None:
        self.engine, self.table, self.columns = engine, table, columns
        self.relation = quoted(table.name)
        self.by: dict[str, list[str]] = {}
        for name, column in columns.items():
            if column.number and column.share >= 0.3:
                self.by.setdefault(column.meaning, []).append(name)

    def n(self, name: str) -> str:
        return number(name, self.table)

    def same(self, left: str, right: str) -> float:
        return agreement(self.engine, self.relation, left, right)

    def per_unit(self, name: str, quantity: str, product: str) -> bool:
        """Whether a figure stays as it is when the quantity of the same product changes."""
        if not (quantity and product):
            return False
        found = self.engine.rows(
            f"SELECT count(*), avg(CASE WHEN s / m < 0.02 THEN 1.0 ELSE 0 END) FROM (SELECT "
            f"{quoted(product)}, stddev_pop(v) AS s, avg(v) AS m, count(DISTINCT q) AS k FROM "
            f"(SELECT *, abs({self.n(name)}) AS v, abs({self.n(quantity)}) AS q FROM "
            f"{self.relation}) GROUP BY 1 HAVING k > 1 AND m > 0)"
        )[0]
        return bool(found[0] >= 5 and (found[1] or 0) > 0.5)

    def slope(self, name: str, amount: str, quantity: str) -> float:
        """How log(figure / amount) falls with log(quantity): 0 for a line's, -1 for a unit's."""
        found = self.engine.value(
            "SELECT regr_slope(ln(v / a), ln(q)) FROM (SELECT "
            f"abs({self.n(name)}) AS v, abs({amount}) AS a, abs({self.n(quantity)}) AS q FROM "
            f"{self.relation}) WHERE v > 0 AND a > 0 AND q > 0"
        )
        return float(found or 0.0)

    def head_total(self, name: str, order: str) -> bool:
        """Whether a figure is an order's total, repeated on each of its lines."""
        if not order or order == name:
            return False
        found = self.engine.rows(
            "SELECT count(*), avg(CASE WHEN d = 1 THEN 1.0 ELSE 0 END) FROM (SELECT count(*) AS k,"
            f" count(DISTINCT {quoted(name)}) AS d FROM {self.relation} WHERE {quoted(order)} IS "
            f"NOT NULL AND {quoted(name)} IS NOT NULL GROUP BY {quoted(order)} HAVING k > 2)"
        )[0]
        return bool(found[0] >= 5 and (found[1] or 0) > 0.95)


def find_money(
    engine: Engine,
    table: Table,
    columns: Mapping[str, Column],
    *,
    product: str = "",
    order: str = "",
    taken: Sequence[str] = (),
) -> Money:
    """Amount, quantity, margin or cost of a line.

    A named line amount is preferred, net of discount and of VAT; else quantity × price, less
    discount. What is named is checked against the content: a figure that does not change with the
    quantity is a unit's, one that repeats on each line of an order is the order's.
    """
    money = Money()
    lines = _Lines(engine, table, columns)
    money.quantity = next(iter(lines.by.get("quantity", [])), "")
    if money.quantity:
        money.how["quantity"] = said(N_("by its name"))
    _amount(lines, money, product, order)
    if not money.amount:
        _by_content(lines, money, taken)
    if money.amount:
        _margin(lines, money, product)
    for role in ("amount", "margin", "cost"):
        name = getattr(money, role)
        if name in columns and scale(name) > 1:
            setattr(money, role, f"{name_in_sql(name)} * {scale(name)}")
            units = said(N_("stated in units of {size}"), size=scale(name))
            money.how[role] = both(money.how[role], units)
    return money


def _price(lines: _Lines, quantity: str) -> tuple[str, str] | None:
    """Quantity × price less discount, as (expression, the same as numbers)."""
    q, qn = name_in_sql(quantity), lines.n(quantity)
    for net in lines.by.get("unit_net_price", []):
        return f"{q} * {name_in_sql(net)}", f"{qn} * {lines.n(net)}"
    for price in lines.by.get("unit_price", []):
        text, value = f"{q} * {name_in_sql(price)}", f"{qn} * {lines.n(price)}"
        for rate in lines.by.get("discount_rate", []):
            column = lines.columns[rate]
            if column.high <= column.low or column.high > 100 or column.low < 0:
                continue
            part = name_in_sql(rate) if column.high <= 1 else f"{name_in_sql(rate)} / 100"
            less = lines.n(rate) if column.high <= 1 else f"{lines.n(rate)} / 100"
            if column.share < 0.999:
                part = f"coalesce({part}, 0)"
            return f"{text} * (1 - {part})", f"{value} * (1 - coalesce({less}, 0))"
        return text, value
    return None


def _amount(lines: _Lines, money: Money, product: str, order: str) -> None:
    named: list[tuple[tuple[float, ...], str]] = []
    product_of = _price(lines, money.quantity) if money.quantity else None
    for rank, kind in enumerate(_AMOUNTS):
        for at, name in enumerate(lines.by.get(kind, [])):
            stated = vat_of(name)
            agrees = lines.same(lines.n(name), product_of[1]) if product_of else 0.0
            head = lines.head_total(name, order)
            row_word = bool(re.search(r"\b(rad|line|row|pos|zeile|linje)", words(name)))
            order_key = (
                head,
                stated == "included",
                kind == "amount_foreign",
                -(agrees > 0.9),
                stated != "excluded",
                rank,
                not row_word,
                at,
            )
            named.append((tuple(float(k) for k in order_key), name))
    prices = [*lines.by.get("unit_price", []), *lines.by.get("unit_net_price", [])]
    if named:
        key, name = min(named)
        column = lines.columns[name]
        if key[0] and product_of:
            money.amount = product_of[0]
            money.how["amount"] = both(
                said(N_("quantity × price")),
                said(N_("{column} repeats on each line of an order"), column=name),
            )
        elif (
            not prices
            and money.quantity
            and lines.per_unit(name, money.quantity, product)
            and column.negative < 0.5
        ):
            money.amount = f"{name_in_sql(money.quantity)} * {name_in_sql(name)}"
            money.how["amount"] = said(
                N_("{column} stays the same whatever the quantity: a price"), column=name
            )
        else:
            money.amount = name
            money.how["amount"] = said(N_("by its name"))
            if product_of and key[3] < 0:
                same = said(N_("equals {expression}"), expression=product_of[0])
                money.how["amount"] = both(money.how["amount"], same)
        money.vat = vat_of(name) or "unknown"
        tax = lines.by.get("vat", [])
        if money.amount == name and column.meaning == "amount_with_vat" and tax:
            money.amount = f"{name_in_sql(name)} - coalesce({name_in_sql(tax[0])}, 0)"
            money.vat = "excluded"
            money.how["amount"] = N_("amount with VAT less VAT")
        elif column.meaning == "amount_with_vat" and money.vat == "unknown":
            money.vat = "included"
        return
    if product_of:
        money.amount = product_of[0]
        less = "(1 -" in product_of[0]
        money.how["amount"] = said(
            N_("no line amount: quantity × price less discount")
            if less
            else N_("no line amount: quantity × price")
        )
        stated = [vat_of(p) for p in prices]
        money.vat = next((s for s in stated if s), "unknown")
    elif prices:
        money.amount = prices[0]
        money.how["amount"] = said(N_("the only price, and no quantity"))


def _by_content(lines: _Lines, money: Money, taken: Sequence[str]) -> None:
    """No name tells: money is the number with decimals, quantity a small whole number."""
    free = [
        c
        for c in lines.columns.values()
        if c.number
        and not c.date
        and c.name not in taken
        and not c.zeros_first
        and c.meaning in ("", "name")
        and c.share > 0.5
    ]
    decimal = sorted((c for c in free if c.decimals > 0.05), key=lambda c: -c.high)
    if not decimal:
        return
    money.amount = decimal[0].name
    money.how["amount"] = N_("by content: the number with decimals")
    if len(decimal) > 1:
        listed = ", ".join(c.name for c in decimal)
        money.asks.append(
            Ask(
                said(N_("money")),
                said(
                    N_("the amount can be any of {columns}; read as {column}"),
                    columns=listed,
                    column=decimal[0].name,
                ),
                "",
            )
        )
    if not money.quantity:
        whole = [c for c in free if c.decimals == 0 and c.distinct > 1 and c.high < 100_000]
        whole = [c for c in whole if c.distinct < 0.2 * c.rows or c.rows < 100]
        if whole:
            money.quantity = whole[-1].name
            money.how["quantity"] = N_("by content: small whole numbers")


def _margin(lines: _Lines, money: Money, product: str) -> None:
    """A named margin or cost, a unit's times the quantity; the share form as a last way."""
    amount = as_numbers(money.amount, lines.table)
    q = money.quantity
    costs = lines.by.get("cost", []) + lines.by.get("unit_cost", [])
    for name in lines.by.get("margin", []):
        column = lines.columns[name]
        if column.high <= 1 and column.low >= -1 and column.decimals > 0.5:
            money.margin = f"{within(money.amount, lines.columns)} * {name_in_sql(name)}"
            money.how["margin"] = said(N_("amount × {column}, which is a share"), column=name)
            return
        proof = ""
        for cost in costs:
            whole, unit = lines.n(cost), f"{lines.n(q)} * {lines.n(cost)}" if q else "NULL"
            if lines.same(lines.n(name), f"{amount} - {whole}") > 0.9:
                proof = said(N_("equals amount − {cost}"), cost=cost)
            elif lines.same(lines.n(name), f"{amount} - {unit}") > 0.9:
                proof = said(N_("equals amount − {quantity} × {cost}"), quantity=q, cost=cost)
        money.margin = name
        money.how["margin"] = both(said(N_("by its name")), proof)
        return
    if q and lines.by.get("unit_margin"):
        name = lines.by["unit_margin"][0]
        money.margin = f"{name_in_sql(q)} * {name_in_sql(name)}"
        money.how["margin"] = N_("unit margin × quantity")
        return
    for name in costs:
        unit = lines.columns[name].meaning == "unit_cost"
        if q:
            slope = lines.slope(name, amount, q)
            unit = True if slope < -0.6 else False if slope > -0.4 else unit
        if unit and q:
            money.cost = f"{name_in_sql(q)} * {name_in_sql(name)}"
            money.how["cost"] = said(
                N_("{column} is a unit's cost: times the quantity"), column=name
            )
        elif not unit:
            money.cost = name
            money.how["cost"] = said(N_("by its name"))
        if money.cost:
            return
    for name in lines.by.get("margin_share", []):
        column = lines.columns[name]
        part = name_in_sql(name) if column.high <= 1 else f"{name_in_sql(name)} / 100"
        money.margin = f"{within(money.amount, lines.columns)} * {part}"
        money.how["margin"] = said(N_("amount × {column}"), column=name)
        return


def within(expression: str, columns: Mapping[str, Column]) -> str:
    """A column or expression as part of a larger expression."""
    return name_in_sql(expression) if expression in columns else f"({expression})"


def as_numbers(expression: str, table: Table) -> str:
    """An expression with each of its columns read as a number, for checks in the engine."""
    if expression in table.columns:
        return number(expression, table)
    names = sorted(table.columns, key=len, reverse=True)
    marks: dict[str, str] = {}
    for at, name in enumerate(names):
        for spelt in (quoted(name), name_in_sql(name)):
            pattern = rf"(?<![\w\"]){re.escape(spelt)}(?![\w\"])"
            if re.search(pattern, expression):
                marks[f"\x00{at}\x00"] = number(name, table)
                expression = re.sub(pattern, f"\x00{at}\x00", expression)
    for mark, sql in marks.items():
        expression = expression.replace(mark, sql)
    return f"({expression})"
