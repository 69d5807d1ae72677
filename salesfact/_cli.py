"""How does one command do it? `salesfact init / check / report / demo / lab / ...`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salesfact import _pilot_cli
from salesfact._command import (
    AsOf,
    ClientArgument,
    InLanguage,
    as_option,
    given,
    language_in,
    language_of,
    language_of_exports,
    show,
    speak,
    spoken,
    told,
)
from salesfact._errors import Fault, SalesfactError, SettingsError
from salesfact._language import N_
from salesfact._language import language as known
from salesfact._said import said, tell, verbatim, why_not

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    name="salesfact",
    help="From a raw sales export to a report: init, check, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_state = {"debug": False}
_STOPPED = 130  # the exit code after Ctrl-C


def _version(asked: bool) -> None:
    if asked:
        from salesfact import __version__

        typer.echo(f"salesfact {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    debug: Annotated[
        bool, typer.Option("--debug", help="show the traceback of an unexpected error")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="show the version"),
    ] = False,
) -> None:
    _state["debug"] = debug


@app.command()
def init(
    exports: Annotated[list[Path], typer.Argument(metavar="EXPORT...", help="files or folders")],
    out: Annotated[Path | None, typer.Option(help="the client's folder to make")] = None,
    name: Annotated[str | None, typer.Option(help="the client's name")] = None,
    language: InLanguage = None,
    currency: Annotated[str | None, typer.Option(help="three letters, as SEK")] = None,
) -> None:
    """Look at raw exports and write a client.yml that is already right."""
    from salesfact import _init

    with told(lambda: language_of_exports(exports, language), options=given(language=language)):
        made = _init.init(exports, out=out, name=name, language=language, currency=currency)
    console = _console()
    say = known(made.language).text
    heads = (say(N_("file")), say(N_("found")), say(N_("how")))
    _table(console, say(N_("Understood")), heads, made.rows())
    if made.questions():
        heads = (say(N_("topic")), say(N_("question")), say(N_("default")))
        _table(console, say(N_("To settle")), heads, made.questions())
        console.print(say(N_("Each stands in client.yml as '# ASK:' with a default that works.")))
    console.print(f"{say(N_('Settings'))}: {made.path}", markup=False)
    console.print(f"{say(N_('Next'))}: salesfact check {made.path}", markup=False)


@app.command()
def check(
    client: ClientArgument,
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
    as_of: AsOf = None,
    language: InLanguage = None,
) -> None:
    """Check settings and facts; print the ledger and the warnings. Exit 0 or 1."""
    from salesfact import _open

    code, options = language_of(client, language), given(as_of=as_of, language=language)
    speak(code)
    found = _open.check(client, as_of=as_of, language=language)
    raise typer.Exit(_show_check(found, code, options, as_json=as_json))


@app.command()
def report(
    client: ClientArgument,
    as_of: AsOf = None,
    language: InLanguage = None,
    out: Annotated[Path | None, typer.Option(help="where runs are collected")] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            metavar="NAME=VALUE",
            help="for the chapters, as months=6; a wrong name lists them all",
        ),
    ] = None,
    share: Annotated[
        str | None,
        typer.Option(
            help="internal or client; client leaves out figures about reps and the executed"
            " notebooks"
        ),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="print to PDF too (needs Chromium)")] = False,
    cold: Annotated[bool, typer.Option("--cold", help="start every kernel anew")] = False,
    jobs: Annotated[int | None, typer.Option(help="chapters at a time")] = None,
    timeout: Annotated[float, typer.Option(help="seconds a chapter may take")] = 900.0,
    notebooks: Annotated[Path | None, typer.Option(help="another folder of chapters")] = None,
) -> None:
    """Make the report: one page, a workbook, figures and a manifest.

    Exit 0 if all is well, 1 if nothing could be made, 2 if a part of the report is marked as
    missing.
    """
    options = {
        "as_of": as_of,
        "language": language,
        "out": out,
        "parameters": parameter or [],
        "share": share,
        "pdf": pdf,
        "cold": True if cold else None,
        "jobs": jobs,
        "timeout": timeout,
        "notebooks": notebooks,
    }
    named = given(as_of=as_of, language=language, share=share)
    with told(language_of(client, language), options=named):
        code = _report(client, options)
    raise typer.Exit(code)


@app.command()
def demo(
    language: InLanguage = None,
    open_it: Annotated[
        bool, typer.Option("--open/--no-open", help="show it, where there is a screen")
    ] = True,
) -> None:
    """Build the simulated demo client and its report, and say where it is."""
    with told(language_of("demo", language), options=given(language=language)):
        code = _report("demo", {"language": language}, show=open_it)
    raise typer.Exit(code)


@app.command()
def lab(
    client: Annotated[
        str, typer.Argument(metavar="[CLIENT]", help="client.yml, its folder, or demo")
    ] = "demo",
    into: Annotated[Path | None, typer.Option(help="where to put the notebooks")] = None,
    language: InLanguage = None,
    start: Annotated[bool, typer.Option("--start/--no-start", help="open JupyterLab")] = True,
) -> None:
    """Copy the chapters beside the client, in its language, and open JupyterLab on them."""
    from salesfact.report._lab import copy_notebooks, start_lab

    with told(language_of(client, language), options=given(language=language)):
        folder = copy_notebooks(client, into=into, language=language)
        typer.echo(f"{spoken().text(N_('Notebooks'))}: {folder}")
        code = start_lab(folder) if start else 0
    raise typer.Exit(code)


@app.command()
def template(
    what: Annotated[str, typer.Argument(metavar="activities")],
    out: Annotated[
        Path | None,
        typer.Option(help="the workbook, or the folder for it; default: activities_template.xlsx"),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help="sv or en; default: that of the client.yml in the workbook's folder, else of the"
            " exports there"
        ),
    ] = None,
) -> None:
    """Write a workbook to fill in: activities, for a client without a log of them.

    Run it in the client's folder, or beside the export. What is there is never written over.
    """
    from salesfact._activity_template import NAME, activities_template

    target = out or Path(NAME)
    code = language_in(target if target.is_dir() else target.parent, language)
    with told(code, options=given(language=language)):
        if what != "activities":
            raise SettingsError(
                Fault(
                    said(N_("there is no template of {what}"), what=what),
                    allowed=verbatim("activities"),
                )
            )
        made = activities_template(target, language=language or code)
    typer.echo(f"{spoken().text(N_('Template'))}: {made}")


_pilot_cli.add(app)


@app.command()
def schema(
    what: Annotated[str, typer.Argument(metavar="[client|results|plan]")] = "client",
) -> None:
    """Print the JSON schema of client.yml, results.json or plan.json."""
    with told(lambda: language_in(Path())):
        if what == "client":
            from salesfact._client import json_schema

            content = json_schema()
        elif what == "results":
            from salesfact.report._manifest import SCHEMA

            content = json.loads(SCHEMA.read_text(encoding="utf-8"))
        elif what == "plan":
            from salesfact._advice import SCHEMA as PLAN

            content = json.loads(PLAN.read_text(encoding="utf-8"))
        else:
            told_of = said(N_("there is no schema of {what}"), what=repr(what))
            raise SettingsError(Fault(told_of, allowed=verbatim("client, results, plan")))
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _table(
    console: Console,
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    right: Sequence[int] = (),
) -> None:
    """A table; everything in it is shown as it is, markup and all."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for i, head in enumerate(heads):
        table.add_column(head, overflow="fold", justify="right" if i in right else "left")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console.print(table)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def _report(client: str, options: dict[str, Any], *, show: bool = False) -> int:
    from salesfact._check_told import write_errors_in
    from salesfact.report._chapter import lean
    from salesfact.report._progress import Progress, failure_told
    from salesfact.report._run import make_report

    lean()
    console = _console()
    with _errors_written(), Progress(_console(stderr=True), spoken()) as progress:
        write_errors_in(spoken())  # why a part failed is kept as text
        made = make_report(client, tell=progress.tell, **options)
    for part in made.failed:
        typer.echo(failure_told(part, known(made.language)), err=True)
    say = known(made.language).text
    for label, place in ((say(N_("Report")), made.page), (say(N_("Run")), made.folder)):
        console.print(f"{label}: {place}", markup=False)
    if show and not made.failed and _has_screen():
        import webbrowser

        webbrowser.open(made.page.as_uri())
    return 2 if made.failed else 0


@contextmanager
def _errors_written() -> Iterator[None]:
    """Errors are written as before afterwards."""
    before = SalesfactError.written
    try:
        yield
    finally:
        SalesfactError.written = before


def _has_screen() -> bool:
    if not sys.stdout.isatty() or os.environ.get("CI"):
        return False
    if sys.platform in ("win32", "darwin"):
        return not os.environ.get("SSH_CONNECTION")
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _show_check(found: Any, code: str, options: Sequence[str], *, as_json: bool) -> int:
    """Print what `check` found; 0 if the client is fit for a report."""
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1, default=str))
        return 0 if found.ok else 1
    from salesfact._check_told import activity_rows, fault_told, rows_told

    if found.ledger is None:
        faults = [as_option(f, options) for f in found.faults]
        typer.echo("\n".join(fault_told(f, known(code)) for f in faults), err=True)
        return 1
    console, lang = _console(), known(found.language)
    heads = [lang.text(h) for h in (N_("what"), N_("currency"), N_("rows"), N_("money"))]
    _table(console, lang.text(N_("Ledger")), heads, rows_told(found.rows(), lang), right=(2, 3))
    if "activities" in found.ledger:
        effort = found.ledger["activities"]
        heads = [lang.text(h) for h in (N_("what"), N_("rows"), N_("hours"))]
        _table(console, lang.text(N_("Activities")), heads, activity_rows(effort, lang), (1, 2))
    for name, path in (
        (N_("Rows set aside"), found.set_aside),
        (N_("Activities set aside"), found.activities_set_aside),
        (N_("Double bookings"), found.double_bookings),
    ):
        if path is not None:
            console.print(f"{lang.text(name)}: {path}", markup=False)
    for warning in found.warnings:
        console.print(f"{lang.text(N_('Warning'))}: {tell(warning, lang)}", markup=False)
    if not found.ok:
        typer.echo("\n".join(fault_told(f, lang) for f in found.faults), err=True)
        closing = N_("Facts up to {day}. The client is not fit for a report.")
    else:
        closing = N_("Facts up to {day}. The client is fit for a report.")
    console.print(lang.text(closing).format(day=lang.date(found.as_of)), markup=False)
    return 0 if found.ok else 1


def main() -> None:
    """The command `salesfact`: one clear message for what a user can mend, never a traceback."""
    _run(lambda: app(standalone_mode=False))


def _out_of_reach(error: OSError) -> Fault:
    """What the operating system refused."""
    remedy = N_(
        "check its rights and the free space; where a client's folder cannot be written to, set"
        " SALESFACT_CACHE=FOLDER for what is kept of its facts, and name another one for reports:"
        " report --out FOLDER"
    )
    what = said("{text}", text=why_not(error))
    return Fault(what, where=str(error.filename or ""), remedy=remedy)


def _run(command: Callable[[], Any]) -> None:
    speak()
    try:
        code = command()
        if code == _STOPPED:  # typer makes Ctrl-C an exit code of its own
            raise KeyboardInterrupt
    except SalesfactError as error:
        show(error)
        code = 1
    except (KeyboardInterrupt, typer.Abort):
        stopped = N_("Stopped: no report was made. The last good one, if any, stands.")
        typer.echo(spoken().text(stopped), err=True)
        code = _STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as error:
        if _state["debug"]:
            raise
        show(
            SalesfactError(_out_of_reach(error)),
            what=N_("A file or folder cannot be read or written."),
        )
        code = 1
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):  # wrong usage, told by typer
            error.show()  # pyright: ignore[reportAttributeAccessIssue]
            sys.exit(error.exit_code)  # pyright: ignore[reportAttributeAccessIssue]
        if _state["debug"]:
            raise
        lang = spoken()
        what = lang.text(N_("Unexpected error ({name}): {message}"))
        ours = N_(
            "This is a fault of salesfact, not of your files. See where with: salesfact --debug ..."
        )
        shown = what.format(name=type(error).__name__, message=error)
        typer.echo(f"{shown}\n{lang.text(ours)}", err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
