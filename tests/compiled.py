"""Expressions that were compiled before in this process: worlds are many, questions few.

The SQL of an expression depends on it and on its tables' columns, not on what they hold.
"""

from __future__ import annotations

import functools
from typing import Any

from ibis.backends.duckdb import Backend
from ibis.expr import operations as ops

MOST = 2_000
SMALL = "a_small_table_beside_the_facts"  # Ibis draws a new name for each
_compile = Backend.compile
_known: dict[Any, str] = {}
_nowhere = Backend()  # equal to any engine in memory, but holds none alive


def install() -> None:
    """From now on in this process."""
    Backend.compile = _compile_once


@functools.wraps(_compile)
def _compile_once(self: Backend, expr: Any, /, **how: Any) -> str:
    op = expr.op()
    small = op.find(ops.InMemoryTable)
    if self != _nowhere or any(how.values()) or len(small) > 1:
        return _compile(self, expr, **how)
    name = small[0].name if small else SMALL
    if small:
        op = op.replace({small[0]: _table(SMALL, small[0].schema)})
    sql = _known.get(op)
    if sql is None:
        sql = _compile(self, expr, **how).replace(name, SMALL)
        if len(_known) < MOST:
            tables = {t: t.copy(source=_nowhere) for t in op.find(ops.DatabaseTable)}
            _known[op.replace(tables)] = sql
    return sql.replace(SMALL, name)


def _table(name: str, schema: Any) -> ops.DatabaseTable:
    return ops.DatabaseTable(name=name, schema=schema, source=_nowhere)
