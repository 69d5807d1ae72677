"""What stands on Nordverk AB's invoices beside the goods? Fees, rounding, credit notes, bonus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salesfact._nordverk_parameters import Parameters
from salesfact._nordverk_people import Lives
from salesfact._nordverk_time import Calendar
from salesfact._nordverk_words import BONUS, FEE, ROUNDING, SERVICES, Service

if TYPE_CHECKING:
    import numpy as np

_LINE = (
    "row", "order", "day", "article", "quantity", "unit_ore", "amount_ore", "margin_ore",
    "invoice", "invoice_day", "credit", "corrects",
)  # fmt: skip
# articles below 0 are services: -1 is SERVICES[0]


def join(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Lines under each other; what a part lacks is 0."""
    import numpy as np

    out = {}
    for column in _LINE:
        kind = float if column == "quantity" else bool if column == "credit" else np.int64
        out[column] = np.concatenate(
            [
                np.asarray(part.get(column, np.zeros(len(part["row"])))).astype(kind)
                for part in parts
            ]
        )
    return out


def service_line(
    service: Service, row: np.ndarray, order: np.ndarray, day: np.ndarray, due: np.ndarray
) -> dict[str, np.ndarray]:
    import numpy as np

    number = np.full(len(row), -1 - [s is service for s in SERVICES].index(True))
    return {
        "row": row, "order": order, "day": day, "invoice_day": due, "article": number,
        "quantity": np.ones(len(row)),
    }  # fmt: skip


def number_invoices(lines: dict[str, np.ndarray], cal: Calendar, who: Lives) -> None:
    """Invoice keys: one per order, or one per customer and day where invoicing is collective."""
    import numpy as np

    key = np.where(
        who.collective[lines["row"]], -1 - lines["row"] * len(cal.days) - lines["invoice_day"],
        lines["order"],
    )  # fmt: skip
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    rank = np.lexsort((lines["order"][first], lines["invoice_day"][first])).argsort()
    lines["invoice"] = rank[inverse] + 1


def _heads(lines: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """One line per invoice: its last order."""
    import numpy as np

    order = np.lexsort((lines["order"], lines["invoice"]))
    invoice = lines["invoice"][order]
    last = order[np.append(invoice[1:] != invoice[:-1], True)] if len(order) else order
    return {c: v[last] for c, v in lines.items()}


def fees(lines: dict[str, np.ndarray], who: Lives) -> list[dict[str, np.ndarray]]:
    """Invoice fees, then the rounding of invoices with 25 % VAT to whole kronor."""
    import numpy as np

    head = _heads(lines)
    total = np.bincount(lines["invoice"], lines["amount_ore"], minlength=head["invoice"].max() + 1)
    out = []
    for service, mine in ((FEE, who.fee), (ROUNDING, who.rounding)):
        pick = mine[head["row"]]
        part = {c: v[pick] for c, v in head.items()}
        extra = service_line(service, part["row"], part["order"], part["day"], part["invoice_day"])
        extra["invoice"] = part["invoice"]
        if service is FEE:
            amount = np.full(pick.sum(), 4500)
            np.add.at(total, part["invoice"], amount)
        else:
            due = np.rint(total[part["invoice"]] * 1.25)
            amount = np.rint(due / 100) * 100 - due
        extra["amount_ore"] = extra["margin_ore"] = extra["unit_ore"] = amount
        out.append({c: v[amount != 0] for c, v in extra.items()})
    return out


def credit_notes(
    rng: np.random.Generator, p: Parameters, cal: Calendar, lines: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Goods that came back, whole or in part, on a later day and a number of their own."""
    import numpy as np

    when = lines["invoice_day"] + rng.integers(3, 28, len(lines["row"]))
    pick = (
        (rng.random(len(when)) < p.credit_share) & (lines["article"] >= 0) & (when < len(cal.days))
    )
    part = {c: v[pick] for c, v in lines.items()}
    whole = rng.random(pick.sum()) < 0.6
    share = np.where(whole, 1.0, rng.uniform(0.2, 0.8, pick.sum()))
    quantity = np.where(whole, part["quantity"], np.ceil(part["quantity"] * share))
    quantity = np.minimum(quantity, part["quantity"])
    ratio = quantity / part["quantity"]
    return {
        "row": part["row"], "day": when[pick], "invoice_day": when[pick],
        "article": part["article"], "quantity": -quantity, "unit_ore": part["unit_ore"],
        "amount_ore": -np.rint(quantity * part["unit_ore"]),
        "margin_ore": -np.rint(ratio * part["margin_ore"]),
        "credit": np.ones(pick.sum(), dtype=bool), "corrects": part["invoice"],
        "order": -1 - np.arange(pick.sum()), "invoice": -1 - np.arange(pick.sum()),
    }  # fmt: skip


def bonus(cal: Calendar, who: Lives, lines: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """In January the largest customers get 2 % of last year's purchases back, on a credit note."""
    import numpy as np

    months = cal.starts.astype("datetime64[M]").astype(int)
    year = 1970 + months[cal.month[lines["day"]]] // 12
    parts = []
    for y in np.unique(year):
        due = np.searchsorted(cal.days, np.datetime64(f"{y + 1}-01-20"))
        if due >= len(cal.days) or cal.days[due] < np.datetime64(cal.first):
            continue
        bought = np.bincount(
            lines["row"], np.where(year == y, lines["amount_ore"], 0), minlength=len(who.rate)
        )
        best = np.argsort(-bought, kind="stable")[: max(len(bought) // 24, 1)]
        best = np.sort(best[bought[best] > 0])
        amount = np.rint(bought[best] * 0.02)
        part = service_line(
            BONUS, best, -(10**7) * y - best, np.full(len(best), due), np.full(len(best), due)
        )
        part |= {
            "quantity": -np.ones(len(best)), "unit_ore": amount, "amount_ore": -amount,
            "margin_ore": -amount, "credit": np.ones(len(best), dtype=bool),
            "invoice": -(10**7) * y - best,
        }  # fmt: skip
        parts.append(part)
    empty = service_line(BONUS, *(np.zeros(0, dtype=int) for _ in range(4)))
    return join([*parts, empty])
