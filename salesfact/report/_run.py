"""How does a client become one report? Check, prepare, run the chapters, publish: in one call."""

from __future__ import annotations

import datetime as dt
import json
import os
import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salesfact._alone import can_wait
from salesfact._assets import assets
from salesfact._errors import Fault, ReportError, SalesfactError, SettingsError
from salesfact._language import N_
from salesfact._said import said, verbatim, why_not
from salesfact.report import _folder, _parameters, _translate
from salesfact.report._chapter import DONE, FAILED
from salesfact.report._crew import ColdCrew, Crew, WarmCrew, WorkerError
from salesfact.report._process import can_fork

Tell = Callable[[str, str], None]  # a part of the work, and how it stands
DIRECTION = "00"
WORKBOOK = "priorities.xlsx"
PILOT = "pilot.xlsx"
PLAN = "plan.json"


@dataclass(frozen=True)
class Report:
    """A published report.

    Parameters
    ----------
    page : Path
        `reports/report.html`, always the newest.
    folder : Path
        This run's own folder.
    chapters : tuple of dict
        `name`, `title`, `status`, `seconds`, `error` of each chapter, the workbook and the plan.
    pdf : Path, optional
        The printed page.
    language : {"sv", "en"}
        That of the page.
    """

    page: Path
    folder: Path
    chapters: tuple[dict[str, Any], ...]
    pdf: Path | None = None
    language: str = "en"

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The parts that could not be finished."""
        return [c for c in self.chapters if c["status"] != DONE]


def make_report(
    client: str | Path,
    *,
    as_of: str | None = None,
    language: str | None = None,
    share: str | None = None,
    out: Path | None = None,
    parameters: Sequence[str] | Mapping[str, Any] = (),
    pdf: bool = False,
    cold: bool | None = None,
    jobs: int | None = None,
    timeout: float = 900.0,
    notebooks: Path | None = None,
    tell: Tell | None = None,
) -> Report:
    """Make a client's report.

    Parameters
    ----------
    client : str or Path
        `client.yml`, its folder, or `"demo"`.
    as_of : str, optional
        Last day to know of, as `2026-09-30`; default as the settings say.
    language : {"sv", "en"}, optional
    share : {"internal", "client"}, optional
    out : Path, optional
        Where runs are collected; default `reports` in the client's folder, or `reports/acme` where
        the settings are called `acme.yml`.
    parameters : sequence of "name=value", or mapping
        For the chapters that declare them.
    pdf : bool
        Print the page too; needs Chromium.
    cold : bool, optional
        Start each process anew instead of forking warm ones; default where forks are not to be had.
    jobs : int, optional
        Chapters at a time; default one a core and two more.
    timeout : float
        Seconds a chapter may take; the first page, which waits for the others, twice as many.
    notebooks : Path, optional
        Another folder of chapters (`00_….ipynb`, ...).
    tell : callable, optional
        Called with a part's name and `start`, `done`, `failed`, ...

    Raises
    ------
    SettingsError, SourceError, FactsError, ReportError
        Before anything appears; the last good report stays.
    """
    say = tell or (lambda part, how: None)
    paths = _chapters(notebooks or assets("notebooks"))
    declared = {p.stem: _parameters.declared(p) for p in paths}
    given = _parameters.check(parameters, declared)
    _sound(as_of, jobs, timeout)
    if pdf:
        from salesfact.report._pdf import find_chromium

        find_chromium()
    client = client if client == "demo" else _settings_file(Path(client))
    if out is not None:
        _writable(Path(out))
    crew_type = ColdCrew if cold or (cold is None and not can_fork()) else WarmCrew
    with ExitStack() as stack:
        at_once = jobs or (os.cpu_count() or 1) + 2  # each waits a little now and then
        crew = stack.enter_context(crew_type(len(paths), out, at_once, share))
        if client != "demo":
            from salesfact._client import load_settings

            load_settings(client)  # the warm parents are still importing: faults show at once
        job = {"client": str(client), "as_of": as_of, "language": language, "share": share}
        say("facts", "start")
        try:
            facts = _prepared(crew, job)
            crew.ready(models=not facts["answered"])
        except WorkerError:
            if not crew.broken():
                raise
            facts = None
        if crew.broken():  # a warm parent died: the same work, in processes started anew
            say("warm processes", "cold")
            crew.close()
            crew = stack.enter_context(ColdCrew(len(paths), out, at_once, share))
            facts = _prepared(crew, job)
        assert facts is not None
        say("facts", DONE)
        reports = (out or Path(facts["reports"])).resolve()
        with _folder.work_folder(reports) as work:
            run = _Run(crew, facts, job, work, paths, declared, given, timeout, say)
            chapters = run.chapters(at_once)
            if all(c["status"] != DONE for c in chapters):
                raise _nothing(chapters, facts["language"])
            beside = run.beside
            command = _command(facts, client, as_of, language, share, given)
            made = dt.datetime.now().astimezone().replace(microsecond=0)
            say("page", "start")
            run.publish(command, made, crew.kernel)
            say("page", DONE)
            parts = (*chapters, *beside)
            if pdf:
                from salesfact.report._pdf import print_pdf

                say("pdf", "start")
                print_pdf(work / "report.html", work / "report.pdf")
                say("pdf", DONE)
            folder = _folder.publish(work, f"{facts['as_of']}_{made:%Y%m%dT%H%M%S}")
    return Report(
        page=reports / "report.html",
        folder=folder,
        chapters=parts,
        pdf=folder / "report.pdf" if pdf else None,
        language=facts["language"],
    )


def _prepared(crew: Crew, job: dict[str, Any]) -> dict[str, Any]:
    """The client's facts made ready, and what the scan looks for written into the crew's folder."""
    job["words"] = str(crew.folder / "words.json")
    return crew.call("salesfact.report._prepare:prepare", job)


@dataclass
class _Run:
    """One run under way."""

    crew: Crew
    facts: dict[str, Any]
    job: dict[str, Any]
    work: Path
    paths: list[Path]
    declared: dict[str, dict[str, Any]]
    given: dict[str, Any]
    timeout: float
    say: Tell

    def chapters(self, jobs: int) -> list[dict[str, Any]]:
        """All chapters side by side, and last the direction, which waits for what they work out."""
        self.source = self.crew.folder / "notebooks"
        self.source.mkdir()
        self.lacking: list[str] = []
        (self.work / "notebooks").mkdir()
        for path in self.paths:
            _translate.write_translated(path, self.source / path.name, self.facts["language"])
        work = {p.stem: _work(p) for p in self.paths}
        # the longest first, so that none is left alone at the end
        first = sorted((n for n in work if not n.startswith(DIRECTION)), key=lambda n: -work[n])
        last = [p.stem for p in self.paths if p.stem.startswith(DIRECTION)]
        with ThreadPoolExecutor(1) as side, ThreadPoolExecutor(max(1, jobs)) as pool:
            try:
                begun = {name: pool.submit(self._chapter, name) for name in first}
                before = list(begun.values())
                if not can_wait():  # what follows would work out again what chapters are at
                    wait(before)
                begun |= {name: pool.submit(self._chapter, name) for name in last}
                # where the answers are there already, the files need not wait for chapters
                early = self.facts["answered"] and isinstance(self.crew, WarmCrew)
                if isinstance(self.crew, ColdCrew):  # its files are made here: not to be stopped
                    wait(before)
                beside = (side if early else pool).submit(self._files)
                done = {name: chapter.result() for name, chapter in begun.items()}
                self.beside = beside.result()
            except BaseException:  # Ctrl-C: end the workers, or leaving waits for them
                pool.shutdown(wait=False, cancel_futures=True)
                self.crew.close()
                raise
        self._blanks()
        self.told = [done[p.stem] for p in self.paths]
        return self.told

    def _chapter(self, name: str) -> dict[str, Any]:
        path = self.source / f"{name}.ipynb"
        told = {
            "name": name,
            "title": _title(path),
            "path": str(self.work / "notebooks" / path.name),
        }
        self.say(name, "start")
        needed = _metadata(path).get("needs")
        if needed and needed not in self.facts["has"]:
            return self._lacking(needed, told)
        job = {
            "path": str(path),
            "out": told["path"],
            "parameters": self._values(name),
            "kernel": self.crew.kernel,
            "cwd": self.facts["folder"],
            # what the direction waits for others to work out is bounded by their own limit
            "timeout": self.timeout * (2 if name.startswith(DIRECTION) else 1),
        }
        try:
            status = self.crew.chapter(job)
        except WorkerError as error:
            status = {
                "status": FAILED,
                "seconds": 0.0,
                "error": {"name": "WorkerError", "message": str(error)},
            }
        self.say(name, status["status"])
        return told | status

    def _lacking(self, needed: str, told: dict[str, Any]) -> dict[str, Any]:
        """A chapter whose data the client lacks: one line that says what to supply."""
        from salesfact.report import _lacking

        path = Path(told["path"])
        language, ledger = self.facts["language"], self.facts["ledger"]
        _lacking.write_chapter(path, told["title"], needed, language, ledger)
        self.lacking.append(needed)
        self.say(told["name"], DONE)
        return told | {"status": DONE, "error": None, "seconds": 0.0}

    def _values(self, name: str) -> dict[str, Any]:
        """What this chapter is run with; the client by its file's name, never by a local path."""
        ours = {
            "client": self.facts["file"],
            "as_of": self.job["as_of"],
            "language": self.facts["language"],
        }
        values = {k: v for k, v in (ours | self.given).items() if k in self.declared[name]}
        return {k: v for k, v in values.items() if k in self.given or v is not None}

    def _files(self) -> tuple[dict[str, Any], ...]:
        """The files beside the page, one after the other."""
        made = self._workbook(), self._plan(), self._draw()
        return tuple(part for part in made if part is not None)

    def _workbook(self) -> dict[str, Any]:
        job = self.job | {"workbook": str(self.work / WORKBOOK)}
        told, answer = self._beside("workbook", WORKBOOK, "prioritise", job)
        # null where the list could not be made
        self.ranks: list[dict[str, Any]] | None = None if answer is None else answer["priorities"]
        return told

    def _draw(self) -> dict[str, Any] | None:
        """Lists for a pilot, where the past cannot tell what hours do."""
        if "activities" not in self.facts["has"]:
            return None
        job = self.job | {"workbook": str(self.work / PILOT)}
        told, answer = self._beside("pilot", PILOT, "draw_lots", job)
        return told if answer is None or answer["written"] else None

    def _blanks(self) -> None:
        """Workbooks to fill in for what the client lacks, beside the page."""
        if self.lacking:
            job = {"folder": str(self.work), "language": self.facts["language"]}
            self.crew.call(
                "salesfact.report._lacking:write_blanks", job | {"lacking": self.lacking}
            )

    def _plan(self) -> dict[str, Any]:
        """What the next report will score."""
        told, self.plan = self._beside("plan", PLAN, "advise", self.job)
        return told

    def _beside(
        self, part: str, file: str, function: str, job: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """A file beside the page: how it went, and what was told of it (None: nothing)."""
        self.say(part, "start")
        told: dict[str, Any] = {"name": file, "title": file, "status": DONE, "seconds": 0.0}
        answer = None
        try:
            answer = self.crew.call(f"salesfact.report._prepare:{function}", job)
        except (SalesfactError, WorkerError) as error:
            name = type(error).__name__
            told |= {"status": FAILED, "error": {"name": name, "message": str(error)}}
            for path in self.work.glob(f"{Path(file).stem}.*"):
                path.unlink()
        self.say(part, told["status"])
        return told, answer

    def publish(self, command: str, made: dt.datetime, kernel: str) -> None:
        """Write the page and its data, scanned, into the work folder."""
        from salesfact._language import language

        lang = language(self.facts["language"])
        books = [str(b) for b in (self.work / WORKBOOK, self.work / PILOT) if b.is_file()]
        job = {
            "facts": self.facts,
            "chapters": self.told,
            "extra": [p for p in self.beside if p["status"] != DONE],
            "priorities": self.ranks,
            "plan": self.plan,
            "words": self.job["words"],
            "workbooks": books,
            "folder": str(self.work),
            "run": {
                "made": made.isoformat(),
                "shown": f"{lang.date(made.date())} {made:%H:%M}",
                "command": command,
                "parameters": self.given,
                "kernel": kernel,
            },
        }
        target = "salesfact.report._publish:write_files"
        if isinstance(self.crew, WarmCrew):
            damaged = self.crew.call(target, job, where="drivers")["damaged"]
        else:
            damaged = self.crew.call(target, job)["damaged"]
        for chapter in self.told:
            if chapter["name"] in damaged:
                chapter |= {"status": FAILED, "error": damaged[chapter["name"]]}
                self.say(chapter["name"], FAILED)
        if self.facts["share"] != "internal":  # executed notebooks hold more than the page shows
            import shutil

            shutil.rmtree(self.work / "notebooks")


def _chapters(folder: Path) -> list[Path]:
    paths = _translate.chapters(folder)
    if not paths:
        raise ReportError(
            Fault(
                said(N_("there are no chapters")),
                where=folder.name,
                allowed=N_("notebooks named 00_….ipynb, 01_….ipynb"),
            )
        )
    return paths


def _settings_file(path: Path) -> Path:
    path = path / "client.yml" if path.is_dir() else path
    if not path.is_file():
        raise SettingsError(
            Fault(
                said(N_("there is no such file")),
                where=str(path),
                remedy=N_("write one from your export with: salesfact init EXPORT"),
            )
        )
    return path.resolve()


def _writable(out: Path) -> None:
    """Whether a report can be put there: known before any work is done."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle, probe = tempfile.mkstemp(prefix=".probe-", dir=out)
    except OSError as error:
        raise ReportError(
            Fault(
                said(N_("nothing can be written there: {error}"), error=why_not(error)),
                where=f"--out {out}",
                allowed=N_("a folder that can be made or written to"),
                remedy=N_("name another folder"),
            )
        ) from None
    os.close(handle)
    Path(probe).unlink()


def _sound(as_of: str | None, jobs: int | None, timeout: float) -> None:
    def found(value: object) -> str:
        return said(N_("found {found}"), found=repr(value))

    faults = []
    if as_of is not None:
        try:
            dt.date.fromisoformat(as_of)
        except ValueError:
            faults.append(Fault(found(as_of), "--as-of", N_("a day, as 2026-09-30")))
    if jobs is not None and jobs < 1:
        faults.append(Fault(found(jobs), "--jobs", N_("1 or more")))
    if not 0 < timeout < float("inf"):
        faults.append(Fault(found(timeout), "--timeout", N_("seconds, above 0")))
    if faults:
        raise SettingsError(*faults)


def _title(path: Path) -> str:
    """A chapter's first heading."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith("# "):
            return source.splitlines()[0][2:].strip()
    return path.stem


def _metadata(path: Path) -> dict[str, Any]:
    """What a chapter says of itself."""
    told = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("salesfact", {})
    return told if isinstance(told, dict) else {}


def _work(path: Path) -> float:
    """How much work a chapter is beside the others, as its metadata say; 1 where they do not."""
    work = _metadata(path).get("work", 1)
    return float(work) if isinstance(work, (int, float)) else 1.0


def _nothing(chapters: list[dict[str, Any]], code: str) -> ReportError:
    """Not one chapter ran: that is no report."""
    from salesfact._language import language
    from salesfact.report._progress import end_told

    lang = language(code)
    return ReportError(
        *(Fault(verbatim(end_told(c, lang)), where=verbatim(c["name"])) for c in chapters)
    )


def _command(
    facts: dict[str, Any],
    client: str | Path,
    as_of: str | None,
    language: str | None,
    share: str | None,
    given: dict[str, Any],
) -> str:
    """What makes this report again, from the client's folder."""
    words = ["salesfact", "report", "demo" if client == "demo" else facts["file"]]
    for flag, value in (("--as-of", as_of), ("--language", language), ("--share", share)):
        if value is not None:
            words += [flag, value]
    for name, value in given.items():
        words += ["-p", f"{name}={value}"]
    return shlex.join(words)
