"""What does the answer to `rhythm` say? Its figures, sentences and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from salesfact._language import N_
from salesfact._result import Column, Figure, Refusal, Result, Sentence
from salesfact._rhythm_picture import draw_rhythm, size_rhythm

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MANY_COLLECTIVE = 0.2  # share of customers invoiced monthly that a reader must know of

SILENT, WATCH, GONE = N_("silent"), N_("late, not certain"), N_("gone long ago")
STEADY, FEW_ORDERS = N_("in rhythm"), N_("too few orders")


@dataclass(frozen=True, kw_only=True, repr=False)
class Rhythm(Result):
    """Who went silent beyond their own rhythm: one row per customer who ever ordered.

    `table` has index `customer`, the weightiest silent customers first:

    - `name`: as the client supplied it; `rep`: who looks after the customer, where it is known.
    - `status`: silent, late (not certain), gone long ago, in rhythm, too few orders (under four
      closed gaps).
    - `silent`: certified news; of all these at most a share `level` is expected to be false.
    - `watch`: late, worth a look, not certified; silent for a year at most.
    - `gone`: silent for more than a year: more than eight own gaps, or late and not certified.
    - `at_stake`: money (`parameters["money"]`) of the twelve calendar months that end with the
      month of the last order.
    - `orders` (order days), `usual_gap_days` (mean; none where orders are too few) and
      `longest_gap_days` of the last gaps (at most 20), `open_gap_days`, `last_order`.
    - `expected_by`: when the next order was due: last order plus the usual gap, on the clock.
    - `p`, `q`, `k`: p-value, its adjusted value, regularity (1 = as by chance).

    `tables["orders"]` holds the order days of the customers in the picture, `tables["tempo"]` the
    month effects.
    """

    title: ClassVar[str] = N_("Who went silent, beyond their own rhythm?")
    columns: ClassVar[Mapping[str, Column]] = {
        "name": Column(N_("Customer"), "text"),
        "rep": Column(N_("Rep"), "text"),
        "status": Column(N_("Status"), "term"),
        "at_stake": Column(N_("At stake"), "money"),
        "usual_gap_days": Column(N_("Usual gap, days"), "days"),
        "longest_gap_days": Column(N_("Longest gap, days"), "days"),
        "open_gap_days": Column(N_("Silent, days"), "days"),
        "last_order": Column(N_("Last order"), "short_date"),
        "expected_by": Column(N_("Order due"), "short_date"),
        "orders": Column(N_("Order days"), "count"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How many, worth how much, how sure."""
        given = {
            "months": Figure(parameters["months"], unit="count"),
            "min_months": Figure(parameters["min_months"], unit="count"),
            "min_orders": Figure(parameters["min_gaps"] + 1, unit="count"),
            "level": Figure(parameters["level"], unit="share"),
        }
        if table.empty:
            return given
        frame: Any = table
        silent, watch = frame[frame["silent"]], frame[frame["watch"]]
        gone = frame[frame["gone"]]
        judged = frame[frame["status"] != FEW_ORDERS]
        late = expected_late(judged, parameters["watch_p"]) - parameters["level"] * len(silent)
        late = min(max(late, 0.0), float(len(watch)))
        return given | {
            "silent": Figure(len(silent), unit="customers"),
            "silent_at_stake": Figure(float(silent["at_stake"].sum()), unit="money"),
            "top": Figure([str(n) for n in silent["name"].head(3)], unit="listing"),
            "watch": Figure(len(watch), unit="customers"),
            "watch_at_stake": Figure(float(watch["at_stake"].sum()), unit="money"),
            "watch_late": Figure(round(late), unit="customers"),
            "gone": Figure(len(gone), unit="customers"),
            "tested": Figure(parameters["tested"], unit="customers"),
            "few": Figure(int((frame["status"] == FEW_ORDERS).sum()), unit="customers"),
            "bursty_share": Figure(parameters["bursty_share"], unit="share"),
            "collective_share": Figure(parameters["collective_share"], unit="share"),
        }

    def sentences(self) -> Sequence[Sentence]:
        """What, how much, how sure; then the watch list."""
        margin = self.parameters["money"] == "margin"
        told: list[Sentence] = []
        if self.parameters["ranks_only"]:
            told.append(_RANKS_ONLY)
        elif self.figures["silent"].value:
            told += [_SILENT_MARGIN if margin else _SILENT_REVENUE, _SURE]
        else:
            told.append(_NOBODY if self.figures["tested"].value else _NONE_TESTED)
        if self.figures["watch"].value and self.figures["silent"].value:
            told.append(_WATCH_MARGIN if margin else _WATCH_REVENUE)
        elif self.figures["watch"].value:
            told.append(_LATE_MARGIN if margin else _LATE_REVENUE)
        watch, late = self.figures["watch"].value, self.figures["watch_late"].value
        if watch > 1:
            told.append(_CHANCE if late < watch else _CHANCE_ALL)
        if self.figures["collective_share"].value >= MANY_COLLECTIVE:
            told.append(_COLLECTIVE)
        return told

    def headline(self) -> Sentence | None:
        """The picture's message."""
        if self.table.empty:
            return None
        if self.figures["silent"].value:
            return _HEADLINE_SILENT
        return _HEADLINE_WATCH if self.figures["watch"].value else None

    def shown(self) -> pd.DataFrame:
        """Silent, then watched, then gone; those in rhythm are no news."""
        table: Any = self.table
        return table[table["silent"] | table["watch"] | table["gone"]]

    @property
    def size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As high as there are customers to draw, in inches."""
        return size_rhythm(len(set(self.tables["orders"]["customer"])))

    @property
    def narrow_size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The same for a phone."""
        return size_rhythm(len(set(self.tables["orders"]["customer"])), narrow=True)

    def picture(self, *, narrow: bool = False) -> str | None:
        """As every result's, where there is anybody to draw."""
        return None if self.tables["orders"].empty else super().picture(narrow=narrow)

    def draw(self, ax: Axes) -> None:
        """Each customer's orders as dots, the usual gap after the last, and the silence."""
        draw_rhythm(self.table, self.tables["orders"], self.source.as_of, self.language, ax=ax)


def expected_late(table: Any, watch_p: float) -> float:
    """How many of those not gone have p ≤ `watch_p` though they are merely late, at most.

    p of those within their rhythm is spread evenly or leans towards 1, so up to `watch_p` there
    are at most as many of them for its width as between it and one half.
    """
    p = table.loc[~table["gone"], "p"]
    return float(((p > watch_p) & (p <= 0.5)).sum()) * watch_p / (0.5 - watch_p)


_SILENT_MARGIN = Sentence(
    "One customer has gone silent beyond its own rhythm: {top}. It gave {silent_at_stake} in"
    " margin over the twelve months to its last order.",
    "{silent} customers have gone silent beyond their own rhythm, first of all {top}. Together"
    " they gave {silent_at_stake} in margin over the twelve months to their last orders.",
    n="silent",
)
_SILENT_REVENUE = Sentence(
    "One customer has gone silent beyond its own rhythm: {top}. It gave {silent_at_stake} in"
    " revenue over the twelve months to its last order.",
    "{silent} customers have gone silent beyond their own rhythm, first of all {top}. Together"
    " they gave {silent_at_stake} in revenue over the twelve months to their last orders.",
    n="silent",
)
_SURE = Sentence("Of those listed as silent, at most {level} are expected to be false alarms.")
_NOBODY = Sentence(
    "Only one customer orders often enough to tell, and it is not certain to have gone silent"
    " beyond its own rhythm.",
    "Of the {tested} customers who order often enough to tell, nobody is certain to have gone"
    " silent beyond their own rhythm.",
    n="tested",
)
_NONE_TESTED = Sentence("No customer orders often enough to tell.")
_WATCH_MARGIN = Sentence(
    "One more customer is late, but not certain to have gone silent; {watch_at_stake} in"
    " margin is at stake there.",
    "{watch} more customers are late, but not certain to have gone silent, with"
    " {watch_at_stake} in margin at stake.",
    n="watch",
)
_LATE_MARGIN = Sentence(
    "One customer is late, with {watch_at_stake} in margin at stake.",
    "{watch} customers are late, with {watch_at_stake} in margin at stake.",
    n="watch",
)
_WATCH_REVENUE = Sentence(
    "One more customer is late, but not certain to have gone silent; {watch_at_stake} in"
    " revenue is at stake there.",
    "{watch} more customers are late, but not certain to have gone silent, with"
    " {watch_at_stake} in revenue at stake.",
    n="watch",
)
_LATE_REVENUE = Sentence(
    "One customer is late, with {watch_at_stake} in revenue at stake.",
    "{watch} customers are late, with {watch_at_stake} in revenue at stake.",
    n="watch",
)
_CHANCE = Sentence("For up to {watch_late} of those who are late it may be mere chance.")
_CHANCE_ALL = Sentence("For all of those who are late it may be mere chance.")
_RANKS_ONLY = Sentence(
    "Too many customers order in bursts ({bursty_share} of them) for a silence to be certified;"
    " the list only ranks them."
)
_COLLECTIVE = Sentence(
    "{collective_share} of the customers are invoiced once a month, so their rhythm is told in"
    " months."
)
_HEADLINE_SILENT = Sentence(
    "One customer is silent for longer than its own rhythm explains",
    "{silent} customers are silent for longer than their own rhythm explains",
    n="silent",
)
_HEADLINE_WATCH = Sentence(
    "One customer is late, but not certain to have gone silent",
    "{watch} customers are late, but not certain to have gone silent",
    n="watch",
)
YOUNG = Refusal(
    Sentence(
        "Who went silent cannot be told: the facts cover {months} whole months, and a customer's"
        " rhythm is judged from at least {min_months}."
    ),
    Sentence("Supply earlier years of the sales lines."),
)
FEW = Refusal(
    Sentence(
        "Who went silent cannot be told: no customer has the {min_orders} order days a rhythm"
        " takes."
    ),
    Sentence(
        "Supply earlier years of the sales lines, or the order date where the facts hold"
        " collective invoices."
    ),
)
