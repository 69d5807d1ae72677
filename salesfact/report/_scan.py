"""Does the report hold what its share profile forbids? The last look before anything appears.

`client` forbids figures about reps (a list of customers by responsible rep is none; sums and
comparisons of reps are). Every profile forbids local paths, identity numbers and secrets.
"""

from __future__ import annotations

import html
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from salesfact._errors import Fault
from salesfact._language import N_
from salesfact._said import said
from salesfact.report._about_reps import (
    rep_drawn,
    rep_fault,
    rep_neighbours,
    rep_sentences,
    rep_tables,
)
from salesfact.report._mask import mask, paths, people
from salesfact.report._names import Vocabulary, names
from salesfact.report._texts import PageReader, Table, Unit


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
    reader = PageReader()
    reader.feed(text)
    reader.close()
    cells = [c for t in reader.tables for r in [t.heads, *t.rows] for c in r]
    drawn = list(drawn)
    faults = _everywhere("report.html", [*reader.texts, *cells, *reader.attributes, *drawn], words)
    if profile != "internal":
        faults += rep_tables("report.html", reader.tables, words)
        faults += rep_sentences("report.html", [*reader.texts, *reader.attributes], words)
        faults += rep_neighbours("report.html", reader.units, words)
        faults += rep_drawn(drawn, words)
    return faults


def scan_json(name: str, content: Any, profile: str, words: Vocabulary) -> list[Fault]:
    """What `results.json` or the manifest must not hold."""
    texts = [*_strings(content), *(map(str, _whole(content)) if name == "results.json" else ())]
    faults = _everywhere(name, texts, words)
    if profile != "internal" and name == "results.json":
        figures = content.get("results", {})
        named = next((n for t in _strings(figures) for n in names(t, words)[0]), None)
        if named is not None:
            faults.append(rep_fault(name, named))
    return faults


def scan_text(name: str, text: str, profile: str, words: Vocabulary) -> list[Fault]:
    """What a plain text must not hold."""
    parts = [" ".join(part.split()) for part in text.split("\n\n")]
    faults = _everywhere(name, parts, words)
    return faults if profile == "internal" else [*faults, *rep_sentences(name, parts, words)]


def scan_workbook(path: Path, profile: str, words: Vocabulary) -> list[Fault]:
    """What the workbook must not hold."""
    from python_calamine import CalamineWorkbook

    properties = list(_properties(path))
    faults = _everywhere(path.name, properties, words)
    if profile != "internal":
        faults += rep_sentences(path.name, properties, words)
    book = CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        raw = book.get_sheet_by_name(name).to_python()
        rows = [[" ".join(str(c).split()) for c in row] for row in raw]
        faults += _everywhere(path.name, [name, *(c for r in rows for c in r)], words)
        if profile != "internal":
            start = next((i for i, r in enumerate(rows) if sum(map(bool, r)) >= 3), 0)
            body = [r for r in rows[start + 1 :] if any(r)]
            heads = rows[start] if rows else []
            faults += rep_tables(path.name, [Table(heads, body)], words)
            above = [" ".join(r).strip() for r in rows[:start]]
            faults += rep_sentences(path.name, above, words)
            # the name of a sheet stands above all that is in it
            for title in (name, *above[:1]):
                units = [Unit(title, head=True), *(Unit(t) for t in above[1:] if t)]
                faults += rep_neighbours(path.name, [*units, Table(heads, body)], words)
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
            what = said(
                N_("a value shaped like a personal identity number: {text}"),
                text=repr(mask(text)[:80]),
            )
            found.setdefault("person", Fault(what, where))
        for path in paths(text, words.folders):
            shown = mask(path) if mask(path) != path else Path(path).name
            what = said(N_("a path on this computer, ending in {name}"), name=repr(shown))
            found.setdefault("path", Fault(what, where))
        if any(len(s) >= 4 and s in text for s in words.secrets):
            found.setdefault("secret", Fault(said(N_("a secret from the environment")), where))
    return list(found.values())


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
