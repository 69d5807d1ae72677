"""How does one command plan a pilot, and another judge it? `salesfact pilot / pilot-result`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salesfact._command import AsOf, ClientArgument, InLanguage, given, language_of, told
from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._said import said

if TYPE_CHECKING:
    from salesfact._result import Result

_OPTIONS = ("months", "pairs", "hours", "smallest_rise", "exclude", "wait_months", "seed")


def pilot(
    client: ClientArgument,
    months: Annotated[int, typer.Option(help="length")] = 6,
    pairs: Annotated[
        int | None, typer.Option(help="how many; default: as few as are enough, or all")
    ] = None,
    hours: Annotated[float, typer.Option(help="extra hours a month and customer")] = 2.0,
    smallest_rise: Annotated[
        float | None,
        typer.Option(
            help="the smallest rise in sales that matters, 0.1 = 10 % more; default: what"
            " response: smallest_effect in client.yml (a slope) makes of these hours where it is"
            " set, else 0.1"
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="CUSTOMER", help="does not take part; repeatable")
    ] = None,
    wait_months: Annotated[
        int | None,
        typer.Option(
            help="whole months between the facts' end and the first month; default: so many that"
            " it is the first whole month after today, at least 1"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="of the lots")] = 1,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="write the lists although the plan is advised against")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="the workbook; default: in pilots beside the client")
    ] = None,
    as_of: AsOf = None,
    language: InLanguage = None,
) -> None:
    """Plan a pilot: pairs of customers, lots for extra hours, the lists for reps as a workbook.

    Exit 0 if it was written, 1 if the facts do not allow a pilot or it is advised against.
    """
    from salesfact._open import open_client
    from salesfact._pilot import pilot as plan
    from salesfact._pilot_asked import (
        MOST_WAIT,
        allowed,
        first_month,
        too_late,
        too_soon,
        wait_until,
    )
    from salesfact._response import response
    from salesfact.report._pilot_book import pilot_workbook
    from salesfact.report._pilot_files import LEADER, RECORD, at_once

    with told(language_of(client, language), options=given(as_of=as_of, language=language)):
        opened = open_client(client, as_of=as_of, language=language)
    facts, today, folder = opened.facts, _today(), opened.place("pilots")
    what = N_("The pilot cannot be planned.")
    with _in_vain(folder), told(facts.language, what=what, options=_OPTIONS):
        wait = wait_until(facts.as_of, today) if wait_months is None else wait_months
        if wait_months is None and wait > MOST_WAIT:
            raise too_late(facts.as_of, today)
        asked: Any = {"months": months, "pairs": pairs, "hours": hours}
        asked |= {"smallest_rise": smallest_rise, "wait_months": wait, "seed": seed}
        allowed(**asked)
        start = first_month(facts.as_of, wait)
        if start <= today:
            raise too_soon(start, facts.language)
        path = out or folder / f"pilot_{start:%Y-%m}.xlsx"
        if out is None:
            _make(folder)
        result = plan(
            facts,
            exclude=tuple(exclude or ()),
            **asked,
            response=response(facts) if "activities" in facts.has else None,
        )
        if result.refusal is not None:
            typer.echo(result.reading())
            raise typer.Exit(1)
        # a pilot that is not written needs no place, and can be read about again
        made = None if result.advised_against and not anyway else pilot_workbook(result, path)
    lang = result.language
    verdict = result.verdict()
    typer.echo(" ".join(result.say(s) for s in verdict))
    typer.echo()
    rest = (result.sentences() if made is None else result.planned())[len(verdict) :]
    typer.echo("\n".join(result.say(s) for s in rest))
    typer.echo()
    typer.echo(_sizes(result))
    typer.echo()
    if made is None:
        typer.echo(lang.text(N_("No lists are written. With --anyway they are.")))
        raise typer.Exit(1)
    typer.echo(f"{lang.text(N_('Lists for reps'))}: {made}")
    for what, suffix in ((N_("For whoever leads it"), LEADER), (N_("Record of the lots"), RECORD)):
        typer.echo(f"{lang.text(what)}: {made.with_suffix(suffix)}")
    for line in at_once(result, (folder, made.parent), made):
        typer.echo(line, err=True)


def pilot_result(
    client: ClientArgument,
    record: Annotated[Path, typer.Argument(metavar="WORKBOOK", help="or the .json beside it")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.txt", help="a text to write it to as well")
    ] = None,
    as_of: AsOf = None,
    language: InLanguage = None,
) -> None:
    """Judge a pilot that is over: what the extra hours did.

    Exit 0 if it could be judged, 1 if not; then no text is written.
    """
    from salesfact._open import open_client
    from salesfact._pilot_result import pilot_result as judge
    from salesfact.report._pilot_files import result_place, write_result

    with told(language_of(client, language), options=given(as_of=as_of, language=language)):
        facts = open_client(client, as_of=as_of, language=language).facts
    with told(facts.language, what=N_("The pilot cannot be judged."), options=("out",)):
        if out is not None:
            result_place(out)
        result = judge(facts, record)
        if out is not None and result.refusal is None:
            write_result(result, out)
    typer.echo(result.reading())
    if out is not None and result.refusal is None:
        typer.echo(f"\n{result.language.text(N_('Text'))}: {out}")
    raise typer.Exit(0 if result.refusal is None else 1)


@contextmanager
def _in_vain(folder: Path) -> Iterator[None]:
    """Folders made in vain are taken away."""
    try:
        yield
    finally:
        with suppress(OSError):  # it holds something, or was never made
            folder.rmdir()
            if folder.name != "pilots":  # that of one of several clients
                folder.parent.rmdir()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            Fault(
                said(N_("the folder cannot be made")),
                where=str(folder),
                remedy=said(N_("name a file in a folder that you may write to, with --out")),
            )
        ) from error


def _today() -> dt.date:
    return dt.date.today()


def add(app: typer.Typer) -> None:
    """Make them commands of the application."""
    commands: dict[str, Callable[..., Any]] = {"pilot": pilot, "pilot-result": pilot_result}
    for name, command in commands.items():
        app.command(name)(command)


def _sizes(result: Result) -> str:
    """What pilots of other sizes and lengths would show, as a small table."""
    lang = result.language
    table: Any = result.tables["sizes"].pivot(index="pairs", columns="months", values="mde")
    heads = [
        lang.text(N_("pairs")),
        *(lang.text(N_("{n} months")).format(n=lang.number(int(m), 0)) for m in table.columns),
    ]
    rows = [
        [lang.number(int(n), 0), *(lang.share(v) if v == v else "–" for v in values)]
        for n, values in zip(table.index, table.to_numpy(), strict=True)
    ]
    wide = [max(len(r[i]) for r in [heads, *rows]) for i in range(len(heads))]
    lines = [
        "  ".join(cell.rjust(w) for cell, w in zip(row, wide, strict=True))
        for row in [heads, *rows]
    ]
    title = lang.text(N_("Effect that shows, by size and length:"))
    return "\n".join([title, *lines])
