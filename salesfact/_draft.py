"""How is what was found written down? The commented `client.yml`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from textwrap import wrap

from salesfact._activity_log import Log
from salesfact._dialect import Dialect
from salesfact._formats import Ask
from salesfact._joins import Link
from salesfact._language import N_, Language, language
from salesfact._money import name_in_sql
from salesfact._profile import literal
from salesfact._roles import Roles
from salesfact._said import both, said, tell
from salesfact._tables import Table

_HEAD = N_(
    "Written by salesfact init from the files below. Lines marked ASK hold a default that works;"
    " look at them once. Everything else was found in the files. Check it with: salesfact check"
    " client.yml"
)


@dataclass
class Found:
    """Everything that goes into the settings."""

    sales: Table
    roles: Roles
    dialect: Dialect
    joins: list[Link] = field(default_factory=list)
    joined: dict[str, tuple[str, str]] = field(default_factory=dict)
    parents: dict[str, Table] = field(default_factory=dict)
    customers: tuple[Table, dict[str, str]] | None = None
    aliases: tuple[Table, tuple[str, str]] | None = None
    fx: tuple[Table, dict[str, str]] | None = None
    activities: Log | None = None
    rules: list[tuple[str, str]] = field(default_factory=list)
    extra_files: list[str] = field(default_factory=list)
    unread: list[Ask] = field(default_factory=list)
    name: str = ""
    name_how: str = ""
    language: str = "en"
    currency: str = "EUR"
    currency_how: str = ""
    currency_ask: Ask | None = None


def scalar(value: object) -> str:
    """A YAML scalar, quoted only where it must be."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    plain = re.fullmatch(r"\w[\w .%/\-]*[\w.%]|\w", text) and " #" not in text
    return text if plain else json.dumps(text, ensure_ascii=False)


def flow(value: object) -> str:
    """A value in YAML's one-line style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return scalar(value)


def _format(table: Table, dialect: Dialect) -> dict[str, object]:
    """`format:` of a file: what a reader cannot do without."""
    made: dict[str, object] = {}
    plain = Dialect()
    if table.kind == "text":
        if dialect.kind == "fixed":
            made["kind"] = "fixed"
        made["encoding"] = dialect.encoding
        if dialect.kind == "delimited":
            made["delimiter"] = {"\t": "tab"}.get(dialect.delimiter, dialect.delimiter)
            if dialect.quote != plain.quote:
                made["quote"] = dialect.quote
        made["decimal"] = dialect.decimal
    elif dialect.decimal != plain.decimal:
        made["decimal"] = dialect.decimal
    if dialect.thousands:
        made["thousands"] = dialect.thousands
    if table.kind == "text" or dialect.date != plain.date:
        made["date"] = dialect.date
    if table.kind == "excel" and table.sheets:
        made["sheet"] = table.sheets[0] if len(table.sheets) == 1 else list(table.sheets)
    if table.kind == "excel" or (table.kind == "text" and dialect.header_line != 1):
        made["header_line"] = dialect.header_line
    if dialect.columns:
        made["columns"] = list(dialect.columns)
    if dialect.widths:
        made["widths"] = [list(w) for w in dialect.widths]
    if dialect.quoted_breaks:
        made["quoted_breaks"] = True
    return made


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()


def _common(names: list[str]) -> str:
    """The letters that all names begin with."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in same)


def _file(table: Table, folder: Path) -> str | list[str]:
    """A file, the folder or a glob that names just these files, or their list."""
    if len(table.paths) == 1:
        return _relative(table.paths[0], folder)
    if table.folder is not None:
        return _relative(table.folder, folder)
    parents = {p.parent for p in table.paths}
    if len(parents) == 1:
        names = sorted(p.name for p in table.paths)
        start = _common(names)
        end = _common([n[::-1] for n in names])[::-1]
        pattern = f"{start.rstrip('0123456789')}*{end.lstrip('0123456789')}"
        parent = parents.pop()
        if sorted(p.name for p in parent.glob(pattern)) == names:
            return _relative(parent, folder) + "/" + pattern
    return [_relative(p, folder) for p in table.paths]


def _source(table: Table, dialect: Dialect, folder: Path) -> dict[str, object]:
    made: dict[str, object] = {"file": _file(table, folder)}
    if table.inside:
        made["table"] = table.inside
    elif form := _format(table, dialect):
        made["format"] = form
    return made


def _query(found: Found) -> list[str]:
    """The SELECT that joins what the lines need, one thing per line."""
    base = found.sales
    inside = bool(base.inside)
    spelt = {base.name: base.inside or base.name}
    spelt |= {n: (t.inside or n) for n, t in found.parents.items()}

    def of(table: str) -> str:
        return name_in_sql(spelt[table])

    picked = [] if inside else [f"{of(base.name)}._row"]
    picked += [f"{of(base.name)}.{name_in_sql(c)}" for c in base.columns]
    for shown, (parent, expression) in found.joined.items():
        if expression.startswith(f"{parent}."):
            bare = expression[len(parent) + 2 : -1].replace('""', '"')
            tail = "" if bare == shown else f" AS {name_in_sql(shown)}"
            picked.append(f"{of(parent)}.{name_in_sql(bare)}{tail}")
        else:
            said = expression.replace(f"{parent}.", f"{of(parent)}.")
            picked.append(f"{said} AS {name_in_sql(shown)}")
    lines = ["SELECT " + picked[0] + ","]
    row = " "
    for at, part in enumerate(picked[1:]):
        row += f" {part}" + ("," if at < len(picked) - 2 else "")
        if len(row) > 80:
            lines.append(row)
            row = " "
    if row.strip():
        lines.append(row)
    lines.append(f"FROM {of(base.name)}")
    for link in found.joins:
        lines.append(
            f"LEFT JOIN {of(link.parent)} ON {of(link.child)}.{name_in_sql(link.column)} = "
            f"{of(link.parent)}.{name_in_sql(link.key)}"
        )
    return lines


_ROLES = (
    "customer", "customer_name", "date", "amount", "margin", "cost", "quantity", "product",
    "product_name", "group", "order", "rep", "currency", "segment", "region",
)  # fmt: skip


def write_yaml(found: Found, folder: Path) -> tuple[str, list[Ask]]:
    """The text of `client.yml`, and what it asks."""
    asks: list[Ask] = []
    lang = language(found.language)
    out: list[str] = [
        *(f"# {line}" for line in wrap(lang.text(_HEAD), 96)),
        *_name_found(found, lang),
        f"name: {scalar(found.name)}",
        f"language: {found.language}                # sv | en",
    ]
    if found.currency_ask is not None:
        out.append(_marked(found.currency_ask, "", lang))
        asks.append(found.currency_ask)
    last = lang.text(N_("default: the end of the last complete month in the facts"))
    month = lang.text(N_("month"))
    out += [
        f"currency: {found.currency}",
        f"# as_of: 2026-09-30         # {last}",
        "horizon_months: 12",
        f"fiscal_year_start: 1        # {month}",
        "share: client               # internal | client",
        "# capacity: {customers_per_quarter: 40}  # "
        + lang.text(N_("each rep; if left out: a fifth of the customers")),
    ]
    if found.activities:
        out.append(
            "# response: {smallest_effect: 0.05}  # "
            + lang.text(
                N_("hours: 0.05 is 3.5 % more sales where they double, the least that matters")
            )
        )
    if _simulated(found):
        out.append(f"simulated: true             # {lang.text(N_('the files say so themselves'))}")
    out.append("sources:")
    for ask in found.unread:
        asks.append(ask)
        out.append(_marked(ask, "  ", lang))
    joined = bool(found.joins)
    inside = bool(found.sales.inside)
    if joined and not inside:
        out.append("  files:")
        members = {found.sales.name: (found.sales, found.dialect)}
        members |= {n: (t, t.dialect) for n, t in found.parents.items()}
        for name, (table, dialect) in members.items():
            out += _asked_formats(table, asks, "    ", lang)
            out.append(f"    {name}: {flow(_source(table, dialect, folder))}")
    out.append("  sales:")
    if joined:
        if inside:
            out.append(f"    file: {flow(_file(found.sales, folder))}")
        out.append("    query: |")
        out += [f"      {line}" for line in _query(found)]
        if not inside:
            counted = lang.text(N_("the file whose rows count"))
            out.append(f"    lines: {found.sales.name}             # {counted}")
    else:
        out += _asked_formats(found.sales, asks, "    ", lang)
        out += [
            f"    {k}: {flow(v)}" for k, v in _source(found.sales, found.dialect, folder).items()
        ]
    role = lang.text(N_("role: a column, or SQL over columns"))
    out.append(f"    columns:                  # {role}")
    for ask in found.roles.asks:
        out.append(_marked(ask, "      ", lang))
        asks.append(ask)
    for role in _ROLES:
        if role in found.roles.columns:
            out.append(f"      {role}: {flow(found.roles.columns[role])}")
    vat = lang.text(N_("of the amounts: excluded | included | unknown"))
    out.append(f"    vat: {found.roles.vat}             # {vat}")
    copies = lang.text(N_("equal lines are reported; drop leaves them out"))
    out.append(f"    duplicates: keep          # {copies}")
    out += _set_aside(found, asks)
    books = lang.text(N_("from the books, if known"))
    out.append(f'    # control_totals: {{amount: "0.00", rows: 0}}   # {books}')
    if found.customers:
        table, attributes = found.customers
        out.append("  customers:")
        out += _asked_formats(table, asks, "    ", lang)
        out += [f"    {k}: {flow(v)}" for k, v in _source(table, table.dialect, folder).items()]
        out.append(f"    columns: {flow(attributes)}")
        held = lang.text(N_("the attributes hold for earlier dates too"))
        out.append(f"    static: true              # {held}")
    if found.aliases:
        table, (old, new) = found.aliases
        out.append(f"  aliases:                    # {lang.text(N_('merged customer numbers'))}")
        out += [f"    {k}: {flow(v)}" for k, v in _source(table, table.dialect, folder).items()]
        out.append(f"    columns: {flow({'from': old, 'to': new})}")
    if found.fx:
        table, roles = found.fx
        rate = lang.text(N_("one unit of `from` is `rate` units of `to`"))
        out.append(f"  fx:                         # {rate}")
        out += [f"    {k}: {flow(v)}" for k, v in _source(table, table.dialect, folder).items()]
        out.append(f"    columns: {flow(roles)}")
    if found.activities:
        out += _activities(found.activities, folder, asks, lang)
    return "\n".join(out) + "\n", asks


def _name_found(found: Found, lang: Language) -> list[str]:
    """Where the client's name comes from, beside it: nobody was asked."""
    if not found.name_how:
        return []
    told = said(
        N_("{where}; write another if the client is called otherwise"), where=found.name_how
    )
    return [f"# {lang.text(N_('NAME'))}: {_one_line(tell(told, lang))}"]


def _activities(log: Log, folder: Path, asks: list[Ask], lang: Language) -> list[str]:
    """The log of activities."""
    table = log.table
    lines = [f"  activities:                 # {lang.text(N_('visits, calls and the like'))}"]
    lines += _asked_formats(table, asks, "    ", lang)
    lines += [f"    {k}: {flow(v)}" for k, v in _source(table, table.dialect, folder).items()]
    lines.append("    columns:")
    for ask in log.asks:
        asks.append(ask)
        lines.append(_marked(ask, "      ", lang))
    lines += [f"      {role}: {flow(column)}" for role, column in log.columns.items()]
    if log.norms:
        why = lang.text(N_("hours of rows without: the median of the others"))
        lines.append(f"    norms: {flow(log.norms)}  # {why}")
    else:
        why = lang.text(N_("hours of one, for rows without"))
        example = {lang.text(N_("Visit")): "2", lang.text(N_("Call")): "0.25"}
        lines.append(f"    # norms: {flow(example)}  # {why}")
    if log.rule:
        where = json.dumps(log.rule[0], ensure_ascii=False)
        reason = json.dumps(lang.text(N_("called off")), ensure_ascii=False)
        lines += ["    set_aside:", f"      - {{where: {where}, reason: {reason}}}"]
    return lines


def _marked(ask: Ask, indent: str, lang: Language) -> str:
    """A question as it stands in the settings."""
    return f"{indent}# ASK: {tell(ask.topic, lang)}: {_one_line(tell(ask.text, lang))}"


def _asked_formats(table: Table, asks: list[Ask], indent: str, lang: Language) -> Iterable[str]:
    lines = []
    for ask in table.asks:
        asks.append(ask)
        lines.append(_marked(ask, indent, lang))
    return lines


def _set_aside(found: Found, asks: list[Ask]) -> list[str]:
    lines: list[str] = []
    lang = language(found.language)
    rules = list(found.rules)
    if found.roles.cancelled is not None:
        column, marks = found.roles.cancelled
        listed = ", ".join(literal(m) for m in marks)
        rules.append((f"{name_in_sql(column)} IN ({listed})", N_("cancelled")))
        one, many = N_("{mark} (one row)"), N_("{mark} ({count} rows)")
        told = both(*(said(one, many, n, mark=m, count=n) for m, n in marks.items()), mark=", ")
        text = said(
            N_("{column} is {marks}: those lines are taken as no sales"), column=column, marks=told
        )
        asks.append(Ask(said(N_("cancelled lines")), text, said(N_("set aside"))))
        lines.append(_marked(asks[-1], "    ", lang))
    services = found.roles.services
    if services is not None:
        rules.append((services.where(), N_("freight and fees")))
        if services.doubtful:
            codes = _listed(services.doubtful)
            text = said(N_("these look like services, not articles: {codes}"), codes=codes)
            asks.append(Ask(said(N_("service codes")), text, said(N_("set aside"))))
            lines.append(_marked(asks[-1], "    ", lang))
    if not rules:
        return []
    counted = lang.text(N_("counted in the ledger, not among the facts"))
    lines.append(f"    set_aside:                # {counted}")
    if services is not None and services.certain:
        lines.append(f"      # {_one_line(_listed(services.certain))}")
    for where, reason in rules:
        condition = json.dumps(where, ensure_ascii=False)
        # the reason shows in the report, so it is said in the client's language
        told = json.dumps(lang.text(reason), ensure_ascii=False)
        lines.append(f"      - {{where: {condition}, reason: {told}}}")
    return lines


def _listed(named: Mapping[str, str]) -> str:
    return ", ".join(f"{c} ({n})" if n != c else c for c, n in named.items())


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 400 else text[:397] + "..."


def _simulated(found: Found) -> bool:
    tables = [found.sales, *found.parents.values()]
    return any(re.search(r"simuler|simulated", t.preamble, re.I) for t in tables)
