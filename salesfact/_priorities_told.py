"""What does the answer to `priorities` say? Its figures and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact._language import N_
from salesfact._priorities_picture import SHOWN, draw_at_stake
from salesfact._result import Column, Figure, Refusal, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

REASON = (
    N_("Usually buys every {usual} days; last order {last}, {open} day ago."),
    N_("Usually buys every {usual} days; last order {last}, {open} days ago."),
)
EVERY_DAY = (
    N_("Usually buys every day; last order {last}, {open} day ago."),
    N_("Usually buys every day; last order {last}, {open} days ago."),
)
REASON_UNUSUAL = (
    N_("Last order {last}, {open} day ago."),
    N_("Last order {last}, {open} days ago."),
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Priorities(Result):
    """Whom to call first: one row per customer, the weightiest first.

    `table` has index `customer` and columns `rank` (equal customers equal), `name`, `rep`,
    `status`, `silent` (certified; else on the watch list), `at_stake` (currency;
    `parameters["money"]` of the twelve months to the last order), `last_order`,
    `usual_gap_days`, `open_gap_days` and `reason` (a sentence in the client's language).
    """

    title: ClassVar[str] = N_("Whom should we call first?")
    columns: ClassVar[Mapping[str, Column]] = {
        "rank": Column(N_("Rank"), "count"),
        "name": Column(N_("Customer"), "text"),
        "rep": Column(N_("Rep"), "text"),
        "status": Column(N_("Status"), "term"),
        "at_stake": Column(N_("At stake"), "money"),
        "reason": Column(N_("Why"), "text"),
        "last_order": Column(N_("Last order"), "short_date"),
        "usual_gap_days": Column(N_("Usual gap, days"), "days"),
        "open_gap_days": Column(N_("Silent, days"), "days"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How many, worth how much, and how few stand for most of it."""
        frame = cast("Any", table)
        figures = {
            "listed": Figure(len(frame), unit="customers"),
            "level": Figure(parameters["level"], unit="share"),
        }
        if frame.empty:
            return figures
        silent = frame[frame["silent"]]
        total = float(frame["at_stake"].sum())
        top = frame.nlargest(SHOWN, "at_stake")
        return figures | {
            "silent": Figure(len(silent), unit="customers"),
            "silent_at_stake": Figure(float(silent["at_stake"].sum()), unit="money"),
            "watch": Figure(len(frame) - len(silent), unit="customers"),
            "at_stake": Figure(total, unit="money"),
            "shown": Figure(len(top), unit="customers"),
            "shown_share": Figure(float(top["at_stake"].sum()) / total, unit="share"),
            "first": Figure(str(frame["name"].iloc[0]), unit="text"),
            "first_at_stake": Figure(float(frame["at_stake"].iloc[0]), unit="money"),
        }

    def sentences(self) -> Sequence[Sentence]:
        if not self.figures["listed"].value:
            return [Sentence(N_("No customer is later than its own rhythm explains."))]
        return [
            Sentence(
                N_(
                    "One customer is later than its own rhythm: {first}, with {at_stake} of the "
                    "last year's margin."
                ),
                N_(
                    "{listed} customers are later than their own rhythm, with {at_stake} of the "
                    "last year's margin; first of all {first} ({first_at_stake})."
                ),
                "listed",
            )
            if self.parameters["money"] == "margin"
            else Sentence(
                N_(
                    "One customer is later than its own rhythm: {first}, with {at_stake} of the "
                    "last year's revenue."
                ),
                N_(
                    "{listed} customers are later than their own rhythm, with {at_stake} of the "
                    "last year's revenue; first of all {first} ({first_at_stake})."
                ),
                "listed",
            ),
            self._how_sure(),
        ]

    def _how_sure(self) -> Sentence:
        if not self.figures["silent"].value:
            return Sentence(N_("None of them is certain to be silent; all are worth a look."))
        return Sentence(
            N_(
                "Certified as silent: {silent} ({silent_at_stake}), of whom at most "
                "{level} are expected to be false alarms; late and worth a look: {watch}."
            )
        )

    def headline(self) -> Sentence | None:
        if self.figures["shown"].value == self.figures["listed"].value:
            return Sentence(
                N_("{at_stake} is at stake with one late customer"),
                N_("{at_stake} is at stake with {listed} late customers"),
                "listed",
            )
        return Sentence(
            N_("{shown} of {listed} late customers stand for {shown_share} of {at_stake} at stake")
        )

    def in_language(self, code: str) -> Priorities:
        """The same list, its reasons told in another language."""
        from salesfact._language import language
        from salesfact._priorities import reasons

        retold = super().in_language(code)
        table = self.table.assign(reason=reasons(self.table, language(code)))
        object.__setattr__(retold, "table", table)
        return retold

    @property
    def size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As high as there are customers to draw, in inches."""
        return 7.6, 0.4 + 0.44 * max(1, min(len(self.table), SHOWN))

    def draw(self, ax: Axes) -> None:
        draw_at_stake(self.table, ax, self)


NOBODY_KNOWN = Refusal(
    Sentence(N_("Who fell behind cannot be told: the facts are too short or orders too few.")),
    Sentence(N_("Supply earlier years of the sales lines.")),
)
