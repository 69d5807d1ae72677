"""How does one command plan a pilot, and another judge it? `salesfact pilot / pilot-result`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salesfact._language import N_

if TYPE_CHECKING:
    from salesfact._result import Result

ClientArgument = Annotated[
    str, typer.Argument(metavar="CLIENT", help="client.yml, its folder, or demo")
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="last day to know of, as 2026-09-30")]
InLanguage = Annotated[str | None, typer.Option(help="sv or en")]


def pilot(
    client: ClientArgument,
    months: Annotated[int, typer.Option(help="length")] = 6,
    pairs: Annotated[
        int | None, typer.Option(help="how many; default: as few as are enough, or all")
    ] = None,
    hours: Annotated[float, typer.Option(help="extra hours a month and customer")] = 2.0,
    smallest_effect: Annotated[
        float, typer.Option(help="the smallest that matters, 0.1 = 10 % more sales")
    ] = 0.10,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="CUSTOMER", help="does not take part; repeatable")
    ] = None,
    seed: Annotated[int, typer.Option(help="of the lots")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="the workbook; default: in pilots beside the client")
    ] = None,
    as_of: AsOf = None,
    language: InLanguage = None,
) -> None:
    """Plan a pilot: pairs of customers, lots for extra hours, the lists for reps as a workbook.

    Exit 0 if it was written, 1 if the facts do not allow a pilot.
    """
    from salesfact._open import open_client
    from salesfact._pilot import pilot as plan
    from salesfact.report._pilot_book import pilot_workbook

    opened = open_client(client, as_of=as_of, language=language)
    result = plan(
        opened.facts,
        months=months,
        pairs=pairs,
        hours=hours,
        smallest_effect=smallest_effect,
        exclude=tuple(exclude or ()),
        seed=seed,
    )
    typer.echo(result.reading())
    if result.refusal is not None:
        raise typer.Exit(1)
    typer.echo(_sizes(result))
    start = f"{result.parameters['start']:%Y-%m}"
    path = out or opened.folder / "pilots" / f"pilot_{start}.xlsx"
    if out is None:
        path.parent.mkdir(exist_ok=True)
    made = pilot_workbook(result, path)
    say = result.language.text
    typer.echo(f"{say(N_('Lists for reps'))}: {made}")
    typer.echo(f"{say(N_('Record of the lots'))}: {made.with_suffix('.json')}")


def pilot_result(
    client: ClientArgument,
    record: Annotated[Path, typer.Argument(metavar="WORKBOOK", help="or the .json beside it")],
    as_of: AsOf = None,
    language: InLanguage = None,
) -> None:
    """Judge a pilot that is over: what the extra hours did.

    Exit 0 if it could be judged, 1 if not.
    """
    from salesfact._open import open_client
    from salesfact._pilot_result import pilot_result as judge

    result = judge(open_client(client, as_of=as_of, language=language).facts, record)
    typer.echo(result.reading())
    raise typer.Exit(0 if result.refusal is None else 1)


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
