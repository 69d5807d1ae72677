"""What does the answer to `priorities` say? Its figures and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact import _priorities_words as _words
from salesfact._language import N_, Language
from salesfact._moving_told import SILENCE, measure, reasons
from salesfact._priorities_picture import draw_at_stake, size_at_stake
from salesfact._result import Column, Figure, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NAMED = 3  # customers named in the reading


@dataclass(frozen=True, kw_only=True, repr=False)
class Priorities(Result):
    """Whom to call first: one row per customer, the certain ones first, each by money at stake.

    `table` has index `customer` and columns:

    - `rank` (equal customers equal), `name`, `rep`.
    - `kind`: gone silent, or a loss of `drift` (buys less often, lost product group, lower prices,
      mix that earns less). `certified`: certain; else late, or perhaps changing. `silent`:
      certified as gone silent. `status`: these in a word.
    - `at_stake` (currency, above zero): of the silent and late `parameters["money"]` of the twelve
      months to the last order; of the others a year's, at the pace since the change.
    - `last_order`, `usual_gap_days`, `open_gap_days`.
    - `since`, `group`, `before`, `now`, `months`, `also`, `perhaps`: as in `Moving`.
    - `reason`: a sentence in the client's language.
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
        "open_gap_days": Column(N_("Days since last order"), "days"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How many are certain and how many not, worth how much, how sure."""
        frame = cast("Any", table)
        certain, unsure = frame[frame["certified"]], frame[~frame["certified"]]
        parts = {
            "certain": certain,
            "silent": certain[certain["silent"]],
            "fewer": certain[~certain["silent"]],
            "watch": unsure[unsure["kind"] == SILENCE],
            "maybe": unsure[unsure["kind"] != SILENCE],
            "unsure": unsure,
        }
        figures = {
            "measure": measure(parameters["money"]),
            "listed": Figure(len(frame), unit="customers"),
            "level": Figure(parameters["level"], unit="share"),
            "left_out": Figure(parameters["left_out"], unit="customers"),
            "watch_late": Figure(parameters["watch_late"], unit="customers"),
            "at_stake": Figure(float(frame["at_stake"].sum()), unit="money"),
        }
        for name, part in parts.items():
            figures[name] = Figure(len(part), unit="customers")
            figures[f"{name}_at_stake"] = Figure(float(part["at_stake"].sum()), unit="money")
        return figures | ({"named": named(frame)} if len(frame) else {})

    def sentences(self) -> Sequence[Sentence]:
        out = [_words.LEFT_OUT] if self.figures["left_out"].value else []
        return [*self.called(), *out]

    def called(self) -> list[Sentence]:
        """Who is certain and how sure that is; then who is not certain."""
        value = {name: figure.value for name, figure in self.figures.items()}
        if not value["listed"]:
            nobody = _words.NOBODY_CHANGED if self.parameters["drift_told"] else _words.NOBODY_LATE
            return [_words.NOTHING_AT_STAKE if value["left_out"] else nobody]
        return [*self.certain(value), *self._unsure(value)]

    def certain(self, value: Mapping[str, Any]) -> list[Sentence]:
        """Who is certain, and how sure that is; nothing where nobody is."""
        margin = self.parameters["money"] == "margin"
        if not value["fewer"]:
            return (
                [_words.SILENT_MARGIN if margin else _words.SILENT_REVENUE]
                if value["silent"]
                else []
            )
        if not value["silent"]:
            return [_words.FEWER_MARGIN if margin else _words.FEWER_REVENUE, _words.EACH_KIND]
        return [
            _words.BOTH_MARGIN if margin else _words.BOTH_REVENUE,
            _words.OF_SILENT,
            _words.OF_FEWER,
        ]

    def _unsure(self, value: Mapping[str, Any]) -> list[Sentence]:
        margin = self.parameters["money"] == "margin"
        some = value["watch_late"] < value["watch"]
        if not value["watch"]:
            if not value["maybe"]:
                return []
            return [_words.MAYBE if value["certain"] else _words.ONLY_MAYBE]
        if value["certain"]:
            late = _words.LATE_TOO if some else _words.LATE_TOO_ALL
        elif some:
            late = _words.ONLY_LATE_MARGIN if margin else _words.ONLY_LATE_REVENUE
        else:
            late = _words.ONLY_LATE_ALL_MARGIN if margin else _words.ONLY_LATE_ALL_REVENUE
        return [late, _words.MAYBE] if value["maybe"] else [late]

    def headline(self) -> Sentence | None:
        value = self.figures
        if value["certain"].value:
            if not value["fewer"].value:
                return _words.HEADLINE_SILENT
            return _words.HEADLINE_BOTH if value["silent"].value else _words.HEADLINE_FEWER
        return _words.HEADLINE_LATE if value["watch"].value else _words.HEADLINE_MAYBE

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
    """The first few customers of the list, all of one kind: certain if any is, else late."""
    first = table[table["certified"] == bool(table["certified"].any())]
    late = first[first["kind"] == SILENCE]
    first = first if first["certified"].any() or late.empty else late
    return Figure([str(n) for n in first["name"].head(NAMED)], unit="listing")
