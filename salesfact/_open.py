"""Where does a client begin? One call opens settings and facts; `demo` is always there."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact._assets import REPORTS, SHARE
from salesfact._check_told import unfit, unfit_remedy, write_errors_in
from salesfact._errors import FactsError, Fault, SalesfactError, SettingsError, SourceError
from salesfact._facts import Facts
from salesfact._language import N_
from salesfact._language import language as known_language
from salesfact._ledger import ledger_rows
from salesfact._said import asked_language, both, said, verbatim
from salesfact._warnings import warnings_of

if TYPE_CHECKING:
    from salesfact._client import Settings


_GIVEN = ("share", "language", "static", "capacity", "response")  # whatever day is looked from


@dataclass(frozen=True)
class Client:
    """An opened client: its settings, its facts, its folder."""

    settings: Settings
    facts: Facts
    folder: Path

    def set_aside(self) -> str:
        """Where the rows set aside are listed, from the client's folder; empty if there are none.

        Facts kept elsewhere (`SALESFACT_CACHE`): from that folder.
        """
        path = _set_aside(self.facts)
        if path is None:
            return ""
        inside = path.is_relative_to(self.folder)
        return path.relative_to(self.folder if inside else path.parents[2]).as_posix()

    @property
    def reports(self) -> Path:
        """Where this client's reports lie: `reports`, or below it where several share a folder.

        Settings called `client.yml` have the folder for themselves; those of another name, as
        `acme.yml`, have `reports/acme`.
        """
        return self.place("reports")

    def place(self, name: str) -> Path:
        """A folder of this client's own: `name` in its folder, `name/acme` if it is `acme.yml`."""
        stem = Path(self.settings.path).stem
        return self.folder / name if stem == "client" else self.folder / name / stem

    def previous(self) -> dict[str, Any] | None:
        """`results.json` of the newest report with an earlier `as_of`, or None.

        Reports lie in `reports/<as_of>_<run>/`, or where `salesfact report --out` collects them;
        the newest is the one with the latest `as_of`, of several the last run. Where reports of
        several clients are collected, only those of this client's name count.
        """
        for content in self._earlier("results.json"):
            if _is_report(content):
                return content
        return None

    def previous_plan(self) -> dict[str, Any] | None:
        """`plan.json` of the newest report with an earlier `as_of`, or None."""
        for content in self._earlier("plan.json"):
            if _is_plan(content):
                return content
        return None

    def _earlier(self, name: str) -> Iterator[Any]:
        """A file of the reports with an earlier `as_of`, the newest first."""
        found = []
        collected = os.environ.get(REPORTS)
        outside = [] if not collected else Path(collected).glob(f"*/{name}")
        # settings of another name than client.yml once had their reports among all others
        own, among = self.reports, self.folder / "reports"
        places = {p.resolve() for d in (own, among) for p in d.glob(f"*/{name}")}
        for path in (*places, *outside):
            try:
                day = dt.date.fromisoformat(path.parent.name[:10])
            except ValueError:
                continue
            if day < self.facts.as_of:
                found.append((day, path.parent.name, path))
        others = self._neighbours() if found else set()
        for _, _, path in sorted(found, reverse=True):
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue  # a report somebody edited or cut off is no report to compare with
            if not isinstance(content, dict) or content.get("currency") != self.facts.currency:
                continue
            whose = content.get("name")
            mine = path.parents[1] == own.resolve() and whose not in others
            if mine or whose == self.facts.name:
                yield content

    def _neighbours(self) -> set[str]:
        """The names of other clients whose settings lie in this folder."""
        from salesfact._yaml import read_yaml

        names = set()
        for path in self.folder.glob("*.yml"):
            if path.resolve() != Path(self.settings.path).resolve():
                try:
                    names.add(str(read_yaml(path).content.get("name")))
                except (SettingsError, AttributeError):  # not settings of ours
                    continue
        return names - {self.facts.name}


def _is_plan(content: Any) -> bool:
    """Whether a `plan.json` still has the shape a report was published with."""
    try:
        dt.date.fromisoformat(content["as_of"])
        advised, expected = content["advised"], content["expected"]
        return (
            content["money"] in ("margin", "amount")
            and int(content["horizon_months"]) >= 1
            and int(content["k"]) >= 1
            and all(
                isinstance(r["customer"], str)
                and isinstance(r["silent"], bool)
                and isinstance(r.get("certified", False), bool)  # earlier plans: only the silent
                and isinstance(r.get("kind", ""), str)
                and int(r["rank"]) >= 1
                and float(r["at_stake"]) == float(r["at_stake"])
                for r in advised
            )
            and (
                expected is None
                or all(
                    isinstance(r["customer"], str)
                    and isinstance(r["estimate"], (int, float))
                    and all(
                        r[n] is None or isinstance(r[n], (int, float))
                        for n in ("low", "high", "naive")
                    )
                    for r in expected
                )
            )
        )
    except (KeyError, TypeError, ValueError):
        return False


def _is_report(content: Any) -> bool:
    """Whether a `results.json` still has the shape a report was published with."""
    if not isinstance(content, dict) or not isinstance(content.get("results"), (list, dict)):
        return False
    results = content["results"]
    items = results.values() if isinstance(results, dict) else results
    ranks = content.get("priorities")
    try:
        dt.date.fromisoformat(content["as_of"])
    except (KeyError, TypeError, ValueError):
        return False
    whole = all(isinstance(r, dict) and isinstance(r.get("figures"), dict) for r in items)
    return whole and (
        ranks is None
        or (
            isinstance(ranks, list)
            and all(isinstance(r, dict) and {"customer", "rank"} <= set(r) for r in ranks)
        )
    )


def open_client(
    client: str | Path,
    *,
    as_of: dt.date | str | None = None,
    language: str | None = None,
    share: str | None = None,
    refresh: bool = False,
    verify: bool = False,
) -> Client:
    """Open a client: check the settings, read the facts (or find them already read).

    Parameters
    ----------
    client : str or Path
        `client.yml`, its folder, or `"demo"`: a simulated supplier, built when first asked for.
    as_of : date or str, optional
        The last day known; default: the settings', else the end of the last complete month.
    language : {"sv", "en"}, optional
        Default: the settings'.
    share : {"internal", "client"}, optional
        Default: the settings'.
    refresh : bool
        Read a database source again.
    verify : bool
        Check every file byte for byte instead of by size and time of change.

    Returns
    -------
    Client
        `settings`, `facts`, `folder`.

    Raises
    ------
    SettingsError
        If the settings do not say what is allowed; all faults at once.
    SourceError
        If a source cannot be read as the settings say.
    FactsError
        If no line is left.

    Examples
    --------
    >>> import salesfact as sf
    >>> facts = sf.open_client("demo").facts  # doctest: +SKIP
    """
    from salesfact._client import load_settings
    from salesfact._sources import prepare

    given = _day(as_of)
    if language is not None:
        asked_language(language)
    share = share or os.environ.get(SHARE) or None
    if share not in (None, "internal", "client"):
        raise SettingsError(
            Fault(
                said(N_("found {found}"), found=repr(share)),
                where="share",
                allowed=verbatim("internal, client"),
            )
        )
    settings = load_settings(demo_folder() if client == "demo" else client)
    if _in_notebook():
        write_errors_in(known_language(language or settings.language))
    try:
        folder, key = prepare(settings, refresh=refresh, verify=verify)
    except (SourceError, FactsError) as error:
        from salesfact._fitting import fitting  # looks at the files anew: not for those that read

        if not (better := fitting(settings)):
            raise
        raise type(error).of([*error.faults, *better]) from None
    facts = Facts.from_folder(
        folder,
        as_of=settings.as_of,
        key=key,
        name=settings.name,
        language=language or settings.language,
        horizon_months=settings.horizon_months,
        fiscal_year_start=settings.fiscal_year_start,
        share=share or settings.share,
        simulated=settings.simulated,
        static=settings.sources.customers is None or settings.sources.customers.static,
        capacity=_plain_capacity(settings),
        response=settings.response.model_dump(mode="json", exclude_unset=True) or None,
    )
    if given is not None and given <= facts.as_of:
        facts = facts.cut(given)
    elif given is not None:
        known = {n: getattr(facts, n) for n in _GIVEN}
        facts = replace(
            Facts.from_folder(
                folder,
                as_of=given,
                key=key,
                name=settings.name,
                horizon_months=settings.horizon_months,
                fiscal_year_start=settings.fiscal_year_start,
                simulated=settings.simulated,
            ),
            **known,
        )
    return Client(settings, facts, settings.folder)


def _in_notebook() -> bool:
    """Whether a notebook's kernel runs this: it shows errors itself."""
    shell = sys.modules.get("IPython")
    return shell is not None and shell.get_ipython() is not None


def _plain_capacity(settings: Settings) -> dict[str, Any] | None:
    """The capacity in plain values, as results are kept by it."""
    told = settings.capacity
    return None if told is None else told.model_dump(mode="json", exclude_none=True)


def _day(as_of: dt.date | str | None) -> dt.date | None:
    if as_of is None or as_of == "":
        return None
    if isinstance(as_of, dt.datetime):
        return as_of.date()
    if isinstance(as_of, dt.date):
        return as_of
    try:
        return dt.date.fromisoformat(as_of)
    except (TypeError, ValueError):
        raise SettingsError(
            Fault(
                said(N_("found {found}"), found=repr(as_of)),
                where="as_of",
                allowed=N_("a day, as 2026-09-30"),
            )
        ) from None


# -- the demo client -------------------------------------------------------------------------------


def demo_folder() -> Path:
    """The folder of the demo client; built once, and appearing by one rename.

    It lies in the user's cache folder, or in the one that `SALESFACT_CACHE` names.
    """
    from salesfact._code import code_version, imported_by

    named = os.environ.get("SALESFACT_CACHE")
    if named:
        home = Path(named)
    else:
        import platformdirs

        home = platformdirs.user_cache_path("salesfact", appauthor=False)
    version = code_version(imported_by("_init", "_nordverk", "_nordverk_export"))
    place = home / f"demo-{version[:8]}"
    if (place / "client.yml").is_file():
        return place
    home.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".new-demo-{os.getpid()}-", dir=home))
    try:
        _build_demo(work / "nordverk")
        try:
            (work / "nordverk").rename(place)
        except OSError:
            if not (place / "client.yml").is_file():  # unless another process was quicker
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _sweep(home, place)
    return place


def _sweep(home: Path, place: Path) -> None:
    """Remove demo clients of other code, and what killed runs left."""
    from salesfact._cache import leavings

    for old in [p for p in home.glob("demo-*") if p != place] + leavings(home, ".new-demo-"):
        shutil.rmtree(old, ignore_errors=True)


def _build_demo(folder: Path) -> None:
    """The demo takes the hard road: an export as an ERP writes it, then `init`."""
    from salesfact._init import init
    from salesfact._nordverk import nordverk
    from salesfact._nordverk_export import export

    folder.mkdir()
    init(export(nordverk(), folder / "export"), out=folder)


# -- check -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CheckReport:
    """What `salesfact check` found: faults of the settings or sources, or a ledger and warnings."""

    faults: tuple[Fault, ...] = ()
    ledger: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    as_of: dt.date | None = None
    folder: Path | None = None
    set_aside: Path | None = None
    activities_set_aside: Path | None = None
    double_bookings: Path | None = None
    language: str = "en"

    @property
    def ok(self) -> bool:
        """Whether a report of these facts can be trusted; see `_check_told.unfit`."""
        return not self.faults

    def rows(self) -> list[tuple[str, str, int, str]]:
        """The ledger for people: bucket or reason, currency, rows, money (empty: not readable)."""
        return [] if self.ledger is None else ledger_rows(self.ledger)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        return {
            "ok": self.ok,
            "faults": [
                {"what": f.what, "where": f.where, "allowed": f.allowed, "remedy": f.remedy}
                for f in self.faults
            ],
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "ledger": self.ledger,
            "set_aside": None if self.set_aside is None else str(self.set_aside),
            **{
                name: str(path)
                for name in ("activities_set_aside", "double_bookings")
                if (path := getattr(self, name)) is not None
            },
            "warnings": list(self.warnings),
        }


def check(
    path: str | Path,
    *,
    as_of: dt.date | str | None = None,
    language: str | None = None,
    refresh: bool = False,
    verify: bool = False,
) -> CheckReport:
    """Check settings and facts of a client; never raises for what a user can mend.

    Parameters
    ----------
    path : str or Path
        `client.yml`, its folder, or `"demo"`.
    """
    try:
        client = open_client(path, as_of=as_of, language=language, refresh=refresh, verify=verify)
    except SalesfactError as error:
        return CheckReport(faults=error.faults)
    ledger = dict(client.facts.ledger)
    lost = unfit(ledger)
    better = _better(client, ledger)
    aside = _set_aside(client.facts)
    faults: tuple[Fault, ...] = ()
    if lost is not None:
        faults = (Fault(lost, where="sources.sales", remedy=unfit_remedy(aside)), *better)
    warnings: list[str] = [*warnings_of(ledger)]
    if lost is None:
        warnings += [both(both(f.where, f.what, mark=": "), f.remedy) for f in better]
    return CheckReport(
        faults=faults,
        ledger=ledger,
        warnings=tuple(warnings),
        as_of=client.facts.as_of,
        folder=client.facts.folder,
        set_aside=aside,
        activities_set_aside=_beside(client.facts, "activities_set_aside.csv"),
        double_bookings=_beside(client.facts, "double_bookings.csv"),
        language=client.facts.language,
    )


def _better(client: Client, ledger: dict[str, Any]) -> list[Fault]:
    """What `format:` should say, looked for where rows could not be read or days look odd.

    Odd are days of the month that stop at 12, or hardly differ, as where day and month or year were
    taken for each other.
    """
    from salesfact._fitting import SIGNS, fitting
    from salesfact._sources import ledger_of

    kept = ledger_of(client.facts.folder) if client.facts.folder else {}
    for part, days in ((ledger, kept), (ledger.get("activities"), kept.get("activities"))):
        if not part or not days:
            continue
        unread = sum(r["rows"] for r in part["reasons"] if r["code"] in SIGNS)
        if unread > 0.01 * part["rows_read"] or _odd({str(d[0]) for d in days["days"]}):
            return fitting(client.settings)
    return []


def _odd(dates: set[str]) -> bool:
    """Whether days of the month stop at 12, or hardly differ."""
    days = {int(d[8:10]) for d in dates}
    return len(dates) >= 6 and (max(days) <= 12 or len(days) <= len(dates) / 12)


def _set_aside(facts: Facts) -> Path | None:
    """The file that names each row set aside, its line and its reason."""
    rows = sum(reason["rows"] for reason in facts.ledger.get("reasons", ()))
    return facts.folder / "set_aside.csv" if facts.folder is not None and rows else None


def _beside(facts: Facts, name: str) -> Path | None:
    """A list of activities beside the facts, where there is one."""
    path = None if facts.folder is None else facts.folder / name
    return path if path is not None and path.is_file() else None
