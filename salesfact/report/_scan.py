"""Does the report hold what its share profile forbids? The last look before anything appears.

`client` forbids figures about reps (a list of customers by responsible rep is none; sums and
comparisons of reps are). Every profile forbids local paths, identity numbers and secrets.
"""

from __future__ import annotations

import html
import json
import os
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
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

    @cached_property
    def equal(self) -> frozenset[str]:
        """Reps as a text of its own, without case."""
        return frozenset(_flat(r).casefold() for r in self.reps if len(r) >= 2 and _lettered(r))

    @cached_property
    def inside(self) -> tuple[str, ...]:
        """Reps long enough to be looked for inside a text, longest first."""
        names = {_flat(r) for r in self.reps if len(r) >= 4 and _lettered(r)}
        return tuple(sorted(names, key=lambda n: (-len(n), n)))

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The same without case, for a first quick look."""
        return tuple(n.casefold() for n in self.inside)

    @cached_property
    def finder(self) -> re.Pattern[str]:
        """A rep's name, whatever its case; a single word is not looked for in small letters,
        for it may be an everyday word."""
        forms = []
        for name in self.inside:
            if " " in name:
                forms.append(f"(?i:{re.escape(name)})")
            else:
                forms += map(re.escape, sorted({name, name.upper(), name.capitalize()}))
        return re.compile(r"(?<!\w)(?:" + "|".join(forms or ["(?!)"]) + r")(?:['’]?s|S)?(?!\w)")

    @cached_property
    def hiding(self) -> tuple[str, ...]:
        """Customers whose names hold a rep's, as written and as shown, longest first."""
        flat = (_flat(c) for c in self.customers)
        found = {c for c in flat if self.inside and self._holds(c)}
        return tuple(sorted(found | {mask(c) for c in found}, key=lambda n: (-len(n), n)))

    @cached_property
    def hidden(self) -> re.Pattern[str]:
        """Those customers' names."""
        names = "|".join(map(re.escape, self.hiding)) or "(?!)"
        return re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)

    def _holds(self, text: str) -> bool:
        folded = text.casefold()
        return any(n in folded for n in self.folded) and bool(self.finder.search(text))


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _names(text: str, words: Vocabulary) -> tuple[list[str], str]:
    """The reps a text names, and what else it says; customers' own names are taken out first.

    A name cut short (`…`) is a customer's where one begins so.
    """
    text = _flat(text)
    if text.casefold() in words.equal:
        return [text], ""
    if not words._holds(text):
        return [], text
    text = words.hidden.sub(" ", text)
    if "…" in text:
        text = _cut_short(text, words)
    return [m[0] for m in words.finder.finditer(text)], words.finder.sub(" ", text)


def _cut_short(text: str, words: Vocabulary) -> str:
    kept = []
    *stems, rest = text.split("…")
    for stem in stems:
        match = words.finder.search(stem)
        begun = stem[match.start() :].casefold().rstrip() if match else ""
        customer = match and any(
            c.casefold().startswith(begun) and len(c) > len(match[0]) for c in words.hiding
        )
        kept.append(stem[: match.start()] if match and customer else stem)
    return "… ".join([*kept, rest])


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
        self._term = False  # a term and what is said of it are one text

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
            if tag == "dt":
                self._term = False
            self._break()
            self._term = self._term or tag == "dt"

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
        elif tag == "dl":
            self._term = False
            self._flush()
        elif tag in self.BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._cell is not None:
            self._cell.append(data)
        else:
            self._block.append(data)

    def _break(self) -> None:
        if self._term:
            self._block.append(" ")
        else:
            self._flush()

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
    texts = [*_strings(content), *(map(str, _whole(content)) if name == "results.json" else ())]
    faults = _everywhere(name, texts, words)
    if profile != "internal" and name == "results.json":
        figures = content.get("results", {})
        named = next((n for t in _strings(figures) for n in _names(t, words)[0]), None)
        if named is not None:
            faults.append(_rep_fault(name, named))
    return faults


def scan_workbook(path: Path, profile: str, words: Vocabulary) -> list[Fault]:
    """What the workbook must not hold."""
    from python_calamine import CalamineWorkbook

    properties = list(_properties(path))
    faults = _everywhere(path.name, properties, words)
    if profile != "internal":
        faults += _rep_sentences(path.name, properties, words)
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


def _properties(path: Path) -> Iterator[str]:
    """What a workbook's file tells about itself."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("docProps/") and name.endswith(".xml"):
                content = archive.read(name).decode("utf-8", "replace")
                yield from (html.unescape(t) for t in re.findall(r">([^<]+)<", content))


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
    across = [n for h in table.heads for n in _names(h, words)[0]]
    if across and any(_DIGIT.search(c) for r in table.rows for c in r):
        return across[0]
    columns = [i for i, h in enumerate(table.heads) if _REP_HEADS.search(h)]
    customers = [i for i, h in enumerate(table.heads) if _CUSTOMER_HEADS.search(h)]
    for row in table.rows:
        told = {i: found for i, c in enumerate(row) if (found := _names(c, words))[0]}
        for names, rest in told.values():
            if _DIGIT.search(rest):
                return names[0]
        reps = {*told, *(i for i in columns if i < len(row) and row[i])}
        if not reps:
            continue
        figures = any(_DIGIT.search(c) for i, c in enumerate(row) if i not in reps)
        about = any(c in words.customers for i, c in enumerate(row) if i not in reps)
        # a customer may be called as a rep is
        about = about or any(
            i < len(row) and row[i] and (i not in reps or row[i] in words.customers)
            for i in customers
        )
        if figures and not about:
            first = min(reps)
            return told[first][0][0] if first in told else row[first]
    return None


def _rep_sentences(where: str, texts: Iterable[str], words: Vocabulary) -> Iterator[Fault]:
    """A rep's name and a number in one sentence, unless the name is part of a customer's."""
    for text in texts:
        if not _DIGIT.search(text) or not _names(text, words)[0]:
            continue
        text = words.hidden.sub(" ", _flat(text))
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            names, rest = _names(sentence, words)
            if names and _DIGIT.search(rest):
                yield _rep_fault(where, names[0], "a sentence with figures")
                return


def _rep_drawn(drawn: Iterable[str], words: Vocabulary) -> Iterator[Fault]:
    for text in drawn:
        if names := _names(text, words)[0]:
            yield _rep_fault("report.html", names[0], "a picture")
            return


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


def _whole(content: Any) -> Iterator[int]:
    """Whole numbers: an identity number may have been read as one."""
    if isinstance(content, int) and not isinstance(content, bool):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from _whole(value)
    elif isinstance(content, (list, tuple)):
        for value in content:
            yield from _whole(value)


def read_words(path: Path) -> Vocabulary:
    """The vocabulary as the facts' process wrote it."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Vocabulary(
        frozenset(content["reps"]),
        frozenset(content["customers"]),
        tuple(content["folders"]),
        tuple(v for n in content["secret_names"] if (v := os.environ.get(n))),
    )
