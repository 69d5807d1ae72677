"""What do all commands ask for, and in whose language do they say what is wrong?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from salesfact._errors import Fault, SalesfactError
from salesfact._language import LANGUAGES, N_, language

ClientArgument = Annotated[
    str, typer.Argument(metavar="CLIENT", help="client.yml, its folder, or demo")
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="last day to know of, as 2026-09-30")]
InLanguage = Annotated[str | None, typer.Option("--language", help="sv or en")]

_KINDS = {
    "SettingsError": N_("The settings cannot be used."),
    "SourceError": N_("A source cannot be read."),
    "FactsError": N_("The facts do not allow this."),
    "LeakageError": N_("That would use what was not yet known."),
    "ReportError": N_("The report was not made; the last good one is unchanged."),
}
# read without the rest of the settings, which may be what is wrong
_SPOKEN = re.compile(rf"""^['"]?language['"]?\s*:\s*['"]?({"|".join(LANGUAGES)})\b""", re.MULTILINE)


def language_of(client: str | Path, given: str | None = None) -> str:
    """The language asked for, else that of the client's settings, else English.

    Settings that cannot be used for another reason still say in which language to tell it.
    """
    if given in LANGUAGES:
        return str(given)
    if client == "demo":
        return "sv"
    path = Path(client)
    path = path / "client.yml" if path.is_dir() else path
    return (_spoken(path) if path.suffix.lower() in (".yml", ".yaml") else "") or "en"


def language_in(folder: Path, given: str | None = None) -> str:
    """The language asked for, else that of the settings in a folder, else of exports in it.

    As `init` does, English stands for any language but Swedish.
    """
    if given in LANGUAGES:
        return str(given)
    spoken = {s for p in sorted(folder.glob("*.y*ml")) if (s := _spoken(p))}
    if own := _spoken(folder / "client.yml"):
        return own
    if spoken:
        return spoken.pop() if len(spoken) == 1 else "en"
    from salesfact._survey import language_beside

    return "sv" if language_beside(folder) == "sv" else "en"


def _spoken(path: Path) -> str:
    """What settings say of their language; empty where they say nothing, or are none."""
    try:
        said = _SPOKEN.search(path.read_text(encoding="utf-8-sig", errors="replace"))
    except OSError:
        return ""
    return said[1] if said else ""


@contextmanager
def told(code: str, *, what: str = "", options: Sequence[str] = ()) -> Iterator[None]:
    """Tell what a user can mend in a language, and exit 1.

    Parameters
    ----------
    code : {"sv", "en"}
        The language.
    what : str
        What cannot be done; default by the sort of error.
    options : sequence of str
        Parameters that were given as options, and are called so.
    """
    from salesfact._check_told import fault_told

    try:
        yield
    except SalesfactError as error:
        lang = language(code)
        lines = [lang.text(what or kind_of(error))]
        lines += [fault_told(as_option(fault, options), lang) for fault in error.faults]
        typer.echo("\n".join(lines), err=True)
        raise typer.Exit(1) from error


def kind_of(error: SalesfactError) -> str:
    """What an error means for the command as a whole."""
    return _KINDS.get(type(error).__name__, N_("This cannot be done."))


def given(**options: object) -> list[str]:
    """The names of those options that were given."""
    return [name for name, value in options.items() if value is not None]


def as_option(fault: Fault, options: Sequence[str]) -> Fault:
    """A parameter as the option it is on the command line."""
    if fault.where not in options:
        return fault
    return replace(fault, where=f"--{fault.where.replace('_', '-')}")
