"""What will all customers bring together, and does the whole say the same?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from salesfact import _style
from salesfact._language import N_, money_unit
from salesfact._result import Column, Figure, Result, Sentence
from salesfact._store import stored
from salesfact._value import value
from salesfact._value_told import METHODS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._facts import Facts


@dataclass(frozen=True, kw_only=True, repr=False)
class Outlook(Result):
    """The sum of all customers' estimates, with what new ones add, beside a view from above.

    `table` has index `row` (`known`, `new`, `whole`, `top_down`, `last`) and columns `part`,
    `amount`, `low`, `high` (80 % range, from past errors of such totals; missing where there are
    too few). `tables["origins"]` as in `Value`.
    """

    title: ClassVar[str] = N_("What will all customers bring together?")
    size: ClassVar[tuple[float, float] | None] = (7.6, 2.4)
    narrow_size: ClassVar[tuple[float, float] | None] = (3.7, 3.4)
    columns: ClassVar[Mapping[str, Column]] = {
        "part": Column(N_("Part"), "term"),
        "amount": Column(N_("Expected"), "money"),
        "low": Column(N_("At least"), "money"),
        "high": Column(N_("At most"), "money"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """The parts, and how far apart the two views of the whole are."""
        frame: Any = table
        figures = {
            "horizon": Figure(parameters["horizon_months"], unit="count"),
            "months": Figure(parameters["months"], unit="count"),
            "least_months": Figure(parameters["least_months"], unit="count"),
            "naive": Figure(METHODS[parameters["naive"]], unit="term"),
            "coverage": Figure(parameters["coverage"], unit="share"),
        }
        if frame.empty:
            return figures
        for row in frame.index:
            low, high = (_known(frame.loc[row, end]) for end in ("low", "high"))
            figures[row] = Figure(_known(frame.loc[row, "amount"]), low, high, "money")
        whole, above = figures["whole"].value, figures["top_down"].value
        if whole and above is not None:
            figures["apart"] = Figure(abs(above - whole) / abs(whole), unit="share")
        return figures

    def sentences(self) -> Sequence[Sentence]:
        """The whole; what newcomers add; whether the view from above agrees."""
        margin = self.parameters["money"] == "margin"
        f = self.figures
        ranged = f["whole"].low is not None
        told = [_WHOLE[margin] if ranged else _WHOLE_BARE[margin]]
        if "apart" in f and views_agree(f["whole"], f["top_down"]):
            told.append(_AGREES)
        elif "apart" in f and not ranged:
            told.append(_BESIDE)
        elif "apart" in f:
            told.append(_HIGHER if f["top_down"].value > f["whole"].value else _LOWER)  # pyright: ignore
        return told

    def headline(self) -> Sentence | None:
        return _HEADLINE[self.parameters["money"] == "margin"]

    def draw(self, ax: Axes) -> None:
        """One line a part: the amount and its range."""
        draw_outlook(self.table, self.language, self.source.currency, ax=ax)


@stored
def outlook(
    facts: Facts, *, horizon_months: int | None = None, as_of: dt.date | None = None
) -> Outlook:
    """What will all customers bring together, and does the whole say the same?

    Parameters
    ----------
    facts, horizon_months, as_of
        As in `value`.

    Returns
    -------
    Outlook
        The sum of `value`'s estimates; what customers still to come add, as much as they did on
        average after the earlier dates; and the whole's monthly money carried on by exponential
        smoothing, which looks at no customer. Refused where `value` is.

    Notes
    -----
    The range comes from the errors of the same sum at earlier dates, `t × √(mean square (1 +
    1/n))` with n the number of outcomes that do not overlap: customers' own ranges do not add up.
    Fewer than two such outcomes give no range.
    """
    told = value(facts, horizon_months=horizon_months, as_of=as_of)
    table: Any = told.tables["total"][["part", "amount", "low", "high"]]
    return Outlook(
        table=table.copy() if told.refusal is None else table.head(0).copy(),
        tables={"origins": told.tables["origins"]},
        parameters=dict(told.parameters),
        source=told.source,
        refusal=told.refusal,
    )


def views_agree(whole: Figure, above: Figure) -> bool:
    """Whether the view from above lies within the range of the customers' sum."""
    if whole.low is None or whole.high is None:
        return False
    return whole.low <= above.value <= whole.high  # pyright: ignore


def draw_outlook(table: Any, language: Any, currency: str, *, ax: Any) -> Axes:
    """Amounts as dots on a line a part, their ranges behind them, each with its money."""
    narrow = _style.is_narrow(ax)
    drawn = table[np.isfinite(table["amount"].to_numpy(dtype=float))]
    rows = np.arange(len(drawn))[::-1]
    colours = [_style.ORANGE if r in ("top_down", "last") else _style.BLUE for r in drawn.index]
    ranged = drawn[drawn["low"].notna()]
    at = rows[drawn["low"].notna().to_numpy()]
    ax.hlines(at, ranged["low"], ranged["high"], color=_style.PALE, lw=8, zorder=1)
    ax.scatter(drawn["amount"], rows, s=36, c=colours, zorder=3, linewidths=0)
    unit = money_unit(drawn["amount"])
    for row, (_, told) in zip(rows, drawn.iterrows(), strict=True):
        label = language.text(told["part"])
        money = language.money(float(told["amount"]), currency, unit=unit)
        above = {"transform": ax.get_yaxis_transform(), "va": "bottom", "fontsize": 8.5}
        ax.text(0, row + 0.2, _style.fitting(label, 34 if narrow else 80), ha="left", **above)
        ax.text(1, row + 0.2, money, ha="right", color=_style.MUTED, **above)
    ends = drawn[["amount", "low", "high"]].to_numpy(dtype=float)
    left, right = min(0.0, float(np.nanmin(ends))), max(0.0, float(np.nanmax(ends)))
    room = max(right - left, 1e-9) * 0.04
    ax.set_xlim(left - (room if left < 0 else 0), right + room)
    ax.set_ylim(-0.5, len(drawn) - 0.1)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    _style.money_axis(ax.xaxis, language, currency)
    return ax


def _known(x: Any) -> float | None:
    return None if x is None or not np.isfinite(x) else float(x)


_WHOLE = {
    True: Sentence(
        "Over the next {horizon} months {whole} in margin is expected, most likely between"
        " {whole_low} and {whole_high}: {known} from customers known today and {new} from customers"
        " still to come. The same time up to now gave {last}."
    ),
    False: Sentence(
        "Over the next {horizon} months {whole} in revenue is expected, most likely between"
        " {whole_low} and {whole_high}: {known} from customers known today and {new} from customers"
        " still to come. The same time up to now gave {last}."
    ),
}
_WHOLE_BARE = {
    True: Sentence(
        "Over the next {horizon} months {whole} in margin is expected: {known} from customers known"
        " today and {new} from customers still to come. How sure that is cannot be told from so"
        " short a history. The same time up to now gave {last}."
    ),
    False: Sentence(
        "Over the next {horizon} months {whole} in revenue is expected: {known} from customers"
        " known today and {new} from customers still to come. How sure that is cannot be told from"
        " so short a history. The same time up to now gave {last}."
    ),
}
_AGREES = Sentence(
    "Seen as a whole, without looking at customers, the sales point to {top_down}: {apart} apart,"
    " and within that range."
)
_BESIDE = Sentence(
    "Seen as a whole, without looking at customers, the sales point to {top_down}: the two views"
    " are {apart} apart."
)
_HIGHER = Sentence(
    "Seen as a whole, without looking at customers, the sales point higher, to {top_down}: the two"
    " views are {apart} apart, so plan with care."
)
_LOWER = Sentence(
    "Seen as a whole, without looking at customers, the sales point lower, to {top_down}: the two"
    " views are {apart} apart, so plan with care."
)
_HEADLINE = {
    True: Sentence(
        "{whole} in margin is expected over the next month; the latest month gave {last}",
        "{whole} in margin is expected over the next {horizon} months; the latest {horizon} gave"
        " {last}",
        n="horizon",
    ),
    False: Sentence(
        "{whole} in revenue is expected over the next month; the latest month gave {last}",
        "{whole} in revenue is expected over the next {horizon} months; the latest {horizon} gave"
        " {last}",
        n="horizon",
    ),
}
