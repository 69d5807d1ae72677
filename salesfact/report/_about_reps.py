"""Is a figure about a rep? In one text, in a row, or in what stands next to the name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from salesfact._errors import Fault
from salesfact._language import N_
from salesfact._said import said
from salesfact.report._mask import mask
from salesfact.report._names import CUSTOMER, Vocabulary, flat, names
from salesfact.report._texts import Table, Unit

_REP_HEADS = re.compile(
    r"\b(rep|reps|sales ?rep|salesperson|seller|säljare|säljarnamn|account manager)\b",
    re.IGNORECASE,
)
_CUSTOMER_HEADS = re.compile(r"\b(customer|kund|kundnr|client|account)\b", re.IGNORECASE)
_TOTAL = re.compile(
    r"\W*((grand |sub)?totals?|totalt|(del)?summa|sums?|alla|all|average|medel(värde)?)\b"
    r"(?: (customers|kunder))?\W*$",
    re.I,
)
_DIGIT = re.compile(r"\d")
_MONTHS = "jan|feb|mar|apr|ma[jy]|jun|jul|aug|sep|o[ck]t|nov|dec"
_WHEN = re.compile(
    rf"\b\d{{4}}-\d\d(?:-\d\d)?\b|\b(?:\d{{1,2}}\.? )?(?:{_MONTHS})[a-zé]*\.?(?: \d{{1,2}},)?"
    r"(?: \d{4})?\b|\b(?:19|20)\d\d\b(?![ .,]?\d)",
    re.I,
)
_SUM = re.compile(
    r"\d[\d\s.,]*(?:kr|tkr|mkr|kronor|tusen|miljoner|million|k|m|[tm]?(?:sek|eur|usd|gbp)|%|€|£|\$)"
    r"(?!\w)|(?:[€£$]|\b(?:sek|eur|usd|gbp))\s?\d",
    re.I,
)
_GOES_ON = re.compile(
    r"\W*(hon|han|hen|henne|hennes|hans|denne|denna|säljaren|she|he|they|her|his|their|the rep|"
    r"summa|totalt?|sum|sales|sold|sålt|sålde|försäljning\w*|marginal\w*|margin|belopp\w*|amount|"
    r"resultat\w*|result|budget)\b",
    re.I,
)
_CONTACT = re.compile(
    r"\b(kontakt\w*|contact|frågor|questions?|fråga|ask|ring|call|by|av|from|från)\b", re.I
)
_REMEDY = N_("take it out of the chapter, or make an internal report (--share internal)")
_FIGURE = N_("a figure about the rep {rep}")
_TABLE = N_("a table with figures about the rep {rep}")
_SENTENCE = N_("a sentence with figures about the rep {rep}")
_ABOVE = N_("a figure above the name, which is about the rep {rep}")
_BESIDE = N_("a text with figures beside the name, about the rep {rep}")
_PICTURE = N_("a picture about the rep {rep}")
_NEAR = 3  # texts below a heading that may be about whom it names


def rep_fault(where: str, rep: str, what: str = _FIGURE) -> Fault:
    return Fault(said(what, rep=repr(mask(rep))), where=where, remedy=_REMEDY)


def rep_tables(where: str, tables: Iterable[Table], words: Vocabulary) -> Iterator[Fault]:
    for table in tables:
        named = rep_table(table, words)
        if named is not None:
            yield rep_fault(where, named, _TABLE)


def rep_table(table: Table, words: Vocabulary, under: str | None = None) -> str | None:
    """The rep a table has a figure about, or None.

    Parameters
    ----------
    under : str, optional
        A rep whose name stands above the table: then every figure that is about no customer
        is about the rep.
    """
    across = [n for h in table.heads for n in names(h, words)[0]]
    if across and any(_DIGIT.search(c) for r in table.rows for c in r):
        return across[0]
    columns = [i for i, h in enumerate(table.heads) if _REP_HEADS.search(h)]
    customers = [i for i, h in enumerate(table.heads) if _CUSTOMER_HEADS.search(h)]
    if under and not customers and any(map(_bare_figure, table.heads)):
        return under  # a table without a heading row
    for row in table.rows:
        told = {i: found for i, c in enumerate(row) if (found := names(c, words))[0]}
        for named, rest in told.values():
            if _DIGIT.search(rest):
                return named[0]
        reps = {*told, *(i for i in columns if i < len(row) and row[i])}
        if not _about_rep(row, reps, customers, words):
            if told and not _figures(row, reps):
                first = told[min(told)]
                under = first[0][0] if _label(" ".join(row), words) else None
            continue
        if reps:
            first = min(reps)
            return told[first][0][0] if first in told else row[first]
        if under:
            return under
    return None


def _figures(row: Sequence[str], reps: set[int]) -> bool:
    return any(_DIGIT.search(c) for i, c in enumerate(row) if i not in reps)


def _about_rep(row: Sequence[str], reps: set[int], heads: Sequence[int], words: Vocabulary) -> bool:
    """Whether a row has figures and no customer whose figures they are."""
    if not _figures(row, reps):
        return False
    if any(c in words.customers for i, c in enumerate(row) if i not in reps):
        return False
    # a customer may be called as a rep is
    return not any(
        i < len(row)
        and row[i]
        and not _TOTAL.match(row[i])
        and (i not in reps or row[i] in words.customers)
        for i in heads
    )


def rep_sentences(where: str, texts: Iterable[str], words: Vocabulary) -> Iterator[Fault]:
    """A rep's name and a number in one sentence, unless the name is part of a customer's."""
    for text in texts:
        if not _DIGIT.search(text) or not names(text, words)[0]:
            continue
        for sentence in _sentences(text, words):
            named, rest = names(sentence, words)
            if named and _DIGIT.search(rest):
                yield rep_fault(where, named[0], _SENTENCE)
                return


def rep_neighbours(where: str, units: Iterable[Unit | Table], words: Vocabulary) -> Iterator[Fault]:
    """A rep's name in one text and a figure in the next.

    A heading or a label (a name with hardly another word) is about what follows, up to the next
    heading; a sentence, where the next one goes on about the rep or states a sum. Figures about a
    customer who is named with them, and days, are left alone.
    """
    split: list[Unit | Table] = []
    for unit in units:
        if isinstance(unit, Table):
            split.append(unit)
        else:
            split += [Unit(s, unit.head) for s in _sentences(unit.text, words)]
    for at, unit in enumerate(split):
        if isinstance(unit, Table):
            continue
        named, rest = names(unit.text, words)
        if not named or _figured(rest):
            continue
        label = unit.head or _label(unit.text, words)
        before = split[at - 1] if at else None
        if label and isinstance(before, Unit) and not before.head and _bare_figure(before.text):
            yield rep_fault(where, named[0], _ABOVE)
            return
        after = _until_head(split[at + 1 : at + 1 + (_NEAR if label else 1)])
        for next_unit in after:
            if isinstance(next_unit, Table):
                if label and rep_table(next_unit, words, named[0]):
                    yield rep_fault(where, named[0], _TABLE)
                    return
            elif _figured(next_unit.text) and not words.customer_in(next_unit.text):
                text = next_unit.text
                if label or _GOES_ON.match(text) or _SUM.search(text):
                    yield rep_fault(where, named[0], _BESIDE)
                    return


def rep_drawn(drawn: Iterable[str], words: Vocabulary) -> Iterator[Fault]:
    for text in drawn:
        if named := names(text, words)[0]:
            yield rep_fault("report.html", named[0], _PICTURE)
            return


def _sentences(text: str, words: Vocabulary) -> list[str]:
    """The sentences of a text; the point after an initial ends none."""
    text = flat(text)
    if words.holds(text):
        text = words.hidden.sub(CUSTOMER, text)
    return [s for s in re.split(r"(?<=[.!?])(?<!\b[^\W\d_]\.)\s+", text) if s]


def _figured(text: str) -> bool:
    return bool(_DIGIT.search(_WHEN.sub(" ", text)))


def _label(text: str, words: Vocabulary) -> bool:
    """Whether a text is hardly more than a rep's name."""
    rest = names(text, words)[1]
    return len(re.findall(r"[^\W\d_]+", rest)) <= 2 and not _CONTACT.search(rest)


def _bare_figure(text: str) -> bool:
    return _figured(text) and len(re.findall(r"[^\W\d_]+", text)) <= 2


def _until_head(units: Sequence[Unit | Table]) -> list[Unit | Table]:
    kept = []
    for unit in units:
        if isinstance(unit, Unit) and unit.head and not _figured(unit.text):
            break
        kept.append(unit)
    return kept
