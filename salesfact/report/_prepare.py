"""Are the facts ready? Opened once, before the chapters, in a process that has the engine."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any


def prepare(job: dict[str, Any]) -> dict[str, Any]:
    """Read the client's facts into its cache and tell what the report needs of them.

    Parameters
    ----------
    job : dict
        `client` (path of the settings, or "demo"), `as_of`, `language`, `share`, and `words`: the
        file to write what the scan looks for.
    """
    import salesfact as sf
    from salesfact._store import answered

    opened = sf.open_client(job["client"], **asked(job))
    facts, settings = opened.facts, opened.settings
    Path(job["words"]).write_text(json.dumps(_words(facts, opened)), encoding="utf-8")
    return {
        "name": facts.name,
        "as_of": facts.as_of.isoformat(),
        "first": facts.first.isoformat(),
        "currency": facts.currency,
        "money": facts.money,
        "language": facts.language,
        "share": facts.share,
        "simulated": bool(facts.simulated),
        "has": sorted(facts.has),
        "key": facts.key,
        "ledger": json.loads(json.dumps(dict(facts.ledger), default=str)),
        "files": _files(opened),
        "set_aside": opened.set_aside(),
        "settings": _shown_settings(settings, facts.share),
        "folder": str(opened.folder),
        "reports": str(opened.reports),
        "answered": answered(facts, "direction"),  # it asks all other questions
        "file": Path(settings.path).name,
    }


def _shown_settings(settings: Any, share: str) -> dict[str, Any]:
    """The settings as the manifest tells them: what one rep can do stays inside the firm."""
    told = settings.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if share != "internal" and "capacity" in told:
        told["capacity"] = {k: v for k, v in told["capacity"].items() if k != "reps"}
    return told


def _files(opened: Any) -> list[tuple[str, str]]:
    """Every file that was read, with the hash of its content."""
    from salesfact._sources import source_hashes

    return [(name, digest[:32]) for name, digest in source_hashes(opened.settings)]


def asked(job: dict[str, Any]) -> dict[str, Any]:
    """The keywords of `open_client` in a job."""
    return {name: job.get(name) for name in ("as_of", "language", "share")}


def secret_names(settings: Any) -> list[str]:
    """The environment variables the settings name; their values must stand nowhere."""
    database = settings.sources.sales.database
    return [] if database is None else [database.url_env]


def prioritise(job: dict[str, Any]) -> dict[str, Any]:
    """Write the workbook, and tell the ranks that `results.json` keeps.

    Parameters
    ----------
    job : dict
        As for `prepare`, with `workbook`: the file to write.

    Returns
    -------
    dict
        `priorities`: the ranked customers as plain values.
    """
    import salesfact as sf
    from salesfact._plain import plain
    from salesfact._priorities import priorities
    from salesfact.report._workbook import write_workbook

    opened = sf.open_client(job["client"], **asked(job))
    facts = opened.facts
    result = priorities(facts)
    write_workbook(Path(job["workbook"]), result)
    table = result.table.reset_index()
    known = [c for c in table.columns if c not in ("rep", "reason")]  # figures, not sentences
    records = table[known].itertuples(index=False, name=None)
    return {
        "priorities": [
            {c: plain(v) for c, v in zip(known, record, strict=True)} for record in records
        ]
    }


def draw_lots(job: dict[str, Any]) -> dict[str, Any]:
    """Write the lists of a pilot, where the past cannot tell what hours do and a pilot could.

    The pilot leaves a month after the facts' end, whatever day it is: same facts, same lots. Once
    its first month has begun it is too late for them.

    Parameters
    ----------
    job : dict
        As for `prepare`, with `workbook`: the file to write; its record lies beside it.
    """
    import salesfact as sf

    facts = sf.open_client(job["client"], **asked(job)).facts
    shown = sf.response(facts)
    if shown.refusal is None:
        return {"written": False}
    planned = sf.pilot(facts, response=shown)
    could = (
        planned.refusal is None
        and not planned.advised_against
        and planned.parameters["start"] > _today()
    )
    if could:
        sf.pilot_workbook(planned, job["workbook"])
    return {"written": could}


def _today() -> dt.date:
    return dt.date.today()


def advise(job: dict[str, Any]) -> dict[str, Any]:
    """What this report advises and expects, for the next one to score.

    Parameters
    ----------
    job : dict
        As for `prepare`.
    """
    import salesfact as sf
    from salesfact._advice import advice

    return advice(sf.open_client(job["client"], **asked(job)).facts)


def _words(facts: Any, opened: Any) -> dict[str, Any]:
    """Reps and customers as they are called."""
    reps: set[str] = set()
    if "rep" in facts.has:
        sales = facts.sales
        frame = facts.fetch(sales.filter(sales["rep"].notnull()).select("rep").distinct())
        reps |= set(frame["rep"].astype(str))
    if "activities" in facts.has:
        from salesfact._effort import activity_days

        reps |= set(activity_days(facts)["rep"].dropna().unique()) - {""}
    known = facts._engine.backend.table("people")  # of any day: a name is a name
    people = facts.fetch(
        known.select(*[c for c in ("customer", "name", "rep") if c in known.columns])
    )
    customers = set(people["customer"].dropna().astype(str))
    if "name" in people:
        customers |= set(people["name"].dropna().astype(str))
    if "rep" in people:
        reps |= set(people["rep"].dropna().astype(str))
    return {
        "reps": sorted(" ".join(r.split()) for r in reps),
        "customers": sorted(" ".join(c.split()) for c in customers),
        "folders": sorted({str(opened.folder), *_home(), str(Path.cwd())} - {"/"}),
        "secret_names": secret_names(opened.settings),
    }


def _home() -> list[str]:
    try:
        return [str(Path.home())]
    except RuntimeError:  # a user without a home, as in a container
        return []
