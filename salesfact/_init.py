"""How does a raw export become a `client.yml` that is already right, asking only what is open?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from salesfact._draft import Found, write_yaml
from salesfact._errors import Fault, SettingsError, SourceError
from salesfact._formats import Ask
from salesfact._headers import words
from salesfact._language import N_
from salesfact._language import language as known_language
from salesfact._profile import Engine, quoted
from salesfact._said import asked_language, said, tell, why_not
from salesfact._survey import survey
from salesfact._tables import Table
from salesfact._understand import understand

_FIRM = re.compile(
    r"\b([A-ZÅÄÖÆØÜ][\w'.-]*(?:\s+(?:[A-ZÅÄÖÆØÜ0-9][\w'.-]*|&|och|and|und|og)){0,4}?\s+"
    r"(?:AB|HB|KB|A/S|AS|ApS|GmbH|AG|KG|Ltd|Limited|Inc|LLC|Oy))\b"
)


@dataclass(frozen=True)
class Draft:
    """A `client.yml` that was written, and what was understood on the way.

    Parameters
    ----------
    path : Path
        The settings file.
    understood : tuple of (file, found, how)
        One row for each thing found.
    asks : tuple of Ask
        What the material leaves open; each stands in the file as `# ASK:` with its default.
    """

    path: Path
    understood: tuple[tuple[str, str, str], ...] = ()
    asks: tuple[Ask, ...] = ()
    language: str = "en"

    def rows(self) -> list[tuple[str, str, str]]:
        """What was understood: file, what was found, from what."""
        return list(self.understood)

    def questions(self) -> list[tuple[str, str, str]]:
        """What is open: topic, question, the default that stands in the file."""
        lang = known_language(self.language)
        return [(tell(a.topic, lang), tell(a.text, lang), tell(a.default, lang)) for a in self.asks]


def init(
    paths: Sequence[str | Path],
    out: str | Path | None = None,
    name: str | None = None,
    language: str | None = None,
    currency: str | None = None,
) -> Draft:
    """Understand raw exports and write a commented `client.yml` for them.

    Parameters
    ----------
    paths : sequence of path
        Files, folders or globs: CSV, fixed-width text, Excel, Parquet, SQLite, DuckDB.
    out : path, optional
        Folder of the client; default: one in the working directory, named after the client.
    name, language, currency : str, optional
        What to write instead of what was found.

    Returns
    -------
    Draft
        The file's path, what was understood, and what is left open.

    Raises
    ------
    SourceError
        If a file cannot be understood, no table holds sales, or the folder cannot be written.
    SettingsError
        If there is a `client.yml` already, or the language is not known.
    """
    if language is not None:
        language = asked_language(language).code
    if out is not None:
        _check_folder(Path(out))
    tables, left = survey([Path(p) for p in paths])
    engine = Engine()
    try:
        found = understand(engine, tables, currency)
    finally:
        engine.close()
    found.name, found.name_how = _name(name, tables, [Path(p) for p in paths], found.sales)
    tongue = found.sales.language or next((t.language for t in tables if t.language), "")
    found.language = language or ("sv" if tongue == "sv" else "en")
    folder = Path(out) if out is not None else Path(_slug(found.name))
    target = folder / "client.yml"
    _check_folder(folder)
    if target.exists():
        raise SettingsError(
            Fault(
                said(N_("there is a client.yml already; what was settled in it would be lost")),
                where=str(target),
                remedy=N_("name another folder with --out, or remove the file first"),
            )
        )
    text, asks = write_yaml(found, folder)
    part = target.with_name(".client.yml.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)
    except OSError as error:
        raise _unwritable(folder, error) from error
    rows = [*_rows(found, tables), *((file, said(N_("left out")), why) for file, why in left)]
    lang = known_language(found.language)
    told = tuple((tell(f, lang), tell(what, lang), tell(how, lang)) for f, what, how in rows)
    return Draft(target, told, tuple(asks), found.language)


def _check_folder(folder: Path) -> None:
    """Refuse a folder that is a file, lies below one, or cannot be looked into."""
    try:
        for place in (folder, *folder.parents):
            if place.exists() and not place.is_dir():
                raise SourceError(
                    Fault(
                        said(N_("this is a file, not a folder; a client is a folder")),
                        where=str(place),
                        remedy=N_("name another folder with --out"),
                    )
                )
        (folder / "client.yml").exists()
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> SourceError:
    return SourceError(
        Fault(
            said(N_("the client's folder cannot be written ({why})"), why=why_not(error)),
            where=str(folder),
            remedy=N_("name a folder you may write to with --out"),
        )
    )


def _name(
    given: str | None, tables: Sequence[Table], paths: Sequence[Path], sales: Table
) -> tuple[str, str]:
    """The client's name, and where it was found; as given, or a firm above a header, or a file."""
    if given:
        return given, ""
    for table in tables:
        match = _FIRM.search(table.preamble)
        if match:
            where = said(N_("found above the header of {file}"), file=table.label)
            return " ".join(match[1].split()), where
    return _title(paths, sales), said(N_("taken from the name of the file or folder"))


def _title(paths: Sequence[Path], sales: Table) -> str:
    one = paths[0] if len(paths) == 1 else sales.paths[0].parent
    stem = one.resolve().name if one.is_dir() else re.sub(r"(\.\w{2,7})+$", "", one.name)
    return " ".join(w if w.isupper() else w.capitalize() for w in re.split(r"[\W_]+", stem) if w)


def _slug(name: str) -> str:
    return re.sub(r"\W+", "-", words(name)).strip("-") or "client"


def _rows(found: Found, tables: Sequence[Table]) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    lang = known_language(found.language)
    itself = said(N_("from the file itself"))
    for table in tables:
        how = "; ".join(tell(h, lang) for h in table.how)
        rows.append((table.label, how or table.kind, itself))
    sales = found.sales.label
    if found.name_how:
        rows.append((sales, said(N_("the client's name: {name}"), name=found.name), found.name_how))
    for role, column in found.roles.columns.items():
        shown = ", ".join(column) if isinstance(column, list) else column
        rows.append((sales, f"{role}: {shown}", found.roles.how.get(role, "")))
    unique = N_("the key is unique there and holds the values of {table}")
    for link in found.joins:
        joined = said(N_("joined by {column} = {key}"), column=link.column, key=link.key)
        rows.append((found.parents[link.parent].label, joined, said(unique, table=link.child)))
    if found.customers:
        table, attributes = found.customers
        listed = ", ".join(f"{k}: {v}" for k, v in attributes.items())
        customers = said(N_("customers: {columns}"), columns=listed)
        rows.append((table.label, customers, said(N_("one row per customer"))))
    if found.aliases:
        merged, how = said(N_("merged customer numbers")), said(N_("old and new number"))
        rows.append((found.aliases[0].label, merged, how))
    if found.fx:
        rates, how = said(N_("exchange rates")), said(N_("currency codes, dates and rates"))
        rows.append((found.fx[0].label, rates, how))
    if log := found.activities:
        listed = ", ".join(f"{k}: {v}" for k, v in log.columns.items())
        told = said(N_("activities: {columns}"), columns=listed)
        rows.append((log.table.label, told, said(N_("customer, day and kind of activity"))))
        if log.norms:
            norms = ", ".join(f"{k} {v}" for k, v in log.norms.items())
            told = said(N_("hours by norm: {norms}"), norms=norms)
            rows.append((log.table.label, told, said(N_("the median of rows with hours"))))
    currency = said(N_("currency: {currency}"), currency=found.currency)
    rows.append((sales, currency, found.currency_how))
    if found.roles.services:
        services = found.roles.services
        count = len(services.certain) + len(services.doubtful)
        aside = said(N_("{count} service articles set aside"), count=count)
        rows.append((sales, aside, said(N_("by their names and codes"))))
    idle = said(N_("nothing needs them"))
    for file, names in _unused(found):
        rows.append((file, said(N_("Not used: {columns}"), columns=", ".join(names)), idle))
    for label in found.extra_files:
        rows.append((label, said(N_("not used")), said(N_("nothing links it to the sales lines"))))
    return rows


def _unused(found: Found) -> list[tuple[str, list[str]]]:
    """The columns of each file read that nothing in the settings names."""
    roles = found.roles
    said = [x for v in roles.columns.values() for x in (v if isinstance(v, list) else [v])]
    said += [where for where, _ in found.rules]
    said += [roles.services.column] if roles.services else []
    said += [roles.cancelled[0]] if roles.cancelled else []
    links = [(k.child, k.column) for k in found.joins] + [(k.parent, k.key) for k in found.joins]
    joined = list(found.joined.values())
    read = [(found.sales, said)]
    read += [(t, [e for n, e in joined if n == t.name]) for t in found.parents.values()]
    read += [(found.customers[0], list(found.customers[1].values()))] if found.customers else []
    read += [(found.aliases[0], list(found.aliases[1]))] if found.aliases else []
    read += [(found.fx[0], list(found.fx[1].values()))] if found.fx else []
    if log := found.activities:
        read.append((log.table, [*log.columns.values(), log.rule[0] if log.rule else ""]))
    named: dict[str, tuple[Table, list[str]]] = {}
    for table, texts in read:
        more = [column for name, column in links if name == table.name]
        named.setdefault(table.name, (table, []))[1].extend([*texts, *more])
    left = []
    for table, texts in named.values():
        used = _names_in(texts, table.columns)
        left.append((table.label, [c for c in table.columns if c not in used]))
    return [(label, columns) for label, columns in left if columns]


def _names_in(texts: Sequence[str], columns: Sequence[str]) -> set[str]:
    """The columns that stand in some texts, each a column's name or SQL over columns."""
    used = set(columns) & set(texts)
    for text in set(texts) - used:
        code = re.sub(r"'[^']*'", "''", text)
        # A quoted name may hold another: `Belopp` stands in `"Belopp exkl. moms"`.
        for column in columns:
            if quoted(column) in code:
                used.add(column)
                code = code.replace(quoted(column), " ")
        used |= {c for c in columns if re.search(rf"(?<!\w){re.escape(c)}(?!\w)", code)}
    return used
