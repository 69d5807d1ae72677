"""Whom does a text name? Reps in every form their names are written in, customers left out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from salesfact.report._mask import mask

#: Stands for a customer's name that holds a rep's.
CUSTOMER = " \ue000 "
_LETTER = r"[^\W\d_]"
_POSSESSIVE = r"(?:['’]?s|S)?"


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
        return frozenset(flat(r).casefold() for r in self.reps if len(r) >= 2 and _lettered(r))

    @cached_property
    def inside(self) -> tuple[str, ...]:
        """Reps long enough to be looked for inside a text, longest first."""
        names = {flat(r) for r in self.reps if len(r) >= 4 and _lettered(r)}
        return tuple(sorted(names, key=lambda n: (-len(n), n)))

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """What a text must hold to name one of them in any form, for a first quick look."""
        return tuple(dict.fromkeys(_straight(n)[-1].casefold() for n in self.inside))

    @cached_property
    def finder(self) -> re.Pattern[str]:
        """A rep's name in any form, whatever its case; a single word is not looked for in small
        letters, for it may be an everyday word."""
        whole, single = [], []
        for name in self.inside:
            words = _straight(name)
            if len(words) > 1:
                whole += _forms(words)
            else:
                single += map(re.escape, sorted({name, name.upper(), name.capitalize()}))
        whole = sorted(set(whole), key=lambda f: (-len(f), f))
        return re.compile(
            rf"(?<!{_LETTER})(?:{'|'.join(whole or ['(?!)'])}){_POSSESSIVE}(?!{_LETTER})"
            rf"|(?<!\w)(?:{'|'.join(single or ['(?!)'])}){_POSSESSIVE}(?!\w)"
        )

    @cached_property
    def hiding(self) -> tuple[str, ...]:
        """Customers whose names hold a rep's, as written and as shown, longest first."""
        every = (flat(c) for c in self.customers)
        found = {c for c in every if self.inside and self.holds(c)}
        return tuple(sorted(found | {mask(c) for c in found}, key=lambda n: (-len(n), n)))

    @cached_property
    def hidden(self) -> re.Pattern[str]:
        """Those customers' names."""
        names = "|".join(map(re.escape, self.hiding)) or "(?!)"
        return re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)

    @cached_property
    def called(self) -> tuple[str, ...]:
        """Customers that can be told apart from a figure, without case."""
        return tuple(flat(c).casefold() for c in self.customers if len(c) >= 4 and _lettered(c))

    def holds(self, text: str) -> bool:
        """Whether a text names a rep, or a customer called so."""
        folded = text.casefold()
        return any(n in folded for n in self.folded) and bool(self.finder.search(text))

    def customer_in(self, text: str) -> bool:
        """Whether a text names a customer."""
        folded = flat(text).casefold()
        return CUSTOMER.strip() in folded or any(
            c in folded and re.search(rf"(?<!\w){re.escape(c)}(?!\w)", folded) for c in self.called
        )


def flat(text: str) -> str:
    """The text with single blanks, its characters composed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _straight(name: str) -> list[str]:
    """The words of a name, given names first: `Bergström, Anna` is Anna Bergström."""
    last, comma, first = name.partition(",")
    return f"{first} {last}".split() if comma and first.strip() else name.split()


def _forms(words: list[str]) -> list[str]:
    """Patterns of a name: straight, turned round, and with initials for the given names.

    Where the family name begins is not known: it may be any word after the first.
    """
    found = [f"(?i:{re.escape(' '.join(words))})"]
    for at in range(1, len(words)):
        given, family = words[:at], " ".join(words[at:])
        own = f"(?i:{re.escape(family)})"
        for told in {" ".join(given), given[0]}:
            found.append(f"(?i:{re.escape(told)} {re.escape(family)})")
            found.append(f"(?i:{re.escape(family)},? {re.escape(told)})")
        parts = [p for g in given for p in g.split("-") if p]
        if len(family) < 3 or not all(_lettered(p[0]) for p in parts):
            continue
        for initials in {tuple(p[0].upper() for p in parts), (parts[0][0].upper(),)}:
            joined = r"(?:\.? ?-?)".join(map(re.escape, initials))
            found.append(rf"{joined}(?:\. ?| ){own}")
            # `Bergström A/S` and `Bergström A & Co` are firms
            found.append(rf"{own},? {joined}(?:\.|(?!\w|\s*[/&+]))")
    return found


def names(text: str, words: Vocabulary) -> tuple[list[str], str]:
    """The reps a text names, and what else it says; customers' own names are taken out first.

    A name cut short (`…`) is a customer's where one begins so.
    """
    text = flat(text)
    if text.casefold() in words.equal:
        return [text], ""
    if not words.holds(text):
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


def _lettered(text: str) -> bool:
    return any(c.isalpha() for c in text)
