"""What does the first page say? Plain words from the key figures of all answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact._language import N_
from salesfact._priorities_told import Priorities
from salesfact._result import Column, Figure, Sentence

if TYPE_CHECKING:
    import pandas as pd

NAMED = 3  # customers named in the reading

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
    "silent": ("Priorities", "silent"),
    "silent_at_stake": ("Priorities", "silent_at_stake"),
    "listed": ("Priorities", "listed"),
    "at_stake": ("Priorities", "at_stake"),
    "rows": ("Quality", "rows_read"),
    "rows_accepted": ("Quality", "rows_accepted"),
    "accepted_share": ("Quality", "accepted_share"),
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
    index `customer` and whether it was on the list `before` and is `now`, and if it has
    `bought_since`.
    """

    title: ClassVar[str] = N_("Where should we look first?")
    columns: ClassVar[Mapping[str, Column]] = {
        "rank": Column(N_("Rank"), "count"),
        "rank_before": Column(N_("Rank last time"), "count"),
        "name": Column(N_("Customer"), "text"),
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
        }
        for name, row in keys.iterrows():
            value = row["text"] if isinstance(row["text"], str) else row["value"]
            figures[name] = _figure(value, row["unit"])
        if len(frame):
            top = frame.head(NAMED)
            figures |= {
                "named": Figure([str(n) for n in top["name"]], unit="listing"),
                "named_at_stake": Figure(float(top["at_stake"].sum()), unit="money"),
                "shown": Figure(min(len(frame), 10), unit="customers"),
            }
            most = frame.nlargest(10, "at_stake")
            if "at_stake" in figures:
                part = float(most["at_stake"].sum()) / figures["at_stake"].value
                figures["shown_share"] = Figure(part, unit="share")
        if parameters["previous_as_of"] is not None:
            figures["previous_as_of"] = Figure(parameters["previous_as_of"], unit="date")
            moved, listed = cast("Any", tables["moved"]), cast("Any", tables["list_moved"])
            for name in ("at_stake", "revenue_now", "total", "customers"):
                if name in moved.index:
                    row = moved.loc[name]
                    figures[f"{name}_before"] = _figure(row["before"], row["unit"])
            left = listed[listed["before"] & ~listed["now"]]
            figures |= {
                "joined": Figure(int((listed["now"] & ~listed["before"]).sum()), unit="customers"),
                "left": Figure(len(left), unit="customers"),
                "came_back": Figure(int(left["bought_since"].sum()), unit="customers"),
            }
        return figures

    def sentences(self) -> Sequence[Sentence]:
        said = [self._change(), self._stake(), self._concentration(), *self._quality()]
        return [s for s in (*said, *self._since()) if s is not None]

    def _change(self) -> Sentence | None:
        value = self.figures
        if "revenue_change" not in value:
            return Sentence(
                N_("What changed in a year cannot be told: the facts begin on {first}.")
            )
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

    def _stake(self) -> Sentence:
        if "Priorities" in self.parameters["refused"]:
            return Sentence(N_("Who fell behind cannot be told yet."))
        if not self.figures["listed"].value:
            return Sentence(N_("No customer is later than its own rhythm explains."))
        if self.parameters["money"] == "margin":
            return Sentence(
                N_(
                    "One customer is later than its own rhythm, with {at_stake} of a year's "
                    "margin at stake: {named}."
                ),
                N_(
                    "{listed} customers are later than their own rhythm, with {at_stake} of a "
                    "year's margin at stake. Call first: {named}."
                ),
                "listed",
            )
        return Sentence(
            N_(
                "One customer is later than its own rhythm, with {at_stake} of a year's revenue "
                "at stake: {named}."
            ),
            N_(
                "{listed} customers are later than their own rhythm, with {at_stake} of a "
                "year's revenue at stake. Call first: {named}."
            ),
            "listed",
        )

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
            counted = Sentence(
                N_(
                    "Of {rows} rows in the books, {rows_accepted} ({accepted_share}) count; "
                    "none was set aside."
                )
            )
        else:
            counted = Sentence(
                N_(
                    "Of {rows} rows in the books, {rows_accepted} ({accepted_share}) count; "
                    "{rows_aside} are set aside, most often because of: {main_reason} "
                    "({main_reason_rows})."
                )
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
        if "at_stake_before" in self.figures and "at_stake" in self.figures:
            said.append(
                Sentence(
                    N_(
                        "Since the last report ({previous_as_of}) the money at stake went from "
                        "{at_stake_before} to {at_stake}."
                    )
                )
            )
        said.append(
            Sentence(
                N_(
                    "On the list since {previous_as_of}: {joined} new, {left} gone, of whom "
                    "{came_back} have bought again."
                )
            )
        )
        return said

    def in_language(self, code: str) -> Direction:
        return cast("Direction", super().in_language(code))


def _figure(value: Any, unit: str) -> Figure:
    """A figure from a table's cell; what is counted is whole."""
    whole = unit in ("count", "customers", "rows", "days")
    return Figure(value if isinstance(value, str) else (int if whole else float)(value), unit=unit)
