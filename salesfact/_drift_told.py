"""What does the answer to `drift` say? Its figures, sentences, reasons and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from salesfact._drift_picture import GROWING, SHRINKING, SmallMultiples
from salesfact._language import N_, Language
from salesfact._result import Column, Figure, Refusal, Result, Sentence
from salesfact._shifts import WINDOWS

if TYPE_CHECKING:
    import pandas as pd

CERTAIN, MAYBE = N_("certain"), N_("perhaps, not certain")
GROUP, PRICE, MIX = N_("lost product group"), N_("lower prices"), N_("mix that earns less")
LOSSES = (SHRINKING, GROUP, PRICE, MIX)
KINDS = (*LOSSES, GROWING)

#: kind -> why a customer is listed, and what stands above its panel
REASON = {
    SHRINKING: N_(
        "Since {since} {now} orders a month, season allowed for; before, {before} ({size} fewer)."
    ),
    GROWING: N_(
        "Since {since} {now} orders a month, season allowed for; before, {before} ({size} more)."
    ),
    GROUP: N_(
        "No {group} in the {orders} orders since {since}; before, it was in {share} of the orders."
    ),
    PRICE: N_(
        "Since {since} prices for the same products have been lowered by {size} against those of"
        " other customers."
    ),
    MIX: N_(
        "Since {since} the mix of product groups earns {points} percentage points less margin."
    ),
}
NOTE = {
    SHRINKING: N_("{before} → {now} orders a month"),
    GROWING: N_("{before} → {now} orders a month"),
    GROUP: N_("no more {group}"),
    PRICE: N_("prices {size} lower"),
    MIX: N_("mix: margin {points} points lower"),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Drift(SmallMultiples, Result):
    """Who changes against their own past: one row per change, the certain ones first.

    `table` has index `customer` (repeated where several things changed), by `at_stake`:

    - `name`: as the client supplied it; `rep`: who looks after the customer, where it is known.
    - `status`, `certified`: certain (of one kind at most a share `level` is expected to be false);
      else perhaps: at most half of one kind are expected to have moved by chance.
    - `kind`: buys less often, lost product group, lower prices, mix that earns less; buys more
      often. `loss`: all but the last. `group`: the product group lost.
    - `since`: first day of the month in which the change began; with twelve `months` since then,
      that month or earlier (lost groups: that month).
    - `at_stake`: money a year (`parameters["money"]`; prices: revenue) lost, or gained, at the pace
      since then.
    - `counted`: the same for a customer's weightiest loss and gain, 0 for the others, which may be
      part of them: sums are of this.
    - `before`, `now`: orders an average month; lost groups: part of the orders that held it, and
      orders since; prices and mix: 0 and the change, as a part of revenue.
    - `p`, `q`: p-value and its adjusted value within the kind.
    - `reason`: a sentence in the client's language.

    `tables["history"]` holds the months of those in the picture.
    """

    title: ClassVar[str] = N_("Who changes, against their own past?")
    columns: ClassVar[Mapping[str, Column]] = {
        "name": Column(N_("Customer"), "text"),
        "rep": Column(N_("Rep"), "text"),
        "status": Column(N_("Status"), "term"),
        "kind": Column(N_("Change"), "term"),
        "since": Column(N_("Since"), "month"),
        "at_stake": Column(N_("A year"), "money"),
        "reason": Column(N_("Why"), "text"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How many, worth how much, how sure."""
        given = {
            "months": Figure(parameters["months"], unit="count"),
            "min_months": Figure(parameters["min_months"], unit="count"),
            "min_orders": Figure(parameters["min_orders"], unit="count"),
            "level": Figure(parameters["level"], unit="share"),
            "rate": Figure(int(parameters["rate"]), unit="count"),
            "compared": Figure(parameters["compared"], unit="customers"),
            "certifiable": Figure(parameters["certifiable"], unit="customers"),
        }
        frame: Any = table
        if frame.empty:
            return given | dict.fromkeys(("down", "up", "watch"), Figure(0, unit="customers"))
        certain, watch = frame[frame["certified"]], frame[~frame["certified"]]
        down, up = certain[certain["loss"]], certain[~certain["loss"]]
        new = watch[~watch.index.isin(certain.index)]
        return given | {
            "down": Figure(down.index.nunique(), unit="customers"),
            "down_at_stake": Figure(float(down["counted"].sum()), unit="money"),
            "top": _named(down),
            "up": Figure(up.index.nunique(), unit="customers"),
            "up_at_stake": Figure(float(up["counted"].sum()), unit="money"),
            "up_top": _named(up),
            "watch": Figure(new.index.nunique(), unit="customers"),
            "watch_flags": Figure(len(watch), unit="count"),
            "watch_precision": Figure(
                1 - parameters["watch_false"] / max(len(watch), 1), unit="share"
            ),
        }

    def sentences(self) -> Sequence[Sentence]:
        """Who buys less, who more, how sure; then the watch list."""
        margin, value = self.parameters["money"] == "margin", self.figures
        told: list[Sentence] = []
        if value["down"].value:
            told.append(_DOWN_MARGIN if margin else _DOWN_REVENUE)
        if value["up"].value:
            told.append(UP_MARGIN if margin else UP_REVENUE)
        told += [_SURE, _UNLESS] if told else [_NOBODY]
        if value["watch"].value:
            told.append(_WATCH)
        if not value["certifiable"].value:
            told.append(_SLOW)
        return told

    def headline(self) -> Sentence | None:
        """The picture's message."""
        if self.figures["down"].value:
            return _HEADLINE_BOTH if self.figures["up"].value else _HEADLINE_DOWN
        if self.figures["up"].value:
            return HEADLINE_UP
        return _HEADLINE_WATCH if self.figures["watch"].value else None

    def written(self, lang: Language) -> Mapping[str, Any]:
        """Why each customer is listed."""
        return {"reason": reasons(self.table, lang)}

    def notes(self, drawn: pd.DataFrame) -> list[tuple[str, str]]:
        """What changed and what it is worth, for each panel of the picture."""
        return notes(drawn, self.language, self.source.currency)


def _named(flags: Any) -> Figure:
    first = flags[~flags.index.duplicated()]
    return Figure([str(n) for n in first["name"].head(3)], unit="listing")


def reasons(table: Any, lang: Language) -> pd.Series:
    """Why each change is listed, with months and figures, in the reader's language."""
    import pandas as pd

    said = [lang.text(REASON[row.kind]).format(**_figures(row, lang)) for row in table.itertuples()]
    return pd.Series(said, index=table.index, dtype="str")


def notes(table: Any, lang: Language, currency: str) -> list[tuple[str, str]]:
    """The same in a few words, and the money, for a panel."""
    found = []
    for row in table.itertuples():
        figures = _figures(row, lang)
        money = worth(row, lang, currency)
        found.append((lang.text(NOTE[row.kind]).format(**figures), money))
    return found


def worth(row: Any, lang: Language, currency: str) -> str:
    """Money a year, with the sign it has for the firm; and whether it is not certain."""
    signed = -row.at_stake if row.loss else row.at_stake
    money = ("+" if signed > 0 else "") + lang.value(signed, "money", currency)
    told = N_("{money} a year") if row.certified else N_("{money} a year, not certain")
    return lang.text(told).format(money=money)


def _figures(row: Any, lang: Language) -> dict[str, str]:
    """What a reason may name, as text."""
    change = (
        row.now / row.before - 1 if row.kind in (SHRINKING, GROWING) and row.before else row.now
    )
    counted = row.kind in (SHRINKING, GROWING)
    since = lang.value(row.since, "month")
    if row.kind != GROUP and row.months >= WINDOWS[-1]:  # no earlier month was looked at
        since = lang.text("{month} or earlier").format(month=since)
    return {
        "since": since,
        "before": lang.number(float(row.before), 1) if counted else "",
        "now": lang.number(float(row.now), 1) if counted else "",
        "size": lang.share(abs(float(change))) if row.kind != GROUP else "",
        "points": lang.number(abs(float(row.now)) * 100, 1) if row.kind == MIX else "",
        "share": lang.share(float(row.before)) if row.kind == GROUP else "",
        "orders": lang.value(row.now, "count") if row.kind == GROUP else "",
        "group": row.group,
    }


_DOWN_MARGIN = Sentence(
    "One customer is certain to bring in less than before: {top}. At the pace since then that is"
    " {down_at_stake} in margin lost a year.",
    "{down} customers are certain to bring in less than before, first of all {top}. At the pace"
    " since then that is {down_at_stake} in margin lost a year.",
    n="down",
)
_DOWN_REVENUE = Sentence(
    "One customer is certain to bring in less than before: {top}. At the pace since then that is"
    " {down_at_stake} in revenue lost a year.",
    "{down} customers are certain to bring in less than before, first of all {top}. At the pace"
    " since then that is {down_at_stake} in revenue lost a year.",
    n="down",
)
UP_MARGIN = Sentence(
    "One customer is certain to buy more often, worth {up_at_stake} in margin a year: {up_top}.",
    "{up} customers are certain to buy more often, worth {up_at_stake} in margin a year, first of"
    " all {up_top}.",
    n="up",
)
UP_REVENUE = Sentence(
    "One customer is certain to buy more often, worth {up_at_stake} in revenue a year: {up_top}.",
    "{up} customers are certain to buy more often, worth {up_at_stake} in revenue a year, first of"
    " all {up_top}.",
    n="up",
)
_SURE = Sentence(
    "Season and what moved all customers alike are taken out. Of those certain, at most {level} of"
    " each kind are expected to be false alarms."
)
_UNLESS = Sentence(
    "Where customers' habits swing a great deal of their own accord, or product groups are bought"
    " in bursts, it can be two to three times as many, above all among changes of mix."
)
_NOBODY = Sentence(
    "The one customer with enough orders to compare is not certain to have changed; season and what"
    " moved all customers alike are taken out.",
    "Of the {compared} customers with enough orders to compare, nobody is certain to have changed;"
    " season and what moved all customers alike are taken out.",
    n="compared",
)
_WATCH = Sentence(
    "One more customer may be changing, but is not certain to; of such changes about"
    " {watch_precision} are expected to be real.",
    "{watch} more customers may be changing, but are not certain to; of such changes about"
    " {watch_precision} are expected to be real.",
    n="watch",
)
_SLOW = Sentence(
    "Too few customers order {rate} times a month or more for a rise or fall in orders to be"
    " certain."
)
_HEADLINE_BOTH = Sentence(
    "One customer brings in less than its own past explains; buying more often: {up}",
    "{down} customers bring in less than their own past explains; buying more often: {up}",
    n="down",
)
_HEADLINE_DOWN = Sentence(
    "One customer brings in less than its own past explains",
    "{down} customers bring in less than their own past explains",
    n="down",
)
HEADLINE_UP = Sentence(
    "One customer buys more often than its own past explains",
    "{up} customers buy more often than their own past explains",
    n="up",
)
_HEADLINE_WATCH = Sentence(
    "Nobody is certain to have changed; one customer may be changing",
    "Nobody is certain to have changed; {watch} customers may be changing",
    n="watch",
)
YOUNG = Refusal(
    Sentence(
        "Who changes cannot be told: the facts cover {months} whole months, and a change is judged"
        " from at least {min_months}."
    ),
    Sentence("Supply earlier years of the sales lines."),
)
FEW = Refusal(
    Sentence(
        "Who changes cannot be told: no customer who still buys has the {min_orders} orders a"
        " comparison takes."
    ),
    Sentence("Supply earlier years of the sales lines."),
)
