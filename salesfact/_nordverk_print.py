"""How does Nordverk AB's system print its list? Pages, money as text, rows that got damaged."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from salesfact._nordverk_time import stream
from salesfact._nordverk_words import SERVICES

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from salesfact._nordverk import World

COLUMNS = (
    "Ordernr", "Orderdatum", "Fakturanr", "Fakturadatum", "Typ", "Kundnr", "Kundnamn",
    "Artikelnr", "Benämning", "Huvudgrupp", "Varugrupp", "Undergrupp", "Antal", "Enhet", "Á-pris",
    "Belopp exkl. moms", "TB", "Valuta", "Säljare",
)  # fmt: skip
AT = {name: i for i, name in enumerate(COLUMNS)}
_NBSP = "\u00a0"
#: What is damaged: reason, how often, and how the row's fields change.
DAMAGE: tuple[tuple[str, str], ...] = (
    ("missing_customer", ""),
    ("missing_customer", ""),
    ("missing_customer", ""),
    ("missing_customer", ""),
    ("unreadable_amount", "########"),
    ("unreadable_amount", "1 2O4,50"),
    ("unreadable_amount", "#REF!"),
    ("unreadable_date", "2024-02-31"),
    ("unreadable_date", "00000000"),
    ("surplus_columns", "reservdel; brådskar"),
    ("surplus_columns", "ersätter; tidigare art"),
    ("missing_columns", ""),
)
_PAGES = 3  # page breaks within the list


def days(values: Any) -> list[str]:
    import numpy as np

    return np.datetime_as_string(np.asarray(values).astype("datetime64[D]")).tolist()


def money(ore: np.ndarray, *, trailing: bool) -> list[str]:
    """`1 234,50`; below zero `1 234,50-` or `-1 234,50`."""
    out = []
    for value in ore.tolist():
        whole, part = divmod(abs(value), 100)
        text = f"{whole:,}".replace(",", _NBSP) + f",{part:02d}"
        if value < 0:
            text = text + "-" if trailing else "-" + text
        out.append(text)
    return out


def quantity(values: np.ndarray) -> list[str]:
    """Pieces as whole numbers, metres by the half."""
    return [
        (f"{int(v):,}".replace(",", _NBSP) if v == int(v) else f"{v:.1f}".replace(".", ","))
        for v in values.tolist()
    ]


def kronor(ore: int) -> Decimal:
    return Decimal(int(ore)).scaleb(-2)


def pick(world: World, amount: np.ndarray) -> list[int]:
    """Lines that will be damaged: goods of the told months, spread over the list."""
    import numpy as np

    rng = stream(world.seed, "export")
    goods = ~world.sales["product"].isin([s.product for s in SERVICES]).to_numpy()
    early = (world.sales["date"] <= np.datetime64(world.as_of)).to_numpy()
    sound = np.flatnonzero(goods & early & (amount > 50_000))
    parts = np.array_split(sound, len(DAMAGE))
    chosen = [int(rng.choice(part)) for part in parts if len(part)]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def damage(row: str, reason: str, put: str) -> tuple[str, bool, str]:
    """The row as it came out, whether its amount can still be read, and what was put there."""
    cells = row.split(";")
    if reason == "missing_customer":
        cells[AT["Kundnr"]] = cells[AT["Kundnamn"]] = ""
    elif reason == "unreadable_amount":
        cells[AT["Belopp exkl. moms"]] = put.replace(" ", _NBSP)
    elif reason == "unreadable_date":
        cells[AT["Orderdatum"]] = cells[AT["Fakturadatum"]] = put
    elif reason == "surplus_columns":
        cells[AT["Benämning"]] += f" {put}"
    elif reason == "missing_columns":
        cells = cells[: AT["Enhet"]]
    readable = reason in ("missing_customer", "unreadable_date")
    return ";".join(cells), readable, put


def pages(
    world: World, rows: Sequence[str], control: int, control_margin: int
) -> tuple[bytes, list[int], pd.DataFrame, int, int]:
    """The printed list: titles, header, pages, total; and where each row came to stand."""
    import pandas as pd

    header = ";".join(COLUMNS)
    lines = [
        "Nordverk AB (simulerade data)",
        f"Försäljningsstatistik {world.first} – {world.last}",
        "Belopp i SEK exkl. moms. Kreditnotor (Typ = Kredit) anges med omvänt tecken.",
        "",
        header,
    ]
    header_line = len(lines)
    furniture: list[tuple[int, str]] = []
    at_line: list[int] = []
    blank = 0
    step = len(rows) // (_PAGES + 1) + 1
    for page, begin in enumerate(range(0, len(rows), step)):
        if page:
            lines += ["", f"Sida {page + 1}", header]
            blank += 1
            furniture += [(len(lines) - 1, "page_head"), (len(lines), "repeated_header")]
        part = rows[begin : begin + step]
        at_line += range(len(lines) + 1, len(lines) + 1 + len(part))
        lines += part
    total = [""] * len(COLUMNS)
    total[0] = "Summa"
    total[AT["Belopp exkl. moms"]] = _money_one(control)
    total[AT["TB"]] = _money_one(control_margin)
    lines.append(";".join(total))
    furniture.append((len(lines), "totals_row"))
    text = ("\r\n".join(lines) + "\r\n").encode("cp1252")
    frame = pd.DataFrame(furniture, columns=["line", "reason"])
    return text, at_line, frame, header_line, blank


def _money_one(ore: int) -> str:
    import numpy as np

    return money(np.array([ore]), trailing=True)[0]


def damaged_rows(
    notes: dict[int, tuple[str, str, bool]],
    at_line: list[int],
    amount: np.ndarray,
    margin: np.ndarray,
) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (at_line[at], reason, kronor(amount[at]), kronor(margin[at]), written, readable)
        for at, (reason, written, readable) in sorted(notes.items())
    ]
    return pd.DataFrame(rows, columns=["line", "reason", "amount", "margin", "written", "readable"])
