"""What does the answer to `priorities` say? Its figures and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact._language import N_, Language
from salesfact._priorities_picture import draw_at_stake, size_at_stake
from salesfact._result import Column, Figure, Refusal, Result, Sentence
from salesfact._silence_reason import reasons

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NAMED = 3  # customers named in the reading


@dataclass(frozen=True, kw_only=True, repr=False)
class Priorities(Result):
    """Whom to call first: one row per customer, the certain ones first, each by money at stake.

    `table` has index `customer` and columns `rank` (equal customers equal), `name`, `rep`,
    `status`, `silent` (certified; else late, not certain), `at_stake` (currency;
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
        """How many are certain and how many only late, worth how much, how sure."""
        frame = cast("Any", table)
        figures = {
            "listed": Figure(len(frame), unit="customers"),
            "level": Figure(parameters["level"], unit="share"),
        }
        if frame.empty:
            return figures
        silent, watch = frame[frame["silent"]], frame[~frame["silent"]]
        return figures | {
            "silent": Figure(len(silent), unit="customers"),
            "silent_at_stake": Figure(float(silent["at_stake"].sum()), unit="money"),
            "watch": Figure(len(watch), unit="customers"),
            "watch_at_stake": Figure(float(watch["at_stake"].sum()), unit="money"),
            "watch_late": Figure(parameters["watch_late"], unit="customers"),
            "at_stake": Figure(float(frame["at_stake"].sum()), unit="money"),
            "named": named(frame),
        }

    def sentences(self) -> Sequence[Sentence]:
        return self.late()

    def late(self) -> list[Sentence]:
        """Who is certain to have gone silent and how sure that is; then who is only late."""
        value, margin = self.figures, self.parameters["money"] == "margin"
        if not value["listed"].value:
            return [Sentence(N_("No customer is later than its own rhythm explains."))]
        some = value["watch_late"].value < value["watch"].value
        if not value["silent"].value and some:
            return [_ONLY_LATE_MARGIN if margin else _ONLY_LATE_REVENUE]
        if not value["silent"].value:
            return [_ONLY_LATE_ALL_MARGIN if margin else _ONLY_LATE_ALL_REVENUE]
        certain = _SILENT_MARGIN if margin else _SILENT_REVENUE
        if not value["watch"].value:
            return [certain]
        return [certain, _LATE_TOO if some else _LATE_TOO_ALL]

    def headline(self) -> Sentence | None:
        if not self.figures["silent"].value:
            return Sentence(
                N_("No customer is certain to have gone silent; one is late"),
                N_("No customer is certain to have gone silent; {watch} are late"),
                "watch",
            )
        return Sentence(
            N_("{silent_at_stake} is at stake with one customer who has gone silent"),
            N_("{silent_at_stake} is at stake with {silent} customers who have gone silent"),
            "silent",
        )

    def written(self, lang: Language) -> Mapping[str, Any]:
        """Why each customer is listed."""
        return {"reason": reasons(self.table, lang)}

    @property
    def size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As high as there are customers to draw, in inches."""
        return size_at_stake(self.table)

    @property
    def narrow_size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The same for a phone."""
        return size_at_stake(self.table, narrow=True)

    def draw(self, ax: Axes) -> None:
        draw_at_stake(self.table, ax, self)


def named(table: Any) -> Figure:
    """The first few customers of the list, all of one kind: certain if any is."""
    first = table[table["silent"] == bool(table["silent"].any())]
    worth = first[first["at_stake"] > 0]  # nobody is to call first who costs money
    first = (worth if len(worth) else first).head(NAMED)
    return Figure([str(n) for n in first["name"]], unit="listing")


_SILENT_MARGIN = Sentence(
    N_(
        "One customer has gone silent, with {silent_at_stake} of a year's margin at stake: "
        "{named}. Of such alarms, at most {level} are expected to be false."
    ),
    N_(
        "{silent} customers have gone silent, with {silent_at_stake} of a year's margin at "
        "stake; at most {level} of them are expected to be false alarms. Call first: {named}."
    ),
    "silent",
)
_SILENT_REVENUE = Sentence(
    N_(
        "One customer has gone silent, with {silent_at_stake} of a year's revenue at stake: "
        "{named}. Of such alarms, at most {level} are expected to be false."
    ),
    N_(
        "{silent} customers have gone silent, with {silent_at_stake} of a year's revenue at "
        "stake; at most {level} of them are expected to be false alarms. Call first: {named}."
    ),
    "silent",
)
_LATE_TOO = Sentence(
    N_(
        "One more customer is late, but not certain to have gone silent; {watch_at_stake} is at "
        "stake there."
    ),
    N_(
        "{watch} more customers are late, but not certain to have gone silent; {watch_at_stake} "
        "is at stake there. For up to {watch_late} of them it may be mere chance."
    ),
    "watch",
)
_LATE_TOO_ALL = Sentence(
    N_(
        "One more customer is late, but not certain to have gone silent; {watch_at_stake} is at "
        "stake there, and it may be mere chance."
    ),
    N_(
        "{watch} more customers are late, but not certain to have gone silent; {watch_at_stake} "
        "is at stake there. For all of them it may be mere chance."
    ),
    "watch",
)
_ONLY_LATE_MARGIN = Sentence(
    N_(
        "No customer is certain to have gone silent. One is late, with {watch_at_stake} of a "
        "year's margin at stake: {named}."
    ),
    N_(
        "No customer is certain to have gone silent. {watch} are late, with {watch_at_stake} of "
        "a year's margin at stake; for up to {watch_late} of them it may be mere chance. Look "
        "first at {named}."
    ),
    "watch",
)
_ONLY_LATE_REVENUE = Sentence(
    N_(
        "No customer is certain to have gone silent. One is late, with {watch_at_stake} of a "
        "year's revenue at stake: {named}."
    ),
    N_(
        "No customer is certain to have gone silent. {watch} are late, with {watch_at_stake} of "
        "a year's revenue at stake; for up to {watch_late} of them it may be mere chance. Look "
        "first at {named}."
    ),
    "watch",
)
_ONLY_LATE_ALL_MARGIN = Sentence(
    N_(
        "No customer is certain to have gone silent. One is late, which may be mere chance, with "
        "{watch_at_stake} of a year's margin at stake: {named}."
    ),
    N_(
        "No customer is certain to have gone silent. {watch} are late, with {watch_at_stake} of "
        "a year's margin at stake; for all of them it may be mere chance. Look first at {named}."
    ),
    "watch",
)
_ONLY_LATE_ALL_REVENUE = Sentence(
    N_(
        "No customer is certain to have gone silent. One is late, which may be mere chance, with "
        "{watch_at_stake} of a year's revenue at stake: {named}."
    ),
    N_(
        "No customer is certain to have gone silent. {watch} are late, with {watch_at_stake} of "
        "a year's revenue at stake; for all of them it may be mere chance. Look first at {named}."
    ),
    "watch",
)
NOBODY_KNOWN = Refusal(
    Sentence(N_("Who fell behind cannot be told: the facts are too short or orders too few.")),
    Sentence(N_("Supply earlier years of the sales lines.")),
)
