"""Which table holds the sales, what joins to it, and who are the customers?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from salesfact._activity_log import is_log, read_log
from salesfact._currency import find_currency
from salesfact._dialect import Dialect
from salesfact._draft import Found
from salesfact._errors import Fault, SourceError
from salesfact._formats import Ask
from salesfact._headers import words
from salesfact._joins import Link, find_links, reach
from salesfact._language import N_
from salesfact._money import find_money
from salesfact._profile import Column, Engine, profile, quoted
from salesfact._roles import Roles, find_attributes, find_roles, is_alias, is_fx
from salesfact._said import both, said
from salesfact._tables import Table


@dataclass
class _Picture:
    """The tables, their figures and how they hang together."""

    engine: Engine
    tables: list[Table]
    columns: dict[str, dict[str, Column]]
    links: list[Link] = field(default_factory=list)

    def table(self, name: str) -> Table:
        return next(t for t in self.tables if t.name == name)


def understand(engine: Engine, tables: Sequence[Table], currency: str | None) -> Found:
    """Find the sales lines among tables, what they need from others, and every role.

    Raises
    ------
    SourceError
        If no table holds sales, or a role that is required is nowhere.
    """
    _refuse_bare(tables)
    for table in tables:
        engine.add(table)
    columns = {t.name: profile(engine, t) for t in tables}
    picture = _Picture(engine, list(tables), columns)
    logs = [t for t in tables if is_log(engine, t, columns[t.name])]
    rest = [t for t in tables if t not in logs]
    fx = {t.name: f for t in rest if (f := is_fx(engine, t, columns[t.name]))}
    alias = {t.name: a for t in rest if t.name not in fx and (a := is_alias(columns[t.name]))}
    others = [t for t in rest if t.name not in fx and t.name not in alias]
    picture.links = find_links(engine, others, columns)
    base = _with_sales(picture, others, logs)
    people = _people(picture, base, others)
    walked = [
        k for k in reach(base.name, picture.links) if people is None or k.parent != people[0].name
    ]
    wide, wide_columns, joins = _widen(picture, base, walked)
    roles = find_roles(engine, wide, wide_columns)
    _complete(base, roles)
    # What was joined and is not used needs no join.
    used = _used(roles, wide.columns)
    found = Found(base, roles, dialect=_dialect(base, picture, roles, joins))
    found.joins = _needed(walked, {joins[c][0] for c in used if c in joins})
    found.joined = {c: joins[c] for c in used if c in joins}
    found.parents = {k.parent: picture.table(k.parent) for k in found.joins}
    idle = [t for t in others if not _serves(t, base, people, found)]
    found.extra_files = [t.label for t in idle]
    found.unread = [a for t in idle if (a := _lines_left(picture, base, t))]
    if people is not None:
        table, key = people
        attributes = find_attributes(engine, table, columns[table.name], key)
        found.customers = (table, attributes)
        roles.columns.pop("customer_name", None)
    if alias:
        first = next(iter(alias))
        found.aliases = (picture.table(first), alias[first])
    if len(roles.currencies) > 1 and fx:
        first = next(iter(fx))
        found.fx = (picture.table(first), fx[first])
    if logs:
        buyers = _buyers(found, wide)
        ranked = sorted(logs, key=lambda t: -t.rows.num_rows)
        found.activities = read_log(engine, ranked[0], columns[ranked[0].name], buyers)
        found.extra_files += [t.label for t in ranked[1:]]
        found.unread += [_log_left(t, ranked[0]) for t in ranked[1:]]
    find_currency(found, engine, tables, wide, wide_columns, currency)
    return found


def _with_sales(picture: _Picture, others: Sequence[Table], logs: Sequence[Table]) -> Table:
    """The table of sales lines; where there is none, what logs of activities lack is said."""
    if not logs:
        return _base(picture, others)
    alone = Fault(
        said(N_("this is a log of activities, and activities need the sales beside them")),
        where=both(*(t.label for t in logs), mark=", "),
        allowed=N_("a log together with the invoice or order lines of the same customers"),
        remedy=said(
            N_("name the sales export too: salesfact init SALES {file}"),
            file=logs[0].paths[0].name,
        ),
    )
    if not others:
        raise SourceError(alone)
    try:
        return _base(picture, others)
    except SourceError as error:
        raise SourceError.of([*error.faults, alone]) from None


def _buyers(found: Found, wide: Table) -> str:
    """SQL of every customer number that sales, customers and merged numbers name."""
    places = [(wide.name, str(found.roles.columns.get("customer", "")), wide.columns)]
    if found.customers:
        table, attributes = found.customers
        places.append((table.name, attributes["customer"], table.columns))
    if found.aliases:
        table, (old, _) = found.aliases
        places.append((table.name, old, table.columns))
    return " UNION ALL ".join(
        f"SELECT {quoted(column)} FROM {quoted(name)} WHERE {quoted(column)} IS NOT NULL"
        for name, column, known in places
        if column in known
    )


def _log_left(table: Table, read: Table) -> Ask:
    """The question of a second log that is headed otherwise."""
    text = N_(
        "{table} holds activities too that are not read, only those of {read}; export both with the"
        " same headings and run init again"
    )
    told = said(text, table=table.label, read=read.label)
    return Ask(said(N_("other activities")), told, said(N_("left out")))


def _refuse_bare(tables: Sequence[Table]) -> None:
    """Say that there are no rows, where no table has any: it is no fault of the headings."""
    if any(t.rows.num_rows for t in tables):
        return
    raise SourceError.of(
        Fault(
            said(
                N_("the file has no rows, only headings")
                if t.columns
                else N_("the file has no rows")
            ),
            where=t.label,
            allowed=N_("at least one line of an order or invoice"),
            remedy=N_("widen the period or the selection of the export, and export it again"),
        )
        for t in tables
    )


def _base(picture: _Picture, others: Sequence[Table]) -> Table:
    """The table with the finest grain that holds money, and can reach a customer and a date."""
    ranked: list[tuple[tuple[Any, ...], Table]] = []
    for at, table in enumerate(others):
        columns = picture.columns[table.name]
        product = next((c.name for c in columns.values() if c.meaning == "product"), "")
        money = find_money(picture.engine, table, columns, product=product)
        if not money.amount:
            continue
        near = [table.name, *(k.parent for k in reach(table.name, picture.links))]
        known = {c.meaning for t in near for c in picture.columns[t].values()}
        dated = any(
            c.date and c.meaning not in ("valid", "since", "other_date")
            for t in near
            for c in picture.columns[t].values()
        )
        who = bool(known & {"customer", "customer_any", "customer_name"}) or not table.language
        rows = next(iter(columns.values())).rows
        named = "by content" not in money.how["amount"]
        ranked.append(((named, dated and who, dated, who, rows, -at), table))
    if not ranked:
        raise SourceError(
            Fault(
                said(N_("no column holds the amount of a sale, nor quantity and price")),
                where=both(*(t.label for t in others), mark=", "),
                allowed=N_(
                    "a line amount (Belopp, Net amount, Umsatz, ...), or quantity and price"
                ),
                remedy=N_(
                    "export the invoice or order lines with their amounts, and name that file"
                ),
            )
        )
    return max(ranked, key=lambda r: r[0])[1]


def _people(picture: _Picture, base: Table, others: Sequence[Table]) -> tuple[Table, str] | None:
    """The table with one row per customer, and its key."""
    near = [base.name, *(k.parent for k in reach(base.name, picture.links))]
    pointers = [
        (t, c)
        for t in near
        for c in picture.columns[t].values()
        if c.meaning in ("customer", "customer_any")
    ]
    for table in others:
        if table.name == base.name:
            continue
        columns = picture.columns[table.name]
        keys = [c for c in columns.values() if c.meaning in ("customer", "customer_any")]
        keys += [c for c in columns.values() if words(c.name) in ("id", "nr", "no", "number")]
        told = {c.meaning for c in columns.values()}
        if not told & {"customer_name", "name", "first_name", "segment", "region", "country"}:
            continue
        for key in keys:
            one = picture.engine.value(
                f"SELECT count(*) FROM (SELECT DISTINCT * FROM {quoted(table.name)})"
            )
            if key.filled != key.rows or key.distinct < 0.98 * one:
                continue
            for name, pointer in pointers:
                if name == table.name:
                    continue
                inside = picture.engine.value(
                    f"SELECT avg(CASE WHEN v IN (SELECT {quoted(key.name)} FROM "
                    f"{quoted(table.name)}) THEN 1.0 ELSE 0 END) FROM (SELECT DISTINCT "
                    f"{quoted(pointer.name)} AS v FROM {quoted(name)}) WHERE v IS NOT NULL"
                )
                if inside and inside > 0.5:
                    return table, key.name
    return None


_FROM_PRODUCTS = {"group1", "group2", "group3", "product_name", "brand"}


def _told_there(about: str, column: Column) -> str:
    """What a column of a joined table means for the lines."""
    kind = column.meaning
    if about == "rep":
        return "rep_name" if kind in ("name", "rep_name", "customer_name") else ""
    if about == "product":
        return "product_name" if kind == "name" else kind if kind in _FROM_PRODUCTS else ""
    if about.startswith("group"):
        return about if kind == "name" else kind if kind.startswith("group") else ""
    if about in ("order", "invoice"):
        money = ("amount", "unit_", "margin", "cost", "vat", "discount", "quantity", "rate")
        return "" if kind.startswith(money) else kind
    return ""


def _widen(
    picture: _Picture, base: Table, walked: Sequence[Link]
) -> tuple[Table, dict[str, Column], dict[str, tuple[str, str]]]:
    """The lines with everything that joins to them; where each joined column comes from."""
    parts = [f"b.{quoted(c)}" for c in base.columns]
    joins: dict[str, tuple[str, str]] = {}
    meanings: dict[str, str] = {}
    taken = set(base.columns)
    numbers, dates = set(base.numbers), set(base.dates)
    clauses = []
    alias = {base.name: "b"}
    for at, link in enumerate(walked):
        alias[link.parent] = f"p{at}"
        clauses.append(
            f"LEFT JOIN {quoted(link.parent)} p{at} ON {alias[link.child]}.{quoted(link.column)} = "
            f"p{at}.{quoted(link.key)}"
        )
        parent = picture.table(link.parent)
        of = picture.columns[link.parent]
        first = next((c.name for c in of.values() if c.meaning == "first_name"), "")
        last = next((c.name for c in of.values() if c.meaning == "last_name"), "")
        if link.about == "rep" and first and last:
            spelt = f"concat_ws(' ', {{0}}.{quoted(first)}, {{0}}.{quoted(last)})"
            parts.append(f"{spelt.format(f'p{at}')} AS rep_name")
            joins["rep_name"] = (link.parent, spelt.format(link.parent))
            meanings["rep_name"] = "rep_name"
            taken.add("rep_name")
        for name, column in of.items():
            told = _told_there(link.about, column)
            if name == link.key or (not told and not column.meaning):
                continue
            shown = name if name not in taken else f"{link.parent}_{name}"
            taken.add(shown)
            parts.append(f"p{at}.{quoted(name)} AS {quoted(shown)}")
            joins[shown] = (link.parent, f"{link.parent}.{quoted(name)}")
            meanings[shown] = told
            numbers |= {shown} & ({shown} if name in parent.numbers else set())
            dates |= {shown} & ({shown} if name in parent.dates else set())
    if not walked:
        return base, picture.columns[base.name], {}
    rows = picture.engine.con.execute(
        f"SELECT {', '.join(parts)} FROM {quoted(base.name)} b {' '.join(clauses)}"
    ).to_arrow_table()
    wide = replace(base, name="wide", rows=rows, numbers=frozenset(numbers), dates=frozenset(dates))
    picture.engine.add(wide)
    columns = {
        n: replace(c, meaning=meanings.get(n, c.meaning), origin=joins.get(n, ("", ""))[0])
        for n, c in profile(picture.engine, wide).items()
    }
    return wide, columns, joins


def _used(roles: Roles, names: Sequence[str]) -> list[str]:
    said = [x for v in roles.columns.values() for x in (v if isinstance(v, list) else [v])]
    return [
        n
        for n in names
        if any(s == n or re.search(rf"(?<!\w){re.escape(n)}(?!\w)", s) for s in said)
    ]


def _needed(walked: Sequence[Link], parents: set[str]) -> list[Link]:
    """The links that lead to the tables needed, in the order of walking."""
    needed = set(parents)
    for link in reversed(walked):
        if link.parent in needed:
            needed.add(link.child)
    return [k for k in walked if k.parent in needed]


def _serves(table: Table, base: Table, people: tuple[Table, str] | None, found: Found) -> bool:
    return (
        table.name == base.name
        or (people is not None and people[0].name == table.name)
        or table.name in found.parents
    )


def _lines_left(picture: _Picture, base: Table, table: Table) -> Ask | None:
    """The question of a table that holds sales too, and is not read.

    A table that only tells the same documents again, as order heads beside order lines, does not.
    """
    columns, own = picture.columns[table.name], picture.columns[base.name]
    who = [
        c for c in columns.values() if c.meaning in ("customer", "customer_any", "customer_name")
    ]
    when = [c for c in columns.values() if c.date and c.meaning not in ("valid", "since")]
    money = find_money(picture.engine, table, columns)
    if not who or not when or not money.amount or "by content" in money.how["amount"]:
        return None
    for kind in ("order", "invoice"):
        mine = next((c.name for c in own.values() if c.meaning == kind), "")
        its = next((c.name for c in columns.values() if c.meaning == kind), "")
        if mine and its:
            told = picture.engine.value(
                f"SELECT avg(CASE WHEN v IN (SELECT {quoted(mine)} FROM {quoted(base.name)}) THEN "
                f"1.0 ELSE 0 END) FROM (SELECT DISTINCT {quoted(its)} AS v FROM "
                f"{quoted(table.name)}) WHERE v IS NOT NULL"
            )
            if told and told > 0.5:
                return None
    lacks = [c for c in base.columns if c not in table.columns]
    has = [c for c in table.columns if c not in base.columns]
    more, less = (", ".join(x[:5]) for x in (has, lacks))
    apart: object = ""
    if has and lacks:
        apart = said(N_(" (it has {more} and lacks {less})"), more=more, less=less)
    elif has:
        apart = said(N_(" (it has {more})"), more=more)
    elif lacks:
        apart = said(N_(" (it lacks {less})"), less=less)
    return Ask(
        said(N_("other lines")),
        said(
            N_(
                "{table} holds {rows} rows with customer, day and money that are not read, only"
                " those of {base}{apart}; if they are sales too, export both with the same headings"
                " and run init again"
            ),
            table=table.label,
            rows=next(iter(columns.values())).rows,
            base=base.label,
            apart=apart,
        ),
        said(N_("left out")),
    )


def _dialect(
    base: Table, picture: _Picture, roles: Roles, joins: dict[str, tuple[str, str]]
) -> Dialect:
    """The lines' dialect; a date order that only a joined table shows is the lines' too."""
    dialect = base.dialect
    date = str(roles.columns.get("date", ""))
    if date in joins:
        dialect = replace(dialect, date=picture.table(joins[date][0]).dialect.date)
    return dialect


def _complete(base: Table, roles: Roles) -> None:
    needs = {
        "customer": N_("a customer number or name (Kundnr, CustomerID, Kundennummer, ...)"),
        "date": N_("a date (Orderdatum, Fakturadatum, InvoiceDate, ...)"),
        "amount": N_("a line amount, or quantity and price"),
    }
    faults = [
        Fault(
            said(
                N_("no column was found for {role} among {columns}"),
                role=role,
                columns=", ".join(base.columns[:30]),
            ),
            where=base.label,
            allowed=allowed,
            remedy=N_(
                "export the lines with it, name the file that holds it too, or write client.yml by"
                " hand"
            ),
        )
        for role, allowed in needs.items()
        if role not in roles.columns
    ]
    if faults:
        raise SourceError.of(faults)
