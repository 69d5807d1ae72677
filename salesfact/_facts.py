"""What do we know for certain? The validated facts, and the one door out of the engine.

Transaction lines live in the engine; what leaves it through `Facts.fetch` has one row per
customer (or customer and period, customer and product group) and is a plain pandas frame.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact._errors import FactsError, Fault, LeakageError
from salesfact._result import Source

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

#: Every column of `Facts.sales`; all are always there, NULL where the client has none.
SALES = {
    "row": "int64",  # row number in the staging; with `file` it names the source line
    "customer": "string",
    "date": "timestamp(6)",
    "amount": "decimal(18, 4)",
    "margin": "decimal(18, 4)",
    "quantity": "decimal(18, 4)",
    "product": "string",
    "group1": "string",
    "group2": "string",
    "group3": "string",
    "order": "string",
    "rep": "string",
}


@dataclass(frozen=True)
class Facts:
    """One client's accepted facts up to `as_of`.

    Parameters
    ----------
    sales : ibis Table
        Accepted lines up to `as_of`; columns as in `SALES`, money in `currency`.
    customers : ibis Table
        One row per customer; column `customer`, then what the client supplied (`name`, ...).
    has : frozenset of str
        The optional sales columns the client did supply (`margin`, `order`, `group1`, ...).
    as_of, first : date
        Last day known and day of the first line.
    ledger : mapping
        The ledger as plain JSON values.
    key : str
        Hash of content and settings: equal keys mean equal facts.
    folder : Path, optional
        Where prepared facts and stored results lie; None keeps nothing on disk.
    """

    sales: ir.Table
    customers: ir.Table
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
    _backend: Any = field(default=None, repr=False)

    @property
    def money(self) -> str:
        """`margin` where the client has margins, else `amount`; results say which."""
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
        return self._backend.to_pandas(expr.order_by(expr.columns))

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
                    f"{as_of} is later than these facts, which end on {self.as_of}",
                    where="as_of",
                    allowed=f"{self.first} to {self.as_of}",
                )
            )
        if as_of < self.first:
            raise FactsError(
                Fault(
                    f"there is no fact up to {as_of}; the first line is of {self.first}",
                    where="as_of",
                    allowed=f"{self.first} to {self.as_of}",
                )
            )
        end = dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time())
        known = self.sales["date"] < end  # pyright: ignore[reportOperatorIssue]
        return replace(self, sales=self.sales.filter(known), as_of=as_of)

    @classmethod
    def from_frames(
        cls,
        sales: pd.DataFrame,
        customers: pd.DataFrame | None = None,
        *,
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
        as_of : date, optional
            Default: the last day in `sales`. Later lines are left out.
        """
        import ibis
        import pandas as pd

        backend = ibis.duckdb.connect()
        frame = sales.copy()
        frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[us]")
        if "row" not in frame:
            frame["row"] = range(1, len(frame) + 1)
        has = frozenset(set(frame.columns) & set(SALES) - {"row", "customer", "date", "amount"})
        table = backend.create_table(
            "frame_sales", ibis.memtable(frame[[c for c in SALES if c in frame]])
        )
        columns = {
            n: (table[n] if n in table.columns else ibis.null()).cast(t)  # pyright: ignore
            for n, t in SALES.items()
        }
        lines = table.select(**columns)
        people = customers if customers is not None else frame[["customer"]].drop_duplicates()
        known = backend.create_table(
            "frame_customers", ibis.memtable(people.reset_index(drop=True))
        )
        last = frame["date"].max().date()
        facts = cls(
            sales=lines,
            customers=known,
            name=name,
            currency=currency,
            as_of=last,
            first=frame["date"].min().date(),
            has=has,
            _backend=backend,
            **more,
        )
        return facts if as_of is None or as_of >= last else facts.cut(as_of)
