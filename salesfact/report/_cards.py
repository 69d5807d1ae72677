"""Which figures does a reader see before reading? The first page's key figures, as cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from salesfact._language import N_, Language


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
            N_("{silent} have gone silent, {fewer} bring in less"),
            money="margin",
        ),
        Card(
            "certain_at_stake",
            N_("Revenue at stake with customers to call"),
            N_("{silent} have gone silent, {fewer} bring in less"),
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
        Card("money_share", N_("Money of the export that counts"), N_("{rows} rows read")),
    ),
}
_SIGNED = frozenset(("revenue_change_share",))


def cards(payload: Mapping[str, Any], currency: str, lang: Language) -> list[dict[str, str]]:
    """The cards of a result's payload, in the reader's language."""
    figures = payload["figures"]
    shown = {}
    for name, figure in figures.items():
        value = figure["value"]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            text = lang.value(value, figure["unit"], currency)
            shown[name] = f"+{text}" if name in _SIGNED and value > 0 else text
            for end in ("low", "high"):
                if figure.get(end) is not None:
                    shown[f"{name}_{end}"] = lang.value(figure[end], figure["unit"], currency)
    found = []
    months = figures.get("months", {}).get("value", 12)
    money = "margin" if payload["parameters"].get("money") == "margin" else "revenue"
    for card in CARDS.get(payload["result"], ()):
        if card.figure not in shown or card.months not in (None, months if months == 12 else 0):
            continue
        if card.money not in (None, money):
            continue
        try:
            note = lang.text(card.note).format_map(shown) if card.note else ""
        except KeyError:  # a figure of the note is absent
            note = ""
        label = lang.text(card.label).format_map(shown)
        found.append({"label": label, "value": shown[card.figure], "note": note})
    return found
