"""What would Nordverk AB's system hand out? The world as files, by the hard road, with its answers.

The sales statistics come as a list made for printing: title lines, page heads, a total, decimal
commas, no-break spaces, credit notes without a sign, cp1252. Some rows got damaged on the way.
Every answer in `Written` is counted here from the world itself and never read back from the file.

One convention holds throughout: on a row whose `Typ` is `Kredit`, `Antal`, `Belopp exkl. moms` and
`TB` stand with the opposite sign of what they mean, so what was credited at a profit is positive
there. `Summa` counts invoices minus credit notes: every line of the period, freight, fees, rounding
and bonus included, also the lines that were damaged afterwards, at their right amounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact._nordverk_log import activity_log
from salesfact._nordverk_print import (
    DAMAGE,
    damage,
    damaged_rows,
    days,
    kronor,
    money,
    pages,
    pick,
    quantity,
)
from salesfact._nordverk_words import FEE, FREIGHT, ROUNDING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from salesfact._nordverk import World

SALES = "nordverk_forsaljning.csv"
CUSTOMERS = "nordverk_kunder.csv"
ALIAS = "nordverk_alias.csv"
ACTIVITIES = "nordverk_aktiviteter.csv"
JUDGEMENTS = "nordverk_bedomningar.csv"
#: The files today's chapters use; judgements wait for theirs.
KNOWN = (SALES, CUSTOMERS, ALIAS, ACTIVITIES)


@dataclass(frozen=True)
class Written:
    """The files as bytes, and what a reader of sales and activities must arrive at.

    Attributes
    ----------
    files : dict
        Name -> content.
    damaged : DataFrame
        One row per damaged line: `line` (physical, from 1), `reason` (a ledger code), `amount`
        and `margin` (SEK, right), `written` (what stands there instead), `readable` (whether the
        amount can still be read in its column).
    furniture : DataFrame
        One row per line that is no line of sales: `line`, `reason`.
    ledger : dict
        Money as Decimal: `rows` (not blank, below the header), `blank`, `head_lines`,
        `header_line`, `accepted_rows`, `accepted`, `accepted_margin` (up to `as_of`),
        `later_rows`, `later`, `set_aside` (reason -> rows), `set_aside_readable` (rows, money),
        `control_total`, `control_margin`, `unreadable` (right money of rows whose amount cannot
        be read: what the control total has and the file has not), `duplicates` (rows equal to an
        earlier one), `credit_rows`, `credits`, `services` (product -> rows, money of freight, fees
        and rounding), `goods_rows`, `goods`, `goods_margin`, `goods_later_rows`, `goods_later`:
        the accepted ones without these services.
    activities : dict
        What a reader of the log of activities must arrive at; see `_nordverk_log.activity_log`.
    """

    files: dict[str, bytes]
    damaged: pd.DataFrame
    furniture: pd.DataFrame
    ledger: dict[str, Any] = field(repr=False)
    activities: dict[str, Any] = field(repr=False)


def export(world: World, folder: Path | str) -> list[Path]:
    """Write the world as the files an ERP would give.

    Parameters
    ----------
    folder : Path
        Made where it is absent; files of these names are replaced.

    Returns
    -------
    list of Path
        Sales, customers, merged numbers, activities, judgements, in this order.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    out = []
    for name, content in write(world).files.items():
        path = target / name
        path.write_bytes(content)
        out.append(path)
    return out


def write(world: World) -> Written:
    """The files of a world in memory, with their answers."""
    text, damaged, furniture, ledger = _sales_list(world)
    log, activities = activity_log(world)
    files = {
        SALES: text,
        CUSTOMERS: _table(
            world.customers,
            {
                "Kundnr": "customer", "Kundnamn": "name", "Koncern": "parent", "Ort": "town",
                "Region": "region", "Segment": "segment", "Storlek": "size", "Säljare": "rep",
                "Kund sedan": "since",
            },
        ),
        ALIAS: _table(world.merged, {"Gammalt kundnr": "old", "Nytt kundnr": "new"}),
        ACTIVITIES: log,
        JUDGEMENTS: _table(
            world.judgements,
            {
                "Datum": "date", "Kundnr": "customer", "Bedömare": "rater",
                "Kriterium": "criterion", "Poäng": "score", "Lägst": "low", "Högst": "high",
                "Kommentar": "comment",
            },
        ),
    }  # fmt: skip
    return Written(files, damaged, furniture, ledger, activities)


def _table(frame: pd.DataFrame, columns: dict[str, str]) -> bytes:
    """A plain semicolon table."""
    texts = []
    for name in columns.values():
        values = frame[name]
        if values.dtype.kind == "M":
            texts.append(days(values))
        elif values.dtype.kind == "f":
            texts.append([f"{v:g}".replace(".", ",") for v in values])
        else:
            texts.append(values.astype(str).tolist())
    lines = [";".join(columns), *map(";".join, zip(*texts, strict=True))]
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")


def _sales_list(world: World) -> tuple[bytes, pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    import numpy as np

    frame = world.sales
    sign = np.where(frame["type"] == "Kredit", -1, 1)
    amount = np.rint(frame["amount"].to_numpy() * 100).astype(np.int64)
    margin = np.rint(frame["margin"].to_numpy() * 100).astype(np.int64)
    price = np.rint(frame["unit_price"].to_numpy() * 100).astype(np.int64)
    names = dict(zip(world.customers["customer"], world.customers["name"], strict=True))
    fields = (
        frame["order"].tolist(),
        days(frame["date"]),
        frame["invoice"].tolist(),
        days(frame["invoice_date"]),
        frame["type"].tolist(),
        frame["customer_then"].tolist(),
        [names[c] for c in frame["customer"].tolist()],
        frame["product"].tolist(),
        frame["name"].tolist(),
        frame["group1"].tolist(),
        frame["group2"].tolist(),
        frame["group3"].tolist(),
        quantity(frame["quantity"].to_numpy() * sign),
        frame["unit"].tolist(),
        money(price, trailing=False),
        money(amount * sign, trailing=True),
        money(margin * sign, trailing=False),
        ["SEK"] * len(frame),
        frame["rep"].tolist(),
    )
    rows = list(map(";".join, zip(*fields, strict=True)))
    hurt = pick(world, amount)
    notes = {}
    for at, (reason, put) in zip(hurt, DAMAGE, strict=False):
        rows[at], readable, written = damage(rows[at], reason, put)
        notes[at] = (reason, written, readable)
    control, control_margin = int(amount.sum()), int(margin.sum())
    text, at_line, furniture, header_line, blank = pages(world, rows, control, control_margin)
    damaged = damaged_rows(notes, at_line, amount, margin)
    whole = np.ones(len(rows), dtype=bool)
    whole[list(notes)] = False
    ledger = _answers(world, amount, margin, whole, damaged, rows)
    ledger |= {
        "rows": len(rows) + len(furniture),
        "blank": blank,
        "header_line": header_line,
        "head_lines": header_line - 1,
        "control_total": kronor(control),
        "control_margin": kronor(control_margin),
    }
    ledger["set_aside"] |= furniture["reason"].value_counts().to_dict()
    return text, damaged, furniture, ledger


def _answers(
    world: World,
    amount: np.ndarray,
    margin: np.ndarray,
    whole: np.ndarray,
    damaged: pd.DataFrame,
    rows: Sequence[str],
) -> dict[str, Any]:
    """The buckets of the ledger, counted from the world."""
    import numpy as np

    frame = world.sales
    early = (frame["date"] <= np.datetime64(world.as_of)).to_numpy()
    credit = (frame["type"] == "Kredit").to_numpy()
    told, later = whole & early, whole & ~early
    readable = damaged[damaged["readable"]]
    services = {}
    goods = np.ones(len(frame), dtype=bool)
    for service in (FREIGHT, FEE, ROUNDING):
        mine = whole & (frame["product"] == service.product).to_numpy()
        goods &= ~mine
        services[service.product] = (int(mine.sum()), kronor(amount[mine].sum()))
    seen: set[str] = set()
    doubles = 0
    for at in np.flatnonzero(whole).tolist():
        doubles += rows[at] in seen
        seen.add(rows[at])
    return {
        "accepted_rows": int(told.sum()),
        "accepted": kronor(amount[told].sum()),
        "accepted_margin": kronor(margin[told].sum()),
        "later_rows": int(later.sum()),
        "later": kronor(amount[later].sum()),
        "set_aside": damaged["reason"].value_counts().to_dict(),
        "set_aside_readable": (len(readable), sum(readable["amount"], Decimal(0))),
        "unreadable": sum(damaged.loc[~damaged["readable"], "amount"], Decimal(0)),
        "duplicates": doubles,
        "credit_rows": int((whole & credit).sum()),
        "credits": kronor(amount[whole & credit].sum()),
        "services": services,
        "goods_rows": int((told & goods).sum()),
        "goods": kronor(amount[told & goods].sum()),
        "goods_margin": kronor(margin[told & goods].sum()),
        "goods_later_rows": int((later & goods).sum()),
        "goods_later": kronor(amount[later & goods].sum()),
    }
