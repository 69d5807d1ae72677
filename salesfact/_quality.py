"""How good are the facts? The ledger, what was set aside and why, and what the facts lack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from salesfact._facts import Facts
from salesfact._language import N_
from salesfact._ledger import (
    BUCKETS,
    FIT,
    FURNITURE,
    MARGIN_LIMIT,
    QUIET_DAYS,
    REASONS,
    fitness,
    lost_reasons,
    quiet_days,
)
from salesfact._quality_picture import draw_months
from salesfact._quality_tables import (
    ASIDE,
    BECAUSE,
    BY_NORM,
    EFFORT,
    LEDGER,
    READ,
    aligned,
    bare_ledger,
    ledger_table,
    months_of,
)
from salesfact._result import Column, Figure, Result, Sentence
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

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


def unfit(f: Mapping[str, Any]) -> list[Sentence]:
    """A warning before all else where too much is lost, or the last days lack; `f` holds values."""
    limit = f.get("fit_limit")
    if limit is not None and f.get("fit_money", limit) < limit:
        return [
            Sentence(
                N_(
                    "Do not rely on this report: only {fit_money} of the readable money is"
                    " accepted, and at least {fit_limit} are needed."
                )
            )
        ]
    if limit is not None and f.get("fit_rows", limit) < limit:
        return [
            Sentence(
                N_(
                    "Do not rely on this report: the money of only {fit_rows} of the rows is"
                    " known, and at least {fit_limit} are needed."
                )
            )
        ]
    if f.get("quiet_days", 0) > QUIET_DAYS:
        return [
            Sentence(
                N_(
                    "Take care: the last row in the export is {quiet_days} days older than {as_of},"
                    " so customers may seem silent who are not."
                )
            )
        ]
    return []


@dataclass(frozen=True, kw_only=True, repr=False)
class Quality(Result):
    """The ledger in words.

    `table` has one row per bucket and per reason (`part`, `what`, `currency`, `rows`, `money`:
    exact, in the source's currency, missing where it cannot be read; `size`: the money without
    signs, in the client's currency; with an activity log rows of its ledger too, and `hours`).
    `tables["months"]`: `month`, `rows`, `amount` (client's currency), `counted` (up to `as_of`).
    `tables["checks"]`, by `check`: `rows` and `money` (Decimal, before fx) of exact copies, credit
    notes, those that undo an earlier line, and control totals that differ; `total_stated` and
    `total_found`, with the rows whose amount cannot be read, where one total differs.

    Notes
    -----
    `money_share` is the size of accepted lines up to `as_of` over the size of all lines whose money
    can be read and converted: Σ|amount| over Σ|amount|. Without signs, because credit notes would
    otherwise cancel sales and a share could leave 0 to 1. `rows_share` is the same of rows. Page
    heads and totals rows are no lines of sales and stand in neither.
    """

    title = N_("How good are the facts?")
    columns = {
        "part": Column(N_("Part"), "term"),
        "what": Column(N_("What"), "term"),
        "rows": Column(N_("Rows"), "rows"),
        "money": Column(N_("Money"), "exact_money"),
        "money_in": Column(N_("Money"), "text"),
        "hours": Column(N_("Hours"), "hours"),
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
        part: Any = table[table["part"] == LEDGER]
        by = part.groupby("what")["rows"].sum()
        read = int(by.get(READ, 0))
        accepted = int(by.get(BUCKETS["accepted"], 0))
        unreadable = int(by.get(BUCKETS["unreadable"], 0))
        aside = int(by.get(BUCKETS["set_aside"], 0)) + unreadable
        furniture = int(by.get(BUCKETS["furniture"], 0))
        size = part[part["what"] != READ].groupby("what")["size"].sum()
        whole = float(size.sum())
        reasons: Any = table[table["part"] == BECAUSE]
        reasons = reasons[~reasons["what"].isin([REASONS[code] for code in FURNITURE])]
        because = reasons.groupby("what", sort=False)[["rows", "size"]].sum()
        counted = months[months["counted"]]
        figures = {
            "money_share": Figure(
                float(size.get(BUCKETS["accepted"], 0.0)) / whole if whole else 0.0, unit="share"
            ),
            "rows_share": Figure(
                accepted / (read - furniture) if read > furniture else 0.0, unit="share"
            ),
            "rows_of_sales": Figure(read - furniture, unit="rows"),
            "rows_furniture": Figure(furniture, unit="rows"),
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
            "quiet_days": Figure(parameters["quiet_days"], unit="days"),
            "currencies": Figure(
                int((part["currency"][part["currency"] != ""]).nunique()), unit="count"
            ),
            "vat": Figure(_VAT[parameters["vat"]], unit="term"),
            "fixed_share": Figure(parameters["fixed_share"], unit="share"),
            "totals_checked": Figure(int(checks.loc["control_totals", "rows"]), unit="count"),
            "totals_differ": Figure(int(checks.loc["totals_differ", "rows"]), unit="count"),
        }
        for name in ("fit_money", "fit_rows", "no_margin_share"):
            figures[name] = Figure(parameters[name], unit="share")
        figures["fit_limit"] = Figure(FIT, unit="share")
        if parameters["lost_reason"]:
            figures["lost_reason"] = Figure(parameters["lost_reason"], unit="term")
        figures["margin_limit"] = Figure(MARGIN_LIMIT, unit="share")
        figures["codes_alike"] = Figure(parameters["codes_alike"], unit="count")
        if parameters["codes_alike"]:
            figures["codes_example"] = Figure(parameters["codes_example"], unit="text")
        figures |= _effort(table)
        for name in ("rows_negative", "rows_no_margin"):
            figures[name] = Figure(int(checks.loc[name, "rows"]), unit="rows")
        if parameters["lacking"]:
            figures["lacking"] = Figure(_OPTIONAL[parameters["lacking"][0]], unit="term")
            figures["lacking_columns"] = Figure(len(parameters["lacking"]), unit="count")
        if len(because):
            by_size = because["size"].sort_values(ascending=False, kind="stable")
            if by_size.iloc[0] > 0:
                figures["main_money_reason"] = Figure(str(by_size.index[0]), unit="term")
                figures["main_money_share"] = Figure(float(by_size.iloc[0]) / whole, unit="share")
            main = because["rows"].sort_values(ascending=False, kind="stable")
            figures["main_reason"] = Figure(str(main.index[0]), unit="term")
            figures["main_reason_rows"] = Figure(int(main.iloc[0]), unit="rows")
        if figures["totals_differ"].value == 1 and figures["currencies"].value == 1:
            stated, found = (
                Decimal(checks.loc[f"total_{n}", "money"]) for n in ("stated", "found")
            )
            figures["total_stated"] = Figure(stated, unit="exact_money")
            figures["total_found"] = Figure(found, unit="exact_money")
            figures["total_off"] = Figure(abs(stated - found), unit="exact_money")
            figures["total_off_share"] = Figure(
                float(abs((stated - found) / stated)) if stated else 1.0, unit="share"
            )
            figures["total_unreadable"] = Figure(
                int(checks.loc["total_found", "rows"]), unit="rows"
            )
        for name in ("duplicates", "credit_notes", "credit_notes_matched", "totals_differ"):
            if name != "totals_differ":
                figures[f"rows_{name}"] = Figure(int(checks.loc[name, "rows"]), unit="rows")
            if figures["currencies"].value == 1:
                money = Decimal(checks.loc[name, "money"])
                figures[f"money_{name}"] = Figure(money, unit="exact_money")
        return figures

    def sentences(self) -> Sequence[Sentence]:
        """What counts, what is set aside, and the one thing most worth knowing."""
        f = {name: figure.value for name, figure in self.figures.items()}
        told = [
            *unfit(f),
            Sentence(
                N_(
                    "{money_share} of the money read counts (every amount taken without its sign,"
                    " credits too): sales of {sales} from {first} to {as_of}, in {rows_accepted} of"
                    " {rows_of_sales} rows ({rows_share}). Rows and money add up exactly."
                )
            ),
        ]
        if f.get("main_money_share", 0) >= 0.001:
            told.append(
                Sentence(
                    N_(
                        "{rows_aside} rows are set aside; most of their money because of:"
                        " {main_money_reason} ({main_money_share} of the money read)."
                    )
                )
            )
        elif f["rows_aside"]:
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
        if "effort_rows" in f:
            told.append(_log_told(f))
        told += self._misleading(f)
        told.append(self._most_worth_knowing(f))
        return told

    def _misleading(self, f: Mapping[str, Any]) -> list[Sentence]:
        """What would make every answer wrong without a row being lost."""
        told = []
        if self.parameters["mostly_negative"]:
            told.append(
                Sentence(
                    N_(
                        "{rows_negative} of {rows_of_sales} amounts are negative or their total"
                        " is: sales may be written with a minus sign."
                    )
                )
            )
        if f["no_margin_share"] > f["margin_limit"]:
            told.append(
                Sentence(
                    N_("Margins are not used: lines with {no_margin_share} of the money have none.")
                )
            )
        elif f["rows_no_margin"]:
            told.append(
                Sentence(
                    N_(
                        "{rows_no_margin} rows, with {no_margin_share} of the money, have no"
                        " margin and count as none."
                    )
                )
            )
        if f["codes_alike"]:
            told.append(
                Sentence(
                    N_(
                        "Customer numbers that look alike ({codes_example}) count as different"
                        " customers."
                    ),
                    N_(
                        "{codes_alike} groups of customer numbers look alike (as"
                        " {codes_example}) and count as different customers."
                    ),
                    "codes_alike",
                )
            )
        return told

    def _most_worth_knowing(self, f: Mapping[str, Any]) -> Sentence:
        if f.get("total_unreadable"):
            return Sentence(
                N_(
                    "The export's own total is {total_stated}; our lines add up to {total_found}."
                    " The difference of {total_off} ({total_off_share}) can lie in the one row"
                    " whose amount cannot be read."
                ),
                N_(
                    "The export's own total is {total_stated}; our lines add up to {total_found}."
                    " The difference of {total_off} ({total_off_share}) can lie in the"
                    " {total_unreadable} rows whose amount cannot be read."
                ),
                "total_unreadable",
            )
        if "total_stated" in f:
            return Sentence(
                N_(
                    "The export's own total is {total_stated}; our lines add up to {total_found}."
                    " The difference of {total_off} ({total_off_share}) is not explained."
                )
            )
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
            set(frame["currency"]) <= {self.source.currency, ""}
        ):
            return frame
        lang = self.language
        money = [
            lang.money(m, c, exact=True) if m is not None and m == m else "–"
            for m, c in zip(frame["money"], frame["currency"], strict=True)
        ]
        return frame.drop(columns="money").assign(money_in=money)

    def draw(self, ax: Axes) -> None:
        """Money by month; months not counted yet in another colour, and named."""
        draw_months(self, ax)


def _effort(table: Any) -> dict[str, Figure]:
    """The activity log in figures; nothing where there is none."""
    rows = table[table["part"] == EFFORT].set_index("what")
    if rows.empty:
        return {}
    counted = rows.loc[rows.index.isin([BUCKETS["accepted"], BY_NORM["accepted"]]), "hours"]
    return {
        "effort_rows": Figure(int(rows.loc[READ, "rows"]), unit="rows"),
        "effort_accepted": Figure(int(rows.loc[BUCKETS["accepted"], "rows"]), unit="rows"),
        "effort_hours": Figure(float(counted.sum()), unit="count"),
        "effort_aside": Figure(int(rows.loc[ASIDE, "rows"]), unit="rows"),
        "effort_later": Figure(int(rows["rows"].get(BUCKETS["later"], 0)), unit="rows"),
    }


def _log_told(f: Mapping[str, Any]) -> Sentence:
    """What counts of the activity log; `f` holds figures' values."""
    if not f["effort_rows"]:
        return _EFFORT_EMPTY
    if not f["effort_accepted"] + f["effort_later"]:
        return _EFFORT_NONE
    return _EFFORT_LATER if f["effort_later"] else _EFFORT


def _lost_reason(ledger: Mapping[str, Any]) -> str:
    """Why most of the money that may be sales was set aside; empty where none was."""
    sizes: dict[str, Decimal] = {}
    for r in lost_reasons(ledger):
        sizes[r["code"]] = sizes.get(r["code"], Decimal(0)) + Decimal(r["size"])
    most = max(sizes, key=sizes.__getitem__, default="")
    return REASONS[most] if most and sizes[most] else ""


_EFFORT_EMPTY = Sentence(
    "The activity log is empty: what hours go to, and whether they show in sales, cannot be told."
)
_EFFORT_NONE = Sentence(
    "The only row of the activity log is set aside, as the table below tells: no activity counts.",
    "All {effort_rows} rows of the activity log are set aside, as the table below tells: no"
    " activity counts.",
    n="effort_rows",
)
_EFFORT_LATER = Sentence(
    "Of {effort_rows} rows in the activity log {effort_accepted} count, with {effort_hours} hours;"
    " {effort_later} lie after {as_of} and {effort_aside} are set aside."
)
_EFFORT = Sentence(
    "Of {effort_rows} rows in the activity log {effort_accepted} count, with {effort_hours} hours;"
    " {effort_aside} are set aside."
)


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
    ledger = facts.ledger or bare_ledger(facts)
    months = months_of(facts)
    lacking = [n for n in _OPTIONAL if n not in facts.has]
    totals = ledger["control_totals"]
    differ = [t for t in totals if Decimal(t["difference"]) and t["what"] != "rows"]
    alone = differ[0] if len(differ) == 1 else {"stated": 0, "found": 0, "unreadable": 0}
    one = {n: Decimal(alone[n]) for n in ("stated", "found")} | {"unreadable": alone["unreadable"]}
    copies, credit = ledger["duplicates"], ledger["credit_notes"]
    signs, fit = ledger["signs"], fitness(ledger)
    alike = ledger["codes_by_case"].get("customer", [])
    checks = pd.DataFrame(
        [
            ("rows_negative", signs["negative_rows"], Decimal(0)),
            ("rows_no_margin", signs["no_margin_rows"], Decimal(0)),
            ("duplicates", copies["rows"], Decimal(copies["money"])),
            ("credit_notes", credit["rows"], Decimal(credit["money"])),
            ("credit_notes_matched", credit["matched_rows"], Decimal(credit["matched_money"])),
            ("control_totals", len(totals), Decimal(0)),
            (
                "totals_differ",
                sum(bool(Decimal(t["difference"])) for t in totals),
                sum((Decimal(t["difference"]) for t in differ), Decimal(0)),
            ),
            ("total_stated", 0, one["stated"]),
            ("total_found", one["unreadable"], one["found"]),
        ],
        columns=["check", "rows", "money"],
    ).set_index("check")
    checks["money"] = aligned(checks["money"])
    return Quality(
        table=ledger_table(ledger),
        tables={"months": months, "checks": checks},
        parameters={
            "as_of": facts.as_of,
            "first": facts.first,
            "quiet_days": quiet_days(ledger, facts.as_of),
            "vat": ledger["vat"],
            "lacking": tuple(lacking),
            "fixed": bool(ledger["fixed_days"]["fixed"]),
            "fixed_share": float(ledger["fixed_days"]["share"]),
            "fit_money": fit["money"],
            "fit_rows": fit["rows"],
            "lost_reason": _lost_reason(ledger),
            "no_margin_share": float(signs["no_margin_share"]),
            "mostly_negative": bool(signs["mostly_negative"]),
            "codes_alike": len(alike),
            "codes_example": alike[0] if alike else "",
        },
        source=facts.source,
    )
