"""How good have such forecasts been? What was expected at earlier dates, and what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from salesfact import _style
from salesfact._language import N_
from salesfact._result import Column, Figure, Result, Sentence
from salesfact._store import stored
from salesfact._value import value
from salesfact._value_told import METHODS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._facts import Facts


@dataclass(frozen=True, kw_only=True, repr=False)
class Calibration(Result):
    """What was expected of customers at earlier dates, and what came, by predicted value.

    `table` has index `band` (fifths of the customers by predicted value, smallest first) and
    columns `customers` (forecasts in it), `estimate`, `naive` and `came` (mean money a customer),
    `inside` (part that lay in its range; missing where no earlier range was known) and `nothing`
    (part that brought nothing). `tables["methods"]` and `tables["origins"]` as in `Value`.
    """

    title: ClassVar[str] = N_("How good have such forecasts been?")
    size: ClassVar[tuple[float, float] | None] = (7.6, 2.9)
    narrow_size: ClassVar[tuple[float, float] | None] = (3.7, 3.2)
    columns: ClassVar[Mapping[str, Column]] = {
        "band": Column(N_("Fifth, smallest first"), "count"),
        "customers": Column(N_("Forecasts"), "count"),
        "estimate": Column(N_("Expected"), "money"),
        "came": Column(N_("Came"), "money"),
        "naive": Column(N_("By habit"), "money"),
        "inside": Column(N_("Inside the range"), "share"),
        "nothing": Column(N_("Brought nothing"), "share"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """Expected against what came, and how often the ranges held."""
        frame: Any = table
        origins: Any = tables["origins"]
        figures = {
            "horizon": Figure(parameters["horizon_months"], unit="count"),
            "months": Figure(parameters["months"], unit="count"),
            "least_months": Figure(parameters["least_months"], unit="count"),
            "method": Figure(METHODS[parameters["method"]], unit="term"),
            "naive": Figure(METHODS[parameters["naive"]], unit="term"),
            "coverage": Figure(parameters["coverage"], unit="share"),
            "origins": Figure(len(origins), unit="count"),
        }
        if frame.empty:
            return figures
        said, came = float(origins["estimate"].sum()), float(origins["came"].sum())
        figures |= {
            "expected": Figure(said / len(origins), unit="money"),
            "came": Figure(came / len(origins), unit="money"),
            "off": Figure(abs(came / said - 1) if said else np.nan, unit="share"),
            "share": Figure(float(origins["share"].mean()), unit="share"),
            "naive_share": Figure(float(origins["naive_share"].mean()), unit="share"),
        }
        held = frame[frame["inside"].notna()]
        if len(held):
            figures |= {
                "worst_inside": Figure(float(held["inside"].min()), unit="share"),
                "best_inside": Figure(float(held["inside"].max()), unit="share"),
            }
        return figures

    def sentences(self) -> Sequence[Sentence]:
        """Expected and came, in all; then the ranges."""
        f = self.figures
        higher = f["came"].value > f["expected"].value
        told = [_MORE if higher else _LESS]
        told.append(_RANGES if "worst_inside" in f else _NO_RANGES)
        return told

    def headline(self) -> Sentence | None:
        return _HEADLINE

    def draw(self, ax: Axes) -> None:
        """By fifth of predicted value: expected, what came, and the naive estimate."""
        draw_calibration(self.table, self.language, self.source.currency, ax=ax)


@stored
def calibration(
    facts: Facts, *, horizon_months: int | None = None, as_of: dt.date | None = None
) -> Calibration:
    """How good have such forecasts been?

    Parameters
    ----------
    facts, horizon_months, as_of
        As in `value`.

    Returns
    -------
    Calibration
        The chosen way's forecasts at earlier dates, each made with what was known then, against
        what came; by fifths of the customers by predicted value. Ranges are those learned from
        dates whose outcome was known by then. Refused where `value` is.
    """
    told = value(facts, horizon_months=horizon_months, as_of=as_of)
    return Calibration(
        table=told.tables["bands"].copy(),
        tables={"origins": told.tables["origins"], "methods": told.tables["methods"]},
        parameters=dict(told.parameters),
        source=told.source,
        refusal=told.refusal,
    )


def draw_calibration(table: Any, language: Any, currency: str, *, ax: Any) -> Axes:
    """A row a fifth, largest at the top: what came as a bar, expected and naive as marks."""
    narrow = _style.is_narrow(ax)
    rows = table.index.to_numpy(dtype=float)
    bars = ax.barh(rows, table["came"], height=0.55, color=_style.PALE, zorder=1)
    dot = ax.plot(table["estimate"], rows, "o", color=_style.BLUE, ms=6, ls="none", zorder=3)[0]
    habit = ax.plot(
        table["naive"], rows, "|", color=_style.ORANGE, ms=13, mew=2, ls="none", zorder=2
    )[0]
    last = float(rows.max())
    words = {1.0: N_("smallest fifth"), last: N_("largest fifth")}
    ax.set_yticks(rows, [language.text(words[r]) if r in words else "" for r in rows])
    ends = table[["came", "estimate", "naive"]].to_numpy(dtype=float)
    left, right = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
    room = max(right - left, 1e-9) * 0.04
    ax.set_xlim(left - (room if left < 0 else 0), right + room)
    _style.money_axis(ax.xaxis, language, currency)
    ax.set_xlabel(language.text(N_("money per customer, mean")))
    ax.tick_params(length=0)
    ax.spines["left"].set_visible(False)
    labels = [language.text(w) for w in (N_("expected"), N_("came"), N_("by habit"))]
    ax.legend(
        [dot, bars, habit],
        labels,
        loc="lower right" if narrow else "lower left",
        bbox_to_anchor=(1.0 if narrow else 0.0, 1.0),
        ncols=3,
        borderaxespad=0,
        handlelength=1.2,
        columnspacing=1.0 if narrow else 1.4,
        fontsize=8.5,
        labelcolor=_style.MUTED,
    )
    return ax


_MORE = Sentence(
    "At {origins} earlier dates {method} led to expect {expected} over {horizon} months, on"
    " average; {came} came, {off} more."
)
_LESS = Sentence(
    "At {origins} earlier dates {method} led to expect {expected} over {horizon} months, on"
    " average; {came} came, {off} less."
)
_RANGES = Sentence(
    "Of the ranges, meant to hold for {coverage} of the customers, between {worst_inside} and"
    " {best_inside} held, by size of customer."
)
_NO_RANGES = Sentence(
    "Whether the ranges hold cannot be checked yet: that takes earlier dates whose outcome was"
    " known at a later one."
)
_HEADLINE = Sentence("{expected} was expected, {came} came, on average over {origins} dates")
