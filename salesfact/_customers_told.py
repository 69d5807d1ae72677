"""What does the answer to `customers` say? Its figures and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact._customers_picture import draw_whale
from salesfact._language import N_
from salesfact._result import Column, Figure, Refusal, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True, repr=False)
class Customers(Result):
    """Who carries us: one row per customer of the period, largest first.

    `table` has index `customer` and columns `name`, `margin` and `revenue` (currency; `margin`
    only where the client has margins), `share` (of the total), `cumulative_share` (may pass 1
    and fall back to it where customers cost money), `rank` (equal customers equal), `class`
    (`A`, `B`, `C`) and `orders`. `parameters["money"]` says what is ranked by.
    """

    title: ClassVar[str] = N_("Who carries us?")
    size: ClassVar[tuple[float, float] | None] = (7.6, 3.9)
    columns: ClassVar[Mapping[str, Column]] = {
        "rank": Column(N_("Rank"), "count"),
        "name": Column(N_("Customer"), "text"),
        "class": Column(N_("Class"), "text"),
        "margin": Column(N_("Margin"), "money"),
        "revenue": Column(N_("Revenue"), "money"),
        "share": Column(N_("Share"), "share"),
        "cumulative_share": Column(N_("Cumulative share"), "share"),
        "orders": Column(N_("Orders"), "count"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """Total, classes, Herfindahl and its effective number, and what loses money."""
        kind, frame = parameters["money"], cast("Any", table)
        figures = {
            "months": Figure(parameters["months"], unit="count"),
            "first": Figure(parameters["first"], unit="date"),
            "measure": Figure(
                N_("the margin") if kind == "margin" else N_("the revenue"), unit="term"
            ),
            "customers": Figure(len(table), unit="customers"),
        }
        if table.empty:
            return figures
        money = frame[kind]
        total = float(money.sum())
        figures["total"] = Figure(total, unit="money")
        figures["revenue"] = Figure(float(frame["revenue"].sum()), unit="money")
        if not total > 0:
            return figures
        positive = money.clip(lower=0) / money.clip(lower=0).sum()
        herfindahl = float((positive**2).sum())
        first, loss = frame["class"] == "A", money < 0
        figures |= {
            "a_customers": Figure(int(first.sum()), unit="customers"),
            "a_part": Figure(float(first.mean()), unit="share"),
            "a_share": Figure(float(money[first].sum() / total), unit="share"),
            "herfindahl": Figure(herfindahl, unit="number"),
            "effective_customers": Figure(1 / herfindahl, unit="customers"),
            "largest": Figure(str(frame["name"].iloc[0]), unit="text"),
            "largest_share": Figure(float(frame["share"].iloc[0]), unit="share"),
            "peak_share": Figure(float(frame["cumulative_share"].max()), unit="share"),
            "loss_customers": Figure(int(loss.sum()), unit="customers"),
            "loss": Figure(float(money[loss].sum()), unit="money"),
            "loss_size": Figure(abs(float(money[loss].sum())), unit="money"),
        }
        return figures

    def sentences(self) -> Sequence[Sentence]:
        # facts that begin within the period tell of less than all its months
        short = self.parameters["first"] > self.parameters["start"]
        if self.figures["customers"].value == 1:
            return [_ONLY_SINCE if short else _ONLY]
        said = [_FIRST_SINCE if short else _FIRST, self._concentration()]
        if self.figures["loss_customers"].value:
            said.append(
                Sentence(
                    N_("One customer cost money: {loss_size}."),
                    N_("{loss_customers} customers cost money: {loss_size} together."),
                    "loss_customers",
                )
                if self.parameters["money"] == "margin"
                else Sentence(
                    N_("One customer returned more than it bought: {loss_size}."),
                    N_("{loss_customers} customers returned more than they bought: {loss_size}."),
                    "loss_customers",
                )
            )
        return said

    def _concentration(self) -> Sentence:
        single = self.figures["effective_customers"].value < 1.5
        if self.parameters["money"] == "margin":
            return Sentence(
                N_(
                    "The margin is as concentrated as if it came from one single customer; the "
                    "largest, {largest}, stands for {largest_share}."
                )
                if single
                else N_(
                    "The margin is as concentrated as if it came from {effective_customers} "
                    "equally large customers; the largest, {largest}, stands for {largest_share}."
                )
            )
        return Sentence(
            N_(
                "The revenue is as concentrated as if it came from one single customer; the "
                "largest, {largest}, stands for {largest_share}."
            )
            if single
            else N_(
                "The revenue is as concentrated as if it came from {effective_customers} "
                "equally large customers; the largest, {largest}, stands for {largest_share}."
            )
        )

    def headline(self) -> Sentence | None:
        if self.figures["customers"].value == 1:
            return Sentence(N_("One single customer brings all of {measure}"))
        return Sentence(
            N_("One customer of {customers} brings {a_share} of {measure}"),
            N_("{a_customers} of {customers} customers bring {a_share} of {measure}"),
            "a_customers",
        )

    def draw(self, ax: Axes) -> None:
        draw_whale(self.table, ax, self)


_FIRST = Sentence(
    "One customer of {customers} brings {a_share} of {measure} of the last {months} months ({total}"
    " in all).",
    "{a_customers} of {customers} customers bring {a_share} of {measure} of the last {months}"
    " months ({total} in all).",
    n="a_customers",
)
_FIRST_SINCE = Sentence(
    "One customer of {customers} brings {a_share} of {measure} since {first}, when the facts begin"
    " ({total} in all).",
    "{a_customers} of {customers} customers bring {a_share} of {measure} since {first}, when the"
    " facts begin ({total} in all).",
    n="a_customers",
)
_ONLY = Sentence(
    "One single customer, {largest}, brings all of {measure} of the last {months} months: {total}."
)
_ONLY_SINCE = Sentence(
    "One single customer, {largest}, brings all of {measure} since {first}, when the facts begin:"
    " {total}."
)
NOTHING = Refusal(
    Sentence(N_("Nothing was sold in the last {months} months.")),
    Sentence(N_("Choose an earlier day to look back from, or supply later facts.")),
)
NO_TOTAL = Refusal(
    Sentence(N_("In the last {months} months {measure} was {total}: shares of it mean nothing.")),
    Sentence(N_("See the list for what each customer brought and cost.")),
)
