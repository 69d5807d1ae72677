"""What does the first page say? Plain words from the key figures of all answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact._course_told import BETTER, SAME, WORSE
from salesfact._language import N_
from salesfact._outlook import views_agree
from salesfact._priorities_told import Priorities, named
from salesfact._quality import unfit
from salesfact._result import Column, Figure, Sentence

if TYPE_CHECKING:
    import pandas as pd

FAR_APART = 0.2  # two views of what is to come, where neither has a range

#: name on the first page -> (answer, its figure there)
KEY_FIGURES = {
    "revenue_change": ("Bridge", "change"),
    "revenue_size": ("Bridge", "size"),
    "revenue_change_share": ("Bridge", "change_share"),
    "revenue_now": ("Bridge", "later"),
    "driver": ("Bridge", "driver"),
    "driver_amount": ("Bridge", "driver_amount"),
    "lost_customers": ("Bridge", "lost_customers"),
    "new_customers": ("Bridge", "new_customers"),
    "total": ("Customers", "total"),
    "customers": ("Customers", "customers"),
    "a_customers": ("Customers", "a_customers"),
    "a_share": ("Customers", "a_share"),
    "largest": ("Customers", "largest"),
    "largest_share": ("Customers", "largest_share"),
    "certain": ("Priorities", "certain"),
    "certain_at_stake": ("Priorities", "certain_at_stake"),
    "silent": ("Priorities", "silent"),
    "silent_at_stake": ("Priorities", "silent_at_stake"),
    "level": ("Priorities", "level"),
    "watch": ("Priorities", "watch"),
    "watch_at_stake": ("Priorities", "watch_at_stake"),
    "watch_late": ("Priorities", "watch_late"),
    "fewer": ("Priorities", "fewer"),
    "fewer_at_stake": ("Priorities", "fewer_at_stake"),
    "maybe": ("Priorities", "maybe"),
    "maybe_at_stake": ("Priorities", "maybe_at_stake"),
    "left_out": ("Priorities", "left_out"),
    "listed": ("Priorities", "listed"),
    "at_stake": ("Priorities", "at_stake"),
    "more": ("Moving", "up"),
    "more_at_stake": ("Moving", "up_at_stake"),
    "horizon": ("Outlook", "horizon"),
    "expected": ("Outlook", "whole"),
    "expected_last": ("Outlook", "last"),
    "expected_above": ("Outlook", "top_down"),
    "expected_apart": ("Outlook", "apart"),
    "flags": ("Course", "flagged"),
    "flags_back": ("Course", "back_share"),
    "list_tests": ("Course", "tests"),
    "list_share": ("Course", "mean_share"),
    "list_naive_share": ("Course", "mean_naive_share"),
    "hours_effect": ("Response", "effect"),
    "rows": ("Quality", "rows_of_sales"),
    "rows_accepted": ("Quality", "rows_accepted"),
    "accepted_share": ("Quality", "rows_share"),
    "money_share": ("Quality", "money_share"),
    "quiet_days": ("Quality", "quiet_days"),
    "fit_money": ("Quality", "fit_money"),
    "fit_rows": ("Quality", "fit_rows"),
    "fit_limit": ("Quality", "fit_limit"),
    "rows_later": ("Quality", "rows_later"),
    "rows_aside": ("Quality", "rows_aside"),
    "main_reason": ("Quality", "main_reason"),
    "main_reason_rows": ("Quality", "main_reason_rows"),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Direction(Priorities):
    """What to read first: the customers to contact, and the key figures of all chapters.

    `table` is the head of `Priorities.table`; with an earlier report it also has `rank_before`
    (empty: not listed then). `tables["key_figures"]` has index `figure` and columns `answer` and
    `of` (where it comes from), `value` or `text`, and `unit`; `tables["moved"]` has `before`,
    `now` and `difference` of those an earlier report also holds; `tables["list_moved"]` has
    index `customer` and whether it was on the list `before` and is `now`, and if it was silent or
    late then and has `bought_since`.
    """

    title: ClassVar[str] = N_("Where should we look first?")
    columns: ClassVar[Mapping[str, Column]] = {
        "rank": Column(N_("Rank"), "count"),
        "rank_before": Column(N_("Rank last time"), "count"),
        "name": Column(N_("Customer"), "text"),
        "status": Column(N_("Status"), "term"),
        "rep": Column(N_("Rep"), "text"),
        "at_stake": Column(N_("At stake"), "money"),
        "reason": Column(N_("Why"), "text"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """The key figures, the customers to name, and what moved since the last report."""
        frame, keys = cast("Any", table), cast("Any", tables["key_figures"])
        figures = {
            "first": Figure(parameters["first"], unit="date"),
            "as_of": Figure(parameters["as_of"], unit="date"),
            "months": Figure(parameters["months"], unit="months"),
        }
        for name, row in keys.iterrows():
            value = row["text"] if isinstance(row["text"], str) else row["value"]
            ends = [None if row[end] != row[end] else float(row[end]) for end in ("low", "high")]
            figures[name] = replace(_figure(value, row["unit"]), low=ends[0], high=ends[1])
        if len(frame):
            figures["named"] = named(frame)
        if parameters["previous_as_of"] is not None:
            figures["previous_as_of"] = Figure(parameters["previous_as_of"], unit="date")
            moved = cast("Any", tables["moved"])
            for name in ("silent_at_stake", "at_stake", "revenue_now", "total", "customers"):
                if name in moved.index:
                    row = moved.loc[name]
                    figures[f"{name}_before"] = _figure(row["before"], row["unit"])
        if "list_moved" in tables:  # that report had a list
            listed = cast("Any", tables["list_moved"])
            left = listed[listed["before"] & ~listed["now"]]
            figures |= {
                "joined": Figure(int((listed["now"] & ~listed["before"]).sum()), unit="customers"),
                "left": Figure(len(left), unit="customers"),
                "came_back": Figure(int(left["bought_since"].sum()), unit="customers"),
            }
        return figures

    def sentences(self) -> Sequence[Sentence]:
        """What can be told, weightiest first; what cannot be told comes last."""
        told: list[Sentence] = []
        untold: list[Sentence] = []
        if "revenue_change" in self.figures:
            told.append(self._change())
        else:
            untold.append(self._no_change())
        if "Priorities" in self.parameters["refused"]:
            untold.append(Sentence(N_("Who fell behind cannot be told yet.")))
        else:
            told += self.called()
        told += self._ahead()
        concentration = self._concentration()
        told += [concentration] if concentration else []
        return [
            *unfit({n: f.value for n, f in self.figures.items()}),
            *told,
            *self._quality(),
            *self._since(),
            *untold,
        ]

    def _no_change(self) -> Sentence:
        if self.figures["months"].value == 12:
            return Sentence(
                N_("What changed in a year cannot be told: the facts begin on {first}.")
            )
        return Sentence(
            N_("What changed in a month cannot be told: the facts begin on {first}."),
            N_("What changed in {months} months cannot be told: the facts begin on {first}."),
            "months",
        )

    def _change(self) -> Sentence:
        value = self.figures
        if value["months"].value != 12:
            return self._change_in_months()
        if "revenue_change_share" not in value or value["revenue_change"].value == 0:
            return Sentence(N_("Revenue over the last year: {revenue_now}."))
        return Sentence(
            N_(
                "Revenue rose by {revenue_size} ({revenue_change_share}) over the last year; the "
                "largest part is {driver} ({driver_amount})."
            )
            if value["revenue_change"].value > 0
            else N_(
                "Revenue fell by {revenue_size} ({revenue_change_share}) over the last year; the "
                "largest part is {driver} ({driver_amount})."
            )
        )

    def _change_in_months(self) -> Sentence:
        value = self.figures
        if "revenue_change_share" not in value or value["revenue_change"].value == 0:
            return Sentence(
                N_("Revenue over the last month: {revenue_now}."),
                N_("Revenue over the last {months} months: {revenue_now}."),
                "months",
            )
        rose = value["revenue_change"].value > 0
        return Sentence(
            N_(
                "Revenue rose by {revenue_size} ({revenue_change_share}) over the last month "
                "against the month before; the largest part is {driver} ({driver_amount})."
            )
            if rose
            else N_(
                "Revenue fell by {revenue_size} ({revenue_change_share}) over the last month "
                "against the month before; the largest part is {driver} ({driver_amount})."
            ),
            N_(
                "Revenue rose by {revenue_size} ({revenue_change_share}) over the last {months} "
                "months against the {months} before, seasons included; the largest part is "
                "{driver} ({driver_amount})."
            )
            if rose
            else N_(
                "Revenue fell by {revenue_size} ({revenue_change_share}) over the last {months} "
                "months against the {months} before, seasons included; the largest part is "
                "{driver} ({driver_amount})."
            ),
            "months",
        )

    def _agree(self) -> bool:
        """Whether the view from above says the same as the customers' sum, as far as is known."""
        value = self.figures
        if value["expected"].low is None:
            return abs(value["expected_apart"].value) < FAR_APART
        return views_agree(value["expected"], value["expected_above"])

    def _ahead(self) -> Sequence[Sentence]:
        """Who buys more, what is to come, and whether such a list held before."""
        value, margin = self.figures, self.parameters["money"] == "margin"
        told = []
        if "flags" in value and value["silent"].value:
            told.append(_BACK)
        if "more" in value and value["more"].value:
            told.append(_MORE)
        if "expected" in value:
            ranged = value["expected"].low is not None
            told.append((_EXPECTED if ranged else _EXPECTED_BARE)[margin])
            if "expected_apart" in value and not self._agree():
                told.append(_CARE)
        verdict = self.parameters["list_verdict"]
        if verdict in _LIST:
            told.append(_LIST[verdict])
        if self.parameters["hours"] in _HOURS:
            told.append(_HOURS[self.parameters["hours"]])
        return told

    def _concentration(self) -> Sentence | None:
        if "a_customers" not in self.figures:
            return None
        if self.parameters["money"] == "margin":
            return Sentence(
                N_("One of {customers} customers brings {a_share} of the margin."),
                N_("{a_customers} of {customers} customers bring {a_share} of the margin."),
                "a_customers",
            )
        return Sentence(
            N_("One of {customers} customers brings {a_share} of the revenue."),
            N_("{a_customers} of {customers} customers bring {a_share} of the revenue."),
            "a_customers",
        )

    def _quality(self) -> Sequence[Sentence]:
        if not self.figures["rows_aside"].value:
            counted = Sentence(N_("None of the {rows} rows in the export had to be set aside."))
        elif "money_share" in self.figures:
            counted = Sentence(
                N_(
                    "{money_share} of the money in the export counts; one row is set aside "
                    "because of: {main_reason}."
                ),
                N_(
                    "{money_share} of the money in the export counts; rows are set aside mostly "
                    "because of: {main_reason} ({main_reason_rows} rows)."
                ),
                "rows_aside",
            )
        else:
            counted = Sentence(
                N_(
                    "{rows_accepted} of {rows} rows in the export ({accepted_share}) count; one "
                    "row is set aside because of: {main_reason}."
                ),
                N_(
                    "{rows_accepted} of {rows} rows in the export ({accepted_share}) count; rows "
                    "are set aside mostly because of: {main_reason} ({main_reason_rows} rows)."
                ),
                "rows_aside",
            )
        if not self.figures["rows_later"].value:
            return [counted]
        return [
            counted,
            Sentence(
                N_("One row from after {as_of} is not counted yet."),
                N_("{rows_later} rows from after {as_of} are not counted yet."),
                "rows_later",
            ),
        ]

    def _since(self) -> Sequence[Sentence]:
        if self.parameters["previous_as_of"] is None:
            return ()
        said = []
        if "silent_at_stake_before" in self.figures:
            said.append(
                Sentence(
                    N_(
                        "Since the last report ({previous_as_of}) the money at stake with silent "
                        "customers went from {silent_at_stake_before} to {silent_at_stake}."
                    )
                )
            )
        if "joined" not in self.figures:
            return said
        said.append(
            Sentence(
                N_(
                    "Compared with {previous_as_of}: one customer has joined the list and {left} "
                    "have left it; {came_back} of those who left had been silent or late and have "
                    "bought again."
                ),
                N_(
                    "Compared with {previous_as_of}: {joined} customers have joined the list and "
                    "{left} have left it; {came_back} of those who left had been silent or late "
                    "and have bought again."
                ),
                "joined",
            )
        )
        return said


def _figure(value: Any, unit: str) -> Figure:
    """A figure from a table's cell; what is counted is whole."""
    whole = unit in ("count", "customers", "rows", "days")
    return Figure(value if isinstance(value, str) else (int if whole else float)(value), unit=unit)


_MORE = Sentence(
    "One customer buys more than its own past explains, worth {more_at_stake} a year.",
    "{more} customers buy more than their own past explains, worth {more_at_stake} a year.",
    n="more",
)
_EXPECTED = {
    True: Sentence(
        "Over the next month {expected} in margin is expected, most likely between {expected_low}"
        " and {expected_high}; the same time up to now gave {expected_last}.",
        "Over the next {horizon} months {expected} in margin is expected, most likely between"
        " {expected_low} and {expected_high}; the same time up to now gave {expected_last}.",
        n="horizon",
    ),
    False: Sentence(
        "Over the next month {expected} in revenue is expected, most likely between {expected_low}"
        " and {expected_high}; the same time up to now gave {expected_last}.",
        "Over the next {horizon} months {expected} in revenue is expected, most likely between"
        " {expected_low} and {expected_high}; the same time up to now gave {expected_last}.",
        n="horizon",
    ),
}
_EXPECTED_BARE = {
    True: Sentence(
        "Over the next month {expected} in margin is expected, against {expected_last} the same"
        " time up to now; how sure that is cannot be told yet.",
        "Over the next {horizon} months {expected} in margin is expected, against {expected_last}"
        " the same time up to now; how sure that is cannot be told yet.",
        n="horizon",
    ),
    False: Sentence(
        "Over the next month {expected} in revenue is expected, against {expected_last} the same"
        " time up to now; how sure that is cannot be told yet.",
        "Over the next {horizon} months {expected} in revenue is expected, against {expected_last}"
        " the same time up to now; how sure that is cannot be told yet.",
        n="horizon",
    ),
}
_BACK = Sentence(
    "At earlier dates {flags} flags of silence were given; {flags_back} were followed by a new"
    " order after all, some of them after a long time."
)
_CARE = Sentence(
    "Plan with care: seen as a whole, without looking at customers, sales point to"
    " {expected_above}, {expected_apart} away."
)
#: what `response` says of the hours
HOURS_FIT, HOURS_UNTOLD = "fit", "untold"
_HOURS = {
    HOURS_FIT: Sentence(
        "Where a customer's hours about double, its sales are {hours_effect} higher: that is"
        " consistent with an effect of the hours."
    ),
    HOURS_UNTOLD: Sentence("Whether our hours do anything for sales cannot be told from the past."),
}
_LIST = {
    BETTER: Sentence(
        "Tried at {list_tests} earlier dates, the first on our list by expected value brought"
        " {list_share} of the money to come, those on the best simple list {list_naive_share}:"
        " ours was better."
    ),
    SAME: Sentence(
        "Tried at {list_tests} earlier dates, the first on our list by expected value brought"
        " {list_share} of the money to come, those on the best simple list {list_naive_share}:"
        " ours was as good, not better."
    ),
    WORSE: Sentence(
        "Tried at {list_tests} earlier dates, the first on our list by expected value brought"
        " {list_share} of the money to come, those on the best simple list {list_naive_share}:"
        " use the simple list."
    ),
}
