"""Where can a pilot be written, and what does whoever leads it get beside the reps' workbook?

What came of it is written as a text, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from textwrap import fill
from typing import TYPE_CHECKING

from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._new_workbook import new_place
from salesfact._pilot_record import day, opened
from salesfact._said import said
from salesfact.report._mask import mask

if TYPE_CHECKING:
    from salesfact._pilot_result_told import PilotResult
    from salesfact._pilot_told import Pilot
    from salesfact._result import Result

LEADER, RECORD = ".txt", ".json"  # beside the workbook
_TITLE = N_("A pilot: who gets extra hours")
_LEAD = N_("For whoever leads it")
_LEADS = (
    N_(
        "The record of all lots is in the file {file} and in the workbook beside it, where it is"
        " out of sight. Keep both as they are. When {end} is in the books, ask for the result with"
        " one of them; a list that was altered is refused."
    ),
    N_("Do not draw again because you do not like how the lots fell."),
    N_("Do not look for the result before the end."),
    N_("These lists were drawn from the facts up to {as_of}."),
)

_WHEN = N_("The pilot ran from {start} to {end}; this is told from the facts up to {as_of}.")
_AT_ONCE = N_(
    "Note: lots were drawn before, {file}, from {start} to {end}. Hold one of the two: to draw"
    " again until the lots please makes chance into choice, and two at once blur each other."
)


def writable(path: str | Path) -> Path:
    """Where a pilot can be written; nothing is written yet.

    Parameters
    ----------
    path : path
        The `.xlsx` to write.

    Raises
    ------
    SettingsError
        If it is no workbook's name, there is a pilot of that name already, or its folder is
        missing or must not be written to.
    """
    target = Path(path)
    new_place(target, N_("a pilot is an Excel workbook"))
    there = [p.name for p in parts_of(target) if p.exists()]
    if there:
        raise SettingsError(taken(target, there[0]))
    try:
        with TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise SettingsError(no_place(target)) from error
    return target


def parts_of(target: Path) -> tuple[Path, Path, Path]:
    """The files of a pilot."""
    return target, target.with_suffix(LEADER), target.with_suffix(RECORD)


def claimed(path: Path) -> Path:
    """The file, made empty; nobody else writes there from now on.

    Raises
    ------
    FileExistsError
        If somebody else was quicker.
    """
    path.open("x").close()
    return path


def at_once(result: Pilot, folders: Iterable[Path], target: Path) -> list[str]:
    """A line for each other pilot of the same client that runs in some of the same months.

    Parameters
    ----------
    result : Pilot
        The one that was drawn.
    folders : iterable of path
        Where records may lie.
    target : path
        Its own workbook.
    """
    lang, given = result.language, result.parameters
    own = target.with_suffix(RECORD).resolve()
    found = {p.resolve() for folder in folders for p in folder.glob(f"*{RECORD}")} - {own}
    lines = []
    for path in sorted(found):
        try:
            other = opened(path)
        except (SettingsError, OSError):  # no record, or none that anybody could be judged by
            continue
        start, end = day(other["start"]), day(other["end"])
        if other["name"] != result.source.name or start > given["end"] or end < given["start"]:
            continue
        lines.append(
            lang.text(_AT_ONCE).format(file=path.name, start=lang.month(start), end=lang.month(end))
        )
    return lines


def taken(target: Path, file: str) -> Fault:
    """There is such a pilot already."""
    return Fault(
        said(N_("there is {file} already, and its lots would be lost"), file=file),
        where=str(target),
        remedy=said(
            N_(
                "keep it: a pilot that is under way is judged by it; name another file for a new"
                " one, with --out"
            )
        ),
    )


def no_place(target: Path) -> Fault:
    return Fault(
        said(N_("the workbook cannot be written there")),
        where=str(target),
        remedy=said(N_("name a file in a folder that you may write to, with --out")),
    )


def leader_text(result: Pilot, record: str) -> str:
    """What whoever leads the pilot must know: what it can show, and what not to do."""
    told = [*head_of(result), result.language.text(_LEAD)]
    told += [mask(result.say(sentence)) for sentence in result.planned()]
    told += [said_of(t, result, file=record) for t in _LEADS]
    return _paragraphs(told)


def _paragraphs(told: Iterable[str]) -> str:
    return "\n\n".join(fill(line, 88, break_long_words=False) for line in told)


def result_place(path: Path) -> None:
    """Whether what came of a pilot can be written there; nothing is written yet.

    Raises
    ------
    SettingsError
        If it is no text's name, there is such a file already, or its folder is missing.
    """
    new_place(path, N_("what came of a pilot is written as a text"), LEADER)
    if path.exists():
        raise SettingsError(_there(path))


def write_result(result: PilotResult, path: Path) -> None:
    """Write what came of a pilot, as a text.

    Raises
    ------
    SettingsError
        If there is such a file already, or it cannot be written.
    """
    told = head_of(result, result.title)
    told.append(_said_when(result))
    told += [mask(result.say(sentence)) for sentence in result.sentences()]
    try:
        claimed(path)
    except FileExistsError as error:
        raise SettingsError(_there(path)) from error
    except OSError as error:
        raise SettingsError(_no_text(path)) from error
    try:
        path.write_text(_paragraphs(told) + "\n", encoding="utf-8")
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise SettingsError(_no_text(path)) from error
        raise


def _there(path: Path) -> Fault:
    return Fault(
        said(N_("there is such a file already")),
        where=str(path),
        remedy=said(N_("name another file, with --out")),
    )


def _no_text(path: Path) -> Fault:
    return Fault(
        said(N_("the text cannot be written there")),
        where=str(path),
        remedy=said(N_("name a file in a folder that you may write to, with --out")),
    )


def _said_when(result: PilotResult) -> str:
    lang, given = result.language, result.parameters
    return lang.text(_WHEN).format(
        start=lang.month(given["start"]),
        end=lang.month(given["end"]),
        as_of=lang.date(given["as_of"]),
    )


def head_of(result: Result, title: str = _TITLE) -> list[str]:
    """What a pilot's texts begin with: the title, the client, and whether it is real."""
    lang = result.language
    told = [lang.text(title), mask(result.source.name)]
    if result.source.simulated:
        told.append(lang.text("Simulated data: no real firm or person."))
    return told


def said_of(text: str, result: Pilot, **more: str) -> str:
    """A text about a pilot, with its hours, months and day filled in."""
    lang, given = result.language, result.parameters
    return lang.text(text).format(
        hours=lang.value(result.figures["hours"].value, result.figures["hours"].unit),
        start=lang.month(given["start"]),
        end=lang.month(given["end"]),
        as_of=lang.date(given["as_of"]),
        **more,
    )
