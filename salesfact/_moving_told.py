"""What does the answer to `moving` say? Its figures, sentences and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from salesfact import _drift_told, _silence_reason
from salesfact._drift_picture import SmallMultiples
from salesfact._language import N_, Language
from salesfact._result import Column, Figure, Refusal, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd

SILENCE = N_("gone silent")
ALSO = ", "  # between the kinds of `also`
_ALSO, _PERHAPS = N_("Also: {others}."), N_("Perhaps also: {others}.")
_QUIET = N_("silent since {last}")


@dataclass(frozen=True, kw_only=True, repr=False)
class Moving(SmallMultiples, Result):
    """What is moving: one row per customer who went silent or changes, the certain ones first.

    `table` has index `customer` and is sorted by `at_stake`:

    - `name`: as the client supplied it; `rep`: who looks after the customer, where it is known.
    - `status`, `certified`: certain, or perhaps.
    - `kind`: gone silent, or one of the changes of `drift`. `loss`: all but buying more often.
    - `also`, `perhaps`: other changes of the same customer, certain and not, comma-separated kinds;
      their money is not added.
    - `since`: first day of the month in which it began; of a silence, the month an order was due.
    - `at_stake`: money a year (`parameters["money"]`) lost, or gained.
    - `reason`: a sentence in the client's language.
    - `group`, `before`, `now`, `months`, `usual_gap_days`, `open_gap_days`, `last_order`: its
      figures.

    `tables["history"]` holds the months of those in the picture.
    """

    title: ClassVar[str] = N_("What is moving?")
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
        frame: Any = table
        worth = frame["at_stake"] > 0
        loss, certain = frame["loss"].astype(bool), frame["certified"].astype(bool)
        lost, up = frame[certain & loss & worth], frame[certain & ~loss]
        fewer, worry = lost[lost["kind"] != SILENCE], frame[~certain & loss & worth]
        return {
            "level": Figure(parameters["level"], unit="share"),
            "measure": measure(parameters["money"]),
            "lost": Figure(len(lost), unit="customers"),
            "lost_at_stake": Figure(float(lost["at_stake"].sum()), unit="money"),
            "silent": Figure(int((lost["kind"] == SILENCE).sum()), unit="customers"),
            "fewer": Figure(len(fewer), unit="customers"),
            "fewer_at_stake": Figure(float(fewer["at_stake"].sum()), unit="money"),
            "top": Figure([str(n) for n in lost["name"].head(3)], unit="listing"),
            "up": Figure(len(up), unit="customers"),
            "up_at_stake": Figure(float(up["at_stake"].sum()), unit="money"),
            "up_top": Figure([str(n) for n in up["name"].head(3)], unit="listing"),
            "watch": Figure(len(worry), unit="customers"),
            "watch_at_stake": Figure(float(worry["at_stake"].sum()), unit="money"),
            "unsure": Figure(int((~certain).sum()), unit="customers"),
            "watch_up": Figure(int((~certain & ~loss).sum()), unit="customers"),
            "worthless": Figure(int((loss & ~worth).sum()), unit="customers"),
            "gain_more": Figure(parameters["gain_more"], unit="customers"),
        }

    def sentences(self) -> Sequence[Sentence]:
        """What is lost, what is won, how sure; then who is not certain, and who counts nowhere."""
        margin, value = self.parameters["money"] == "margin", self.figures
        told: list[Sentence] = []
        if value["lost"].value:
            told.append(_LOST_MARGIN if margin else _LOST_REVENUE)
        if 0 < value["silent"].value < value["lost"].value:
            told.append(_SILENT_BUT_ONE if value["fewer"].value == 1 else _SILENT)
        if value["up"].value:
            told.append(_drift_told.UP_MARGIN if margin else _drift_told.UP_REVENUE)
        if told:
            told.append(_SURE)
        elif not self.table["certified"].to_numpy(dtype=bool).any():
            told.append(_NOBODY)
        for count, sentence in (
            ("watch", _WATCH),
            ("watch_up", _WATCH_UP),
            ("worthless", _WORTHLESS),
            ("gain_more", _GAIN_MORE),
        ):
            if value[count].value:
                told.append(sentence)
        return told

    def headline(self) -> Sentence | None:
        """The picture's message."""
        if self.figures["lost"].value:
            return _HEADLINE_BOTH if self.figures["up"].value else _HEADLINE_LOST
        if self.figures["up"].value:
            return _drift_told.HEADLINE_UP
        if self.figures["unsure"].value:
            return _HEADLINE_WATCH
        return None if self.table.empty else _HEADLINE_NOTHING

    def written(self, lang: Language) -> Mapping[str, Any]:
        """Why each customer is listed."""
        return {"reason": reasons(self.table, lang)}

    def notes(self, drawn: pd.DataFrame) -> list[tuple[str, str]]:
        """What changed and what it is worth, for each panel of the picture."""
        return _notes(drawn, self.language, self.source.currency)


def measure(money: str) -> Figure:
    """Of what the money is, in a word: margin, or revenue where there are no margins."""
    return Figure(N_("margin") if money == "margin" else N_("revenue"), unit="term")


def reasons(table: Any, lang: Language) -> pd.Series:
    """Why each customer is listed, in the reader's language."""
    import pandas as pd

    silent = table["kind"] == SILENCE
    said = pd.Series("", index=table.index, dtype="str")
    said[silent] = _silence_reason.reasons(table[silent], lang)
    said[~silent] = _drift_told.reasons(table[~silent], lang)
    for column, words in ((table["also"], _ALSO), (table["perhaps"], _PERHAPS)):
        for at, kinds in enumerate(column):
            if kinds:
                others = [lang.text(kind) for kind in kinds.split(ALSO)]
                also = lang.text(words).format(others=lang.listing(others))
                said.iloc[at] = f"{said.iloc[at]} {also}"
    return said


def _notes(table: Any, lang: Language, currency: str) -> list[tuple[str, str]]:
    found = []
    for at, kind in enumerate(table["kind"]):
        row = table.iloc[[at]]
        if kind != SILENCE:
            found += _drift_told.notes(row, lang, currency)
            continue
        last = lang.short_date(row["last_order"].iloc[0].date())
        worth = _drift_told.worth(row.iloc[0], lang, currency)
        found.append((lang.text(_QUIET).format(last=last), worth))
    return found


_LOST_MARGIN = Sentence(
    "One customer is certain to bring in less, with {lost_at_stake} of a year's margin at stake:"
    " {top}.",
    "{lost} customers are certain to bring in less, with {lost_at_stake} of a year's margin at"
    " stake, first of all {top}.",
    n="lost",
)
_LOST_REVENUE = Sentence(
    "One customer is certain to bring in less, with {lost_at_stake} of a year's revenue at stake:"
    " {top}.",
    "{lost} customers are certain to bring in less, with {lost_at_stake} of a year's revenue at"
    " stake, first of all {top}.",
    n="lost",
)
_SILENT = Sentence(
    "One of them has gone silent; the others still buy.",
    "{silent} of them have gone silent; the others still buy.",
    n="silent",
)
_SILENT_BUT_ONE = Sentence(
    "One of them has gone silent; the other still buys.",
    "{silent} of them have gone silent; the remaining one still buys.",
    n="silent",
)
_SURE = Sentence(
    "Each customer's money counts once. Of those certain, at most {level} of each kind are expected"
    " to be false alarms."
)
_NOBODY = Sentence("No customer is certain to have gone silent or to have changed.")
_WATCH = Sentence(
    "One more customer is late or may be bringing in less, but it is not certain; {watch_at_stake}"
    " in {measure} a year would be at stake.",
    "{watch} more customers are late or may be bringing in less, but it is not certain;"
    " {watch_at_stake} in {measure} a year would be at stake.",
    n="watch",
)
_WATCH_UP = Sentence(
    "One customer may be buying more often, but it is not certain.",
    "{watch_up} customers may be buying more often, but it is not certain.",
    n="watch_up",
)
_WORTHLESS = Sentence(
    "One more customer stands below without being counted here, for no money is at stake there.",
    "{worthless} more customers stand below without being counted here, for no money is at stake"
    " there.",
    n="worthless",
)
_GAIN_MORE = Sentence(
    "One customer brings in less in one way but more in another, which is surer or weighs heavier:"
    " here it stands with the gain, on the list of whom to call with the loss.",
    "{gain_more} customers bring in less in one way but more in another, which is surer or weighs"
    " heavier: here they stand with the gain, on the list of whom to call with the loss.",
    n="gain_more",
)
_HEADLINE_LOST = Sentence(
    "{lost_at_stake} in {measure} a year is at stake with one customer who leaves or shrinks",
    "{lost_at_stake} in {measure} a year is at stake with {lost} customers who leave or shrink",
    n="lost",
)
_HEADLINE_BOTH = Sentence(
    "{lost_at_stake} in {measure} a year is at stake with one customer who leaves or shrinks;"
    " buying more often: {up}",
    "{lost_at_stake} in {measure} a year is at stake with {lost} customers who leave or shrink;"
    " buying more often: {up}",
    n="lost",
)
_HEADLINE_WATCH = Sentence(
    "Nobody is certain to have changed; one customer may be moving",
    "Nobody is certain to have changed; {unsure} customers may be moving",
    n="unsure",
)
_HEADLINE_NOTHING = Sentence("No money is certain to be at stake")
UNKNOWN = Refusal(
    Sentence(
        "What is moving cannot be told: the facts are too short, or orders too few, to know what is"
        " usual."
    ),
    Sentence("Supply earlier years of the sales lines."),
)
