"""What does each line say? Every staged row as typed columns, with a reason where it is set aside.

One statement reads the staging once and writes one Parquet file with all rows; whatever is asked
afterwards scans its columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from salesfact._cells import code_sql, fits_sql, stored_sql
from salesfact._client import Settings
from salesfact._mapping import MONEY, Columns, literal, quoted
from salesfact._relations import OWN

STORED = "DECIMAL(18,4)"
#: How lines are written. A column with more different values than this (customers, orders) is
#: smaller without a dictionary or hardly larger, and building one is half the time of writing.
PARQUET = "FORMAT parquet, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 4000"
#: Text roles kept with each line, beside customer.
TEXTS = ("product", "product_name", "order", "rep", "customer_name", "segment", "region")
#: How a cell begins that names a sum.
TOTAL = (
    r"(?i)^\W*((del|slut|grand |sub)?(summa|sum|total|totalt|totals|summe|totaal)|gesamt|i alt)\b"
)
#: Dates outside these years are no dates of business.
FIRST_YEAR, LAST_YEAR = 1900, 2199


@dataclass(frozen=True)
class Typed:
    """The statement that types the lines, and which roles it gives."""

    sql: str
    roles: frozenset[str]
    converted: bool


def typed_lines(
    settings: Settings,
    columns: Columns,
    relation: str,
    *,
    aliases: bool,
    fx: bool,
    hashed: Sequence[str],
) -> Typed:
    """SELECT over the staged `relation`: one row per staged row.

    Columns: `row`, `customer`, `date`, `amount` and what else is mapped, in the client's
    currency; `currency` and `amount_source` as they stood; `_reason` (NULL = accepted), `_file` and
    `_line`, and for rows set aside `_raw`; `_exact`, the amount as read where storing it changes
    it; `_hash` of the whole source row; `_mark`, a currency written in the amount's cell that is
    neither the row's nor the client's; `_rule_1`, ... whether each of the client's rules hits.

    Raises
    ------
    SourceError
        If a mapping or a rule names unknown columns; all at once.
    """
    sales = settings.sources.sales
    roles = sales.columns
    first = [f"{c} AS {c}" for c in OWN]
    first += [
        f"{code_sql(columns.as_text(roles.customer, 'columns.customer'))} AS customer",
        f"{columns.as_date(roles.date, 'columns.date')} AS date",
    ]
    given = set()
    numbers: dict[str, str] = {}
    plain: dict[str, str] = {}
    for role in ("amount", "margin", "cost", "quantity"):
        mapping = getattr(roles, role)
        if mapping is None:
            continue
        read = columns.as_number(mapping, f"columns.{role}")
        numbers[role] = f"{role}_read"
        quick = columns.plain_number(mapping)
        if quick:
            # the common row needs no more than this: `_read` is what had to be looked at closely
            plain[role] = f"{role}_plain"
            numbers[role] = f"coalesce(CAST({plain[role]} AS {MONEY}), {role}_read)"
            first.append(f"{quick} AS {plain[role]}")
            read = f"CASE WHEN {quick} IS NULL THEN {read} END"
        first.append(f"{read} AS {role}_read")
        if role == "amount":
            first.append(_all_there(columns, roles.amount))
        else:
            given.add(role)
    for role in TEXTS:
        mapping = getattr(roles, role)
        if mapping is not None:
            first.append(f"{columns.as_text(mapping, f'columns.{role}')} AS {quoted(role)}")
            given.add(role)
    for level, mapping in enumerate(roles.group, start=1):
        first.append(f"{columns.as_text(mapping, 'columns.group')} AS group{level}")
        given.add(f"group{level}")
    home = literal(settings.currency)
    if roles.currency is not None:
        # no currency on a line = the client's own; how many there are is told. In a row whose
        # columns are shifted, something else may stand where the currency should
        stated = f"upper({columns.as_text(roles.currency, 'columns.currency')})"
        first.append(
            f"CASE WHEN _fault IS NOT NULL AND NOT regexp_full_match({stated}, '[A-Z]{{3}}')"
            f" THEN {home} ELSE coalesce({stated}, {home}) END AS currency"
        )
        given.add("currency")
    for i, rule in enumerate(sales.set_aside, start=1):
        first.append(f"{columns.as_truth(rule.where, f'set_aside[{i}].where')} AS _rule_{i}")
    first.append(f"{columns.mark_of(roles.amount)} AS _said")
    columns.check()
    if hashed:
        first.append(f"hash({', '.join(quoted(c) for c in hashed)}) AS _hash")
    else:
        first.append("NULL::UBIGINT AS _hash")

    def stored(role: str, *, priced: bool = True) -> str:
        if fx and priced:
            value = numbers[role]
            value = f"CASE WHEN currency = {home} THEN {value} ELSE {value} * _rate END"
            return f"TRY(CAST({value} AS {STORED}))"
        if role not in plain:
            return stored_sql(f"CAST({numbers[role]} AS {MONEY})")
        closer = stored_sql(f"CAST({numbers[role]} AS {MONEY})")
        return f"CASE WHEN {plain[role]} IS NOT NULL THEN {plain[role]} ELSE {closer} END"

    if "cost" in given and "margin" not in given:
        numbers["margin"] = f"({numbers['amount']} - {numbers['cost']})"
        if {"amount", "cost"} <= set(plain):
            plain["margin"] = f"CAST(amount_plain - cost_plain AS {STORED})"

    worn = "currency" if "currency" in given else home
    customer = "coalesce(_alias.new, _one.customer)" if aliases else "_one.customer"
    joins = ["_one"]
    if aliases:
        joins.append("LEFT JOIN aliases _alias ON _alias.old = _one.customer")
    if fx:
        # the day's rate, or the last one before
        joins.append(
            "ASOF LEFT JOIN fx _fx ON _one.currency = _fx.currency"
            " AND CAST(_one.date AS DATE) >= _fx.day"
        )
    second = [
        "_one._row AS row",
        f"{customer} AS customer",
        "_one.* EXCLUDE (_row, customer)",
        *(["_fx.rate AS _rate"] if fx else []),
        f"{stored('amount', priced=False)} AS amount_source",
    ]
    third = [
        "*",
        f"{stored('amount') if fx else 'amount_source'} AS amount",
        f"CASE WHEN _said IS NOT NULL AND NOT {fits_sql('_said', worn)} THEN _said END AS _mark",
        *([f"{stored('margin')} AS margin"] if "margin" in numbers else []),
        *([f"{stored('quantity', priced=False)} AS quantity"] if "quantity" in given else []),
    ]
    if "margin" in numbers:
        given.add("margin")
    bare = [r for r in ("order", "product") if getattr(roles, r) is not None]
    totals = total_sql(columns, roles.date, roles.customer, bare)
    reason = _reason(len(sales.set_aside), totals, fx=fx, home=home)
    rules = [f"_rule_{i}" for i, _ in enumerate(sales.set_aside, start=1)]
    kept = ["row", "customer", "date", "amount"]
    kept += [quoted(r) for r in sorted(given - {"cost"})]
    if fx:
        kept.append("amount_source")
    raw = f"coalesce(CAST(_raw AS VARCHAR), {_raw(columns)})"
    # copies and stray dates are set aside later, and must be named by their line then
    when = "true" if sales.duplicates == "drop" else "_reason IS NOT NULL"
    aside = [
        "CAST(_file AS VARCHAR) AS _file",
        "_line",
        f"CASE WHEN {when} THEN {raw} END AS _raw",
    ]
    exact = "CASE WHEN amount_read IS DISTINCT FROM amount_source THEN amount_read END"
    if "amount" in plain:
        exact = f"CASE WHEN {plain['amount']} IS NULL THEN {exact} END"
    names = [f"{quoted(c)} AS _s{i}" for i, c in enumerate(columns.shown())]
    sql = f"""
        WITH _one AS (SELECT {", ".join([*first, *names])} FROM {quoted(relation)}),
        _two AS (SELECT {", ".join(second)} FROM {" ".join(joins)}),
        _three AS (SELECT {", ".join(third)} FROM _two),
        _four AS (SELECT *, {reason} AS _reason FROM _three)
        SELECT {", ".join(kept)}, _reason, {", ".join(aside)},
            {exact} AS _exact,
            {", ".join(["_hash", "_mark", *rules])}
        FROM _four
    """
    return Typed(sql, frozenset(given - {"cost"}), fx)


def _all_there(columns: Columns, mapping: str) -> str:
    """Whether every number of an expression was readable: then no amount means too large."""
    parts = columns.numbers_in(mapping)
    if not parts:
        return "false AS _too_large"
    told = " AND ".join(f"({p}) IS NOT NULL" for p in parts)
    # only asked where there is no amount: the common row does not pay for it
    return f"CASE WHEN amount_read IS NULL THEN ({told}) ELSE false END AS _too_large"


def total_sql(columns: Columns, date: str, customer: str, bare: Sequence[str]) -> str:
    """Whether a row sums up others, told by its cells (`_s0`, ...); false where it is not sure.

    Without a date and each role of `bare`; a cell that begins as "Total" or "Summa", and no other
    with words in it, but perhaps the customer the sum is of. Looked at only where there is no date.

    Parameters
    ----------
    date, customer : str
        What is mapped to these roles.
    bare : sequence of str
        Roles that lines have and sums have not; if there is none, the customer is such a one.
    """
    shown = {c: f"CAST(_s{i} AS VARCHAR)" for i, c in enumerate(columns.shown())}
    day = shown.get(columns.find(date) or "")
    if day is None:
        return "false"
    own = columns.find(customer)
    cells = ", ".join(shown[c] for c in shown if c != own)
    words = f"list_filter([{cells}], lambda x: regexp_matches(x, '[^\\W\\d_]'))"
    absent = [f"{quoted(r)} IS NULL" for r in bare] or ["customer IS NULL"]
    label = f"(len({words}) = 1 AND regexp_matches({words}[1], {literal(TOTAL)}))"
    if own is not None:
        alone = f"len({words}) = 0 AND regexp_matches({shown[own]}, {literal(TOTAL)})"
        label = f"({label} OR ({alone}))"
    return f"({' AND '.join(['date IS NULL', f'{day} IS NULL', *absent, label])})"


def _reason(rules: int, totals: str, *, fx: bool, home: str) -> str:
    whens = ["WHEN _fault IS NOT NULL THEN CAST(_fault AS VARCHAR)"]
    whens.append(f"WHEN {totals} THEN 'totals_row'")
    whens += [f"WHEN _rule_{i} THEN 'rule_{i}'" for i in range(1, rules + 1)]
    whens += [
        "WHEN customer IS NULL THEN 'missing_customer'",
        "WHEN date IS NULL THEN 'unreadable_date'",
        f"WHEN year(date) NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN 'unreadable_date'",
        "WHEN amount_source IS NULL THEN CASE WHEN amount_read IS NOT NULL OR _too_large"
        " THEN 'overflow' ELSE 'unreadable_amount' END",
        "WHEN _mark IS NOT NULL THEN 'other_currency'",
    ]
    if fx:
        whens += [
            f"WHEN currency <> {home} AND _rate IS NULL THEN 'no_fx_rate'",
            "WHEN amount IS NULL THEN 'overflow'",
        ]
    return f"CASE {' '.join(whens)} END"


def _raw(columns: Columns) -> str:
    """A typed row as text, for the file of rows set aside."""
    shown = [f"coalesce(CAST(_s{i} AS VARCHAR), '')" for i, _ in enumerate(columns.shown())]
    return f"concat_ws(';', {', '.join(shown)})" if shown else "''"
