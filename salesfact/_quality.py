"""How good are the facts? The ledger, what was set aside and why, and what the facts lack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from salesfact import _style
from salesfact._facts import Facts
from salesfact._language import N_
from salesfact._ledger import BUCKETS
from salesfact._result import Column, Figure, Result, Sentence
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LEDGER, _BECAUSE = N_("ledger"), N_("set aside because of")
_READ, _ROUNDED = N_("read"), N_("rounded to four decimals")
#: Optional columns and how a reader calls them.
_OPTIONAL = {
    "margin": N_("margin"),
    "product": N_("product"),
    "group1": N_("product group"),
    "quantity": N_("quantity"),
    "order": N_("order number"),
    "rep": N_("sales rep"),
}
_VAT = {
    "excluded": N_("amounts exclude VAT"),
    "included": N_("amounts include VAT"),
    "unknown": N_("whether amounts include VAT is not stated"),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Quality(Result):
    """The ledger in words.

    `table` has one row per bucket and per reason (`part`, `what`, `currency`, `rows`, `money`:
    exact, in the source's currency, missing where it cannot be read). `tables["months"]`: `month`,
    `rows`, `amount` (client's currency), `counted` (up to `as_of`). `tables["checks"]`, by
    `check`: `rows` and `money` (Decimal, before fx) of exact copies, credit notes, those that undo
    an earlier line, and control totals that differ.
    """

    title = N_("How good are the facts?")
    columns = {
        "part": Column(N_("Part"), "term"),
        "what": Column(N_("What"), "term"),
        "rows": Column(N_("Rows"), "rows"),
        "money": Column(N_("Money"), "exact_money"),
        "money_in": Column(N_("Money"), "text"),
    }
    size = (7.6, 3.2)

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """Every figure from the tables."""
        months: Any = tables["months"]
        checks: Any = tables["checks"]
        part: Any = table[table["part"] == _LEDGER]
        by = part.groupby("what")["rows"].sum()
        read = int(by.get(_READ, 0))
        accepted = int(by.get(BUCKETS["accepted"], 0))
        unreadable = int(by.get(BUCKETS["unreadable"], 0))
        aside = int(by.get(BUCKETS["set_aside"], 0)) + unreadable
        reasons: Any = table[table["part"] == _BECAUSE]
        because = reasons.groupby("what", sort=False)["rows"].sum()
        counted = months[months["counted"]]
        figures = {
            "rows_read": Figure(read, unit="rows"),
            "rows_accepted": Figure(accepted, unit="rows"),
            "accepted_share": Figure(accepted / read if read else 0.0, unit="share"),
            "sales": Figure(float(counted["amount"].sum()), unit="money"),
            "rows_later": Figure(int(by.get(BUCKETS["later"], 0)), unit="rows"),
            "rows_aside": Figure(aside, unit="rows"),
            "aside_share": Figure(aside / read if read else 0.0, unit="share"),
            "rows_unreadable": Figure(unreadable, unit="rows"),
            "months": Figure(len(counted), unit="months"),
            "first": Figure(parameters["first"], unit="date"),
            "as_of": Figure(parameters["as_of"], unit="date"),
            "currencies": Figure(int(part["currency"].nunique()), unit="count"),
            "vat": Figure(_VAT[parameters["vat"]], unit="term"),
            "fixed_share": Figure(parameters["fixed_share"], unit="share"),
            "totals_checked": Figure(int(checks.loc["control_totals", "rows"]), unit="count"),
            "totals_differ": Figure(int(checks.loc["totals_differ", "rows"]), unit="count"),
        }
        if parameters["lacking"]:
            figures["lacking"] = Figure(_OPTIONAL[parameters["lacking"][0]], unit="term")
            figures["lacking_columns"] = Figure(len(parameters["lacking"]), unit="count")
        if len(because):
            main = because.sort_values(ascending=False, kind="stable")
            figures["main_reason"] = Figure(str(main.index[0]), unit="term")
            figures["main_reason_rows"] = Figure(int(main.iloc[0]), unit="rows")
        for name in ("duplicates", "credit_notes", "credit_notes_matched", "totals_differ"):
            if name != "totals_differ":
                figures[f"rows_{name}"] = Figure(int(checks.loc[name, "rows"]), unit="rows")
            if figures["currencies"].value == 1:
                money = Decimal(checks.loc[name, "money"])
                figures[f"money_{name}"] = Figure(money, unit="exact_money")
        return figures

    def sentences(self) -> Sequence[Sentence]:
        """What was read, what was set aside, and the one thing most worth knowing."""
        f = {name: figure.value for name, figure in self.figures.items()}
        told = [
            Sentence(
                N_(
                    "Of {rows_read} rows read, {rows_accepted} ({accepted_share}) count: sales of"
                    " {sales} from {first} to {as_of}; rows and money add up exactly."
                )
            )
        ]
        if f["rows_aside"]:
            told.append(
                Sentence(
                    N_(
                        "{rows_aside} rows ({aside_share}) are set aside, most often because of:"
                        " {main_reason} ({main_reason_rows})."
                    )
                )
            )
        else:
            told.append(Sentence(N_("No row had to be set aside.")))
        told.append(self._most_worth_knowing(f))
        return told

    def _most_worth_knowing(self, f: Mapping[str, Any]) -> Sentence:
        if f["totals_differ"] and f["currencies"] == 1:
            return Sentence(
                N_(
                    "{totals_differ} of {totals_checked} control totals differ from the lines,"
                    " by {money_totals_differ} in all."
                )
            )
        if f["totals_differ"]:
            return Sentence(
                N_("{totals_differ} of {totals_checked} control totals differ from the lines.")
            )
        if self.parameters["fixed"]:
            return Sentence(
                N_(
                    "{fixed_share} of the lines are dated on one day of the month: invoices on"
                    " fixed days hide when customers really bought."
                )
            )
        if f["rows_unreadable"]:
            return Sentence(
                N_("In {rows_unreadable} of the rows set aside the money cannot be read.")
            )
        if f["rows_duplicates"] and f["currencies"] == 1:
            return Sentence(
                N_(
                    "{rows_duplicates} rows are exact copies of earlier ones, worth"
                    " {money_duplicates}."
                )
            )
        if f["totals_checked"]:
            return Sentence(N_("The control totals agree with the lines."))
        if self.parameters["lacking"]:
            return Sentence(
                N_("The facts lack one optional column: {lacking}."),
                N_("The facts lack {lacking_columns} optional columns, above all: {lacking}."),
                "lacking_columns",
            )
        return Sentence(N_("The facts have every column the questions use."))

    def headline(self) -> Sentence | None:
        """The picture's message."""
        if self.figures["rows_later"].value:
            return Sentence(
                N_("Sales by month; {rows_later} rows after {as_of} are not counted yet")
            )
        return Sentence(N_("Sales by month up to {as_of}"))

    def shown(self) -> pd.DataFrame:
        """In one currency as money; in several each with its own."""
        frame = self.table
        if self.figures["currencies"].value == 1 and (
            set(frame["currency"]) <= {self.source.currency}
        ):
            return frame
        lang = self.language
        money = [
            lang.money(m, c, exact=True) if m is not None and m == m else "–"
            for m, c in zip(frame["money"], frame["currency"], strict=True)
        ]
        return frame.drop(columns="money").assign(money_in=money)

    def draw(self, ax: Axes) -> None:
        """Money by month; months not counted yet are pale."""
        months = self.tables["months"]
        colours = [_style.BLUE if c else _style.SAND for c in months["counted"]]
        ax.bar(range(len(months)), months["amount"], color=colours, width=0.8)
        step = max(1, -(-len(months) // 8))
        ticks = list(range(0, len(months), step))
        lang, currency = self.language, self.source.currency
        names = [lang.month(months["month"].iloc[i]) for i in ticks]
        ax.set_xticks(ticks, names, rotation=30, ha="right", rotation_mode="anchor")
        ax.yaxis.set_major_formatter(lambda y, _: lang.money(float(y), currency))
        ax.grid(axis="y")
        ax.axhline(0, color=_style.LINE, lw=0.8)


@stored
def quality(facts: Facts, *, as_of: dt.date | None = None) -> Quality:
    """How good the facts are: the ledger, what was set aside, what is lacking.

    Parameters
    ----------
    facts : Facts
        The client's facts.
    as_of : date, optional
        Default: the facts' own. The ledger is then told as of that day.

    Returns
    -------
    Quality
        See its tables. Money in the ledger is exact, in the source's currency, before fx; rows
        read = accepted + after `as_of` + set aside, and the same for money (with rounding).
    """
    import pandas as pd

    facts = facts if as_of is None else facts.cut(as_of)
    ledger = facts.ledger or _bare(facts)
    months = _months(facts)
    lacking = [n for n in _OPTIONAL if n not in facts.has]
    totals = ledger["control_totals"]
    differ = [t for t in totals if Decimal(t["difference"]) and t["what"] != "rows"]
    copies, credit = ledger["duplicates"], ledger["credit_notes"]
    checks = pd.DataFrame(
        [
            ("duplicates", copies["rows"], Decimal(copies["money"])),
            ("credit_notes", credit["rows"], Decimal(credit["money"])),
            ("credit_notes_matched", credit["matched_rows"], Decimal(credit["matched_money"])),
            ("control_totals", len(totals), Decimal(0)),
            (
                "totals_differ",
                sum(bool(Decimal(t["difference"])) for t in totals),
                sum((Decimal(t["difference"]) for t in differ), Decimal(0)),
            ),
        ],
        columns=["check", "rows", "money"],
    ).set_index("check")
    checks["money"] = _aligned(checks["money"])
    return Quality(
        table=_ledger_table(ledger),
        tables={"months": months, "checks": checks},
        parameters={
            "as_of": facts.as_of,
            "first": facts.first,
            "vat": ledger["vat"],
            "lacking": tuple(lacking),
            "fixed": bool(ledger["fixed_days"]["fixed"]),
            "fixed_share": float(ledger["fixed_days"]["share"]),
        },
        source=facts.source,
    )


def _ledger_table(ledger: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    rows: list[tuple[str, str, str, int, Decimal | None]] = []
    counted = dict.fromkeys(ledger["currencies"], 0)
    for b in ledger["buckets"]:
        counted[b["currency"]] += b["rows"]
    for currency in ledger["currencies"]:
        total = Decimal(ledger["money_read"][currency])
        rows.append((_LEDGER, _READ, currency, counted[currency], total))
    for b in ledger["buckets"]:
        money = None if b["money"] is None else Decimal(b["money"])
        rows.append((_LEDGER, BUCKETS[b["bucket"]], b["currency"], b["rows"], money))
    rows += [(_LEDGER, _ROUNDED, r["currency"], 0, Decimal(r["money"])) for r in ledger["rounding"]]
    reasons = sorted(ledger["reasons"], key=lambda r: (-r["rows"], r["code"], r["currency"]))
    rows += [
        (
            _BECAUSE,
            r["text"],
            r["currency"],
            r["rows"],
            Decimal(r["money"]) if r["readable"] else None,
        )
        for r in reasons
    ]
    frame = pd.DataFrame(rows, columns=["part", "what", "currency", "rows", "money"])
    return frame.assign(money=_aligned(frame["money"]))


def _aligned(money: Any) -> Any:
    """Decimals of one scale, as a stored column has them."""
    known = [m for m in money if m is not None and m == m]
    scale = max((-int(m.as_tuple().exponent) for m in known), default=0)
    step = Decimal(1).scaleb(-max(scale, 2))
    return money.map(lambda m: m.quantize(step) if m is not None and m == m else None).astype(
        object
    )


def _months(facts: Facts) -> pd.DataFrame:
    """Money by month; lines after `as_of` only where they are not later than an origin."""
    until = "" if not facts._earlier else f"WHERE date < TIMESTAMP '{facts._end}'"
    frame = facts._engine.frame(f"""
        SELECT date_trunc('month', date)::TIMESTAMP AS month, date < TIMESTAMP '{facts._end}'
                AS counted, count(*) AS rows, sum(amount)::DOUBLE AS amount
        FROM lines {until} GROUP BY ALL ORDER BY ALL
    """)
    return frame.reindex(columns=["month", "rows", "amount", "counted"])


def _bare(facts: Facts) -> dict[str, Any]:
    """The ledger of facts that came from frames: all their lines are accepted."""
    rows, total = facts._engine.backend.con.execute(
        "SELECT count(*), coalesce(sum(amount), 0) FROM lines"
        f" WHERE date < TIMESTAMP '{facts._end}'"
    ).fetchone()
    none = {"rows": 0, "money": "0"}
    money = str(total)
    return {
        "currencies": [facts.currency],
        "money_read": {facts.currency: money},
        "buckets": [
            {"bucket": "accepted", "currency": facts.currency, "rows": rows, "money": money}
        ],
        "reasons": [],
        "rounding": [],
        "control_totals": [],
        "duplicates": none,
        "credit_notes": {**none, "matched_rows": 0, "matched_money": "0"},
        "vat": "unknown",
        "fixed_days": {"fixed": False, "share": 0.0},
    }
