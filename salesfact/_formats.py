"""How are numbers and dates written here? Told from all values, not from the first hundred."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from salesfact._language import N_
from salesfact._said import both, said

SPACES = " \u00a0\u202f\u2009"
CURRENCIES = {
    "kr": "", "sek": "SEK", "eur": "EUR", "€": "EUR", "usd": "USD", "$": "USD", "gbp": "GBP",
    "£": "GBP", "dkk": "DKK", "nok": "NOK", "chf": "CHF",
}  # fmt: skip
_MONEY = "|".join(re.escape(c) for c in sorted(CURRENCIES, key=len, reverse=True))
_TRIM = re.compile(
    rf"^[(]?\s*[-+−–]?\s*(?:{_MONEY})?\.?\s*[-+−]?|\s*(?:{_MONEY}|:-|%)?\.?\s*[-−]?\s*[)]?$", re.I
)
_ANY_MONEY = re.compile(rf"(?:{_MONEY})", re.I)
_INT = re.compile(r"\d+")
_POINT = re.compile(r"\d*\.\d+|\d+\.")
_COMMA = re.compile(r"\d*,\d+|\d+,")
_ONE_POINT = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_ONE_COMMA = re.compile(r"[1-9]\d{0,2},\d{3}")
_GROUPS = {
    (".", ","): re.compile(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}"),
    (",", "."): re.compile(r"\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}"),
    (" ", ","): re.compile(rf"\d{{1,3}}([{SPACES}]\d{{3}})+(,\d+)?"),
    (" ", "."): re.compile(rf"\d{{1,3}}([{SPACES}]\d{{3}})+\.\d+"),
    ("'", "."): re.compile(r"\d{1,3}(['’]\d{3})+(\.\d+)?"),
}
_PARTS = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})(?:[ T]\d{1,2}[:.]\d{2}.*)?")
_COMPACT = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_COMPACT_DAY_FIRST = re.compile(r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d{2}")
_SHORT = re.compile(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_MONTHS = "jan|feb|mar|mär|mrz|apr|ma[jiy]|jun|jul|aug|sep|o[ck]t|nov|de[csz]"
_NAMED = re.compile(
    rf"(?:\d{{1,2}}[-/. ]*(?:{_MONTHS})[a-zäöå]*\.?[-/. ,]*(?:\d{{4}}|\d\d)"
    rf"|(?:{_MONTHS})[a-zäöå]*\.?[-/. ]*\d{{1,2}}[-/. ,]+\d{{4}}"
    rf"|\d{{4}}[-/. ]*(?:{_MONTHS})[a-zäöå]*\.?[-/. ]*\d{{1,2}})(?:[ T,].*)?",
    re.I,
)
#: What a heading means whose values may be days in six digits, year first.
DATED = {"order_date", "invoice_date", "booking_date", "other_date", "date"}
MOST = 0.9
#: Different values of a column by their shape: one value of each, and how many share it.
Shapes = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Ask:
    """One thing that the material leaves open: what, the default that works, how to settle it.

    `undecided` marks what the values do not tell, so that other files may.
    """

    topic: str
    text: str
    default: str
    undecided: bool = False


@dataclass
class Formats:
    """How a table's numbers and dates are written, and which columns hold them."""

    decimal: str = "."
    thousands: str = ""
    date: str = "YMD"
    numbers: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    currencies: set[str] = field(default_factory=set)
    marks: dict[str, dict[str, int]] = field(default_factory=dict)  # column -> mark -> values
    asks: list[Ask] = field(default_factory=list)
    how: list[str] = field(default_factory=list)


def spread(values: Sequence[str], most: int) -> Sequence[str]:
    """At most so many values, evenly from the first to the last."""
    if len(values) <= most:
        return values
    step = len(values) / most
    return [values[int(i * step)] for i in range(most)]


def core(text: str) -> str:
    """A number's digits and separators, without sign, currency and brackets."""
    return _TRIM.sub("", text.strip()).strip()


def _is_number(digits: str) -> bool:
    return bool(
        _INT.fullmatch(digits)
        or _POINT.fullmatch(digits)
        or _COMMA.fullmatch(digits)
        or any(p.fullmatch(digits) for p in _GROUPS.values())
    )


def date_parts(text: str) -> tuple[int, int, int] | None:
    """The three numbers of a date as they stand, or None."""
    found = _PARTS.fullmatch(text.strip())
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _fits(parts: tuple[int, int, int], order: str) -> bool:
    year, month, day = (parts[order.index(k)] for k in "YMD")
    return 1 <= month <= 12 and 1 <= day <= 31 and (year < 100 or 1900 <= year <= 2100)


def is_date_like(text: str) -> bool:
    """Whether a value can be a date in any order."""
    text = text.strip()
    if _COMPACT.fullmatch(text) or _COMPACT_DAY_FIRST.fullmatch(text) or _NAMED.fullmatch(text):
        return True
    parts = date_parts(text)
    return parts is not None and any(_fits(parts, o) for o in ("YMD", "DMY", "MDY"))


def are_dates(seen: Sequence[str]) -> bool:
    """Whether nearly all of some values can be dates."""
    return bool(seen) and sum(map(is_date_like, seen)) >= MOST * len(seen)


def are_short_dates(seen: Sequence[str]) -> bool:
    """Whether some values are days in six digits, `260131`: all of them, for many codes look so."""
    return bool(seen) and all(_SHORT.fullmatch(v.strip()) for v in seen)


def may_be_numbers(seen: Sequence[str]) -> bool:
    """Whether at least half of some values are numbers."""
    return sum(_is_number(core(v)) for v in seen) >= 0.5 * max(len(seen), 1)


def find_numbers(columns: Mapping[str, Shapes], formats: Formats, hint: str) -> None:
    """Fill decimal mark, thousands mark and number columns.

    `hint` is the decimal mark to expect where nothing tells (from the language of the headers).
    """
    read: dict[str, Shapes] = {}
    tally = {"point": 0, "comma": 0, "one_point": 0, "one_comma": 0}
    groups = dict.fromkeys(_GROUPS, 0)
    for name, shapes in columns.items():
        if not shapes or name in formats.dates:
            continue
        cores = [(core(v), n) for v, n in shapes]
        if sum(n for c, n in cores if _is_number(c)) < MOST * sum(n for _, n in cores):
            continue
        formats.numbers.append(name)
        if marks := _marks(shapes):
            formats.marks[name] = marks
            formats.currencies |= {CURRENCIES[m] for m in marks if CURRENCIES.get(m)}
        read[name] = cores
        for digits, n in cores:
            if _ONE_POINT.fullmatch(digits):
                tally["one_point"] += n
            elif _POINT.fullmatch(digits):
                tally["point"] += n
            elif _ONE_COMMA.fullmatch(digits):
                tally["one_comma"] += n
            elif _COMMA.fullmatch(digits):
                tally["comma"] += n
            else:
                for key, pattern in _GROUPS.items():
                    groups[key] += n * bool(pattern.fullmatch(digits))
    by_group = {mark: sum(n for (_, d), n in groups.items() if d == mark) for mark in (".", ",")}
    # A blank as thousands mark says nothing of the decimal mark when no decimals follow.
    point = tally["point"] + by_group["."]
    comma = tally["comma"] + (by_group[","] if tally["comma"] or not tally["point"] else 0)
    if point or comma:
        formats.decimal = "," if comma > point else "."
        count = max(point, comma)
        seen = N_("decimal mark '{mark}' in one value")
        seen = seen if count == 1 else N_("decimal mark '{mark}' in {count} values")
        formats.how.append(said(seen, mark=formats.decimal, count=count))
        for name, cores in read.items():
            _mixed_style(name, cores, formats)
        other, fewer = (",", comma) if formats.decimal == "." else (".", point)
        if fewer > max(2, 0.01 * count):
            formats.asks.append(
                Ask(
                    said(N_("number style")),
                    said(
                        N_(
                            "{count} values have the decimal mark '{mark}'; {fewer} have '{other}'"
                            " and are set aside as unreadable; export all figures in one style"
                        ),
                        count=count,
                        mark=formats.decimal,
                        fewer=fewer,
                        other=other,
                    ),
                    f"decimal '{formats.decimal}'",
                )
            )
    elif tally["one_comma"] or tally["one_point"]:
        mark = "," if tally["one_comma"] else "."
        formats.decimal = hint
        meant = said(N_("decimals")) if hint == mark else said(N_("thousands"))
        formats.asks.append(
            Ask(
                said(N_("number style")),
                said(
                    N_("values such as {sample} can be {whole} or {part}; read as {meant}"),
                    sample=f"1{mark}234",
                    whole="1234",
                    part="1.234",
                    meant=meant,
                ),
                f"decimal '{hint}'",
                undecided=True,
            )
        )
    else:
        formats.decimal = hint
    other = "." if formats.decimal == "," else ","
    used = {t: sum(n for (k, _), n in groups.items() if k == t) for t in (".", ",", " ", "'")}
    used[other] += tally["one_point" if other == "." else "one_comma"]
    used[formats.decimal] = 0
    best = max(used, key=lambda t: used[t])
    formats.thousands = best if used[best] else ""
    if formats.thousands:
        shown = said(N_("space")) if formats.thousands == " " else f"'{formats.thousands}'"
        formats.how.append(said(N_("thousands mark: {mark}"), mark=shown))


def _marks(shapes: Shapes) -> dict[str, int]:
    """Values by the currency that stands in them, "" for those without; {} where none has any."""
    found: Counter[str] = Counter()
    for value, n in shapes:
        for mark in _ANY_MONEY.findall(value):
            found[mark.lower()] += n
    if not found:
        return {}
    bare = sum(n for _, n in shapes) - sum(found.values())
    return {**dict(found.most_common()), **({"": bare} if bare > 0 else {})}


def _mixed_style(name: str, cores: Shapes, formats: Formats) -> None:
    """Ask where one column groups thousands and writes decimals with the same mark.

    `4,321` beside `1234,50` is 4321 or 4.321. Figures that truly have three decimals show it: some
    are below one, reach a thousand, or have still more decimals.
    """
    mark = formats.decimal
    lone = _ONE_COMMA if mark == "," else _ONE_POINT
    split = [(c.split(mark), n) for c, n in cores if c.count(mark) == 1]
    split = [(p, n) for p, n in split if p[0] and p[1]]
    threes = [(p, n) for p, n in split if lone.fullmatch(mark.join(p))]
    few = [(p, n) for p, n in split if len(p[1]) < 3]
    every, some, short = (sum(n for _, n in x) for x in (split, threes, few))
    least = max(3, 0.02 * sum(n for _, n in cores))
    if some < least or short < least or every > some + short:
        return
    sample, other = mark.join(threes[0][0]), mark.join(few[0][0])
    taken = ".".join(threes[0][0])
    formats.asks.append(
        Ask(
            said(N_("number style")),
            said(
                N_(
                    "{column} holds values such as {sample} ({some}) and {other} ({short}); in the"
                    " first the '{mark}' can part thousands; it is read as {taken}; if that is"
                    " wrong, export all figures in one style"
                ),
                column=name,
                sample=sample,
                some=some,
                other=other,
                short=short,
                mark=mark,
                taken=taken,
            ),
            f"decimal '{mark}'",
        )
    )


def find_dates(
    columns: Mapping[str, Sequence[str]],
    formats: Formats,
    hint: str,
    rows: Callable[[str, Sequence[str]], int] | None = None,
) -> None:
    """Fill date columns and the order of day, month and year.

    `hint` is the order to expect where all values fit two orders; `rows` counts the rows of a
    column that hold certain values.
    """
    count = rows or (lambda _, values: len(values))
    names: list[str] = []
    fits = {"YMD": 0, "DMY": 0, "MDY": 0}
    total = 0
    sequences: list[list[tuple[int, int, int]]] = []
    for name, values in columns.items():
        seen = spread(values, 2_000)
        if not are_dates(seen):
            continue
        formats.dates.append(name)
        every = [v for v in spread(values, 100_000) if v]
        if all(_COMPACT.fullmatch(v.strip()) for v in seen[:200]):
            continue
        if all(_COMPACT_DAY_FIRST.fullmatch(v.strip()) for v in seen[:200]):
            fits["DMY"] += len(every)
            total += len(every)
            continue
        parts = [p for v in every if (p := date_parts(v))]
        if parts and sum(p[0] > 1000 for p in parts) > MOST * len(parts):
            continue  # year first needs no order
        parts = [p for p in parts if p[0] < 1000]
        sequences.append(parts)
        names.append(name)
        total += len(parts)
        for order in fits:
            fits[order] += sum(_fits(p, order) for p in parts)
    if not total:
        return
    best = max(fits.values())
    # A handful of damaged values must not decide; an order that fails for 1 % is out.
    possible = [o for o in ("DMY", "MDY", "YMD") if fits[o] >= 0.99 * best]
    short = [p for parts in sequences for p in parts if max(p) < 100]
    if len(possible) > 1 and len(short) == sum(map(len, sequences)):
        # Two-digit years: the year is what changes least.
        years = {o: len({p[o.index("Y")] for p in short}) for o in possible}
        least = min(years.values())
        if len(short) >= 8 and sum(2 * least <= n for n in years.values()) == len(years) - 1:
            possible = [o for o in possible if years[o] == least]
    if best < 0.99 * total:
        lost = {
            o: sum(
                count(
                    n,
                    [
                        v
                        for v in columns[n]
                        if (p := date_parts(v)) and p[0] < 1000 and not _fits(p, o)
                    ],
                )
                for n in names
            )
            for o in ("DMY", "MDY", "YMD")
            if fits[o] >= 0.5 * best
        }
        formats.date = hint if hint in possible else possible[0]
        rows_lost = N_("as {order} {count} rows cannot be read")
        told = both(*(said(rows_lost, order=o, count=n) for o, n in lost.items()), mark=", ")
        one, several = N_("{order} does not fit all"), N_("no order fits all")
        neither = said(several if len(lost) > 1 else one, order=possible[0])
        formats.asks.append(
            Ask(
                said(N_("date order")),
                said(
                    N_(
                        "the dates of {columns} are written in several ways, {neither}: {told};"
                        " read as {order}; export the dates in one order"
                    ),
                    columns=", ".join(names),
                    neither=neither,
                    told=told,
                    order=formats.date,
                ),
                formats.date,
            )
        )
        return
    if len(possible) == 1:
        formats.date = possible[0]
        only = N_("dates {order}: the only order that fits all values")
        formats.how.append(said(only, order=formats.date))
        return
    default = hint if hint in possible else possible[0]
    rising = {o: _rising(sequences, o) for o in possible}
    top = max(rising, key=lambda o: rising[o])
    if rising[top] > 0.995 and all(r < 0.97 for o, r in rising.items() if o != top):
        default = top
    formats.date = default
    sample = "/".join(f"{n:02d}" for n in sequences[0][0]) if sequences else ""
    formats.asks.append(
        Ask(
            said(N_("date order")),
            said(
                N_("dates such as {sample} fit {orders}; read as {order}"),
                sample=sample,
                orders=" + ".join(possible) if len(possible) > 2 else " / ".join(possible),
                order=default,
            ),
            default,
            undecided=True,
        )
    )


def _rising(sequences: Iterable[Sequence[tuple[int, int, int]]], order: str) -> float:
    """Share of neighbours that do not go back in time."""
    steps = ups = 0
    for parts in sequences:
        days = [tuple(p[order.index(k)] for k in "YMD") for p in parts]
        steps += len(days) - 1
        ups += sum(b >= a for a, b in pairwise(days))
    return ups / steps if steps else 1.0
