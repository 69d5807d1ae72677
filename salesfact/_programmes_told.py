"""What does the answer to `programmes` say? Its figures, its sentences and its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from salesfact import _style
from salesfact._language import N_, Language
from salesfact._result import Column, Figure, Refusal, Result, Sentence
from salesfact._stats import MIDDLE, OUTER

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: months a period has -> how periods since the start are called
PERIODS = {1: N_("months"), 3: N_("quarters"), 6: N_("half-years")}
_AXIS = {
    1: N_("months since the programme reached the customer"),
    3: N_("quarters since the programme reached the customer"),
    6: N_("half-years since the programme reached the customer"),
}
LEAST_P = 0.10


@dataclass(frozen=True, kw_only=True, repr=False)
class Programmes(Result):
    """What followed where a programme came to some customers first.

    `table` has one row per programme and period since its start: `programme`, `since` (periods,
    below 0 before it), `period` (months, quarters or half-years), `effect`, `low`, `high` (growth
    of sales against customers not reached yet, as a part; the band, two-sided 95 %, holds for all
    periods together), `treated` (customers reached) and `groups`. Index `row`.

    `tables["programmes"]` has index `programme`, the one that reached most customers first:
    `slope`, `se` (log of the mean growth since the start), `lead_p`, `reached`, `controls`,
    `months` (of a period).
    """

    title: ClassVar[str] = N_("What followed where a programme came first?")
    columns: ClassVar[Mapping[str, Column]] = {
        "programme": Column(N_("Programme")),
        "since": Column(N_("Since the start"), "count"),
        "period": Column(N_("Counted in"), "term"),
        "effect": Column(N_("Sales against those not reached yet"), "share"),
        "low": Column(N_("From"), "share"),
        "high": Column(N_("To"), "share"),
        "treated": Column(N_("Customers"), "customers"),
    }
    size = (_style.WIDE, 3.5)
    narrow_size = (_style.NARROW, 3.3)

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """The programme that reached most customers: how much, how sure, and before it began."""
        figures = {
            name: Figure(parameters[name], unit=unit)
            for name, unit in (
                ("named", "count"),
                ("least", "customers"),
                ("least_group", "customers"),
                ("most_reached", "customers"),
                ("least_turns", "count"),
                ("least_controls", "customers"),
                ("months", "months"),
                ("min_months", "months"),
            )
        }
        if "failed" in parameters:
            figures |= {
                "furthest": Figure(parameters["furthest"], unit="text"),
                "counted": Figure(parameters["counted"], unit="customers"),
                "turns": Figure(parameters["turns"], unit="count"),
                "periods": Figure(PERIODS[parameters["months_of"]], unit="term"),
                "in_turns": Figure(parameters["in_turns"], unit="customers"),
                "never": Figure(parameters["never"], unit="customers"),
            }
        told: Any = tables["programmes"]
        if told.empty:
            return figures
        first = told.iloc[0]
        ends = [
            float(np.expm1(first["slope"] + side * MIDDLE * first["se"])) for side in (-1, 0, 1)
        ]
        return figures | {
            "programme": Figure(str(told.index[0]), unit="text"),
            "effect": Figure(ends[1], ends[0], ends[2], unit="share"),
            "size": Figure(abs(ends[1]), unit="share"),
            "reached": Figure(int(first["reached"]), unit="customers"),
            "controls": Figure(int(first["controls"]), unit="customers"),
            "lead_p": Figure(float(first["lead_p"]), unit="share"),
            "others": Figure(len(told) - 1, unit="count"),
        }

    def _verdict(self) -> tuple[bool, bool]:
        """Whether sales differ since the start by more than chance, and whether before it too."""
        first: Any = self.tables["programmes"].iloc[0]
        return abs(first["slope"] / first["se"]) > OUTER, not first["lead_p"] >= LEAST_P

    def sentences(self) -> Sequence[Sentence]:
        """What followed, and whether the same showed before it could have; or what else lacks."""
        if self.refusal is not None:
            some = [_FURTHEST] if self.parameters["named"] > 1 and self.refusal.shown else []
            return [*some, *(_ALSO[name] for name in self.parameters.get("failed", ())[1:])]
        clear, before = self._verdict()
        up = self.figures["effect"].value > 0
        told = [_BEFORE if before else (_FOLLOWED if up else _FELL) if clear else _NOT_CLEAR[up]]
        told += [_AGAINST, _BARS]
        if self.figures["others"].value:
            told.append(_OTHERS)
        return told

    def headline(self) -> Sentence | None:
        """The picture's message."""
        if self.refusal is not None:
            return None
        clear, before = self._verdict()
        if before:
            return _HEADLINE_BEFORE
        if not clear:
            return _HEADLINE_NOT_CLEAR
        return _HEADLINE if self.figures["effect"].value > 0 else _HEADLINE_FELL

    def draw(self, ax: Axes) -> None:
        """Before and since the start, the programme that reached most."""
        name = self.tables["programmes"].index[0]
        rows: Any = self.table
        draw_event(rows[rows["programme"] == name], self.language, ax=ax)


def draw_event(rows: Any, language: Language, *, ax: Axes) -> Axes:
    """Growth against those not reached yet, by periods since the start, with its band.

    Parameters
    ----------
    rows : DataFrame
        `since`, `effect`, `low`, `high` and `period` of one programme, by `since`.
    language : Language
        The reader's.
    ax : Axes
        Where to draw.

    Returns
    -------
    Axes
        A dot and a bar per period, those before the start in grey; a line at the start.
    """
    months = next(m for m, word in PERIODS.items() if word == rows["period"].iloc[0])
    since = rows["since"].to_numpy(dtype=float)
    for before, colour in ((True, _style.MUTED), (False, _style.BLUE)):
        part = rows[(since < 0) == before]
        ax.vlines(part["since"], part["low"], part["high"], color=colour, lw=2)
        ax.plot(part["since"], part["effect"], "o", color=colour, ms=6, ls="none")
    ax.axhline(0, color=_style.LINE, lw=1, zorder=0)
    ax.axvline(-0.5, color=_style.ORANGE, lw=1, ls=(0, (2, 2)), zorder=0)
    top: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "fontsize": 8.5, "va": "bottom"}
    for text, offset, side, colour in (
        (language.text(N_("before")), -6, "right", _style.MUTED),
        (language.text(N_("since the start")), 6, "left", _style.BLUE),
    ):
        place = {"xytext": (offset, 2), "textcoords": "offset points", "ha": side}
        ax.annotate(text, (-0.5, 1), color=colour, **place, **top)
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(language.text(_AXIS[months]), fontsize=8.5, loc="left")
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    _style.share_axis(ax.yaxis, language)
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    return ax


_FOLLOWED = Sentence(
    "Where {programme} came first, sales have since been {effect} higher than where it had not come"
    " yet, most likely between {effect_low} and {effect_high}; that is consistent with an effect."
)
_FELL = Sentence(
    "Where {programme} came first, sales have since been {size} lower than where it had not come"
    " yet, most likely between {effect_low} and {effect_high}; that is consistent with an effect,"
    " but not the one hoped for."
)
_NOT_CLEAR = {
    True: Sentence(
        "Where {programme} came first, sales have not clearly developed otherwise than where it had"
        " not come yet: {size} higher, most likely between {effect_low} and {effect_high}."
    ),
    False: Sentence(
        "Where {programme} came first, sales have not clearly developed otherwise than where it had"
        " not come yet: {size} lower, most likely between {effect_low} and {effect_high}."
    ),
}
_BEFORE = Sentence(
    "What {programme} does cannot be told: sales of those it reached went another way already"
    " before it came."
)
_AGAINST = Sentence(
    "{reached} customers were reached in turn, and are compared with those not reached yet and"
    " {controls} never reached; nobody drew lots for who came first."
)
_BARS = Sentence(
    "The bars in the picture hold for all periods together, in nineteen cases of twenty."
)
_OTHERS = Sentence(
    "One more programme stands in the table.",
    "{others} more programmes stand in the table.",
    n="others",
)
_HEADLINE = Sentence(
    "Since {programme} came, sales are {effect} higher than with those not reached yet"
)
_HEADLINE_FELL = Sentence(
    "Since {programme} came, sales are {size} lower than with those not reached yet"
)
_HEADLINE_NOT_CLEAR = Sentence("No clear difference in sales since {programme} came")
_HEADLINE_BEFORE = Sentence("Sales of those whom {programme} reached differed already before it")
NONE = Refusal(
    Sentence("What programmes do cannot be told: no activity names a programme."),
    Sentence("Name the campaign or routine an activity belongs to in the log."),
    early=True,
)
YOUNG = Refusal(
    Sentence(
        "What programmes do cannot be told yet: activities and sales together cover {months}"
        " months, and at least {min_months} are needed."
    ),
    Sentence("Supply earlier years of the activity log, or let the log go on."),
)
_FURTHEST = Sentence("Of the {named} programmes in the log it came furthest.")
_REMEDY = Sentence("Let the next programme begin in turns, drawn by lot: then it can be told.")


def short_of(failed: Sequence[str]) -> Refusal:
    """Why programmes cannot be told: the first need that the one that came furthest does not meet.

    Parameters
    ----------
    failed : sequence of str
        What was not met, of `reached`, `counted`, `turns`, `in_turns` and `never`, in this order.
    """
    return Refusal(_FIRST[failed[0]], _REMEDY, shown=True)


#: need that is not met -> what was found, and what it takes: told first, or beside others
_FIRST = {
    "reached": Sentence(
        "What the programme {furthest} did cannot be told: it reached {most_reached} of the"
        " customers, and at least {least} are needed."
    ),
    "counted": Sentence(
        "What the programme {furthest} did cannot be told: of those it reached, {counted} had"
        " bought in the first year of the log and were reached after that year, and at least"
        " {least} are needed."
    ),
    "turns": Sentence(
        "What the programme {furthest} did cannot be told: the number of {periods} in which it"
        " reached {least_group} or more of them is {turns}, and at least {least_turns} are needed,"
        " so that those reached first can be compared with those reached later."
    ),
    "in_turns": Sentence(
        "What the programme {furthest} did cannot be told: in {periods} with {least_group} or more"
        " it reached {in_turns} of them, and at least {least} are needed."
    ),
    "never": Sentence(
        "What the programme {furthest} did cannot be told: of the customers who bought in the first"
        " year of the log, {never} were never reached, and at least {least_controls} are needed to"
        " compare with."
    ),
}
_ALSO = {
    "counted": Sentence(
        "And of those it reached, {counted} had bought in the first year of the log and were"
        " reached after that year, and at least {least} are needed."
    ),
    "turns": Sentence(
        "And the number of {periods} in which it reached {least_group} or more of them is {turns},"
        " and at least {least_turns} are needed, so that those reached first can be compared with"
        " those reached later."
    ),
    "in_turns": Sentence(
        "And in {periods} with {least_group} or more it reached {in_turns} of them, and at least"
        " {least} are needed."
    ),
    "never": Sentence(
        "And of the customers who bought in the first year of the log, {never} were never reached,"
        " and at least {least_controls} are needed to compare with."
    ),
}
