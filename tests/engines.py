"""Engines in memory, opened a thousand times: each a database of its own in one shared instance.

To start an instance takes far longer than to ask it what these tests ask.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import duckdb

OWN = {"salesfact._preparation"}  # sets limits that hold for a whole instance
_connect = duckdb.connect
_cores = [1]
_sharing = [True]
_shared: dict[int, duckdb.DuckDBPyConnection] = {}  # by the number of threads
_names = (f"engine_in_memory_{n}" for n in itertools.count())
_left: list[tuple[int, str]] = []  # databases whose connection is gone


def install() -> None:
    """From now on in this process."""
    duckdb.connect = _connect_calmly


def threads(cores: int) -> None:
    """So many threads in what is opened from now on."""
    _cores[0] = cores


@contextlib.contextmanager
def own() -> Iterator[None]:
    """What is opened meanwhile is an instance of its own."""
    _sharing[0] = False
    try:
        yield
    finally:
        _sharing[0] = True


@functools.wraps(_connect)
def _connect_calmly(*args: Any, **how: Any) -> duckdb.DuckDBPyConnection:
    bare = args in ((), (":memory:",)) and not any(how.values())
    if _sharing[0] and bare and sys._getframe(1).f_globals.get("__name__") not in OWN:
        return _database()
    con = _connect(*args, **how)
    con.execute(f"SET threads = {_cores[0]}")
    return con


def _database() -> duckdb.DuckDBPyConnection:
    cores = _cores[0]
    if cores not in _shared:
        _shared[cores] = _connect(config={"threads": cores})
    while _left:
        where, gone = _left.pop()
        with contextlib.suppress(duckdb.Error):  # still read from: it stays until the end
            _shared[where].execute(f"DETACH {gone}")
    name, con = next(_names), _shared[cores].cursor()
    con.execute(f"ATTACH ':memory:' AS {name}; USE {name}")
    weakref.finalize(con, _left.append, (cores, name))
    return con
