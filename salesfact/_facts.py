"""What do we know for certain? The validated facts, and the one door out of the engine.

Transaction lines live in the engine; what leaves it through `Facts.fetch` has one row per
customer (or customer and period, customer and product group) and is a plain pandas frame.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact import _aggregates, _databases
from salesfact._activity_table import activities_frame, activities_view, add_activities
from salesfact._engine import STATIC, Engine, Seal
from salesfact._errors import FactsError, Fault, LeakageError
from salesfact._language import N_
from salesfact._ledger import MARGIN_LIMIT, margin_lacks, month_end
from salesfact._result import Source
from salesfact._said import said, verbatim

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

#: Every column of `Facts.sales`; all are always there, NULL where the client has none.
SALES = {
    "row": "BIGINT",  # row number in the staging; with `file` it names the source line
    "customer": "VARCHAR",
    "date": "TIMESTAMP",
    "amount": "DECIMAL(18,4)",
    "margin": "DECIMAL(18,4)",
    "quantity": "DECIMAL(18,4)",
    "product": "VARCHAR",
    "group1": "VARCHAR",
    "group2": "VARCHAR",
    "group3": "VARCHAR",
    "order": "VARCHAR",
    "rep": "VARCHAR",
}


@dataclass(frozen=True)
class Facts:
    """One client's accepted facts up to `as_of`.

    Parameters
    ----------
    name, currency, language : str
        As in the settings; all money is in `currency`.
    as_of, first : date
        Last day known and day of the first line.
    has : frozenset of str
        The optional sales columns the client did supply (`margin`, `order`, `group1`, ...), and
        `activities` where there are any.
    ledger : mapping
        The ledger as plain JSON values.
    key : str
        Hash of content and settings: equal keys mean equal lines (up to `as_of`).
    folder : Path, optional
        Where prepared facts and stored results lie; None keeps nothing on disk.
    static : bool
        Attributes of customers hold at any time; else an earlier origin knows names only.
    capacity, response : mapping, optional
        As in the settings, in plain values; None: the defaults.
    """

    name: str
    currency: str
    as_of: dt.date
    first: dt.date
    has: frozenset[str] = frozenset()
    language: str = "en"
    horizon_months: int = 12
    fiscal_year_start: int = 1
    share: str = "client"
    simulated: bool = False
    key: str = ""
    folder: Path | None = None
    ledger: Mapping[str, Any] = field(default_factory=dict)
    static: bool = True
    last_known: dt.date | None = None
    capacity: Mapping[str, Any] | None = None
    response: Mapping[str, Any] | None = None
    _engine: Engine = field(default=None, repr=False)  # pyright: ignore[reportAssignmentType]

    @cached_property
    def sales(self) -> ir.Table:
        """Accepted lines up to `as_of` (Ibis); columns as in `SALES`, money in `currency`."""
        lines = self._engine.backend.table("lines")
        return lines.filter(lines.date < self._end)

    @cached_property
    def customers(self) -> ir.Table:
        """One row per customer (Ibis): `customer`, `name` and what else the client supplied."""
        people = self._engine.backend.table("people")
        if self.static or not self._earlier:
            return people
        return people.select([c for c in people.columns if c in ("customer", "name")])

    @cached_property
    def products(self) -> ir.Table:
        """One row per product (Ibis): `product`, and `product_name` and groups where known."""
        return self._engine.backend.table("products")

    @cached_property
    def activities(self) -> ir.Table:
        """Accepted activities up to `as_of` (Ibis); columns as in `_activity_table.ACTIVITIES`.

        `hours` are as stated or, where `hours_from_norm`, by the norm of the kind. Customers may
        be among them who never bought. Empty where `has` has no `activities`.
        """
        table = self._engine.backend.table("activities")
        return table.filter(table.date < self._end)

    @property
    def _end(self) -> dt.datetime:
        return dt.datetime.combine(self.as_of + dt.timedelta(days=1), dt.time())

    @property
    def _earlier(self) -> bool:
        return self.last_known is not None and self.as_of < self.last_known

    @property
    def money(self) -> str:
        """`margin` where the client has margins, else `amount`; results say which.

        A line without a margin would count as one with none: where more than 2 % of the money
        lacks one (`_ledger.margin_lacks`), `margin` is not in `has` and money is `amount`.
        """
        return "margin" if "margin" in self.has else "amount"

    @property
    def source(self) -> Source:
        """What a result names as its source."""
        return Source(
            name=self.name,
            as_of=self.as_of,
            currency=self.currency,
            language=self.language,
            key=self.key,
            simulated=self.simulated,
        )

    def fetch(self, expr: ir.Table) -> pd.DataFrame:
        """Run an Ibis expression and bring its rows to pandas.

        Rows are sorted by all columns from left to right, so that the same question gives the
        same frame whatever the number of threads; decimals become float64 inside the engine.
        """
        import ibis.expr.datatypes as idt

        casts = {n: "float64" for n, t in expr.schema().items() if isinstance(t, idt.Decimal)}
        casts |= {n: "timestamp(6)" for n, t in expr.schema().items() if isinstance(t, idt.Date)}
        expr = expr.cast(casts) if casts else expr
        return self._engine.backend.to_pandas(expr.order_by(expr.columns))

    def attribute(self, name: str) -> pd.Series:
        """One attribute of the customers, by customer.

        Raises
        ------
        FactsError
            If the client has no such attribute.
        LeakageError
            At an earlier origin, if the attributes are not declared `static`.
        """
        held = self._engine.seal.withheld if self._engine.seal else ()
        known = (*self._engine.backend.table("people").columns, *held)
        if name not in known:
            raise FactsError(
                Fault(
                    said(N_("customers have no attribute {name}"), name=repr(name)),
                    allowed=verbatim(", ".join(c for c in known if c != "customer")),
                    remedy=N_("name it under sources: customers: columns:"),
                )
            )
        if name not in self.customers.columns:
            raise LeakageError(
                Fault(
                    said(
                        N_("the attribute {name} is only known as of {day}"),
                        name=repr(name),
                        day=str(self.last_known),
                    ),
                    where=f"as_of {self.as_of}",
                    allowed=verbatim("customer, name"),
                    remedy=STATIC,
                )
            )
        frame = self.fetch(self.customers.select("customer", name))
        return frame.set_index("customer")[name]  # pyright: ignore[reportReturnType]

    def cut(self, as_of: dt.date) -> Facts:
        """The facts as they were knowable at an earlier day.

        Raises
        ------
        LeakageError
            If `as_of` is later than these facts.
        FactsError
            If nothing had happened yet.
        """
        if as_of == self.as_of:
            return self
        if as_of > self.as_of:
            raise LeakageError(
                Fault(
                    said(
                        N_("{day} is later than these facts, which end on {end}"),
                        day=str(as_of),
                        end=str(self.as_of),
                    ),
                    where="as_of",
                    allowed=said(
                        N_("{first} to {last}"), first=str(self.first), last=str(self.as_of)
                    ),
                )
            )
        if as_of < self.first:
            raise FactsError(
                Fault(
                    said(
                        N_("there is no fact up to {day}; the first line is of {first}"),
                        day=str(as_of),
                        first=str(self.first),
                    ),
                    where="as_of",
                    allowed=said(
                        N_("{first} to {last}"), first=str(self.first), last=str(self.as_of)
                    ),
                )
            )
        ledger = self._engine.told_as_of(self.ledger, as_of) if self.ledger else self.ledger
        last = self.last_known or self.as_of
        return replace(self, as_of=as_of, ledger=ledger, last_known=last)

    # -- aggregates that leave as pandas -----------------------------------------------------------

    def summary(self) -> pd.DataFrame:
        """One row per customer; see `salesfact._aggregates.summary`."""
        return _aggregates.summary(self)

    def panel(self) -> pd.DataFrame:
        """One row per customer and month; see `salesfact._aggregates.panel`."""
        return _aggregates.panel(self)

    def groups(self, level: int = 1) -> pd.DataFrame:
        """One row per customer and product group; see `salesfact._aggregates.groups`."""
        return _aggregates.groups(self, level)

    def order_gaps(self, last: int = 20) -> pd.DataFrame:
        """One row per customer: its buying gaps; see `salesfact._aggregates.order_gaps`."""
        return _aggregates.order_gaps(self, last)

    @classmethod
    def from_folder(cls, folder: Path, *, as_of: dt.date | None = None, **more: Any) -> Facts:
        """Prepared facts, as `salesfact._sources.prepare` left them.

        Parameters
        ----------
        as_of : date, optional
            Default: the end of the last complete month.
        **more
            `name`, `language`, `horizon_months`, ... as in the settings.

        Raises
        ------
        FactsError
            If there is no line up to `as_of`, or `as_of` is after the month of the last line:
            nothing is known of the time between, which is not the same as nothing sold.
        """
        ledger = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
        days = tuple(tuple(d) for d in ledger.pop("days"))
        effort_days = tuple(tuple(d) for d in ledger.get("activities", {}).pop("days", ()))
        first = dt.date.fromisoformat(ledger["first"])
        as_of = as_of or dt.date.fromisoformat(ledger["as_of"])
        if as_of < first:
            raise FactsError(
                Fault(
                    said(
                        N_("there is no fact up to {day}; the first line is of {first}"),
                        day=str(as_of),
                        first=str(first),
                    ),
                    where="as_of",
                    allowed=said(N_("{first} or later"), first=str(first)),
                )
            )
        last = month_end(dt.date.fromisoformat(ledger["last"]))
        if as_of > last:
            raise FactsError(
                Fault(
                    said(
                        N_("the facts end on {end}; nothing is known up to {day}"),
                        end=str(ledger["last"]),
                        day=str(as_of),
                    ),
                    where="as_of",
                    allowed=said(N_("{first} to {last}"), first=str(first), last=str(last)),
                    remedy=N_("choose an earlier day, or add the later lines"),
                )
            )
        roles = frozenset(ledger["roles"])
        if margin_lacks(ledger):
            roles -= {"margin"}

        def connect(seal: Seal | None) -> Any:
            import ibis

            backend = ibis.duckdb.connect()
            backend.con.execute("SET TimeZone = 'UTC'")
            _databases.quiet(backend.con)  # no output but our own
            for name, sql in _views(folder, roles, seal).items():
                backend.con.execute(f"CREATE VIEW {name} AS {sql}")
            return backend

        engine = Engine(connect, days, effort_days=effort_days)
        return cls(
            as_of=as_of,
            first=first,
            has=(roles & SALES.keys()) | ({"activities"} if effort_days else set()),
            currency=ledger["currency"],
            ledger=engine.told_as_of(ledger, as_of),
            folder=folder,
            _engine=engine,
            **more,
        )

    @classmethod
    def from_frames(
        cls,
        sales: pd.DataFrame,
        customers: pd.DataFrame | None = None,
        *,
        activities: pd.DataFrame | None = None,
        name: str = "frames",
        currency: str = "SEK",
        as_of: dt.date | None = None,
        **more: Any,
    ) -> Facts:
        """Facts from frames in memory, for simulated worlds and tests.

        Parameters
        ----------
        sales : DataFrame
            Columns `customer`, `date`, `amount` and any of `SALES`.
        customers : DataFrame, optional
            Column `customer` and any attributes; default: the customers in `sales`.
        activities : DataFrame, optional
            Columns `customer`, `date`, `kind` and any of `_activity_table.ACTIVITIES`.
        as_of : date, optional
            Default: the last day in `sales`. Later lines and activities are left out.
        """
        import pandas as pd

        frame = sales.copy()
        frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[us]")
        if "row" not in frame:
            frame["row"] = range(1, len(frame) + 1)
        has = frozenset(set(frame.columns) & set(SALES) - {"row", "customer", "date", "amount"})
        if "margin" in has and bool(frame["margin"].isna().to_numpy().any()):
            size: Any = frame["amount"].abs()
            if float(size[frame["margin"].isna()].sum()) > MARGIN_LIMIT * float(size.sum()):
                has -= {"margin"}
        effort = activities_frame(activities)
        has |= {"activities"} if len(effort) else set()
        people = customers if customers is not None else frame[["customer"]].drop_duplicates()
        people = people.reset_index(drop=True).copy()
        if "name" not in people:
            people["name"] = people["customer"]

        def connect(seal: Seal | None) -> Any:
            import ibis

            backend = ibis.duckdb.connect()
            _databases.quiet(backend.con)
            known: Any = frame[[c for c in SALES if c in frame]]
            who: Any = people
            if seal is not None:
                known = known[known["date"] < seal.end]
                who = who[who["customer"].isin(known["customer"])].drop(
                    columns=[c for c in seal.withheld if c in who]
                )
            _databases.create_table(backend.con, "lines", known, SALES)
            _databases.create_table(backend.con, "people", who)
            add_activities(backend.con, effort, seal.end if seal else None)
            return backend

        last = frame["date"].max().date()
        facts = cls(
            name=name,
            currency=currency,
            as_of=last,
            first=frame["date"].min().date(),
            has=has,
            _engine=Engine(connect),
            **more,
        )
        return facts if as_of is None or as_of >= last else facts.cut(as_of)


def _views(folder: Path, roles: frozenset[str], seal: Seal | None = None) -> dict[str, str]:
    """The engine's views of prepared facts; `lines` has every column of `SALES`.

    Under a seal no view holds a later line or activity, a customer or product that had no line
    yet, or an attribute held back. What was done for somebody before the first line was known.
    """
    always = {"row", "customer", "date", "amount"}
    columns = ", ".join(
        f'"{n}"' if n in always or n in roles else f'CAST(NULL AS {t}) AS "{n}"'
        for n, t in SALES.items()
    )

    def parquet(name: str) -> str:
        return "read_parquet('" + str(folder / name).replace("'", "''") + "')"

    def known(role: str) -> str:
        return f" WHERE {role} IN (SELECT {role} FROM lines)" if seal else ""

    until = f" AND date < TIMESTAMP '{seal.end.isoformat(sep=' ')}'" if seal else ""
    held = ", ".join('"' + c.replace('"', '""') + '"' for c in seal.withheld) if seal else ""
    kept = f"* EXCLUDE ({held})" if held else "*"
    views = {
        "lines": f"SELECT {columns} FROM {parquet('lines.parquet')} WHERE _reason IS NULL{until}",
        "people": f"SELECT {kept} FROM {parquet('people.parquet')}{known('customer')}",
        "activities": activities_view(folder, seal.end if seal else None),
    }
    if (folder / "products.parquet").exists():
        views["products"] = f"SELECT * FROM {parquet('products.parquet')}{known('product')}"
    return views
