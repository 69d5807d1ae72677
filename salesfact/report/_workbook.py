"""Whom should each rep call? The priorities as a workbook: all customers, then a sheet per rep.

Every text is written as text: a customer called `=cmd|...` is a name, never a formula.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact._language import N_, Language
from salesfact._result import Column
from salesfact.report._mask import mask

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter.workbook import Workbook

    from salesfact._result import Result

REP = "rep"
#: Every text is written as text: never a formula, a link or a number.
OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
    "default_date_format": "yyyy-mm-dd",
}
_FROZEN = 3  # columns that stay in sight when a sheet is moved sideways
_INK, _MUTED, _LINE, _SOFT, _FIELD = "#1d2530", "#66707d", "#d5dae0", "#f0f3f6", "#fffbea"
_FORMATS = {
    "money": "#,##0",
    "exact_money": "#,##0.00",
    "share": "0 %",
    "number": "#,##0.0",
    "hours": "General",  # as it was asked: 2, 12.5, 1.25
    "date": "yyyy-mm-dd",
    "short_date": "yyyy-mm-dd",
    "month": "yyyy-mm",
}
_SHEETS = ("All customers", "No rep")
N_("All customers")
N_("No rep")
#: Columns to fill in while calling, and what a call may come to
_WORK = (N_("Called on"), N_("Outcome"), N_("Comment"))
_OUTCOMES = (
    N_("Has ordered"),
    N_("Will order later"),
    N_("Buys elsewhere"),
    N_("No need any more"),
    N_("Has closed"),
    N_("Could not be reached"),
)
_WIDTHS = (12, 20, 40)


def write_workbook(path: Path, result: Result) -> None:
    """Write the priorities.

    Parameters
    ----------
    path : Path
        The `.xlsx` to write.
    result : Result
        One row per customer; a column `rep` gives a sheet per rep. The order of its rows is kept.
    """
    import xlsxwriter

    lang = result.language
    table = result.table.reset_index()
    columns = {"customer": Column(N_("Customer number"))} | dict(result.columns)
    names = [c for c in columns if c in table.columns]
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        as_of = result.source.as_of
        # the clock has no place here: same facts, same bytes
        book.set_properties({"title": mask(result.source.name), "created": _stamp(as_of)})
        styles = _Styles(book)
        used: set[str] = set()
        everyone = _sheet_name(lang.text(_SHEETS[0]), used)
        _sheet(book, everyone, table, names, columns, result, styles, None)
        if REP in table.columns:
            for rep in sorted(table[REP].dropna().unique(), key=str):
                part = table.loc[table[REP] == rep]
                name = _sheet_name(mask(str(rep)), used)
                _sheet(book, name, part, names, columns, result, styles, mask(str(rep)))
            rest = table.loc[table[REP].isna()]
            if 0 < len(rest) < len(table):
                name = _sheet_name(lang.text(_SHEETS[1]), used)
                _sheet(book, name, rest, names, columns, result, styles, lang.text(_SHEETS[1]))


class _Styles:
    """The workbook's few formats, made once each."""

    def __init__(self, book: Workbook) -> None:
        base = {"font_name": "Calibri", "font_size": 11, "font_color": _INK, "valign": "top"}
        self._book, self._base = book, base
        self.title = book.add_format({**base, "bold": True, "font_size": 15})
        self.words = book.add_format({**base, "font_color": _MUTED})
        head = {**base, "bold": True, "text_wrap": True, "bg_color": _SOFT, "bottom": 1}
        self.head = book.add_format({**head, "bottom_color": _LINE})
        self.head_right = book.add_format({**head, "bottom_color": _LINE, "align": "right"})
        field = {**base, "border": 1, "border_color": _LINE, "bg_color": _FIELD, "locked": False}
        day = book.add_format({**field, "num_format": _FORMATS["date"]})
        words = book.add_format({**field, "text_wrap": True})
        self.fields = (day, words, words)
        self._cells: dict[str, Any] = {}

    def total(self, unit: str) -> Any:
        """The format of a unit in a row of sums."""
        more: dict[str, Any] = {"bold": True, "top": 1, "top_color": _MUTED}
        if unit in _FORMATS:
            more["num_format"] = _FORMATS[unit]
        return self._book.add_format({**self._base, **more})

    def cell(self, unit: str) -> Any:
        """The format of a unit."""
        if unit not in self._cells:
            more: dict[str, Any] = {"bottom": 4, "bottom_color": _LINE}
            if unit in _FORMATS:
                more["num_format"] = _FORMATS[unit]
            elif unit in ("text", "term", "listing"):
                more["text_wrap"] = True
            self._cells[unit] = self._book.add_format({**self._base, **more})
        return self._cells[unit]


def _sheet(
    book: Workbook,
    name: str,
    table: pd.DataFrame,
    names: list[str],
    columns: dict[str, Column],
    result: Result,
    styles: _Styles,
    rep: str | None,
) -> None:
    lang = result.language
    currency = result.source.currency
    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    title = mask(result.source.name) if rep is None else rep
    sheet.write_string(0, 0, title, styles.title)
    about = [lang.text(result.title), lang.date(result.source.as_of), currency]
    sheet.write_string(1, 0, " · ".join(mask(a) for a in about if a), styles.words)
    if result.source.simulated:
        words = lang.text("Simulated data: no real firm or person.")
        sheet.write_string(2, 0, words, styles.words)
    sheet.write_string(3, 0, mask(result.reading()) if rep is None else "", styles.words)
    top = 5
    for i, column in enumerate(names):
        unit = columns[column].unit
        label = lang.text(columns[column].label)
        words = f"{label} ({currency})" if unit in ("money", "exact_money") else label
        right = unit not in ("text", "term", "listing", "date", "short_date", "month")
        sheet.write_string(top, i, words, styles.head_right if right else styles.head)
        sheet.set_column(i, i, _width(unit, label, _texts(table[column], unit, lang)))
    for r, record in enumerate(table[names].itertuples(index=False, name=None), start=top + 1):
        for i, value in enumerate(record):
            unit = columns[names[i]].unit
            _cell(sheet, r, i, value, unit, lang, styles.cell(unit))
    _to_fill_in(sheet, top, len(names), len(table), lang, styles)
    # customer, rank and name stay in sight
    sheet.freeze_panes(top + 1, min(_FROZEN, len(names)))
    if len(table):
        sheet.autofilter(top, 0, top + len(table), len(names) + len(_WORK) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&A&R&P / &N")


def _to_fill_in(
    sheet: Any, top: int, first: int, rows: int, lang: Language, styles: _Styles
) -> None:
    """Columns for the day of the call, what came of it (from a list) and a comment."""
    for i, label in enumerate(_WORK):
        sheet.write_string(top, first + i, lang.text(label), styles.head)
        sheet.set_column(first + i, first + i, _WIDTHS[i])
        for r in range(top + 1, top + 1 + rows):
            sheet.write_blank(r, first + i, None, styles.fields[i])
    if not rows:
        return
    last = top + rows
    wrong = {"error_title": lang.text(_WORK[0]), "error_message": lang.text(N_("Write a day."))}
    day = {"validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1), **wrong}
    sheet.data_validation(top + 1, first, last, first, day)
    outcomes = {"validate": "list", "source": [lang.text(o) for o in _OUTCOMES]}
    outcomes |= {
        "error_title": lang.text(_WORK[1]),
        "error_message": lang.text(N_("Choose from the list, or write it as a comment.")),
    }
    sheet.data_validation(top + 1, first + 1, last, first + 1, outcomes)


def _cell(sheet: Any, r: int, i: int, value: Any, unit: str, lang: Language, style: Any) -> None:
    """Numbers as numbers, days as days, everything else as text."""
    if _missing(value):
        sheet.write_blank(r, i, None, style)
    elif unit in ("date", "short_date", "month"):
        sheet.write_datetime(r, i, _moment(value), style)
    elif unit in ("text", "term", "listing"):
        sheet.write_string(r, i, _text(value, unit, lang), style)
    else:
        number = float(value)
        if math.isfinite(number):
            sheet.write_number(r, i, number, style)
        else:
            sheet.write_blank(r, i, None, style)


def _missing(value: Any) -> bool:
    import pandas as pd

    return not isinstance(value, (list, tuple)) and bool(pd.isna(value))


def _moment(value: Any) -> dt.datetime:
    import pandas as pd

    return pd.Timestamp(value).to_pydatetime()  # pyright: ignore[reportReturnType]


def _text(value: Any, unit: str, lang: Language) -> str:
    # Excel holds at most 32 767 characters in a cell
    return mask(str(lang.value(value, unit)))[:32_000]


def _texts(values: Iterable[Any], unit: str, lang: Language) -> list[str]:
    if unit not in ("text", "listing", "term"):
        return []
    return [_text(v, unit, lang) for v in list(values)[:500] if isinstance(v, (str, list, tuple))]


def _width(unit: str, label: str, texts: list[str]) -> float:
    longest = max((len(t) for t in texts), default=0)
    wanted = max(longest, 12 if unit not in ("text", "listing", "term") else 8, len(label) * 0.8)
    return min(wanted + 2, 60)


def _sheet_name(text: str, used: set[str]) -> str:
    """A name Excel accepts, unlike every other (it compares without case)."""
    clean = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", text).strip().strip("'")[:31].strip() or "–"
    if clean.casefold() == "history":  # Excel keeps this name for itself
        clean = "History_"
    name, n = clean, 2
    while name.casefold() in used:
        tail = f" {n}"
        name, n = clean[: 31 - len(tail)] + tail, n + 1
    used.add(name.casefold())
    return name


def _stamp(as_of: dt.date) -> dt.datetime:
    return dt.datetime.combine(as_of, dt.time())
