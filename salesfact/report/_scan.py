"""Does the report hold what its share profile forbids? The last look before anything appears.

`client` forbids figures about reps (a list of customers by responsible rep is none; sums and
comparisons of reps are). Every profile forbids local paths, identity numbers and secrets.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from salesfact._errors import Fault
from salesfact.report._mask import mask, paths, people

_REP_HEADS = re.compile(
    r"\b(rep|reps|sales ?rep|salesperson|seller|säljare|säljarnamn|account manager)\b",
    re.IGNORECASE,
)
_CUSTOMER_HEADS = re.compile(r"\b(customer|kund|kundnr|client|account)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_TEXT_ATTRIBUTES = ("alt", "title", "aria-label", "content", "data-k", "href")
_REMEDY = "take it out of the chapter, or make an internal report (--share internal)"


@dataclass(frozen=True)
class Vocabulary:
    """What to look for: reps and customers as they are called, folders, secret values."""

    reps: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


@dataclass
class Table:
    """A table's texts."""

    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Texts, attribute texts and tables of a page; style, script and image data left out."""

    BLOCKS = frozenset(
        "p li dt dd div figcaption pre summary blockquote h1 h2 h3 h4 h5 h6".split()  # noqa: SIM905
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self.tables: list[Table] = []
        self._open: list[Table] = []
        self._cell: list[str] | None = None
        self._block: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in _TEXT_ATTRIBUTES:
                self.attributes.append(value)
        if tag in ("script", "style"):
            self._silent += 1
        elif tag == "table":
            self._flush()
            self._open.append(Table())
        elif tag == "tr" and self._open:
            self._open[-1].rows.append([])
        elif tag in ("td", "th") and self._open:
            self._cell = []
        elif tag in self.BLOCKS:
            self._flush()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1
        elif tag in ("td", "th") and self._open and self._cell is not None:
            if not self._open[-1].rows:
                self._open[-1].rows.append([])
            self._open[-1].rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None
        elif tag == "table" and self._open:
            table = self._open.pop()
            rows = [r for r in table.rows if r]
            self.tables.append(Table(rows[0] if rows else [], rows[1:]))
        elif tag in self.BLOCKS:
            self._flush()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._cell is not None:
            self._cell.append(data)
        else:
            self._block.append(data)

    def _flush(self) -> None:
        text = " ".join("".join(self._block).split())
        self._block = []
        if text:
            self.texts.append(text)

    def close(self) -> None:
        super().close()
        self._flush()


def scan_page(text: str, profile: str, words: Vocabulary, drawn: Iterable[str] = ()) -> list[Fault]:
    """What a page must not hold.

    Parameters
    ----------
    text : str
        The page.
    profile : {"internal", "client"}
    words : Vocabulary
    drawn : iterable of str
        Texts in its pictures.
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    cells = [c for t in reader.tables for r in [t.heads, *t.rows] for c in r]
    drawn = list(drawn)
    faults = _everywhere("report.html", [*reader.texts, *cells, *reader.attributes, *drawn], words)
    if profile != "internal":
        faults += _rep_tables("report.html", reader.tables, words)
        faults += _rep_sentences("report.html", [*reader.texts, *reader.attributes], words)
        faults += _rep_drawn(drawn, words)
    return faults


def scan_json(name: str, content: Any, profile: str, words: Vocabulary) -> list[Fault]:
    """What `results.json` or the manifest must not hold."""
    texts = list(_strings(content))
    faults = _everywhere(name, texts, words)
    if profile != "internal" and name == "results.json":
        figures = content.get("results", {})
        named = [t for t in _strings(figures) if _is_rep(t, words)]
        if named:
            faults.append(_rep_fault(name, named[0]))
    return faults


def scan_workbook(path: Path, profile: str, words: Vocabulary) -> list[Fault]:
    """What the workbook must not hold."""
    from python_calamine import CalamineWorkbook

    faults: list[Fault] = []
    book = CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        raw = book.get_sheet_by_name(name).to_python()
        rows = [[" ".join(str(c).split()) for c in row] for row in raw]
        faults += _everywhere(path.name, [name, *(c for r in rows for c in r)], words)
        if profile != "internal":
            start = next((i for i, r in enumerate(rows) if sum(map(bool, r)) >= 3), 0)
            body = [r for r in rows[start + 1 :] if any(r)]
            heads = rows[start] if rows else []
            faults += _rep_tables(path.name, [Table(heads, body)], words)
            faults += _rep_sentences(path.name, [" ".join(r).strip() for r in rows[:start]], words)
    return faults


def _everywhere(where: str, texts: Iterable[str], words: Vocabulary) -> list[Fault]:
    """Identity numbers, paths and secrets: forbidden in every profile."""
    found: dict[str, Fault] = {}
    for text in texts:
        if people(text):
            found.setdefault(
                "person",
                Fault(
                    f"a value shaped like a personal identity number: {mask(text)[:80]!r}", where
                ),
            )
        for path in paths(text, words.folders):
            shown = mask(path) if mask(path) != path else Path(path).name
            found.setdefault("path", Fault(f"a path on this computer, ending in {shown!r}", where))
        if any(len(s) >= 4 and s in text for s in words.secrets):
            found.setdefault("secret", Fault("a secret from the environment", where))
    return list(found.values())


def _rep_tables(where: str, tables: Iterable[Table], words: Vocabulary) -> Iterator[Fault]:
    for table in tables:
        named = _rep_table(table, words)
        if named is not None:
            yield _rep_fault(where, named, "a table with figures")


def _rep_table(table: Table, words: Vocabulary) -> str | None:
    """The rep a table has a figure about, or None."""
    across = [h for h in table.heads if _is_rep(h, words)]
    if across and any(_DIGIT.search(c) for r in table.rows for c in r):
        return across[0]
    columns = [i for i, h in enumerate(table.heads) if _REP_HEADS.search(h)]
    customers = [i for i, h in enumerate(table.heads) if _CUSTOMER_HEADS.search(h)]
    for row in table.rows:
        reps = [i for i, c in enumerate(row) if _is_rep(c, words)]
        reps += [i for i in columns if i < len(row) and row[i] and i not in reps]
        if not reps:
            continue
        figures = any(_DIGIT.search(c) for i, c in enumerate(row) if i not in reps)
        about = any(c in words.customers for i, c in enumerate(row) if i not in reps)
        about = about or any(i < len(row) and row[i] for i in customers)
        if figures and not about:
            return row[reps[0]]
    return None


def _rep_sentences(where: str, texts: Iterable[str], words: Vocabulary) -> Iterator[Fault]:
    """A rep's name and a number in one sentence, unless the name is part of a customer's."""
    names = sorted((r for r in words.reps if len(r) >= 4 and _lettered(r)), key=len, reverse=True)
    if not names:
        return
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)")
    hiding = [c for c in words.customers if pattern.search(c)]
    for text in texts:
        if not _DIGIT.search(text) or not pattern.search(text):
            continue
        for customer in sorted(hiding, key=len, reverse=True):
            text = text.replace(customer, " ")
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            match = pattern.search(sentence)
            if match and _DIGIT.search(pattern.sub("", sentence)):
                yield _rep_fault(where, match[0], "a sentence with figures")
                return


def _rep_drawn(drawn: Iterable[str], words: Vocabulary) -> Iterator[Fault]:
    for text in drawn:
        if _is_rep(text, words):
            yield _rep_fault("report.html", text, "a picture")
            return


def _is_rep(text: str, words: Vocabulary) -> bool:
    return text in words.reps and len(text) >= 2 and _lettered(text)


def _lettered(text: str) -> bool:
    return any(c.isalpha() for c in text)


def _rep_fault(where: str, rep: str, kind: str = "a figure") -> Fault:
    return Fault(f"{kind} about the rep {mask(rep)!r}", where=where, remedy=_REMEDY)


def _strings(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield str(key)
            yield from _strings(value)
    elif isinstance(content, (list, tuple)):
        for value in content:
            yield from _strings(value)


def read_words(path: Path) -> Vocabulary:
    """The vocabulary as the facts' process wrote it."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Vocabulary(
        frozenset(content["reps"]),
        frozenset(content["customers"]),
        tuple(content["folders"]),
        tuple(v for n in content["secret_names"] if (v := os.environ.get(n))),
    )
