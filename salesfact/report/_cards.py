"""Which figures does a reader see before reading? The first page's key figures, as cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from salesfact._language import N_, Language, money_unit
from salesfact._result import placeholders


@dataclass(frozen=True)
class Card:
    """One key figure: its label, and a line below with another figure where there is one.

    `note` is a text with `{placeholders}` that name figures of the same result.
    With `months` the card stands only for a period of that length, with 0 for any other; with
    `money` only where that is what the answers are told in, margin or revenue.
    """

    figure: str
    label: str
    note: str = ""
    months: int | None = None
    money: str | None = None


#: result -> its cards; a card whose figure is absent is left out
CARDS: dict[str, tuple[Card, ...]] = {
    "Direction": (
        Card(
            "revenue_now",
            N_("Revenue, last 12 months"),
            N_("{revenue_change_share} against the year before"),
            months=12,
        ),
        Card(
            "revenue_now",
            N_("Revenue, latest period"),
            N_("{revenue_change_share} against the equally long period before"),
            months=0,
        ),
        Card(
            "certain_at_stake",
            N_("Margin at stake with customers to call"),
            N_("{silent} gone silent, {fewer} bringing in less"),
            money="margin",
        ),
        Card(
            "certain_at_stake",
            N_("Revenue at stake with customers to call"),
            N_("{silent} gone silent, {fewer} bringing in less"),
            money="revenue",
        ),
        Card(
            "expected",
            N_("Margin expected, next {horizon} months"),
            N_("most likely {expected_low} to {expected_high}"),
            money="margin",
        ),
        Card(
            "expected",
            N_("Revenue expected, next {horizon} months"),
            N_("most likely {expected_low} to {expected_high}"),
            money="revenue",
        ),
        Card("a_customers", N_("Customers who bring most"), N_("of {customers}; {a_share} in all")),
        Card(
            "fit_money",
            N_("Amounts that may be sales, and count"),
            N_("credits included; {rows} rows read"),
        ),
    ),
}
_SIGNED = frozenset(("revenue_change_share",))


def cards(payload: Mapping[str, Any], currency: str, lang: Language) -> list[dict[str, str]]:
    """The cards of a result's payload, in the reader's language."""
    figures = payload["figures"]
    values: dict[str, tuple[Any, str]] = {}
    for name, figure in figures.items():
        if not isinstance(figure["value"], (int, float)) or isinstance(figure["value"], bool):
            continue
        values[name] = figure["value"], figure["unit"]
        for end in ("low", "high"):
            if figure.get(end) is not None:
                values[f"{name}_{end}"] = figure[end], figure["unit"]
    months = figures.get("months", {}).get("value", 12)
    money = "margin" if payload["parameters"].get("money") == "margin" else "revenue"
    told = [
        card
        for card in CARDS.get(payload["result"], ())
        if card.figure in values
        and card.months in (None, months if months == 12 else 0)
        and card.money in (None, money)
    ]
    notes = {c.figure: c.note if placeholders(c.note) <= set(values) else "" for c in told}
    fields = {c.figure for c in told}.union(*(placeholders(note) for note in notes.values()))
    unit = payload.get("money_in")  # that of the sentences beside them
    if unit is None:
        unit = money_unit(v for v, kind in (values[f] for f in fields) if kind == "money")
    shown = {name: lang.value(v, kind, currency, unit) for name, (v, kind) in values.items()}
    for name in _SIGNED & set(shown):
        shown[name] = f"+{shown[name]}" if values[name][0] > 0 else shown[name]
    found = []
    for card in told:
        note = lang.text(notes[card.figure]).format_map(shown) if notes[card.figure] else ""
        label = lang.text(card.label).format_map(shown)
        found.append({"label": label, "value": shown[card.figure], "note": note})
    return found
