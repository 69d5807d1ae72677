"""Which lines are credit notes, and which are services? Words that exports use for both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from salesfact._formats import Ask
from salesfact._headers import words
from salesfact._language import N_
from salesfact._money import Money, as_numbers, name_in_sql, within
from salesfact._profile import Column, Engine, literal, quoted
from salesfact._said import both, said
from salesfact._tables import Table

_CREDIT = re.compile(
    r"(kredit|credit|gutschrift|storno|retur|return|refund|makul|korrigering|stornering).*|"
    r"k|kn|kf|kr|kre|cr|crn|cn|h|rk|gs|c"
)
_CREDIT_SIDE = {"K", "H", "C", "CR", "KREDIT", "HABEN", "CREDIT", "-"}
_DEBIT_SIDE = {"D", "S", "DR", "DEBET", "DEBIT", "SOLL", "+"}


def credit_values(values: Mapping[str, int], kind: str) -> list[str]:
    """The values of a document-type or debit/credit column that mark credit notes.

    One letter marks a credit note only beside its opposite (K beside D or F, H beside S).
    """
    kinds = {v: words(v) for v in values}
    if kind == "debit_credit":
        if all(v.strip().upper() in _CREDIT_SIDE | _DEBIT_SIDE for v in values):
            return [v for v in values if v.strip().upper() in _CREDIT_SIDE]
        return []
    short = {v.strip().upper() for v in values if len(v.strip()) <= 2}
    found = [v for v, w in kinds.items() if _CREDIT.fullmatch(w) and "debet" not in w]
    beside = {"K": {"D", "F", "DF", "KF"}, "H": {"S"}, "C": {"I", "D", "F"}, "KR": {"DB", "FA"}}
    kept = []
    for value in found:
        mark = value.strip().upper()
        if len(mark) <= 2 and mark in beside and not beside[mark] & short:
            continue
        kept.append(value)
    return kept if 0 < len(kept) < len(values) else []


def find_signs(engine: Engine, table: Table, columns: Mapping[str, Column], money: Money) -> str:
    """Turn amounts of credit notes that stand as positive figures; returns what was done.

    Each figure is looked at by itself: amount, margin, cost and quantity need not agree.
    """
    if not money.amount:
        return ""
    for column in columns.values():
        kind = column.meaning
        if kind not in ("document_type", "debit_credit") or not 2 <= column.distinct <= 25:
            continue
        where = quoted(column.name)
        counted = dict(
            engine.rows(
                f"SELECT {where}, count(*) FROM {quoted(table.name)} WHERE {where} IS NOT NULL "
                "GROUP BY 1 ORDER BY 2 DESC, 1"
            )
        )
        marks = credit_values(counted, kind)
        if not marks:
            continue
        listed = ", ".join(literal(m) for m in marks)
        condition = f"{where} IN ({listed})"
        turn = f"CASE WHEN {name_in_sql(column.name)} IN ({listed}) THEN -1 ELSE 1 END"
        turned = []
        for role in ("amount", "margin", "cost", "quantity"):
            expression = getattr(money, role)
            if not expression:
                continue
            sign = engine.rows(
                f"SELECT avg(sign(v)) FILTER (WHERE c), avg(sign(v)) FILTER (WHERE NOT c) FROM ("
                f"SELECT {as_numbers(expression, table)} AS v, {condition} AS c FROM "
                f"{quoted(table.name)}) WHERE v <> 0 AND c IS NOT NULL"
            )[0]
            credited, plain = sign[0] or 0.0, sign[1] or 0.0
            if credited > 0 and plain > 0:
                setattr(money, role, f"{within(expression, columns)} * {turn}")
                turned.append(role)
        if turned:
            shown = ", ".join(marks)
            note = said(
                N_("{column} = {marks} are credit notes written as positive figures"),
                column=column.name,
                marks=shown,
            )
            for role in turned:
                money.how[role] = both(money.how.get(role, said(N_("by its name"))), note)
            return note
    return ""


def turn_ledger(engine: Engine, table: Table, columns: Mapping[str, Column], money: Money) -> None:
    """Turn figures of a ledger, where sales stand as negative amounts; which is asked."""
    if not money.amount:
        return
    shown = money.amount
    for role in ("amount", "margin", "cost", "quantity"):
        expression = getattr(money, role)
        if not expression or (role != "amount" and shown == money.amount):
            continue
        below, above = engine.rows(
            f"SELECT count(*) FILTER (WHERE v < 0), count(*) FILTER (WHERE v > 0) FROM (SELECT "
            f"{as_numbers(expression, table)} AS v FROM {quoted(table.name)})"
        )[0]
        if below <= above:
            continue
        setattr(money, role, f"-{within(expression, columns)}")
        turned = said(N_("turned: most are negative"))
        money.how[role] = both(money.how.get(role, said(N_("by its name"))), turned)
        if role == "amount":
            money.asks.append(
                Ask(
                    said(N_("sign")),
                    said(
                        N_(
                            "{below} of {all} amounts in {column} are negative, as a ledger writes"
                            " sales; read with the sign turned"
                        ),
                        below=below,
                        all=below + above,
                        column=shown,
                    ),
                    money.amount,
                )
            )


_CANCELLED = re.compile(
    r"(.* )?(cancel\w*|canceled|makul\w*|annul\w*|void|voided|storniert|avbruten|avbrutet|"
    r"avbestalld|deleted|raderad|borttagen|slettet|kansellert)( .*)?"
)


def find_cancelled(
    engine: Engine, table: Table, columns: Mapping[str, Column]
) -> tuple[str, dict[str, int]] | None:
    """The status column that says which lines were cancelled, and how many rows say so."""
    for column in columns.values():
        if column.meaning != "status" or not 2 <= column.distinct <= 25:
            continue
        where = quoted(column.name)
        counted = engine.rows(
            f"SELECT {where}, count(*) FROM {quoted(table.name)} WHERE {where} IS NOT NULL "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        marks = {v: n for v, n in counted if _CANCELLED.fullmatch(words(v))}
        if 0 < len(marks) < len(counted):
            return column.name, marks
    return None


# Words that name a service beyond doubt, when they are (nearly) the whole name of an article.
_PLAIN = re.compile(
    r"\b(frakt(er|kostnad|kostnader|avgift|tillagg)?|porto|postage|carriage|freight|shipping|"
    r"delivery charge|versandkosten|fracht(kosten)?|fragt|faktureringsavgift|"
    r"fakturaavgift|faktura avgift|expeditionsavgift|aviavgift|"
    r"paminnelseavgift|drojsmalsranta|oresavrundning|ores utjamning|oresutjamning|avrundning|"
    r"rounding|rundung|bank charges?|invoice fee|handling fee|emballage|rykkergebyr|gebyr|"
    r"mahngebuhr|afrunding|avrunding|miljoavgift|tullavgift|hanteringsavgift|smaorderavgift)\b"
)
# Words that can be a service or an article: proposed, and asked.
_MAYBE = re.compile(
    r"\b(manual|discount|samples?|commission|fee|fees|charges?|adjust\w*|bad debt|avgift\w*|"
    r"deposit|prov|provision|gutschein|ranta|interest|surcharge|tillagg|service|postage|"
    r"frakt|porto|freight|shipping)\b"
)


@dataclass(frozen=True)
class Services:
    """Article codes that are services, and whether any of them is doubtful."""

    column: str
    certain: dict[str, str]
    doubtful: dict[str, str]

    def where(self) -> str:
        """The condition that sets their lines aside."""
        codes = ", ".join(literal(c) for c in sorted({**self.certain, **self.doubtful}))
        return f"{name_in_sql(self.column)} IN ({codes})"


def find_services(
    engine: Engine,
    table: Table,
    columns: Mapping[str, Column],
    product: str,
    product_name: str,
) -> Services | None:
    """Codes of freight, fees, rounding and the like among the articles.

    A code is a service beyond doubt if its usual name is little more than a word such as freight.
    One whose shape is unlike that of other codes, and whose name has a word such as fee, is
    doubtful: it is proposed, and asked.
    """
    if not product:
        return None
    code = quoted(product)
    text = quoted(product_name) if product_name else "NULL"
    found = engine.rows(
        f"SELECT {code}, mode({text}), count(*) FROM {quoted(table.name)} WHERE {code} IS NOT NULL "
        "GROUP BY 1 ORDER BY 1 LIMIT 500000"
    )
    digits = sum(bool(re.match(r"\D{0,4}\d{2}", c)) for c, _, _ in found)
    regular = digits > 0.8 * len(found)
    certain: dict[str, str] = {}
    doubtful: dict[str, str] = {}
    for value, name, _ in found:
        odd = regular and not re.match(r"\D{0,4}\d{2}", value)
        for word in filter(None, (name, value if odd or not name else "")):
            plain = words(word)
            if not plain:
                continue
            main = _PLAIN.search(plain)
            if main and len(main[0]) >= 0.5 * len(plain):
                certain[value] = name or value
                break
            if odd and (main or _MAYBE.search(plain)):
                doubtful[value] = name or value
                break
    if odd_twins := [
        (value, name)
        for value, name, _ in found
        if value not in certain
        and value not in doubtful
        and value.upper() in {c.upper() for c in (*certain, *doubtful)}
    ]:
        doubtful.update({value: name or value for value, name in odd_twins})
    return Services(product, certain, doubtful) if certain or doubtful else None
