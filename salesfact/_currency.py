"""In which currency are these amounts? Stated somewhere, or proposed and asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from salesfact._draft import Found
from salesfact._formats import CURRENCIES, Ask
from salesfact._headers import words
from salesfact._language import N_
from salesfact._money import as_numbers, name_in_sql
from salesfact._profile import Column, Engine, literal, quoted
from salesfact._roles import ISO
from salesfact._said import Said, said
from salesfact._tables import Table

_HOME = {"sv": "SEK", "de": "EUR", "da": "DKK", "no": "NOK"}
_LANDS = {
    "united kingdom": "GBP", "uk": "GBP", "gb": "GBP", "sweden": "SEK", "sverige": "SEK",
    "se": "SEK", "germany": "EUR", "deutschland": "EUR", "de": "EUR", "norway": "NOK",
    "norge": "NOK", "no": "NOK", "denmark": "DKK", "danmark": "DKK", "dk": "DKK", "usa": "USD",
    "us": "USD", "united states": "USD", "finland": "EUR", "france": "EUR", "fi": "EUR",
}  # fmt: skip


def _land(name: str) -> Said:
    """A country as it stands in a sentence: `the United Kingdom`, `the USA`, `Sweden`."""
    shown = name.upper() if len(name) <= 3 else name.title()
    article = shown in ("UK", "US", "USA") or "United" in shown
    return said(N_("the {country}") if article else "{country}", country=shown)


def _codes(text: str) -> set[str]:
    """Currency codes that stand in a text."""
    return {c for c in re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", text) if c in ISO}


def _converted(found: Found, engine: Engine, wide: Table, columns: Mapping[str, Column]) -> str:
    """The one currency that amounts stand in, although the lines were sold in several."""
    amount = str(found.roles.columns["amount"])
    named = _codes(amount)
    if len(named) == 1:
        return named.pop()
    foreign = next((c.name for c in columns.values() if c.meaning == "amount_foreign"), "")
    if not foreign or foreign == amount:
        return ""
    code = quoted(str(found.roles.columns["currency"]))
    same = engine.rows(
        f"SELECT upper({code}), avg(CASE WHEN abs(a - f) <= 0.01 THEN 1.0 ELSE 0 END) FROM (SELECT "
        f"{code}, {as_numbers(amount, wide)} AS a, {as_numbers(foreign, wide)} AS f FROM "
        f"{quoted(wide.name)}) WHERE a <> 0 AND f IS NOT NULL GROUP BY 1"
    )
    homes = [c for c, share in same if c in found.roles.currencies and share > 0.95]
    return homes[0] if len(homes) == 1 else ""


def _marked(found: Found, wide: Table, tongue: str) -> bool:
    """Ask where only some amounts carry a currency mark, or they carry several."""
    amount = str(found.roles.columns["amount"])
    for name, marks in wide.marks.items():
        if name != amount and not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", amount):
            continue
        counts: Counter[str] = Counter()
        for mark, values in marks.items():
            counts[(CURRENCIES[mark] or _HOME.get(tongue, "kr")) if mark else ""] += values
        bare = counts.pop("", 0)
        if len(counts) == 1 and bare <= 0.01 * counts.total():
            continue  # an amount of 0 needs no mark
        home = next((c for c, _ in counts.most_common() if c in ISO), "SEK")
        marked = ", ".join(f"{c} ({n})" for c, n in counts.most_common())
        found.currency = home
        found.currency_how = said(N_("marks in some of {column}"), column=name)
        text = said(
            N_(
                "values of {column} carry {marks}, and {bare} no mark; all are read as"
                " {currency}; if that is wrong, export the lines with a column for their currency"
            ),
            column=name,
            marks=marked,
            bare=bare,
            currency=home,
        )
        found.currency_ask = Ask(said(N_("currency")), text, home)
        return True
    return False


def _without_rates(found: Found) -> None:
    """Lines in other currencies wait, counted in the ledger, until exchange rates are named."""
    others = [c for c in found.roles.currencies if c != found.currency]
    if not others or found.fx is not None:
        return
    column = name_in_sql(str(found.roles.columns["currency"]))
    found.rules.append((f"{column} <> {literal(found.currency)}", N_("no exchange rate")))
    text = said(
        N_("lines in {currencies} are set aside until a file of rates stands under fx"),
        currencies=", ".join(others),
    )
    found.roles.asks.append(Ask(said(N_("exchange rates")), text, said(N_("set aside"))))


def find_currency(
    found: Found,
    engine: Engine,
    tables: Sequence[Table],
    wide: Table,
    columns: Mapping[str, Column],
    given: str | None,
) -> None:
    """The report's currency: stated somewhere, or proposed and asked."""
    several = found.roles.currencies
    if len(several) > 1 and (home := _converted(found, engine, wide, columns)):
        found.currency = home
        found.currency_how = said(N_("the amounts are converted already"))
        del found.roles.columns["currency"]
        return
    if given:
        found.currency, found.currency_how = given.upper(), said(N_("as given"))
        _without_rates(found)
        return
    if len(several) > 1:
        first = max(several, key=lambda c: several[c])
        listed = ", ".join(several)
        found.currency = first
        found.currency_how = said(N_("the most frequent of {currencies}"), currencies=listed)
        text = said(
            N_("lines are in {currencies}; reported in {currency}"),
            currencies=listed,
            currency=first,
        )
        found.currency_ask = Ask(said(N_("report currency")), text, first)
        _without_rates(found)
        return
    if several:
        found.currency = next(iter(several))
        found.currency_how = said(N_("column {column}"), column=found.roles.columns["currency"])
        return
    tongue = found.sales.language
    if _marked(found, wide, tongue):
        return
    stated = {c for t in tables for c in t.currencies}
    amount = str(found.roles.columns["amount"])
    texts = f"{amount} | {found.sales.preamble} | {' | '.join(found.sales.columns)}"
    stated |= _codes(texts)
    crowns = re.search(r"\bkr\b|kronor|kroner", words(texts))
    if not stated and crowns and tongue in _HOME:
        stated = {_HOME[tongue]}
    if len(stated) == 1:
        found.currency, found.currency_how = stated.pop(), said(N_("stated in the export"))
        return
    land = next((c for c in columns.values() if c.meaning == "country"), None)
    guess, why = "", ""
    if land is not None:
        top = engine.rows(
            f"SELECT lower({quoted(land.name)}), count(*) FROM {quoted(wide.name)} GROUP BY 1 "
            "ORDER BY 2 DESC, 1 LIMIT 1"
        )
        guess = _LANDS.get(str(top[0][0]), "") if top else ""
        why = (
            said(N_("because most lines are from {country}"), country=_land(top[0][0]))
            if top
            else ""
        )
    if not guess and tongue in _HOME:
        guess, why = _HOME[tongue], said(N_("by the language of the headers"))
    if not guess:
        american = found.dialect.date == "MDY"
        guess = "USD"
        why = said(N_("by month-first dates")) if american else said(N_("by default"))
    found.currency, found.currency_how = guess, why
    text = said(N_("the files do not state it; {currency}, {why}"), currency=guess, why=why)
    found.currency_ask = Ask(said(N_("currency")), text, guess)
