"""What does the first page say? Plain words from the key figures of all answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact import _direction_words as _words
from salesfact._language import N_, money_unit
from salesfact._moving_told import measure
from salesfact._outlook import views_agree
from salesfact._priorities_told import Priorities, named
from salesfact._quality import unfit
from salesfact._result import Column, Figure, Sentence

if TYPE_CHECKING:
    import pandas as pd

MOST_COUNTED = 0.95  # of the amounts that may be sales, below which it is worth a word
FAR_APART = 0.2  # two views of what is to come, where neither has a range

#: money in the tiles of the first page
TILES = ("revenue_now", "certain_at_stake", "expected")

#: name on the first page -> (answer, its figure there)
KEY_FIGURES = {
    "revenue_change": ("Bridge", "change"),
    "revenue_size": ("Bridge", "size"),
    "revenue_change_share": ("Bridge", "change_share"),
    "revenue_size_share": ("Bridge", "size_share"),
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
    "unsure": ("Priorities", "unsure"),
    "unsure_at_stake": ("Priorities", "unsure_at_stake"),
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
    "quiet_days": ("Quality", "quiet_days"),
    "fit_money": ("Quality", "fit_money"),
    "fit_rows": ("Quality", "fit_rows"),
    "fit_limit": ("Quality", "fit_limit"),
    "rows_later": ("Quality", "rows_later"),
    "lost_reason": ("Quality", "lost_reason"),
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
            "measure": measure(parameters["money"]),
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

    def unit_of(self, amounts: Sequence[float | None]) -> float:
        """That of the tiles, as a figure is written one way; where one would be lost, their own."""
        page = self._tiles()
        together = money_unit([*page, *amounts])
        return together if page and together == money_unit(page) else money_unit(amounts)

    def payload(self) -> dict[str, Any]:
        """As any answer's, with the unit of the money in its tiles."""
        page = self._tiles()
        return super().payload() | ({"money_in": money_unit(page)} if page else {})

    def _tiles(self) -> list[float]:
        """The amounts in the first page's tiles."""
        found = [self.figures[name] for name in TILES if name in self.figures]
        return [v for f in found for v in (f.value, f.low, f.high) if v is not None]

    def sentences(self) -> Sequence[Sentence]:
        """What a director needs, first what makes all else unsure; last what cannot be told.

        Each stands with its figures and its reservations in the chapter it comes from.
        """
        told: list[Sentence] = []
        untold: list[Sentence] = []
        if "revenue_change" in self.figures:
            told.append(self._change())
        else:
            untold.append(self._no_change())
        told += self._quality()
        if "Priorities" in self.parameters["refused"]:
            untold.append(_words.NOBODY_KNOWN)
        else:
            told += self._called()
        return [
            *unfit({n: f.value for n, f in self.figures.items()}),
            *told,
            *self._ahead(),
            *self._since(),
            *untold,
        ]

    def _no_change(self) -> Sentence:
        return _words.NO_YEAR if self.figures["months"].value == 12 else _words.NO_MONTHS

    def _change(self) -> Sentence:
        value = self.figures
        year = value["months"].value == 12
        if "revenue_change_share" not in value or value["revenue_change"].value == 0:
            return _words.REVENUE_YEAR if year else _words.REVENUE_MONTHS
        rose = value["revenue_change"].value > 0
        return (_words.CHANGE_YEAR if year else _words.CHANGE_MONTHS)[rose]

    def _called(self) -> Sequence[Sentence]:
        """Who is certain and how sure that is, in one sentence each; then who is not certain."""
        value = {name: figure.value for name, figure in self.figures.items()}
        if not value["certain"]:
            return self.called()
        told = [self.certain(value)[0]]
        # of one alarm no part can be told
        back = value["silent"] and value.get("flags", 0) > 1 and "flags_back" in value
        if value["fewer"]:
            told.append(_words.SURE_BACK if back else _words.SURE)
        elif back:
            told.append(_words.BACK)
        chance = 2 * value.get("watch_late", 0) > value["unsure"]
        if value["watch"] and value["maybe"]:
            told.append(_words.UNSURE[chance])
        elif value["watch"] or value["maybe"]:
            every = value["watch"] == value.get("watch_late")
            late = _words.LATE_ALL if every else _words.LATE[chance]
            told.append(late if value["watch"] else _words.MAYBE)
        return told

    def _agree(self) -> bool:
        """Whether the view from above says the same as the customers' sum, as far as is known."""
        value = self.figures
        if value["expected"].low is None:
            return abs(value["expected_apart"].value) < FAR_APART
        return views_agree(value["expected"], value["expected_above"])

    def _ahead(self) -> Sequence[Sentence]:
        """Who buys more, what is to come, on whom it hangs; whether list and hours have held."""
        value, margin = self.figures, self.parameters["money"] == "margin"
        told = []
        if "more" in value and value["more"].value:
            told.append(_words.MORE)
        if "expected" in value:
            ranged = value["expected"].low is not None
            told.append((_words.EXPECTED if ranged else _words.EXPECTED_BARE)[margin])
            if "expected_apart" in value and not self._agree():
                told.append(_words.CARE)
        if "a_customers" in value and value["a_customers"].value == 1:
            only = value["customers"].value == 1
            told.append((_words.ALL_OF_ONE if only else _words.MOST_OF_ONE)[margin])
        verdict = self.parameters["list_verdict"]
        if verdict in _words.LIST:
            told.append(_words.LIST[verdict])
        if self.parameters["hours"] in _words.HOURS:
            told.append(_words.HOURS[self.parameters["hours"]])
        return told

    def _quality(self) -> Sequence[Sentence]:
        """How much of what may be sales counts, where that is less than nearly all.

        What the client's own rules set aside, and what comes after the last day, is no loss.
        """
        value = self.figures
        if "lost_reason" not in value or value["fit_money"].value < value["fit_limit"].value:
            return ()  # nothing is lost, or the warning before all else says it
        return [_words.COUNTED] if value["fit_money"].value < MOST_COUNTED else ()

    def _since(self) -> Sequence[Sentence]:
        if self.parameters["previous_as_of"] is None:
            return ()
        if "joined" in self.figures:
            return [_words.SINCE if "silent_at_stake_before" in self.figures else _words.MOVED]
        return [_words.AT_STAKE_SINCE] if "silent_at_stake_before" in self.figures else ()


def _figure(value: Any, unit: str) -> Figure:
    """A figure from a table's cell; what is counted is whole."""
    whole = unit in ("count", "customers", "rows", "days")
    return Figure(value if isinstance(value, str) else (int if whole else float)(value), unit=unit)
