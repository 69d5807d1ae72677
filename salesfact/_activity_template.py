"""How does a client without a log begin one? A workbook to fill in, in the client's language."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from salesfact._activities import EXAMPLES
from salesfact._errors import Fault, SettingsError
from salesfact._language import N_, Language
from salesfact._new_workbook import new_place
from salesfact._said import asked_language, said

NAME = "activities_template.xlsx"
_ROWS = 5_000  # rows that are prepared to be filled in
_INK, _MUTED, _SOFT = "#1d2530", "#66707d", "#f0f3f6"
#: Column, width, whether it must be filled in, what it is.
_COLUMNS = (
    (N_("Customer no"), 16, True,
     N_("the customer's number, as in the sales file; noughts in front count")),
    (N_("Date"), 12, True, N_("the day it was done")),
    (N_("Activity"), 18, True, N_("visit, call, ...; the same word for the same thing")),
    (N_("Sales rep"), 22, False, N_("who did it, as in the sales file")),
    (N_("Minutes"), 10, False,
     N_("how long it took, travel included if you always include it; empty if not known")),
    (N_("Cost"), 10, False, N_("what it cost beside the hours")),
    (N_("Programme"), 22, False, N_("the campaign or programme it was a part of, if any")),
)  # fmt: skip
_KINDS = (
    N_("Visit"),
    N_("Call"),
    N_("Online meeting"),
    N_("Quotation"),
    N_("Training"),
    N_("Trade fair"),
)
_WORDS = (
    N_("Activities: what we do for our customers"),
    N_(
        "Write one row for each visit, call or other activity on the sheet {sheet}. Go as far back"
        " as you can: a year is good, two are better."
    ),
    N_("The columns"),
    N_("{column} (must be filled in): {meaning}."),
    N_("{column} (may be left empty): {meaning}."),
    N_("The two grey rows"),
    N_(
        "They are examples. Delete them or leave them: rows whose customer number begins with"
        " {mark} are never counted."
    ),
    N_("When it is filled in"),
    N_(
        "If there is no client.yml yet: save it beside your sales export and run: salesfact init"
        " SALES {file}. If there is one: save it beside client.yml, and add these lines to it,"
        " below sources:"
    ),
)


def activities_template(path: str | Path = NAME, *, language: str = "en") -> Path:
    """Write a workbook in which a client without a log of activities can keep one.

    Parameters
    ----------
    path : path
        The `.xlsx` to write, or the folder for it.
    language : {"sv", "en"}
        Of headings and words.

    Returns
    -------
    Path
        The workbook: a sheet with headings that `salesfact init` knows and two example rows, which
        are never counted, and a sheet that explains it.

    Raises
    ------
    SettingsError
        If there is such a file already, no such folder, or it cannot be a workbook.

    Examples
    --------
    >>> import salesfact as sf
    >>> sf.activities_template("mallar", language="sv")  # doctest: +SKIP
    """
    import xlsxwriter

    lang = asked_language(language)
    target = Path(path)
    target = target / NAME if target.is_dir() else target
    new_place(target, N_("the template is an Excel workbook"))
    if target.exists():
        raise SettingsError(
            Fault(
                said(N_("there is such a file already; what was filled in would be lost")),
                where=str(target),
                remedy=N_("name another file, with --out"),
            )
        )
    with xlsxwriter.Workbook(str(target), {"strings_to_formulas": False}) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1)})  # the same bytes each time
        sheet = lang.text(N_("Activities"))
        _fill_in(book, book.add_worksheet(sheet), lang)
        _explain(book, book.add_worksheet(lang.text(N_("Explanation"))), sheet, target.name, lang)
    return target


def _example(lang: Language) -> tuple[tuple[Any, ...], ...]:
    mark = EXAMPLES[1] if lang.code == "sv" else EXAMPLES[0]
    visit, call = lang.text(_KINDS[0]), lang.text(_KINDS[1])
    return (
        (f"{mark} 1", dt.date(2026, 3, 4), visit, "Anna Berg", 90, 450, ""),
        (f"{mark} 2", dt.date(2026, 3, 5), call, "Anna Berg", 15, None, ""),
    )


def _fill_in(book: Any, sheet: Any, lang: Language) -> None:
    """The sheet to fill in."""
    base = {"font_name": "Calibri", "font_size": 11, "font_color": _INK}
    head = book.add_format({**base, "bold": True, "bg_color": _SOFT, "bottom": 1})
    # a number as text keeps its noughts
    cell = {1: {"num_format": "yyyy-mm-dd"}, 0: {"num_format": "@"}, 4: {"num_format": "0"}}
    for i, (name, width, _, _) in enumerate(_COLUMNS):
        sheet.set_column(i, i, width, book.add_format({**base, **cell.get(i, {})}))
        sheet.write_string(0, i, lang.text(name), head)
    grey = {**base, "italic": True, "font_color": _MUTED}
    for r, example in enumerate(_example(lang), start=1):
        for i, value in enumerate(example):
            style = book.add_format({**grey, **cell.get(i, {})})
            if isinstance(value, dt.date):
                sheet.write_datetime(r, i, dt.datetime.combine(value, dt.time()), style)
            elif isinstance(value, int):
                sheet.write_number(r, i, value, style)
            elif value:
                sheet.write_string(r, i, value, style)
    sheet.freeze_panes(1, 0)
    day = {"validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1)}
    day |= {"error_title": lang.text(N_("Date")), "error_message": lang.text(N_("Write a day."))}
    sheet.data_validation(1, 1, _ROWS, 1, day)
    # a suggestion: other words may be written
    kinds = {"validate": "list", "source": [lang.text(k) for k in _KINDS], "show_error": False}
    sheet.data_validation(1, 2, _ROWS, 2, kinds)
    minutes = {"validate": "decimal", "criteria": "between", "minimum": 1, "maximum": 24 * 60}
    minutes["error_message"] = lang.text(N_("Write minutes, at most those of a day."))
    sheet.data_validation(1, 4, _ROWS, 4, minutes)


def _explain(book: Any, sheet: Any, name: str, file: str, lang: Language) -> None:
    """The sheet of explanation: one column, so that nothing on it looks like a table."""
    base = {"font_name": "Calibri", "font_size": 11, "font_color": _INK, "text_wrap": True}
    plain = book.add_format({**base, "valign": "top"})
    title = book.add_format({**base, "bold": True, "font_size": 14})
    code = book.add_format({**base, "font_name": "Consolas", "text_wrap": False})
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 100)
    say = lang.text
    mark = EXAMPLES[1] if lang.code == "sv" else EXAMPLES[0]
    heading, how, columns, must, may, grey, examples, filled, save = _WORDS
    lines: list[tuple[str, Any]] = [(say(heading), title), (say(how).format(sheet=name), plain)]
    lines.append((say(columns), title))
    for column, _, needed, meaning in _COLUMNS:
        text = say(must if needed else may)
        lines.append((text.format(column=say(column), meaning=say(meaning)), plain))
    lines += [(say(grey), title), (say(examples).format(mark=mark), plain)]
    lines += [(say(filled), title), (say(save).format(file=file), plain)]
    lines += [(line, code) for line in _settings(name, file, lang)]
    for r, (text, style) in enumerate(lines):
        sheet.write_string(r, 0, text, style)


def _settings(sheet: str, file: str, lang: Language) -> list[str]:
    """What `client.yml` says of the filled workbook."""
    roles = ("customer", "date", "kind", "rep", "hours", "cost", "programme")
    said = [lang.text(name) for name, *_ in _COLUMNS]
    said[roles.index("hours")] += " / 60"
    columns = [f"      {role}: {column}" for role, column in zip(roles, said, strict=True)]
    return [
        "  activities:",
        f"    file: {file}",
        f"    format: {{sheet: {sheet}}}",
        "    columns:",
        *columns,
    ]
