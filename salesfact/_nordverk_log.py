"""How does Nordverk AB's CRM write its log? The reps' activities as a file, with its answers.

Nothing here is read back from the file: every answer is counted from the rows before they are
written. Beside what was done the log has what such logs have: minutes that nobody filled in, firms
that never bought, visits that were called off, bookings made twice, days that are too long, rows
that got damaged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from salesfact._nordverk_time import stream

if TYPE_CHECKING:
    import numpy as np

    from salesfact._nordverk import World

_HEADER = "Aktivitetsnr;Starttid;Kundnr;Kundnamn;Aktivitet;Säljare;Minuter;Program;Status"
_FIRST = 400_001  # number of the first activity
_EMPTY = 0.03  # share of activities whose minutes nobody filled in
_CALLED_OFF = 60
_TWICE = 14
_DONE, _OFF = "Utförd", "Inställd"
#: Firms the reps worked on that never bought: number, name, visits.
_PROSPECTS = (
    ("L2001", "Tallvika Metall AB (prospekt)", 7),
    ("L2002", "Björkhult Maskin AB (prospekt)", 5),
    ("L2003", "Granlunda Industri AB (prospekt)", 4),
    ("L2004", "Åsnäs Verkstad AB (prospekt)", 3),
)
_LONG_DAYS, _FULL_DAYS = 2, 3
_LONG = 16 * 60  # minutes of each of two visits on one day: more than a day has
_FAIR = 8 * 60  # minutes of each of two courses on one day, at two customers
#: What is damaged: the ledger's reason, the field, what stands there.
_DAMAGE = (
    ("missing_customer", "Kundnr", ""),
    ("missing_customer", "Kundnr", ""),
    ("unreadable_date", "Starttid", "2024-02-31 09:00"),
    ("missing_kind", "Aktivitet", ""),
    ("unreadable_hours", "Minuter", "ca 60"),
    ("too_many_hours", "Minuter", "12000"),
)


def activity_log(world: World) -> tuple[bytes, dict[str, Any]]:
    """The log as the CRM exports it (cp1252, semicolons), and what a reader must arrive at.

    Returns
    -------
    content : bytes
    answers : dict
        `rows`; `accepted` and `later` (up to `as_of` and after it), each with `rows`, `stated`,
        `minutes`, `without` (kind -> rows without minutes); `set_aside` (reason -> rows);
        `called_off` (rows); `norms` (kind -> median minutes of the rows that have them);
        `prospects` (number -> rows); `twice` (rows beyond the first); `impossible`, `crowded`
        (days of a rep with more than 24 hours; with more than 14, at several customers), once with
        norms for minutes that are missing.
    """
    import numpy as np

    rng = stream(world.seed, "log")
    rows = _booked(rng, _times(world), world)
    rows["Aktivitetsnr"] = [str(_FIRST + i) for i in range(len(rows))]
    rows["reason"] = np.where(rows["Status"] == _OFF, "called off", "")
    # sound rows, spread over the log
    sound = rows.index[(rows["planted"] == "") & rows["told"]].to_numpy()
    picked = [int(rng.choice(part)) for part in np.array_split(sound, len(_DAMAGE))]
    for at, (reason, _, _) in zip(picked, _DAMAGE, strict=True):
        rows.loc[at, "reason"] = reason
    answers = _answers(world, rows)
    for at, (_, column, text) in zip(picked, _DAMAGE, strict=True):
        rows.loc[at, column] = text
    columns = _HEADER.split(";")
    lines = [_HEADER, *map(";".join, zip(*(rows[c].tolist() for c in columns), strict=True))]
    return ("\r\n".join(lines) + "\r\n").encode("cp1252"), answers


def _times(world: World) -> Any:
    """What was done, each activity after the one before it on its rep's day, from eight o'clock."""
    import pandas as pd

    done: Any = world.activities
    minutes = (done["hours"] * 60).round().astype(int)
    before = minutes.groupby([done["rep"], done["date"]]).cumsum() - minutes
    start = done["date"] + pd.Timedelta(hours=8) + pd.to_timedelta(before, unit="min")
    names = dict(zip(world.customers["customer"], world.customers["name"], strict=True))
    return pd.DataFrame(
        {
            "start": start,
            "customer": done["customer"],
            "Kundnr": _numbers(world),
            "Kundnamn": done["customer"].map(names),
            "Aktivitet": done["kind"],
            "Säljare": done["rep"],
            "minutes": minutes,
            "Program": done["programme"],
            "Status": _DONE,
            "planted": "",
        }
    )


def _numbers(world: World) -> Any:
    """The customer numbers of the day: six customers had another one before."""
    done: Any = world.activities
    sales: Any = world.sales
    old = dict(zip(world.merged["new"], world.merged["old"], strict=True))
    early = sales[sales["customer_then"].isin(world.merged["old"])]
    until = early.groupby("customer")["invoice_date"].max()
    then = done["customer"].map(until)
    return done["customer"].where(~(done["date"] <= then), done["customer"].map(old))


def _booked(rng: np.random.Generator, done: Any, world: World) -> Any:
    """What stands in the log: done, done for nobody, called off, booked twice, too long."""
    import numpy as np
    import pandas as pd

    known = done[done["start"].dt.date <= world.as_of]
    # days of a rep on which nothing was done yet, so that what is planted there is all there is
    free = _free_days(known, _LONG_DAYS + _FULL_DAYS)
    parts = [done]
    for number, name, visits in _PROSPECTS:
        rows = known.iloc[np.sort(rng.choice(len(known), visits, replace=False))]
        early = rows["start"].dt.normalize() + pd.Timedelta(hours=7)  # before all else
        parts.append(rows.assign(start=early, customer=number, Kundnr=number, Kundnamn=name,
                                 Program="", minutes=60, planted="prospect"))  # fmt: skip
    off = known.iloc[np.sort(rng.choice(len(known), _CALLED_OFF, replace=False))]
    moved = off["start"] + pd.Timedelta(days=1)
    parts.append(off.assign(start=moved, Status=_OFF, planted="off"))
    twice = known.iloc[np.sort(rng.choice(len(known), _TWICE, replace=False))]
    parts.append(twice.assign(planted="twice"))
    for i, (rep, day) in enumerate(free):
        two = known[known["Säljare"] == rep].drop_duplicates("customer").iloc[:2]
        long = i < _LONG_DAYS
        kind, minutes = ("Besök", _LONG) if long else ("Utbildning", _FAIR)
        begin = day + pd.Timedelta(hours=7)
        parts.append(
            two.assign(start=[begin, begin + pd.Timedelta(minutes=30)], Aktivitet=kind,
                       minutes=minutes, Program="", planted="long" if long else "crowded")
        )  # fmt: skip
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.sort_values("start", kind="stable", ignore_index=True)
    empty = (rng.random(len(rows)) < _EMPTY) & (rows["planted"] == "")
    rows["told"] = ~empty
    rows["Starttid"] = rows["start"].dt.strftime("%Y-%m-%d %H:%M")
    rows["Minuter"] = np.where(empty, "", rows["minutes"].astype(str))
    return rows


def _free_days(done: Any, count: int) -> list[tuple[str, Any]]:
    """Weekdays on which a rep did nothing, spread over reps and time."""
    import pandas as pd

    day = done["start"].dt.normalize()
    every = pd.bdate_range(day.min(), day.max())
    reps = sorted(done["Säljare"].unique())
    found = []
    for i in range(count):
        rep = reps[i % len(reps)]
        none = every.difference(pd.DatetimeIndex(day[done["Säljare"] == rep]))
        found.append((rep, none[len(none) * (i + 1) // (count + 1)]))
    return found


def _answers(world: World, rows: Any) -> dict[str, Any]:
    import numpy as np
    import pandas as pd

    told = rows["told"] & ~rows["reason"].isin(["unreadable_hours", "too_many_hours"])
    minutes = rows["minutes"].where(told)
    norms = minutes.groupby(rows["Aktivitet"]).median()
    kept = rows["reason"] == ""
    early = rows["start"] < np.datetime64(world.as_of) + np.timedelta64(1, "D")

    def bucket(which: Any) -> dict[str, Any]:
        own = rows[which]
        bare = own[~own["told"]]
        return {
            "rows": len(own),
            "stated": int(own["told"].sum()),
            "minutes": int(own.loc[own["told"], "minutes"].sum()),
            "without": bare["Aktivitet"].value_counts().sort_index().to_dict(),
        }

    good = rows[kept]
    filled = minutes[kept].fillna(good["Aktivitet"].map(norms))
    keys = [good["Säljare"], good["start"].dt.normalize()]
    days = pd.DataFrame(
        {
            "minutes": filled.groupby(keys).sum(),
            "customers": good.groupby(keys)["customer"].nunique(),
        }
    )
    impossible: Any = days["minutes"] > 24 * 60
    crowded: Any = ~impossible & (days["minutes"] > 14 * 60) & (days["customers"] > 1)
    same = ["Säljare", "customer", "Aktivitet", "start"]
    reasons = rows.loc[~kept & (rows["reason"] != "called off"), "reason"]
    prospects = good[good["customer"].str.startswith("L")]
    return {
        "rows": len(rows),
        "accepted": bucket(kept & early),
        "later": bucket(kept & ~early),
        "set_aside": reasons.value_counts().sort_index().to_dict(),
        "called_off": int((rows["reason"] == "called off").sum()),
        "norms": {kind: float(m) for kind, m in norms.items()},
        "prospects": prospects["customer"].value_counts().sort_index().to_dict(),
        "twice": int(good.duplicated(same).sum()),
        "impossible": int(impossible.sum()),
        "crowded": int(crowded.sum()),
    }
