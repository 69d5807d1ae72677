"""What does the answer to `pilot` say? Its figures, sentences and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from salesfact._language import N_
from salesfact._pilot_picture import draw_sizes
from salesfact._result import Column, Figure, Refusal, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

EXTRA, USUAL = N_("extra hours"), N_("as usual")
#: covariate -> what it is called
ALIKE = {
    "value": N_("sales of the last year"),
    "rhythm": N_("how often they order"),
    "trend": N_("rising or falling"),
    "season": N_("season"),
    "effort": N_("hours so far"),
}
LEAST_PAIRS = 8


def hours_figure(hours: float) -> Figure:
    """Hours, whole ones without decimals."""
    return Figure(hours, unit="count" if hours == int(hours) else "number")


@dataclass(frozen=True, kw_only=True, repr=False)
class Pilot(Result):
    """A randomised pilot: who gets extra hours by lot, who does not, and what it can show.

    `table` has index `customer`, by pair, first the one with extra hours:

    - `pair`: its number. `arm`: extra hours, or as usual. `name`, `rep`: as supplied.
    - `value`: sales of the last twelve months. `orders`: days with an order in them.
    - `hours_month`: hours a month in them, where there are activities.
    - `before`, `same`: sales of the last twelve months at the pilot's length, and of the same
      months a year earlier; `scale`: of the pair. With them what comes is measured.

    `tables["sizes"]`: `pairs`, `months`, `mde` (the effect that shows in a share `power` of such
    pilots, as a part of sales), `extra_hours`. `tables["balance"]`: how far apart the two arms are
    in each covariate (mean absolute difference, in standard deviations), drawn within pairs and
    without pairs. `tables["origins"]`: pilots tried in the past, by length. Write the lists for
    reps with `pilot_workbook`. Pages show those drawn for extra hours alone.
    """

    title: ClassVar[str] = N_("A pilot: what do extra hours do?")
    columns: ClassVar[Mapping[str, Column]] = {
        "pair": Column(N_("Pair"), "count"),
        "arm": Column(N_("Drawn for"), "term"),
        "customer": Column(N_("Customer number"), "text"),
        "name": Column(N_("Customer"), "text"),
        "rep": Column(N_("Rep"), "text"),
        "value": Column(N_("Sales of the last year"), "money"),
        "orders": Column(N_("Orders of the last year"), "count"),
        "hours_month": Column(N_("Hours a month"), "number"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How many, how long, what it costs and can show."""
        p = parameters
        told = {
            "candidates": Figure(p["candidates"], unit="customers"),
            "all_pairs": Figure(p["all_pairs"], unit="count"),
            "excluded": Figure(p["excluded"], unit="customers"),
            "unlisted": Figure(p["unlisted"], unit="customers"),
            "least": Figure(LEAST_PAIRS, unit="count"),
            "months": Figure(p["months"], unit="months"),
            "history": Figure(p["history"], unit="months"),
            "needed_history": Figure(p["needed_history"], unit="months"),
            "hours": hours_figure(p["hours"]),
            "smallest": Figure(p["smallest_effect"], unit="share"),
            "seed": Figure(str(p["seed"]), unit="text"),
        }
        if table.empty:
            return told
        sizes: Any = tables["sizes"]
        frame: Any = table
        pairs = int(frame["pair"].max())
        mine = sizes[sizes["months"] == p["months"]].set_index("pairs")
        best = sizes.loc[sizes["mde"].idxmin()]
        balance: Any = tables["balance"]
        return told | {
            "pairs": Figure(pairs, unit="count"),
            "customers": Figure(2 * pairs, unit="customers"),
            "start": Figure(p["start"], unit="month"),
            "end": Figure(p["end"], unit="month"),
            "extra_hours": Figure(pairs * p["months"] * p["hours"], unit="count"),
            "power": Figure(p["power"], unit="share"),
            "mde": Figure(float(mine.loc[pairs, "mde"]), unit="share"),
            "mde_all": Figure(float(mine.loc[p["all_pairs"], "mde"]), unit="share"),
            "best_mde": Figure(float(best["mde"]), unit="share"),
            "best_months": Figure(int(best["months"]), unit="months"),
            "origins": Figure(p["origins"], unit="count"),
            "uneven": Figure(float(balance["in_pairs"].mean()), unit="number"),
            "uneven_by_lot": Figure(float(balance["by_lot"].mean()), unit="number"),
        }

    @property
    def can_tell(self) -> bool:
        """Whether the pilot as drawn shows the smallest effect that matters."""
        return bool(self.figures["mde"].value <= self.figures["smallest"].value + 1e-12)

    def sentences(self) -> Sequence[Sentence]:
        """Who gets what; what it can show; what it takes."""
        value = self.figures
        told = [_WHO, _SHOWS]
        if not self.can_tell:
            all_of_them = value["mde_all"].value <= value["smallest"].value
            longest = value["best_mde"].value <= value["smallest"].value
            told.append(_MORE if all_of_them else _LONGER if longest else _NEVER)
        told.append(_COST)
        return [*told, _UNLISTED] if value["unlisted"].value else told

    def shown(self) -> pd.DataFrame:
        """Those drawn for extra hours; a page must not tell reps whom they are compared with."""
        frame: Any = self.table
        return frame[frame["arm"] == EXTRA]

    def headline(self) -> Sentence | None:
        """The picture's message."""
        return _HEADLINE if self.can_tell else _HEADLINE_SHORT

    def draw(self, ax: Axes) -> None:
        """What a pilot can show by its size."""
        value = self.figures
        chosen = int(value["pairs"].value), int(value["months"].value)
        draw_sizes(self.tables["sizes"], chosen, float(value["smallest"].value), self.language, ax)


_WHO = Sentence(
    "{customers} customers in {pairs} pairs that are as alike as can be: in each, a lot has decided"
    " who gets {hours} extra hours a month, from {start} to {end}. The other is looked after as"
    " usual."
)
_SHOWS = Sentence(
    "If extra hours raise sales by {mde} or more, that shows in {power} of cases: so say pilots"
    " tried on your own past, seasons and lost customers included."
)
_MORE = Sentence(
    "That is too few to show {smallest}, the smallest effect that matters; all {all_pairs} pairs"
    " are enough."
)
_LONGER = Sentence(
    "Not even all {all_pairs} pairs can show {smallest}, the smallest effect that matters, in that"
    " time; over {best_months} months they can."
)
_NEVER = Sentence(
    "Not even all {all_pairs} pairs can show {smallest}, the smallest effect that matters: at best"
    " they show {best_mde}, over {best_months} months. If extra hours do less than that, this pilot"
    " cannot tell."
)
_COST = Sentence(
    "It takes {extra_hours} extra hours in all. They must not be taken from the customers they are"
    " compared with, or the pilot shows too much."
)
_UNLISTED = Sentence(
    "One customer takes no part, as its number looks like a personal identity number, which no list"
    " may hold.",
    "{unlisted} customers take no part, as their numbers look like personal identity numbers, which"
    " no list may hold.",
    n="unlisted",
)
_HEADLINE = Sentence("{pairs} pairs over {months} months show an effect of {mde} or more")
_HEADLINE_SHORT = Sentence(
    "{pairs} pairs over {months} months show an effect of {mde} or more, but not {smallest}"
)
YOUNG = Refusal(
    Sentence(
        "A pilot of {months} months cannot be planned: the facts cover {history} whole months, and"
        " it takes {needed_history} to see how much customers change of their own accord."
    ),
    Sentence("Supply earlier years of the sales lines, or plan a shorter pilot."),
)
FEW = Refusal(
    Sentence(
        "A pilot cannot be planned: {candidates} customers have bought for a year and often enough,"
        " which makes {all_pairs} pairs with the same rep; it takes at least {least}."
    ),
    Sentence("Supply more of the sales lines, or exclude fewer customers."),
)
SWINGS = Refusal(
    Sentence(
        "A pilot cannot be planned: the {all_pairs} pairs change so much of their own accord that"
        " hardly any effect would show."
    ),
    Sentence("Supply more of the sales lines, or exclude fewer customers."),
)
