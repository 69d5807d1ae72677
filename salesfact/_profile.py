"""What do a column's values look like? Counts that tell ids, money, dates and groups apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from salesfact._headers import meaning

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from salesfact._tables import Table


def quoted(name: str) -> str:
    """A name as SQL reads it literally."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL reads it literally."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Column:
    """One column's values in figures.

    Parameters
    ----------
    name, meaning : str
        Its name, and what the name says it holds ("" if nothing).
    filled, distinct : int
        Rows with a value; distinct values.
    number, date : bool
        Whether its values are numbers, dates.
    decimals, negative : float
        Shares of numbers with decimals, below zero.
    low, high : float
        Least and greatest number.
    zeros_first : bool
        Whether some value begins with 0 and goes on with digits, as ids do.
    """

    name: str
    meaning: str
    rows: int
    filled: int
    distinct: int
    number: bool
    date: bool
    decimals: float = 0.0
    negative: float = 0.0
    low: float = 0.0
    high: float = 0.0
    zeros_first: bool = False
    origin: str = ""

    @property
    def share(self) -> float:
        """Share of rows that have a value."""
        return self.filled / self.rows if self.rows else 0.0


_AT_ONCE = 25  # columns asked about in one question
_WIDE = 150  # columns
_LARGE = 40_000_000  # values that are not held a second time
_NUMBER = "\x01"  # marks the number that a text column is read as


class Engine:
    """The tables found, as relations that questions can be put to."""

    def __init__(self) -> None:
        import duckdb

        self.con: duckdb.DuckDBPyConnection = duckdb.connect()
        self._answers: dict[str, list[tuple[Any, ...]]] = {}

    def add(self, table: Table) -> None:
        """Register one table: every column as trimmed text, the typed ones also as they are."""
        self._answers.clear()
        self.con.register(f"raw_{table.name}", table.rows)
        parts = []
        for name in table.columns:
            parts.append(f"{self._text(table.rows, name)} AS {quoted(name)}")
        # each question to a view trims its columns again, and plans all of them to read a few
        large = table.rows.num_rows * len(parts) > _LARGE and len(parts) <= _WIDE
        kind = "VIEW" if large else "TEMP TABLE"
        self.con.execute(
            f"CREATE OR REPLACE {kind} {quoted(table.name)} AS "
            f"SELECT {', '.join(parts)} FROM {quoted('raw_' + table.name)}"
        )

    @staticmethod
    def _text(rows: pa.Table, name: str) -> str:
        import pyarrow.types as t

        kind, column = rows.schema.field(name).type, quoted(name)
        if t.is_floating(kind):  # 17850.0 is the id 17850
            return f"regexp_replace(CAST({column} AS VARCHAR), '\\.0$', '')"
        if t.is_string(kind) or t.is_large_string(kind):
            return f"NULLIF(trim({column}), '')"
        return f"CAST({column} AS VARCHAR)"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of an answer; the same question is not put twice."""
        if sql not in self._answers:
            self._answers[sql] = self.con.execute(sql).fetchall()
        return self._answers[sql]

    def value(self, sql: str) -> Any:
        """The one value of an answer."""
        found = self.rows(sql)
        return found[0][0] if found else None

    def close(self) -> None:
        """Let go of everything."""
        self.con.close()


def number(column: str, table: Table) -> str:
    """SQL for a column's number as a double, NULL where it is none."""
    x = quoted(column)
    digits = f"regexp_replace({x}, '[^0-9,.]', '', 'g')"
    mark, group = table.dialect.decimal, table.dialect.thousands
    if group in (".", ","):
        digits = f"replace({digits}, '{group}', '')"
    if mark == ",":
        digits = f"replace({digits}, ',', '.')"
    minus = f"regexp_matches({x}, '^[(]?\\s*[-−–]|[-−]\\s*$|^\\(')"
    slow = f"TRY_CAST({digits} AS DOUBLE) * CASE WHEN {minus} THEN -1 ELSE 1 END"
    quick = (
        f"TRY_CAST({x} AS DOUBLE)" if mark == "." else f"TRY_CAST(replace({x},',','.') AS DOUBLE)"
    )
    return f"({slow})" if group == mark or group in (".", ",") else f"COALESCE({quick}, {slow})"


def _figures(name: str, table: Table) -> list[str]:
    """SQL for the figures of one column: three of any, four more of numbers."""
    x = quoted(name)
    parts = [
        f"count({x})",
        f"count(DISTINCT {x})",
        f"coalesce(bool_or({x} LIKE '0%' AND regexp_full_match({x}, '0[0-9]+')), false)",
    ]
    if name in table.numbers:
        n = quoted(name + _NUMBER)
        parts += [
            f"coalesce(avg(CASE WHEN {n} <> round({n}) THEN 1.0 ELSE 0 END), 0)",
            f"coalesce(avg(CASE WHEN {n} < 0 THEN 1.0 ELSE 0 END), 0)",
            f"coalesce(min({n}), 0)",
            f"coalesce(max({n}), 0)",
        ]
    return parts


def profile(engine: Engine, table: Table) -> dict[str, Column]:
    """Figures of every column of a registered table."""
    names = table.columns
    if not names:
        return {}
    # The time to plan one question grows faster than its columns: wide tables are asked in parts.
    row: list[Any] = []
    for at in range(0, len(names), _AT_ONCE):
        some = names[at : at + _AT_ONCE]
        read = [quoted(n) for n in some]
        read += [f"{number(n, table)} AS {quoted(n + _NUMBER)}" for n in some if n in table.numbers]
        parts = [p for n in some for p in _figures(n, table)]
        row += engine.rows(
            f"SELECT {', '.join(parts)} FROM (SELECT {', '.join(read)} FROM {quoted(table.name)})"
        )[0]
    total = table.rows.num_rows
    columns: dict[str, Column] = {}
    for name in names:
        filled, distinct, zeros = row[:3]
        del row[:3]
        more: list[Any] = [0.0, 0.0, 0.0, 0.0]
        if name in table.numbers:
            more, row = row[:4], row[4:]
        columns[name] = Column(
            name=name,
            meaning=meaning(name),
            rows=total,
            filled=filled,
            distinct=distinct,
            number=name in table.numbers,
            date=name in table.dates,
            decimals=float(more[0]),
            negative=float(more[1]),
            low=float(more[2]),
            high=float(more[3]),
            zeros_first=bool(zeros),
        )
    return columns


def agreement(engine: Engine, relation: str, left: str, right: str) -> float:
    """Share of rows in which two expressions give the same money (to a hundredth or .05 %)."""
    found = engine.value(
        f"SELECT avg(CASE WHEN abs(l - r) <= 0.011 + 0.0005 * abs(r) THEN 1.0 ELSE 0 END) FROM "
        f"(SELECT {left} AS l, {right} AS r FROM {relation}) WHERE l IS NOT NULL AND r IS NOT NULL "
        "AND (l <> 0 OR r <> 0)"
    )
    return float(found or 0.0)
