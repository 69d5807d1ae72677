"""What does the answer to `bridge` say? Its figures and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact._bridge_picture import draw_waterfall
from salesfact._language import N_
from salesfact._result import Column, Figure, Refusal, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: What happened to a customer; the order is that of the picture.
KINDS = {
    "lost": N_("Lost"),
    "contracted": N_("Bought less"),
    "expanded": N_("Bought more"),
    "returned": N_("Returned"),
    "new": N_("New"),
    "unchanged": N_("Unchanged"),
    "credits": N_("Credits only"),
}
#: Why the customers of both periods changed.
CAUSES = ("volume", "mix", "range", "price", "other")

_DRIVERS = {
    "lost": N_("lost customers"),
    "stayed": N_("customers who stayed"),
    "returned": N_("customers who came back"),
    "new": N_("new customers"),
    "credits": N_("late credit notes"),
}
_WHY = {
    "volume": N_("volume"),
    "mix": N_("the mix of products"),
    "range": N_("products added and dropped"),
    "price": N_("price"),
    "other": N_("lines that cannot be split"),
}
_MOVED = {
    "lost": Sentence(N_("Lost customers: {lost_customers} ({lost_size}).")),
    "new": Sentence(N_("New customers: {new_customers} ({new}).")),
    "returned": Sentence(N_("Came back after a break: {returned_customers} ({returned}).")),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Bridge(Result):
    """What changed: one row per customer with lines in either period, largest change first.

    `table` has index `customer` and columns `name`, `kind` (see `KINDS`), `earlier`, `later`,
    `change` (currency), and for customers who bought in both periods `volume`, `mix`, `range`,
    `price` and `other` (currency; empty for the rest). `tables["parts"]` holds the bridge
    itself: index `part` (the kinds, the causes, `earlier`, `later`, `change`), exact `amount`
    (Decimal, currency) and `customers`.
    """

    title: ClassVar[str] = N_("What changed?")
    size: ClassVar[tuple[float, float] | None] = (7.6, 4.6)
    narrow_size: ClassVar[tuple[float, float] | None] = (3.7, 6.2)
    columns: ClassVar[Mapping[str, Column]] = {
        "name": Column(N_("Customer"), "text"),
        "what": Column(N_("What happened"), "term"),
        "earlier": Column(N_("Before"), "money"),
        "later": Column(N_("Now"), "money"),
        "change": Column(N_("Change"), "money"),
        "volume": Column(N_("Volume"), "money"),
        "mix": Column(N_("Mix"), "money"),
        "range": Column(N_("Products added and dropped"), "money"),
        "price": Column(N_("Price"), "money"),
        "other": Column(N_("Other"), "money"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """Every part with its number of customers, and which part drove the change."""
        figures = {
            "months": Figure(parameters["months"], unit="count"),
            "fewer": Figure(max(parameters["months"] // 2, 1), unit="count"),
            "earlier_start": Figure(parameters["earlier_start"], unit="month"),
            "earlier_end": Figure(parameters["earlier_end"], unit="month"),
            "later_start": Figure(parameters["later_start"], unit="month"),
            "later_end": Figure(parameters["later_end"], unit="month"),
            "first": Figure(parameters["first"], unit="date"),
        }
        if "parts" not in tables:
            return figures
        parts = cast("Any", tables["parts"])
        amount = {part: float(x) for part, x in parts["amount"].items()}
        for part, x in amount.items():
            figures[part] = Figure(x, unit="money")
        for kind in KINDS:
            number = int(parts["customers"][kind])
            figures[f"{kind}_customers"] = Figure(number, unit="customers")
        change = amount["change"]
        figures["size"] = Figure(abs(change), unit="money")
        figures["lost_size"] = Figure(abs(amount["lost"]), unit="money")
        if amount["earlier"] > 0:
            figures["change_share"] = Figure(change / amount["earlier"], unit="share")
            figures["size_share"] = Figure(abs(change / amount["earlier"]), unit="share")
        amount["stayed"] = stayed = float(sum(parts["amount"][list(CAUSES)]))
        driver = _strongest({k: amount[k] for k in _DRIVERS}, change)
        figures["driver"] = Figure(_DRIVERS[driver], unit="term")
        figures["driver_amount"] = Figure(amount[driver], unit="money")
        cause = _strongest({k: amount[k] for k in CAUSES}, stayed)
        figures["stayed"] = Figure(stayed, unit="money")
        figures["stayed_size"] = Figure(abs(stayed), unit="money")
        figures["stayed_customers"] = Figure(
            sum(figures[f"{k}_customers"].value for k in ("expanded", "contracted", "unchanged")),
            unit="customers",
        )
        figures["cause"] = Figure(_WHY[cause], unit="term")
        figures["cause_amount"] = Figure(amount[cause], unit="money")
        return figures

    def sentences(self) -> Sequence[Sentence]:
        value = self.figures
        said = [self._change()]
        said += [text for kind, text in _MOVED.items() if value[f"{kind}_customers"].value]
        if value["stayed_customers"].value:
            said += self._stayed()
        return said

    def _stayed(self) -> Sequence[Sentence]:
        """How much more or less those who stayed bought, and what that consists of."""
        value = self.figures
        if value["stayed"].value == 0:
            return [Sentence(N_("Those who stayed bought as much as before."))]
        whole = _MORE if value["stayed"].value > 0 else _LESS
        if not self.parameters["separable"]:
            return [whole, _INSEPARABLE]
        return [whole, _PARTS_AND_OTHER if value["other"].value else _PARTS]

    def _change(self) -> Sentence:
        change = self.figures["change"].value
        if change == 0:
            return Sentence(
                N_("Revenue is the same as in the {months} months before: {later}."),
            )
        if "change_share" not in self.figures:
            return Sentence(
                N_("Revenue went from {earlier} to {later} against the {months} months before.")
            )
        return Sentence(
            N_(
                "Revenue rose by {size} ({size_share}) to {later} against the {months} months "
                "before; the largest part is {driver} ({driver_amount})."
            )
            if change > 0
            else N_(
                "Revenue fell by {size} ({size_share}) to {later} against the {months} months "
                "before; the largest part is {driver} ({driver_amount})."
            )
        )

    def headline(self) -> Sentence | None:
        change = self.figures["change"].value
        if change == 0:
            return Sentence(N_("Revenue did not change: {later}"))
        return Sentence(
            N_("Revenue rose by {size}; the largest part is {driver}, {driver_amount}")
            if change > 0
            else N_("Revenue fell by {size}; the largest part is {driver}, {driver_amount}")
        )

    def shown(self) -> pd.DataFrame:
        table = self.table
        if table.empty:
            return table
        table = table.assign(what=[KINDS[k] for k in table["kind"]])
        return table if self.parameters["separable"] else table.drop(columns=list(CAUSES))

    def draw(self, ax: Axes) -> None:
        draw_waterfall(self.tables["parts"], ax, self)


def _strongest(parts: Mapping[str, float], change: float) -> str:
    """The part that went furthest the way the whole went; without a way, the largest."""
    way = 1 if change > 0 else -1
    return max(parts, key=lambda k: parts[k] * way if change else abs(parts[k]))


_MORE = Sentence("Those who stayed bought for {stayed_size} more.")
_LESS = Sentence("Those who stayed bought for {stayed_size} less.")
_INSEPARABLE = Sentence(
    "Without products and quantities, price and volume cannot be told apart there."
)
_PARTS = Sentence(
    "Of that, volume is {volume}, mix {mix}, products added and dropped {range} and price {price}."
)
_PARTS_AND_OTHER = Sentence(
    "Of that, volume is {volume}, mix {mix}, products added and dropped {range}, price {price} and"
    " other {other}."
)
TOO_SHORT = Refusal(
    Sentence(
        N_(
            "Two periods of {months} months would have to start in {earlier_start}, but the "
            "facts begin on {first}."
        )
    ),
    Sentence(
        N_(
            "Supply older sales, or ask for shorter periods, as months={fewer} (seasons then count"
            " too)."
        )
    ),
)
