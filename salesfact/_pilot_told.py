"""What does the answer to `pilot` say? Its verdict, figures, sentences and picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from salesfact import _pilot_log
from salesfact import _pilot_words as words
from salesfact._language import N_
from salesfact._pilot_expected import MOST_TIMES, dose, hours_for, rise
from salesfact._pilot_picture import draw_sizes
from salesfact._result import Column, Figure, Result, Sentence
from salesfact._stats import MIDDLE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

EXTRA, USUAL = N_("extra hours"), N_("as usual")
LEAST_PAIRS = 8
SHORTER, LONGER = 6, 12  # months that are held against each other
APART = 2.0  # times the sales of the other one of a pair
MOST_PART = 0.5  # of all hours logged today; more extra hours than that are not to be had
SHARPER = 0.9  # times what shows: above it, more months are hardly worth it


@dataclass(frozen=True, kw_only=True, repr=False)
class Pilot(Result):
    """A randomised pilot: who gets extra hours by lot, who does not, and what it can show.

    `table` has index `customer`, by pair, first the one with extra hours:

    - `pair`: its number. `arm`: extra hours, or as usual. `name`: as supplied; `rep`: who looks
      after the customer.
    - `value`: sales of the last twelve months. `orders`: days with an order in them.
    - `hours_month`: hours in an average month of them, where there are activities; months without
      any count, but for those before the log began.
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
        "hours_month": Column(N_("Hours in an average month"), "hours"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How many, how long, what it costs and can show, and what may be expected."""
        p = parameters
        told = {
            "candidates": Figure(p["candidates"], unit="customers"),
            "all_pairs": Figure(p["all_pairs"], unit="count"),
            "pairs_asked": Figure(p["pairs_asked"], unit="count"),
            "excluded": Figure(p["excluded"], unit="customers"),
            "unlisted": Figure(p["unlisted"], unit="customers"),
            "least": Figure(LEAST_PAIRS, unit="count"),
            "months": Figure(p["months"], unit="months"),
            "wait": Figure(p["wait_months"], unit="months"),
            "history": Figure(p["history"], unit="months"),
            "needed_history": Figure(p["needed_history"], unit="months"),
            "hours": Figure(p["hours"], unit="hours"),
            "seed": Figure(str(p["seed"]), unit="text"),
        }
        if table.empty:
            return told
        frame: Any = table
        pairs = int(frame["pair"].max())
        value = frame["value"].to_numpy(dtype=float).reshape(-1, 2)
        balance: Any = tables["balance"]
        sizes = _Sizes(tables["sizes"], pairs, p["all_pairs"], p["months"])
        told |= {
            "pairs": Figure(pairs, unit="count"),
            "customers": Figure(2 * pairs, unit="customers"),
            "start": Figure(p["start"], unit="month"),
            "end": Figure(p["end"], unit="month"),
            "extra_hours": Figure(pairs * p["months"] * p["hours"], unit="count"),
            "power": Figure(p["power"], unit="share"),
            "smallest": Figure(p["smallest_rise"], unit="share"),
            "mde": Figure(sizes.mde, unit="share"),
            "origins": Figure(p["origins"], unit="count"),
            "apart": Figure(
                int((value.max(axis=1) > APART * value.min(axis=1)).sum()), unit="count"
            ),
            "uneven": Figure(float(balance["in_pairs"].mean()), unit="number"),
            "uneven_by_lot": Figure(float(balance["by_lot"].mean()), unit="number"),
        }
        if p["matters"] is not None:
            told["matters"] = Figure(rise(p["matters"], math.log(2)), unit="share")
        lengths = [sizes.of(pairs, m) for m in (SHORTER, LONGER)]
        if None not in lengths:
            told |= {
                "shorter": Figure(SHORTER, unit="months"),
                "longer": Figure(LONGER, unit="months"),
                "mde_shorter": Figure(lengths[0], unit="share"),
                "mde_longer": Figure(lengths[1], unit="share"),
            }
        if "hours_month" in frame:
            drawn = frame.loc[frame["arm"] == EXTRA, "hours_month"].to_numpy(dtype=float)
            told |= _pilot_log.figures(drawn, p, pairs)
        return told | _advice(frame, p, sizes)

    @property
    def can_tell(self) -> bool:
        """Whether the pilot as drawn shows the smallest rise that matters."""
        return bool(self.figures["mde"].value <= self.figures["smallest"].value + 1e-12)

    @property
    def advised_against(self) -> bool:
        """Whether all that the past leaves likely lies below what the pilot can show."""
        value = self.figures
        return "expected" in value and bool(value["expected"].high < value["mde"].value)

    def verdict(self) -> Sequence[Sentence]:
        """What this pilot can show against what matters, and whether it should be held."""
        value = self.figures
        if self.advised_against:
            if value["expected"].value <= 0:
                return [words.AGAINST_NOTHING]
            better = _BETTER[value["better"].value]
            return [words.AGAINST_THOUGH if self.can_tell else words.AGAINST, better]
        if self.can_tell:
            return [words.CAN]
        told = words.CANNOT_BUT if "expected" in value else words.CANNOT
        return [told, _ENOUGH[value["better"].value]]

    def sentences(self) -> Sequence[Sentence]:
        """The verdict; who gets what; how it was found; what it takes."""
        value = self.figures
        if not self.advised_against:
            return self.planned()
        told = [*self.verdict(), words.WHO_IF, words.SHOWS]
        if "monthly" in value:
            told.append(words.HOURS_IF if "more" in value else words.HOURS_NEW_IF)
        return told + self._empty() + self._closed()

    def planned(self) -> Sequence[Sentence]:
        """The same of a pilot that is held, advised against or not."""
        value = self.figures
        told = [*self.verdict(), words.WHO, words.LATEST, words.SHOWS]
        if "matters" in value:
            told.append(words.FOLLOWS)
        if "longer" in value:
            better = value["mde_longer"].value < SHARPER * value["mde_shorter"].value
            told.append(words.SHARPER if better else words.BLUNT)
        if "monthly" in value:
            told.append(words.HOURS if "more" in value else words.HOURS_NEW)
        told += [*self._empty(), words.COST, *self._closed()]
        if value["apart"].value:
            told.append(words.APART)
        return [*told, words.UNLISTED] if value["unlisted"].value else told

    def _empty(self) -> list[Sentence]:
        """Months without hours in what is told of an average one."""
        return [words.EMPTY] if "empty" in self.figures and self.figures["empty"].value else []

    def _closed(self) -> list[Sentence]:
        """Months of the pilot in which hardly anybody logs hours."""
        return [words.CLOSED] if "closed_first" in self.figures else []

    @property
    def opening(self) -> int:
        """Its verdict."""
        return len(self.verdict()) if self.refusal is None else super().opening

    def shown(self) -> pd.DataFrame:
        """Those drawn for extra hours, unless it is advised against.

        A page must not tell reps whom they are compared with.
        """
        frame: Any = self.table
        if self.refusal is None and self.advised_against:
            return frame.head(0)
        return frame[frame["arm"] == EXTRA]

    def headline(self) -> Sentence | None:
        """The picture's message."""
        if self.advised_against and self.figures["expected"].value > 0:
            return words.HEADLINE_AGAINST
        return words.HEADLINE if self.can_tell else words.HEADLINE_SHORT

    def draw(self, ax: Axes) -> None:
        """What a pilot can show by its size."""
        value = self.figures
        chosen = int(value["pairs"].value), int(value["months"].value)
        draw_sizes(self.tables["sizes"], chosen, float(value["smallest"].value), self.language, ax)


PAIRS, MONTHS, BOTH, NONE = "pairs", "months", "both", "none"
MORE_HOURS, NO_HOURS = "hours", "no hours"
_BETTER = {
    PAIRS: words.BETTER_PAIRS,
    MONTHS: words.BETTER_MONTHS,
    BOTH: words.BETTER_BOTH,
    MORE_HOURS: words.BETTER_HOURS,
    NO_HOURS: words.BETTER_NONE_HOURS,
    NONE: words.BETTER_NONE,
}
_ENOUGH = {PAIRS: words.MORE, MONTHS: words.LONGER, BOTH: words.BOTH, NONE: words.NEVER}


class _Sizes:
    """What pilots of other sizes and lengths would show."""

    def __init__(self, sizes: Any, pairs: int, most: int, months: int) -> None:
        self.pairs, self.most, self.months = pairs, most, months
        self._mde = {(int(n), int(m)): float(v) for n, m, v in sizes[_SIZE].to_numpy()}
        self.mde = self._mde[pairs, months]

    def of(self, pairs: int, months: int) -> float | None:
        return self._mde.get((pairs, months))

    def shortest(self, pairs: int, wanted: Mapping[int, float]) -> int | None:
        """The fewest months over which so many pairs show what is wanted of that length."""
        fine = [m for (n, m), v in self._mde.items() if n == pairs and v <= wanted[m] + 1e-12]
        return min(fine, default=None)

    def fewest(self, wanted: float) -> int | None:
        """The fewest pairs of the table that show so much over the planned months."""
        fine = [n for (n, m), v in self._mde.items() if m == self.months and v <= wanted + 1e-12]
        return min(fine, default=None)

    def best(self) -> tuple[float, int]:
        """The least that the planned pairs show, and over how many months."""
        return min((v, m) for (n, m), v in self._mde.items() if n == self.pairs)

    @property
    def lengths(self) -> set[int]:
        return {m for _, m in self._mde}


_SIZE = ["pairs", "months", "mde"]


def _advice(frame: Any, p: Mapping[str, Any], sizes: _Sizes) -> dict[str, Figure]:
    """What may be expected where the past shows anything, and which plan would show it."""
    best, over = sizes.best()
    told = {"best_mde": Figure(best, unit="share"), "best_months": Figure(over, unit="months")}
    wanted = dict.fromkeys(sizes.lengths, float(p["smallest_rise"]))
    today, hours = None, p["hours"]
    if p["slope"] is not None and p["all_hours"]:
        today = frame.loc[frame["arm"] == EXTRA, "hours_month"].to_numpy(dtype=float)
        amounts = {m: dose(today, hours, m, p["decay"]) for m in sizes.lengths}
        ends = [p["slope"] + z * p["se"] for z in (0, -MIDDLE, MIDDLE)]
        expected = [rise(s, amounts[sizes.months]) for s in ends]
        told["expected"] = Figure(*expected, unit="share")
        told["most_hours"] = Figure(float(MOST_TIMES * hours), unit="hours")
        if expected[2] < sizes.mde:
            wanted = {m: rise(p["slope"], a) for m, a in amounts.items()}
        else:
            today = None  # nothing more than what matters is asked for
    if sizes.mde <= wanted[sizes.months] + 1e-12:
        return told
    if (pairs := sizes.fewest(wanted[sizes.months])) is not None:
        better = {"better_pairs": Figure(pairs, unit="count")}, PAIRS
    elif (months := sizes.shortest(sizes.pairs, wanted)) is not None:
        better = {"better_months": Figure(months, unit="months")}, MONTHS
    elif (months := sizes.shortest(sizes.most, wanted)) is not None:
        better = {"better_months": Figure(months, unit="months")}, BOTH
    else:
        better = _more_hours(today, p, sizes)
    return told | better[0] | {"better": Figure(better[1], unit="text")}


def _more_hours(today: Any, p: Mapping[str, Any], sizes: _Sizes) -> tuple[dict[str, Figure], str]:
    """Whether more hours would do, and whether the reps could have so many."""
    if today is None:
        return {}, NONE
    more = hours_for(sizes.mde, today, p["hours"], sizes.months, p["slope"], p["decay"])
    if more is None:
        return {}, NONE
    part = sizes.pairs * more / p["all_hours"]
    told = {"better_hours": Figure(more, unit="hours"), "better_part": Figure(part, unit="share")}
    return told, MORE_HOURS if part <= MOST_PART else NO_HOURS
