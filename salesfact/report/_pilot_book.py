"""Whom should each rep give extra hours? A pilot as a workbook, and its record beside it.

Reps see whom they were drawn to visit more, and are told to look after everybody else as usual.
They are not handed the list of those compared with: knowing it invites to visit them less, or to
make up for it, and both would be mistaken for an effect. Nor do they read what the pilot is
expected to show. Whoever leads the pilot has that, and the record, in files beside the workbook.

Every text is written as text: a customer called `=cmd|...` is a name, never a formula.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact._errors import SettingsError
from salesfact._language import N_, Language
from salesfact._pilot import record
from salesfact._pilot_record import LIST, PART, SHEET
from salesfact._pilot_told import EXTRA, Pilot
from salesfact.report._mask import mask
from salesfact.report._pilot_files import (
    LEADER,
    RECORD,
    claimed,
    head_of,
    leader_text,
    no_place,
    parts_of,
    said_of,
    taken,
    writable,
)
from salesfact.report._workbook import OPTIONS, _cell, _sheet_name, _stamp, _Styles, _texts, _width

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("name", "value", "orders", "hours_month", "hours_extra")
N_("Extra hours a month")
_TOTAL = N_("In all: one customer", "In all: {n} customers"), "In all: {n} customers"
_FILL = ((N_("First extra visit"), 14), (N_("Extra hours so far"), 12), (N_("Note"), 44))
_ABOUT = N_("About the pilot")
_ALL = N_("Extra hours")
_REPS = N_("For reps")
_RULES = (
    N_("Each sheet lists the customers whom lots have drawn for extra hours."),
    N_(
        "Give each of them {hours} hours a month on top of what it usually gets, from {start} to"
        " {end}: visits, calls, meetings, whatever you judge best."
    ),
    N_(
        "Look after all your other customers as usual, neither more nor less. Some of them are what"
        " the drawn ones will be compared with; which ones is not listed, so that nobody treats"
        " them differently. The extra hours must not be taken from them."
    ),
    N_("Whoever stands on the call list is called all the same, drawn or not."),
    N_(
        "The lots are drawn for good. Do not swap customers, not even for better ones: that would"
        " make chance into choice. If a customer must be left out, leave it on the list and say why"
        " in the note."
    ),
    N_("Log every activity as usual, with its hours."),
)
_ASK = N_("Drawn for extra hours, {start} to {end}")
_NUMBER = N_("Customer number")


def pilot_workbook(result: Pilot, path: str | Path) -> Path:
    """Write a pilot: a sheet per rep with the customers drawn for extra hours, and what is kept.

    Parameters
    ----------
    result : Pilot
        From `pilot`.
    path : path
        The `.xlsx` to write, for the reps. Beside it, of the same name, a `.txt` for whoever leads
        the pilot and a `.json` with the record of all lots.

    Returns
    -------
    Path
        The workbook. `pilot_result` takes it, or the `.json`.

    Raises
    ------
    SettingsError
        If the pilot was refused, there is such a file already, or it cannot be a workbook or
        be written.
    """
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    kept = record(result)
    target = writable(path)
    lang = result.language
    made: list[Path] = []  # what was there, or has come since, is another pilot's
    try:
        for part in reversed(parts_of(target)):  # the record first: it is what must not be lost
            made.append(claimed(part))
        with Workbook(str(target), OPTIONS) as book:
            as_of = result.source.as_of
            book.set_properties({"title": mask(result.source.name), "created": _stamp(as_of)})
            styles = _Styles(book)
            used: set[str] = {SHEET}
            about = book.add_worksheet(_sheet_name(lang.text(_ABOUT), used))
            _explain(book, about, result)
            for title, part in _parts(result, lang):
                name = _sheet_name(mask(title), used)
                _list(book.add_worksheet(name), mask(title), part, result, styles)
            _keep(book.add_worksheet(SHEET), kept, lang.text(_NUMBER))
        _write(target.with_suffix(LEADER), leader_text(result, target.with_suffix(RECORD).name))
        _write(target.with_suffix(RECORD), json.dumps(kept, ensure_ascii=False, indent=1))
    except BaseException as error:
        for part in made:
            part.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise SettingsError(taken(target, Path(error.filename).name)) from error
        if isinstance(error, (FileCreateError, OSError)):
            raise SettingsError(no_place(target)) from error
        raise
    return target


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8")


def _parts(result: Pilot, lang: Language) -> list[tuple[str, pd.DataFrame]]:
    """The customers drawn for extra hours, by rep; the name tells nothing of the lots' order."""
    table: Any = result.table[result.table["arm"] == EXTRA]
    table = table.assign(hours_extra=float(result.parameters["hours"])).reset_index()
    if "hours_month" in table:
        table["hours_month"] = table["hours_month"].round(1)
    table = table.sort_values(["name", "customer"], kind="stable")
    if "rep" not in table or table["rep"].isna().all():
        return [(lang.text(_ALL), table)]
    parts = [(str(r), table[table["rep"] == r]) for r in sorted(table["rep"].dropna().unique())]
    rest = table[table["rep"].isna()]
    return [*parts, *([(lang.text("No rep"), rest)] if len(rest) else [])]


def _explain(book: Any, sheet: Any, result: Pilot) -> None:
    """What reps are asked, in a column of text."""
    lang = result.language
    base = {"font_name": "Calibri", "font_size": 11, "font_color": "#1d2530", "text_wrap": True}
    plain = book.add_format({**base, "valign": "top"})
    title = book.add_format({**base, "bold": True, "font_size": 15})
    head = book.add_format({**base, "bold": True, "font_size": 12})
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 100)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    name, *rest = head_of(result)
    lines = [(name, title), *((text, plain) for text in rest)]
    lines += [("", plain), (lang.text(_REPS), head)]
    lines += [(said_of(t, result), plain) for t in _RULES]
    for r, (text, style) in enumerate(lines):
        sheet.write_string(r, 0, text, style)
        if len(text) > 100:  # a row made by a program does not grow by itself everywhere
            sheet.set_row(r, 15.5 * -(-len(text) // 100))


def _list(sheet: Any, title: str, part: pd.DataFrame, result: Pilot, styles: Any) -> None:
    """One rep's customers with extra hours, and columns to fill in."""
    lang, currency = result.language, result.source.currency
    shown = result.columns
    labels = {n: (shown[n].label, shown[n].unit) for n in _COLUMNS if n in shown}
    labels |= {"hours_extra": (N_("Extra hours a month"), "hours")}
    labels = {"customer": (_NUMBER, "text")} | labels
    names = [n for n in labels if n in part.columns]
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, title, styles.title)
    sheet.write_string(1, 0, said_of(_ASK, result), styles.words)
    sheet.write_string(2, 0, lang.text(N_("All your other customers as usual.")), styles.words)
    top = 4
    for i, name in enumerate(names):
        label, unit = labels[name]
        words = lang.text(label)
        wide = _width(unit, words, _texts(part[name], unit, lang))
        sheet.set_column(i, i, max(16, wide) if i == 0 else wide)
        words = f"{words} ({currency})" if unit == "money" else words
        sheet.write_string(top, i, words, styles.head if unit == "text" else styles.head_right)
    for r, values in enumerate(part[names].itertuples(index=False, name=None), start=top + 1):
        for i, value in enumerate(values):
            unit = labels[names[i]][1]
            _cell(sheet, r, i, value, unit, lang, styles.cell(unit))
    _total(sheet, top + 1 + len(part), part, [(n, labels[n][1]) for n in names], lang, styles)
    for i, (label, wide) in enumerate(_FILL, start=len(names)):
        sheet.write_string(top, i, lang.text(label), styles.head)
        sheet.set_column(i, i, wide)
        for r in range(top + 1, top + 1 + len(part)):
            sheet.write_blank(r, i, None, styles.fields[0 if i == len(names) else 1])
    last, first = top + len(part), len(names)
    day = {"validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1)}
    day |= {"error_title": lang.text(_FILL[0][0]), "error_message": lang.text("Write a day.")}
    sheet.data_validation(top + 1, first, last, first, day)
    number = {"validate": "decimal", "criteria": ">=", "value": 0}
    number |= {"error_title": lang.text(_FILL[1][0])}
    number |= {"error_message": lang.text(N_("Write hours as a number."))}
    sheet.data_validation(top + 1, first + 1, last, first + 1, number)
    sheet.freeze_panes(top + 1, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)


def _total(
    sheet: Any,
    row: int,
    part: pd.DataFrame,
    units: list[tuple[str, str]],
    lang: Language,
    styles: Any,
) -> None:
    """How many customers and extra hours a rep is asked for; the first cell stays empty.

    No other column is summed: what a rep sells or has logged is no part of what is asked.
    """
    words = lang.text(*_TOTAL, len(part)).format(n=lang.number(len(part)))
    for i, (name, unit) in enumerate(units):
        style = styles.total(unit)
        if name == "name":
            sheet.write_string(row, i, words, style)
        elif name == "hours_extra":
            _cell(sheet, row, i, part[name].sum(), unit, lang, style)
        else:
            sheet.write_blank(row, i, None, style)


def _keep(sheet: Any, kept: dict[str, Any], head: str) -> None:
    """The record on a sheet that Excel does not show: what heads a list, then its text in parts."""
    text = json.dumps(kept, ensure_ascii=False)
    parts = [("R", text[i : i + PART]) for i in range(0, len(text), PART)]
    for r, (what, value) in enumerate([(LIST, head), *parts]):
        sheet.write_string(r, 0, what)
        sheet.write_string(r, 1, value)
    sheet.very_hidden()
