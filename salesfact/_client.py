"""What did the client settle? The model of `client.yml`: every key, its type, what is allowed."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from salesfact._activity_settings import (
    Activities,
    Response,
    allowed_here,
    ambiguous_norms,
    remedy_here,
)
from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._said import did_you_mean, packed, said, unpacked, verbatim
from salesfact._source_settings import FileSource, Part, Rule, Texts
from salesfact._yaml import Document, dotted, read_yaml

SCHEMA = Path(__file__).with_name("client.schema.json")


class Database(Part):
    """A PostgreSQL database; its address stands in an environment variable, never here."""

    url_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    query: str


class SalesColumns(Part):
    """Which column, or SQL expression over columns, plays which role."""

    customer: str
    date: str
    amount: str
    margin: str | None = None
    cost: str | None = None
    quantity: str | None = None
    product: str | None = None
    product_name: str | None = None
    group: Annotated[Texts, Field(max_length=3)] = []
    order: str | None = None
    rep: str | None = None
    currency: str | None = None
    customer_name: str | None = None
    segment: str | None = None
    region: str | None = None


class ControlTotals(Part):
    """What the books say; the ledger shows the difference."""

    amount: Decimal | None = None
    rows: int | None = None


class Sales(FileSource):
    """The transaction lines."""

    lines: str | None = Field(default=None, description="the named file whose rows are counted")
    database: Database | None = None
    columns: SalesColumns
    vat: Literal["excluded", "included", "unknown"] = "unknown"
    duplicates: Literal["keep", "drop"] = "keep"
    set_aside: tuple[Rule, ...] = ()
    control_totals: ControlTotals = ControlTotals()


class CustomerColumns(Part):
    """`customer`, then any attributes."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, str] = Field(init=False)  # pyright: ignore

    customer: str
    name: str | None = None
    segment: str | None = None
    region: str | None = None
    rep: str | None = None
    parent: str | None = None
    size: str | None = None
    since: str | None = None


class Customers(FileSource):
    """One row per customer."""

    columns: CustomerColumns
    static: bool = Field(default=False, description="the attributes never change")


class AliasColumns(Part):
    """Old and new customer number."""

    from_: str = Field(alias="from")
    to: str


class Aliases(FileSource):
    """Merged customers."""

    columns: AliasColumns


class FxColumns(Part):
    """Day, from and to currency, rate: one unit of `from` is `rate` units of `to`."""

    date: str
    from_: str = Field(alias="from")
    to: str
    rate: str


class Fx(FileSource):
    """Exchange rates."""

    columns: FxColumns


class Sources(Part):
    """Where the facts come from."""

    files: dict[str, FileSource] = Field(default={}, description="named raw files for a query")
    sales: Sales
    customers: Customers | None = None
    aliases: Aliases | None = None
    fx: Fx | None = None
    activities: Activities | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Sources:
        problems = list(_unreachable(self))
        if problems:
            raise ValueError(json.dumps([(at, packed(w), packed(a)) for at, w, a in problems]))
        return self


class RepCapacity(Part):
    """What one rep can take on in a quarter: so many customers, or so many hours."""

    customers_per_quarter: Annotated[float, Field(gt=0)] | None = None
    hours_per_quarter: Annotated[float, Field(gt=0)] | None = None


class Capacity(RepCapacity):
    """What each rep can take on in a quarter, and where a rep differs from the others."""

    hours_per_customer: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="what a customer takes in a quarter, where hours are given"
    )
    reps: dict[str, RepCapacity] = Field(default={}, description="reps who differ, by name")

    @model_validator(mode="after")
    def _tellable(self) -> Capacity:
        problems = list(_untellable(self))
        if problems:
            raise ValueError(json.dumps([(at, packed(w), packed(a)) for at, w, a in problems]))
        return self


class Brand(Part):
    """What a report shows of its sender."""

    name: str | None = None
    colour: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None


class Settings(Part):
    """All of `client.yml`."""

    name: Annotated[str, Field(min_length=1)]
    language: Literal["sv", "en"] = "en"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217, as SEK")]
    as_of: dt.date | None = Field(default=None, description="default: the last complete month")
    horizon_months: Annotated[int, Field(ge=1, le=60)] = 12
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    share: Literal["internal", "client"] = "client"
    simulated: bool = Field(default=False, description="no real firm; every page says so")
    capacity: Capacity | None = Field(
        default=None, description="default: a fifth of the customers who ordered within a year"
    )
    response: Response = Response()
    brand: Brand = Brand()
    sources: Sources

    _path: Path = PrivateAttr(default=Path("client.yml"))

    @property
    def path(self) -> Path:
        """The settings file itself."""
        return self._path

    @property
    def folder(self) -> Path:
        """The client's folder; relative paths start here."""
        return self._path.parent


# what a later version will take: key path -> what to do meanwhile
_LATER = {
    ("sources", "judgements"): N_("leave it out"),
}
#: what pydantic's sorts of value are called here
_PLAIN = {
    "int": N_("a whole number"),
    "float": N_("a number"),
    "decimal": N_("a number"),
    "bool": N_("true or false"),
    "string": N_("a text"),
    "list": N_("a list"),
    "tuple": N_("a list"),
    "dict": N_("keys with values, indented"),
    "model": N_("keys with values, indented"),
}
_SECRET = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/]*@|^postgres(ql)?://|password\s*=", re.I)
_WORDS = {"secret", "password", "passwd", "token", "url", "dsn", "uri"}


_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet", ".zip", ".gz")
_DATABASES = (".sqlite", ".db", ".duckdb")


def load_settings(path: str | Path) -> Settings:
    """Read and check `client.yml` (or the one in a folder).

    Raises
    ------
    SettingsError
        With every fault found: file, line, key, what was found, what is allowed.
    """
    path = Path(path)
    path = path / "client.yml" if path.is_dir() else path
    if path.suffix.lower() in (*_TABLES, *_DATABASES) and path.is_file():
        raise SettingsError(
            Fault(
                said(N_("this is an export, not settings")),
                where=path.name,
                allowed=N_("a client.yml, or the folder that holds it"),
                remedy=said(N_("make the settings from it: salesfact init {name}"), name=path.name),
            )
        )
    document = read_yaml(path)
    content = _without_nothing(document.content)
    faults = [*_secrets(document), *_not_yet(document)]
    for at in _LATER:
        where = content
        for key in at[:-1]:
            where = where.get(key) if isinstance(where, dict) else None
        if isinstance(where, dict):
            where.pop(at[-1], None)
    settings = None
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        faults += [f for e in error.errors() for f in _told(e, document)]
    if faults or settings is None:
        raise SettingsError(*sorted(faults, key=_line))
    settings._path = path.resolve()
    return settings


def json_schema() -> dict[str, Any]:
    """The JSON schema of `client.yml`, for editors."""
    schema = Settings.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _unreachable(sources: Sources) -> Iterator[tuple[list[str], str, str]]:
    """(key path, what is wrong, what is allowed) for sources that name nothing to read."""
    sales = sources.sales
    over_files = sales.query is not None and not sales.file
    ways = [bool(sales.file), over_files, sales.database is not None]
    if sum(ways) != 1:
        what = said(N_("names no single source"))
        yield ["sales"], what, N_("one of file, query (over files), database")
    if over_files and not sources.files:
        what = said(N_("has no files to run over"))
        yield ["sales", "query"], what, N_("named files under sources: files:")
    if over_files and sales.lines is None:
        what = said(N_("the query does not say whose rows are counted"))
        yield ["sales"], what, N_("lines: NAME OF A FILE")
    if sales.lines is not None and sales.lines not in sources.files:
        what = said(N_("found {found}"), found=repr(sales.lines))
        yield ["sales", "lines"], what, verbatim(", ".join(sources.files)) or N_("a file")
    for name, source in sources.files.items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            what = said(N_("found {found}"), found=repr(name))
            yield ["files", name], what, N_("a name of letters, digits and _")
        if not source.file:
            yield ["files", name], said(N_("names no file")), "file: ..."
    for name in ("customers", "aliases", "fx", "activities"):
        source = getattr(sources, name)
        if source is not None and not source.file:
            yield [name], said(N_("names no file")), "file: ..."
    if sources.activities is not None:
        yield from ambiguous_norms(sources.activities)


def _untellable(capacity: Capacity) -> Iterator[tuple[list[str], str, str]]:
    """(key path, what is wrong, what is allowed) for a capacity that names no one number."""
    either = N_("customers_per_quarter, or hours_per_quarter and hours_per_customer")
    parts: list[tuple[list[str], RepCapacity]] = [([], capacity)]
    parts += [(["reps", name], rep) for name, rep in capacity.reps.items()]
    for at, part in parts:
        customers, hours = part.customers_per_quarter, part.hours_per_quarter
        if customers is not None and hours is not None:
            yield at, said(N_("names customers and hours, which may not agree")), either
        elif customers is None and hours is None and (at or not capacity.reps):
            yield at, said(N_("names neither customers nor hours")), either
        elif hours is not None and capacity.hours_per_customer is None:
            yield (
                at,
                said(N_("hours do not say how many customers they are")),
                "hours_per_customer: 6",
            )


def _without_nothing(x: Any) -> Any:
    """A key without a value is as if left out."""
    if isinstance(x, dict):
        return {k: _without_nothing(v) for k, v in x.items() if v is not None}
    if isinstance(x, list):
        return [_without_nothing(v) for v in x if v is not None]
    return x


def _scalars(x: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(x, dict):
        for key, value in x.items():
            yield from _scalars(value, (*at, key))
    elif isinstance(x, list):
        for i, value in enumerate(x):
            yield from _scalars(value, (*at, i))
    else:
        yield at, x


def _where(document: Document, at: tuple[Any, ...]) -> str:
    return f"{document.path}, line {document.line(at)}, {dotted(at)}"


def _line(fault: Fault) -> int:
    found = re.search(r", line (\d+)", fault.where)
    return int(found[1]) if found else 0


def _secrets(document: Document) -> Iterator[Fault]:
    """A database's address or a password in the file; its value is never repeated."""
    for at, value in _scalars(document.content):
        if isinstance(value, str) and _SECRET.search(value):
            yield Fault(
                said(N_("a database address or password stands in the settings")),
                where=_where(document, at),
                allowed=N_("the name of an environment variable that holds it (url_env)"),
                remedy=N_("move it to the environment; change the password if this was shared"),
            )


def _not_yet(document: Document) -> Iterator[Fault]:
    for at, remedy in _LATER.items():
        if at in document.lines:
            yield Fault(
                said(N_("{key} is not built yet"), key=at[-1]),
                where=_where(document, at),
                remedy=remedy,
            )


def _told(error: Any, document: Document) -> Iterator[Fault]:
    """One of pydantic's errors as a fault in the reader's words."""
    at = tuple(error["loc"])
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "value_error" and at in (("sources",), ("capacity",)):
        for path, what, allowed in json.loads(str(context["error"])):
            place = (*at, *path)
            yield Fault(unpacked(what), where=_where(document, place), allowed=unpacked(allowed))
        return
    where = _where(document, at)
    allowed_keys = _keys(at[:-1])
    if kind == "extra_forbidden":
        key = str(at[-1])
        near = difflib.get_close_matches(key.lower(), allowed_keys, n=1, cutoff=0.5)
        yield Fault(
            said(N_("unknown key '{key}'"), key=key),
            where=where,
            allowed=verbatim(", ".join(allowed_keys)),
            remedy=remedy_here(at) or did_you_mean(near[0] if near else None),
        )
        return
    if kind == "missing":
        yield Fault(said(N_("is missing")), where=where, allowed=_told_allowed(at, error))
        return
    found = error.get("input")
    shown = said(N_("(not shown)")) if _hidden(at, found) else _short(found)
    remedy = N_("public is not built yet") if at == ("share",) and found == "public" else ""
    what = said(N_("found {found}"), found=shown)
    yield Fault(what, where=where, allowed=_told_allowed(at, error), remedy=remedy)


def _hidden(at: tuple[Any, ...], found: Any) -> bool:
    """Whether a value may be a secret, so that no message repeats it."""
    words = {w for part in at for w in re.split(r"[^a-z]+", str(part).lower())}
    return bool(words & _WORDS) or bool(_SECRET.search(str(found)))


def _short(found: Any) -> str:
    if isinstance(found, dict):
        keys = said(N_("keys {keys}"), keys=", ".join(map(str, found)))
        return keys if found else said(N_("nothing"))
    text = repr(found)
    return text if len(text) <= 60 else text[:57] + "..."


def _told_allowed(at: tuple[Any, ...], error: Any) -> str:
    context = error.get("ctx") or {}
    if error["type"] == "literal_error":
        return str(context["expected"])
    known = {
        ("currency",): N_("three capital letters, as SEK"),
        ("as_of",): N_("a day, as 2026-09-30"),
        ("name",): N_("the client's name"),
        ("horizon_months",): N_("a whole number of months from 1 to 60"),
        ("fiscal_year_start",): N_("a month's number from 1 to 12"),
        ("sources", "sales", "columns", "customer"): N_(
            "a column of the source, or SQL over columns"
        ),
        ("sources", "sales", "columns", "date"): N_("a column of the source, or SQL over columns"),
        ("sources", "sales", "columns", "amount"): N_(
            "a column of the source, or SQL over columns"
        ),
        ("sources", "sales", "columns", "group"): N_("one to three columns"),
        ("capacity",): N_("customers_per_quarter, or hours_per_quarter and hours_per_customer"),
        ("brand", "colour"): N_("six hexadecimal digits, as '#0b6fb8'"),
        ("sources", "sales", "database", "url_env"): N_("the name of an environment variable"),
    }
    plain = re.sub(r"^(Input|Value) should (be|have)( a| an)? ", "", error["msg"])
    return known.get(at) or allowed_here(at) or _PLAIN.get(_sort(error["type"])) or plain


def _sort(kind: str) -> str:
    """`int_parsing`, `int_type`, `int_from_float` are faults of one sort: `int`."""
    return re.sub(r"_(parsing|type|from_\w+|attributes)(_\w+)?$", "", kind)


def _keys(at: tuple[Any, ...]) -> list[str]:
    """The keys allowed at a place of the settings."""
    schema = Settings.model_json_schema(by_alias=True)
    here: Any = schema
    for part in at:
        here = _resolved(here, schema)
        if isinstance(part, int):
            here = here.get("items", here.get("prefixItems", [{}])[0])
        else:
            here = here.get("properties", {}).get(part) or here.get("additionalProperties") or {}
        here = here if isinstance(here, dict) else {}
    return list(_resolved(here, schema).get("properties", {}))


def _resolved(here: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for option in here.get("anyOf", ()):
        if "$ref" in option:
            here = option
    if "$ref" in here:
        return schema["$defs"][here["$ref"].rsplit("/", 1)[-1]]
    return here
