"""Which column plays which role? By its header where the header tells, by its content otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from salesfact._formats import CURRENCIES, Ask
from salesfact._headers import words
from salesfact._language import N_
from salesfact._money import Money, find_money, name_in_sql
from salesfact._profile import Column, Engine, quoted
from salesfact._said import both, said
from salesfact._signs import Services, find_cancelled, find_services, find_signs, turn_ledger
from salesfact._tables import Table

ISO = {
    "SEK", "EUR", "USD", "GBP", "NOK", "DKK", "CHF", "CAD", "AUD", "JPY", "PLN", "CZK", "HUF",
    "ISK", "RON", "BGN", "TRY", "CNY", "INR", "NZD", "SGD", "HKD", "ZAR", "BRL", "MXN", "KRW",
}  # fmt: skip


@dataclass
class Roles:
    """The canonical columns of the sales lines, each with how it was found."""

    columns: dict[str, str | list[str]] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    vat: str = "unknown"
    services: Services | None = None
    cancelled: tuple[str, dict[str, int]] | None = None
    money: Money = field(default_factory=Money)
    currencies: dict[str, int] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)

    def put(self, role: str, column: str | list[str], how: str = "by its name") -> None:
        """Note one role."""
        if column:
            self.columns[role] = column
            self.how[role] = how


def _first(columns: Mapping[str, Column], *meanings: str, least: float = 0.05) -> str:
    for meaning in meanings:
        found = [c for c in columns.values() if c.meaning == meaning and c.share >= least]
        if found:
            told = [len(re.findall(r"\b(full|name|namn|navn)\b", words(c.name))) for c in found]
            rank = [
                (round(c.share, 2), t, -i) for i, (c, t) in enumerate(zip(found, told, strict=True))
            ]
            return found[rank.index(max(rank))].name
    return ""


def find_roles(engine: Engine, table: Table, columns: Mapping[str, Column]) -> Roles:
    """Roles of the columns of the sales lines (with what was joined to them).

    Parameters
    ----------
    engine : Engine
        Holds the table.
    table : Table
        The lines; columns joined from other tables carry their origin in `columns`.
    columns : mapping
        Name → figures of its values.
    """
    roles = Roles()
    own = {n: c for n, c in columns.items() if not c.origin}
    _date(engine, table, roles, columns)
    _order(roles, columns)
    _customer(engine, table, roles, columns)
    product = _first(columns, "product") or _first(columns, "product_name")
    name = _first(columns, "product_name")
    if product:
        roles.put("product", product)
        if name and name != product:
            roles.put("product_name", name)
    order = str(roles.columns.get("order", ""))
    # Duplicated ids are no money: what is taken cannot be an amount found by content alone.
    taken = [str(v) for v in roles.columns.values() if isinstance(v, str)]
    money = find_money(engine, table, own, product=product, order=order, taken=taken)
    if not find_signs(engine, table, columns, money):
        turn_ledger(engine, table, own, money)
    _twice(money, own)
    roles.money = money
    for role in ("amount", "margin", "cost", "quantity"):
        roles.put(role, getattr(money, role), money.how.get(role, "by its name"))
    roles.vat = money.vat
    roles.asks += money.asks
    _groups(engine, table, roles, columns)
    _others(engine, table, roles, columns)
    roles.services = find_services(engine, table, columns, product, name)
    roles.cancelled = find_cancelled(engine, table, columns)
    _filled_down(table, roles)
    return roles


def _twice(money: Money, columns: Mapping[str, Column]) -> None:
    """Ask where the heading of the money stands several times."""
    twins = [n for n in columns if re.fullmatch(rf"{re.escape(money.amount)}_\d+", n)]
    twins = [n for n in twins if columns[n].number]
    if money.amount in columns and twins:
        text = said(
            N_(
                "the heading {column} stands {count} times; the first is read, the others are"
                " called {others}"
            ),
            column=money.amount,
            count=len(twins) + 1,
            others=", ".join(twins),
        )
        money.asks.append(Ask(said(N_("money")), text, money.amount))


def _filled_down(table: Table, roles: Roles) -> None:
    """Ask where the customer stands only in the first row of each group."""
    customer = str(roles.columns.get("customer", ""))
    if customer not in table.columns:
        return
    values = table.rows[customer].slice(0, 200_000).to_pylist()
    empty = sum(v is None or not str(v).strip() for v in values)
    named = [v for v in values if v is not None and str(v).strip()]
    again = sum(a == b for a, b in pairwise(named))
    if empty < 0.2 * len(values) or len(named) < 2 or again > 0.02 * len(named) or not values[0]:
        return
    text = said(
        N_(
            "{column} is empty in {empty} of {rows} rows and stands as if only in the first row of"
            " each group; rows without it cannot be given to a customer; fill it down to every row"
            " and export again"
        ),
        column=customer,
        empty=empty,
        rows=len(values),
    )
    roles.asks.append(Ask(said(N_("customer")), text, customer))


def _date(engine: Engine, table: Table, roles: Roles, columns: Mapping[str, Column]) -> None:
    dates = {n: c for n, c in columns.items() if c.date or _serial(c)}
    order = ("order_date", "invoice_date", "date", "booking_date", "", "other_date")
    ranked = [c for m in order for c in dates.values() if c.meaning == m and c.share > 0.5]
    ranked += [c for c in dates.values() if c not in ranked and c.meaning not in ("valid", "since")]
    if not ranked:
        return
    first = ranked[0]
    how = N_("by its name") if first.meaning else N_("by content: the dates")
    if first.meaning == "order_date" and any(c.meaning == "invoice_date" for c in ranked):
        how = N_("the order date: invoices may be collected, orders show the rhythm")
    others = [c for c in ranked[1:] if c.meaning in ("invoice_date", "date", "booking_date")]
    if first.share < 1 and others and others[0].share > first.share:
        second = others[0]
        # Credit notes often carry no order date; they must not be lost for that.
        helped = engine.value(
            f"SELECT count(*) FROM {quoted(table.name)} WHERE {quoted(first.name)} IS NULL AND "
            f"{quoted(second.name)} IS NOT NULL"
        )
        if helped:
            roles.put(
                "date",
                f"coalesce({name_in_sql(first.name)}, {name_in_sql(second.name)})",
                both(
                    said(how),
                    said(
                        N_("{count} lines without it take {column}"),
                        count=helped,
                        column=second.name,
                    ),
                ),
            )
            return
    roles.put("date", first.name, how)


def _serial(column: Column) -> bool:
    """A column named as a date that holds spreadsheet day numbers."""
    dated = column.meaning in ("date", "order_date", "invoice_date", "booking_date")
    return dated and column.number and 20_000 <= column.low <= column.high <= 80_000


def _order(roles: Roles, columns: Mapping[str, Column]) -> None:
    order, invoice = _first(columns, "order"), _first(columns, "invoice")
    if order and invoice and columns[order].share < min(0.95, columns[invoice].share):
        merged = f"coalesce({name_in_sql(order)}, {name_in_sql(invoice)})"
        how = said(N_("{order}; where empty {invoice}"), order=order, invoice=invoice)
        roles.put("order", merged, how)
        return
    roles.put("order", order or invoice)


def _customer(engine: Engine, table: Table, roles: Roles, columns: Mapping[str, Column]) -> None:
    name = _first(columns, "customer_name")
    known = _first(columns, "customer") or _first(columns, "customer_any")
    known = known or ("" if name else _first(columns, "parent", least=0.9))
    if known:
        roles.put("customer", known)
        if name and name != known:
            roles.put("customer_name", name)
        elif not name and (beside := _name_beside(engine, table, columns, known)):
            how = N_("by its name, and one value per customer number")
            roles.put("customer_name", beside, how)
        return
    if name:
        roles.put("customer", name, N_("no customer number: the name"))
        return
    used = {v for v in roles.columns.values() if isinstance(v, str)}
    likely = [
        c
        for c in columns.values()
        if c.meaning in ("", "name")
        and not c.date
        and c.name not in used
        and c.decimals == 0
        and c.share > 0.5
        and 2 <= c.distinct < 0.8 * c.rows
        and c.low >= 0
    ]
    # Ids begin with zeros or are long; a quantity repeats a few values over and over.
    ids = [c for c in likely if c.zeros_first] or [
        c for c in likely if c.distinct > 20 or c.distinct > 0.05 * c.rows
    ]
    if not ids:
        return
    best = ids[0]
    twins = [
        c.name
        for c in ids[1:]
        if c.distinct == best.distinct
        and engine.value(
            f"SELECT count(DISTINCT ({quoted(best.name)}, {quoted(c.name)})) FROM "
            f"{quoted(table.name)}"
        )
        == best.distinct
    ]
    how = N_("by content: an id that repeats over the rows")
    if twins:
        how = both(said(how), said(N_("{columns} says the same"), columns=", ".join(twins)))
    roles.put("customer", best.name, how)


def _name_beside(engine: Engine, table: Table, columns: Mapping[str, Column], customer: str) -> str:
    """A text headed as `Kund` or `Namn` that says one thing of each customer number."""
    number = columns[customer]
    for column in sorted(columns.values(), key=lambda c: c.meaning != "customer_any"):
        headed = column.meaning == "customer_any"
        # Where hardly a number comes back, a `Name` of anything at all would be constant.
        told = column.meaning == "name" and number.filled > 1.2 * number.distinct
        text = not (column.number or column.date or column.origin) and column.share > 0.5
        same = 0.5 * number.distinct <= column.distinct <= number.distinct  # else it is a class
        if column.name == customer or not (headed or told) or not text or not same:
            continue
        if _inside(engine, table, number, column):
            return column.name
    return ""


def _groups(engine: Engine, table: Table, roles: Roles, columns: Mapping[str, Column]) -> None:
    """One to three levels, coarse to fine, each value of the finer in one of the coarser."""
    found = [
        c
        for m in ("group1", "group2", "group3")
        for c in columns.values()
        if c.meaning == m and c.distinct >= 2 and c.share > 0.3
    ]
    found = found or [c for c in columns.values() if c.meaning == "brand" and c.distinct >= 2]
    products = columns.get(str(roles.columns.get("product", "")))
    if products is not None:
        found = [c for c in found if c.distinct < max(products.distinct, 3)]
    chain: list[Column] = []
    for column in sorted(found, key=lambda c: c.distinct):
        twin = next((c for c in chain if _same(engine, table, c, column)), None)
        if twin is not None:
            if twin.number and not column.number:  # a name says more than its key
                chain[chain.index(twin)] = column
            continue
        if all(_inside(engine, table, column, c) for c in chain):
            chain.append(column)
    if chain:
        names = [c.name for c in chain[:3]]
        several = N_("by their names, coarse to fine by content")
        how = several if len(names) > 1 else "by its name"
        roles.put("group", names, how)


def _same(engine: Engine, table: Table, a: Column, b: Column) -> bool:
    return a.distinct == b.distinct and _inside(engine, table, b, a)


def _inside(engine: Engine, table: Table, fine: Column, coarse: Column) -> bool:
    share = engine.value(
        f"SELECT avg(CASE WHEN k = 1 THEN 1.0 ELSE 0 END) FROM (SELECT count(DISTINCT "
        f"{quoted(coarse.name)}) AS k FROM {quoted(table.name)} WHERE {quoted(fine.name)} IS NOT "
        f"NULL GROUP BY {quoted(fine.name)})"
    )
    return bool(share and share > 0.95)


def _others(engine: Engine, table: Table, roles: Roles, columns: Mapping[str, Column]) -> None:
    rep = _first(columns, "rep_name") or _first(columns, "rep")
    if rep and columns[rep].distinct > 1:
        roles.put("rep", rep)
    column = _first(columns, "currency")
    if column:
        counts = {
            str(v).strip().upper(): n
            for v, n in engine.rows(
                f"SELECT {quoted(column)}, count(*) FROM {quoted(table.name)} WHERE "
                f"{quoted(column)} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 40"
            )
        }
        known = {v: n for v, n in counts.items() if v in ISO or CURRENCIES.get(v.lower())}
        # A damaged row must not hide the column.
        if known and sum(known.values()) > 0.99 * sum(counts.values()):
            roles.currencies = {CURRENCIES.get(v.lower()) or v: n for v, n in known.items()}
            roles.put("currency", column)
    customer = str(roles.columns.get("customer", ""))
    if customer not in columns:
        return
    for role, meanings in (("segment", ("segment",)), ("region", ("region", "country", "city"))):
        column = _first(columns, *meanings, least=0.3)
        if not column or columns[column].origin or columns[column].distinct < 2:
            continue
        if _inside(engine, table, columns[customer], columns[column]) or meanings[0] == "region":
            roles.put(role, column)


def find_attributes(
    engine: Engine, table: Table, columns: Mapping[str, Column], key: str
) -> dict[str, str]:
    """Roles of the columns of a customer table: name, segment, region and further attributes."""
    found = {"customer": key}
    name = _first(columns, "customer_name", least=0.5) or _first(columns, "name", least=0.5)
    first, last = _first(columns, "first_name"), _first(columns, "last_name")
    person = first and last and columns[first].share > 0.5
    if person and (
        not name or _distinct(engine, table, first, last) > 1.2 * columns[name].distinct
    ):
        name = f"concat_ws(' ', {name_in_sql(first)}, {name_in_sql(last)})"
    rep = _first(columns, "rep_name") or _first(columns, "rep")
    pick = {
        "name": name,
        "segment": _first(columns, "segment", "group2", "document_type"),
        "region": _first(columns, "region", least=0.6) or _first(columns, "country"),
        "rep": rep,
        "parent": _first(columns, "parent", least=0.01),
        "size": _first(columns, "size"),
        "since": _first(columns, "since"),
        "city": _first(columns, "city"),
    }
    for role, column in pick.items():
        if column and column not in found.values():
            found[role] = column
    if "city" in found and columns[found["city"]].distinct > 0.9 * columns[key].rows:
        del found["city"]
    return found


def _distinct(engine: Engine, table: Table, *names: str) -> int:
    listed = ", ".join(quoted(n) for n in names)
    return int(engine.value(f"SELECT count(DISTINCT ({listed})) FROM {quoted(table.name)}"))


def is_alias(columns: Mapping[str, Column]) -> tuple[str, str] | None:
    """(old, new) of a table that tells which customer numbers were merged."""
    old = [c.name for c in columns.values() if c.meaning in ("old", "from_currency")]
    new = [c.name for c in columns.values() if c.meaning in ("new", "to_currency")]
    if not old:
        old = [c.name for c in columns.values() if words(c.name).startswith(("gammal", "old "))]
    if not new:
        new = [c.name for c in columns.values() if words(c.name).startswith(("nytt", "new "))]
    few = len(columns) <= 5 and not any(c.decimals for c in columns.values())
    return (old[0], new[0]) if len(old) == 1 and len(new) == 1 and few else None


def is_fx(engine: Engine, table: Table, columns: Mapping[str, Column]) -> dict[str, str] | None:
    """date, from, to and rate of a table of exchange rates."""

    def iso(column: Column) -> bool:
        if not 1 <= column.distinct <= 60 or column.number or column.date:
            return False
        values: Sequence[tuple[str]] = engine.rows(
            f"SELECT DISTINCT {quoted(column.name)} FROM {quoted(table.name)} WHERE "
            f"{quoted(column.name)} IS NOT NULL"
        )
        return bool(values) and all(v.upper() in ISO for (v,) in values)

    kinds = [c for c in columns.values() if iso(c)]
    dates = [c for c in columns.values() if c.date]
    rates = [c for c in columns.values() if c.number and c.decimals > 0.3 and not c.date]
    if len(kinds) < 2 or not dates or not rates or len(columns) > 8:
        return None
    to = next((c for c in kinds if c.meaning in ("to_currency", "new")), kinds[1])
    start = next((c for c in kinds if c is not to), kinds[0])
    rate = next((c for c in rates if c.meaning == "rate"), rates[0])
    return {"date": dates[0].name, "from": start.name, "to": to.name, "rate": rate.name}
