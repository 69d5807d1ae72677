"""How do these tables hang together? Links by keys that are unique, and the finest table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from salesfact._headers import words
from salesfact._profile import Column, Engine, quoted
from salesfact._tables import Table

_SAME = {"customer_any": "customer", "customer_name": "customer", "rep_name": "rep"}
_KEYS = {"customer", "order", "invoice", "product", "rep", "group1", "group2", "group3", "parent"}


@dataclass(frozen=True)
class Link:
    """`child.column` points at one row of `parent` by `key`."""

    child: str
    column: str
    parent: str
    key: str
    about: str  # meaning of the child's column: customer, product, order, ...


def _stem(name: str) -> str:
    plain = words(name)
    for tail in (" id", " key", " nr", " no", " number", " code", " kod"):
        plain = plain.removesuffix(tail)
    return plain.replace(" ", "")


def _akin(column: Column, key: Column, parent: str) -> bool:
    """Whether two names can mean the same thing."""
    a, b = column.meaning, key.meaning
    a, b = _SAME.get(a, a), _SAME.get(b, b)
    if a and a == b and a in _KEYS:
        return True
    if words(column.name) == words(key.name):
        return True
    stem = _stem(column.name)
    home = parent.replace("_", "")
    bare = _stem(key.name) in ("", "id", "key", "nr", "no", "code")
    return bool(stem) and bare and home.startswith(stem)


def find_links(
    engine: Engine, tables: Sequence[Table], columns: Mapping[str, Mapping[str, Column]]
) -> list[Link]:
    """Every link between tables: key unique in the parent, values found there, names akin."""
    links: list[Link] = []
    for parent in tables:
        keys = [
            c
            for c in columns[parent.name].values()
            if c.filled
            and c.distinct == c.filled == c.rows
            and parent.complete
            and not c.date
            and c.decimals == 0
        ]
        for child in tables:
            if child.name == parent.name:
                continue
            for column in columns[child.name].values():
                for key in keys:
                    if not column.filled or not _akin(column, key, parent.name):
                        continue
                    inside = engine.value(
                        f"SELECT avg(CASE WHEN k.v IS NULL THEN 0.0 ELSE 1 END) FROM (SELECT "
                        f"DISTINCT {quoted(column.name)} AS v FROM {quoted(child.name)} WHERE "
                        f"{quoted(column.name)} IS NOT NULL) c LEFT JOIN (SELECT {quoted(key.name)}"
                        f" AS v FROM {quoted(parent.name)}) k ON c.v = k.v"
                    )
                    if inside is not None and inside >= 0.9:
                        about = _SAME.get(column.meaning, column.meaning)
                        links.append(Link(child.name, column.name, parent.name, key.name, about))
    return _one_way(links, columns)


def _one_way(links: Sequence[Link], columns: Mapping[str, Mapping[str, Column]]) -> list[Link]:
    """Between two tables with one row per key, the link goes from the one with more rows."""
    rows = {t: next(iter(c.values())).rows for t, c in columns.items() if c}
    kept: list[Link] = []
    for link in links:
        back = any(o.child == link.parent and o.parent == link.child for o in links)
        if back and (rows[link.child], link.child) < (rows[link.parent], link.parent):
            continue
        if any((k.child, k.parent) == (link.child, link.parent) for k in kept):
            continue
        kept.append(link)
    return kept


def reach(base: str, links: Sequence[Link]) -> list[Link]:
    """Links to walk from the base table, each parent once, nearest first."""
    walked: list[Link] = []
    known = {base}
    edge = [base]
    while edge:
        nearer = [k for k in links if k.child in edge and k.parent not in known]
        edge = []
        for link in nearer:
            if link.parent not in known:
                known.add(link.parent)
                walked.append(link)
                edge.append(link.parent)
    return walked
