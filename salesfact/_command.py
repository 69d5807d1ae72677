"""What do all commands ask for, and in whose language do they say what is wrong?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from salesfact._errors import Fault, SalesfactError
from salesfact._language import LANGUAGES, N_, Language, language

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
    return language_of_exports([folder])


def language_of_exports(paths: Sequence[Path], given: str | None = None) -> str:
    """The language asked for, else Swedish where headers of the exports are, else English."""
    if given in LANGUAGES:
        return str(given)
    from salesfact._survey import language_beside

    return "sv" if language_beside(*paths) == "sv" else "en"


def _spoken(path: Path) -> str:
    """What settings say of their language; empty where they say nothing, or are none."""
    try:
        said = _SPOKEN.search(path.read_text(encoding="utf-8-sig", errors="replace"))
    except OSError:
        return ""
    return said[1] if said else ""


#: In whose language a command speaks: a code, or what finds it out when it is needed.
Speaks = str | Callable[[], str]
_speaks: dict[str, Speaks] = {}


def speak(code: Speaks = "en") -> None:
    """Say in which language to tell what goes wrong from now on."""
    _speaks["language"] = code


def spoken() -> Language:
    """The language of the command; English where it cannot be found out."""
    code = _speaks.get("language", "en")
    try:
        code = code if isinstance(code, str) else code()
    except (Exception, KeyboardInterrupt):
        code = "en"
    return language(code)


@contextmanager
def told(code: Speaks, *, what: str = "", options: Sequence[str] = ()) -> Iterator[None]:
    """Tell what a user can mend in a language, and exit 1.

    Parameters
    ----------
    code : {"sv", "en"} or callable
        The language, or what finds it out once something is wrong.
    what : str
        What cannot be done; default by the sort of error.
    options : sequence of str
        Parameters that were given as options, and are called so.
    """
    speak(code)
    try:
        yield
    except SalesfactError as error:
        show(error, what=what, options=options)
        raise typer.Exit(1) from error


def show(error: SalesfactError, *, what: str = "", options: Sequence[str] = ()) -> None:
    """Print an error in the language of the command."""
    from salesfact._check_told import faults_told

    faults = [as_option(fault, options) for fault in error.faults]
    typer.echo(faults_told(faults, spoken(), what or kind_of(error)), err=True)


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
