"""Which column plays which role? Settings' column names and SQL expressions, as the engine's SQL.

A mapping that equals a column's name (exactly, else whatever the case) is that column. Anything
else is an SQL expression over columns. Text columns are read by where they stand: as numbers in
arithmetic, as dates in a date's place, as text elsewhere.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from salesfact._cells import date_sql, mark_sql, number_sql
from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._said import did_you_mean, said

if TYPE_CHECKING:
    from salesfact._dialect import Dialect

MONEY = "DECIMAL(38,10)"  # how every number is carried until it is stored


# sqlglot's class names of what an expression may hold, by what its operands are read as
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBERS = _words("Add Sub Mul Div IntDiv Mod Neg Abs Round Ceil Floor Sign Sqrt Pow")
_SAME = _words("Paren Coalesce Nullif Greatest Least")
_TRUTHS = _words("And Or Not Xor Is")
_COMPARED = _words("EQ NEQ GT GTE LT LTE In Between NullSafeEQ NullSafeNEQ")
_TEXTS = _words(
    "Upper Lower Trim Left Right Substring Concat ConcatWs DPipe SafeDPipe SafeConcat Replace"
    " Length SplitPart RegexpLike RegexpReplace RegexpExtract StartsWith EndsWith Contains"
    " StrPosition Pad Like ILike StrToTime StrToDate Initcap Escape Reverse"
)
_DATES = _words(
    "Year Month Day Quarter Week DayOfWeek DayOfMonth DayOfYear Extract TimestampTrunc DateTrunc"
    " DateDiff DateAdd DateSub LastDay Date"
)
_LEAVES = _words("Literal Boolean Null Interval DataType Var DataTypeParam IntervalSpan")
_ANONYMOUS = _words("strptime try_strptime ltrim rtrim suffix prefix contains make_date strip")
_NUMERIC = re.compile(r"DECIMAL|NUMERIC|DOUBLE|FLOAT|REAL|INT|HUGEINT", re.I)
_DAY = re.compile(r"\d{4}-\d\d-\d\d$")


@dataclass
class Columns:
    """The columns of a relation, and how their text is written.

    Parameters
    ----------
    types : mapping
        Column name -> DuckDB type.
    dialect : Dialect
        How numbers and dates are written in text columns.
    where : str
        How messages name the relation.
    own : mapping
        Column -> how its text is written, where that differs.
    plain : mapping
        Text column -> the column that holds its numbers where its cells plainly say one, as
        DECIMAL(18,4), see `_numbers`.
    """

    types: Mapping[str, str]
    dialect: Dialect
    where: str = ""
    own: Mapping[str, Dialect] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def find(self, name: str) -> str | None:
        """The column of that name: exactly, else whatever the case."""
        if name in self.types:
            return name
        alike = [c for c in self.types if c.casefold() == name.casefold()]
        return alike[0] if len(alike) == 1 else None

    def shown(self) -> list[str]:
        """The columns a user may name."""
        return [c for c in self.types if not c.startswith("_")]

    # -- roles -------------------------------------------------------------------------------------

    def as_number(self, mapping: str, key: str) -> str:
        """SQL of a `DECIMAL(38,10)`, NULL where it cannot be read."""
        sql = self._role(mapping, key, "number")
        return sql if self.find(mapping) else f"TRY(CAST({sql} AS {MONEY}))"

    def as_date(self, mapping: str, key: str) -> str:
        """SQL of a `TIMESTAMP`, NULL where it cannot be read."""
        sql = self._role(mapping, key, "date")
        kind = self.types.get(self.find(mapping) or "", "")
        return sql if kind == "VARCHAR" else f"TRY(CAST({sql} AS TIMESTAMP))"

    def as_text(self, mapping: str, key: str) -> str:
        """SQL of a text without spaces around it, NULL where it is empty."""
        sql = self._role(mapping, key, "text")
        return sql if self.find(mapping) else f"nullif(trim(CAST({sql} AS VARCHAR)), '')"

    def as_truth(self, mapping: str, key: str) -> str:
        """SQL of a condition; NULL where it cannot be told."""
        return f"TRY(CAST({self._role(mapping, key, 'truth')} AS BOOLEAN))"

    def plain_number(self, mapping: str) -> str | None:
        """SQL of the numbers a bare column plainly says, NULL elsewhere; None if not read so."""
        plain = self.plain.get(self.find(mapping) or "")
        return plain and quoted(plain)

    def texts_in(self, mapping: str) -> list[str]:
        """The text columns that a column's name or an expression means."""
        from sqlglot import exp

        column = self.find(mapping)
        names = [column]
        if column is None:
            tree = self._parse(mapping, "")
            parts = tree.find_all(exp.Column) if tree is not None else ()
            names = list(dict.fromkeys(self.find(c.name) for c in parts))
        return [n for n in names if n is not None and self.types[n].upper() == "VARCHAR"]

    def mark_of(self, mapping: str) -> str:
        """SQL of the currency that stands in the cells of a number, NULL where none does."""
        marks = []
        for name in self.texts_in(mapping):
            mark = mark_sql(quoted(name))
            if name in self.plain:  # a cell that plainly says a number says nothing else
                mark = f"CASE WHEN {quoted(self.plain[name])} IS NULL THEN {mark} END"
            marks.append(mark)
        return f"coalesce({', '.join(marks)}, NULL)" if marks else "NULL::VARCHAR"

    def numbers_in(self, mapping: str) -> list[str]:
        """The columns an expression reads as numbers, as SQL: to tell unreadable from too large."""
        if self.find(mapping) is not None:
            return []  # what cannot be read of a bare column is unreadable
        found: dict[str, None] = {}
        tree = self._parse(mapping, "")
        if tree is not None:
            _Sayer(self, "", found).say(tree, "number")
        return list(found)

    def _role(self, mapping: str, key: str, want: str) -> str:
        column = self.find(mapping)
        if column is not None:
            return self._read(column, want)
        tree = self._parse(mapping, key)
        return "NULL" if tree is None else _Sayer(self, key).say(tree, want)

    def _parse(self, mapping: str, key: str) -> Any:
        import sqlglot
        from sqlglot.errors import ParseError, TokenError

        try:
            return sqlglot.parse_one(mapping, dialect="duckdb")  # pyright: ignore
        except (ParseError, TokenError):
            near = self.nearest(mapping)
            self.fault(
                key,
                said(
                    N_("{mapping} is neither a column nor an SQL expression"),
                    mapping=repr(mapping),
                ),
                did_you_mean(near) or N_('quote names with spaces: "like this"'),
            )
            return None

    def nearest(self, name: str) -> str | None:
        """The column most like a name."""
        known = {c.casefold(): c for c in self.shown()}
        near = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=0.4)
        return known[near[0]] if near else None

    def fault(self, key: str, what: str, remedy: str = "") -> None:
        """Note a fault; all are told at once by `check`."""
        shown = self.shown()
        listed = ", ".join(shown[:60]) + (", ..." if len(shown) > 60 else "")
        where = ", ".join(filter(None, (self.where, key)))
        fault = Fault(
            what, where=where, allowed=said(N_("columns {listed}"), listed=listed), remedy=remedy
        )
        if fault not in self.faults:
            self.faults.append(fault)

    def check(self) -> None:
        """Raise what was found.

        Raises
        ------
        SourceError
            If a mapping names an unknown column or holds what is not allowed.
        """
        if self.faults:
            raise SourceError(*self.faults)

    def _read(self, column: str, want: str) -> str:
        """A column as what is wanted of it."""
        name, kind = quoted(column), self.types[column].upper()
        dialect = self.own.get(column, self.dialect)
        if kind == "VARCHAR":
            if want == "number":
                return self._number(column, number_sql(name, dialect))
            return date_sql(name, dialect) if want == "date" else name
        if _NUMERIC.match(kind):
            if want == "number":
                return f"TRY_CAST({name} AS {MONEY})"
            if want == "date":  # 20260930, or a spreadsheet's serial number
                return date_sql(_digits(name, kind), dialect)
            return _digits(name, kind) if want == "text" else name
        if want == "text" and kind not in ("DATE", "TIMESTAMP"):
            return f"CAST({name} AS VARCHAR)"
        if want == "text":
            return f"strftime({name}, '%Y-%m-%d')"
        return name

    def _number(self, column: str, closer: str) -> str:
        """The number of a text column; only what does not plainly say it is looked at closely."""
        if column not in self.plain:
            return closer
        plain = quoted(self.plain[column])
        return f"CASE WHEN {plain} IS NOT NULL THEN CAST({plain} AS {MONEY}) ELSE {closer} END"


def _digits(name: str, kind: str) -> str:
    """A number as an id: 17850.0 is 17850."""
    if not re.match(r"DOUBLE|FLOAT|REAL|DECIMAL|NUMERIC", kind):
        return f"CAST({name} AS VARCHAR)"
    return (
        f"CASE WHEN abs({name}) < 1e18 AND {name} = floor({name})"
        f" THEN CAST(TRY_CAST({name} AS BIGINT) AS VARCHAR) ELSE CAST({name} AS VARCHAR) END"
    )


def quoted(name: str) -> str:
    """An identifier as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


class _Sayer:
    """Writes an expression as SQL, reading every column as its place demands."""

    def __init__(self, columns: Columns, key: str, numbers: dict[str, None] | None = None) -> None:
        self.columns, self.key, self.numbers = columns, key, numbers

    def say(self, node: Any, want: str) -> str:
        kind = type(node).__name__
        if kind == "Column":
            return self._column(node, want)
        if kind in _LEAVES:
            if kind == "Literal" and node.is_string and want == "date" and _DAY.match(node.name):
                return f"TIMESTAMP '{node.name}'"
            return node.sql(dialect="duckdb")
        if kind == "Paren":
            return f"({self.say(node.this, want)})"
        if kind in _NUMBERS:
            return self._arithmetic(node, want)
        if kind in _SAME:
            return self._rebuilt(node, lambda _: want)
        if kind in ("Case", "If"):
            return self._case(node, want)
        if kind in _TRUTHS:
            return self._rebuilt(node, lambda _: "truth")
        if kind in _COMPARED and not node.args.get("query"):
            side = self._side(node)
            return self._rebuilt(node, lambda _: side)
        if kind in _TEXTS:
            return self._rebuilt(node, lambda _: "text")
        if kind in _DATES:
            return self._rebuilt(node, lambda _: "date")
        if kind in ("Cast", "TryCast"):
            target = node.to.sql(dialect="duckdb").upper()
            inner = (
                "number"
                if _NUMERIC.match(target)
                else "date"
                if re.match("DATE|TIMESTAMP", target)
                else "text"
            )
            return f"TRY_CAST({self.say(node.this, inner)} AS {target})"
        if kind == "Anonymous" and node.name.lower() in _ANONYMOUS:
            inner = "number" if node.name.lower() == "make_date" else "text"
            return self._rebuilt(node, lambda _: inner)
        shown = node.sql(dialect="duckdb")
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        self.columns.fault(
            self.key,
            said(N_("{shown} is not allowed in an expression"), shown=repr(shown)),
            N_(
                "use columns, arithmetic, CASE, comparisons and plain text, number and date"
                " functions"
            ),
        )
        return "NULL"

    def _column(self, node: Any, want: str) -> str:
        name = node.name if not node.table else node.sql(dialect="duckdb").replace('"', "")
        column = self.columns.find(name)
        if column is None:
            near = self.columns.nearest(name)
            self.columns.fault(
                self.key, said(N_("unknown column {name}"), name=repr(name)), did_you_mean(near)
            )
            return "NULL"
        sql = self.columns._read(column, "any" if want == "truth" else want)
        if want == "number" and self.numbers is not None:
            self.numbers[sql] = None
        return sql

    def _arithmetic(self, node: Any, want: str) -> str:
        """Each step is cast back, so that a chain of products keeps its ten decimals."""
        inner = "date" if want == "date" else "number"
        if inner == "date":
            return self._rebuilt(node, lambda c: "any" if type(c).__name__ == "Literal" else "date")
        sql = self._rebuilt(node, lambda _: "number")
        if type(node).__name__ in ("Mul", "Div", "IntDiv", "Mod", "Pow", "Sqrt"):
            return f"CAST({sql} AS {MONEY})"
        return sql

    def _case(self, node: Any, want: str) -> str:
        from sqlglot import exp

        if isinstance(node, exp.If):
            no = node.args.get("false")
            parts = [
                f"WHEN {self.say(node.this, 'truth')} THEN {self.say(node.args['true'], want)}"
            ]
            head = "CASE"
        else:
            no = node.args.get("default")
            head = "CASE" if node.this is None else f"CASE {self.say(node.this, 'text')}"
            inner = "truth" if node.this is None else "text"
            parts = [
                f"WHEN {self.say(i.this, inner)} THEN {self.say(i.args['true'], want)}"
                for i in node.args["ifs"]
            ]
        tail = "" if no is None else f" ELSE {self.say(no, want)}"
        return f"{head} {' '.join(parts)}{tail} END"

    def _side(self, node: Any) -> str:
        """What the sides of a comparison are read as: as numbers if one of them is one."""
        sides = list(node.iter_expressions())
        for side in sides:
            bare = side.unnest()
            kind = type(bare).__name__
            if kind == "Neg":
                bare, kind = bare.this, type(bare.this).__name__
            if kind in _NUMBERS or (kind == "Literal" and not bare.is_string):
                return "number"
            if kind in ("Cast", "TryCast"):
                target = bare.to.sql(dialect="duckdb").upper()
                if _NUMERIC.match(target):
                    return "number"
                if re.match("DATE|TIMESTAMP", target):
                    return "date"
            if kind in ("Year", "Month", "Day", "Extract", "Length"):
                return "number"
        if any(type(s).__name__ == "Literal" and _DAY.match(s.name) for s in sides):
            return "date"
        return "text"

    def _rebuilt(self, node: Any, wanted: Any) -> str:
        """The same node over its operands, each said as wanted."""
        from sqlglot import exp

        again = node.copy()
        originals = list(node.iter_expressions())
        for child, original in zip(list(again.iter_expressions()), originals, strict=True):
            if type(original).__name__ in ("Interval", "DataType", "Identifier", "Var"):
                continue
            said = self.say(original, wanted(original))
            child.replace(exp.Var(this=f"({said})"))
        return again.sql(dialect="duckdb")
