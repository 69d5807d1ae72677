"""How do we say it to this reader? Catalogues, numbers, money and dates by language."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from salesfact._errors import Fault, SettingsError

if TYPE_CHECKING:
    from babel import Locale
    from babel.numbers import NumberPattern

LANGUAGES = ("sv", "en")
_TERRITORY = {"sv": "sv_SE", "en": "en_GB"}
_LOCALE_DIR = Path(__file__).parent / "locale"
_NBSP = "\u00a0"


def N_(msgid: str, plural: str | None = None) -> str:  # noqa: N802 - the name extractors know
    """Mark a text for the catalogues without translating it here."""
    return msgid


@cache
def _catalogue(code: str) -> dict[str, tuple[str, ...]]:
    """msgid -> translated forms. The .po file itself is read, so there is nothing to compile."""
    path = _LOCALE_DIR / code / "LC_MESSAGES" / "salesfact.po"
    if not path.exists():
        return {}
    from babel.messages.pofile import read_po

    with path.open("rb") as stream:
        catalog = read_po(stream, locale=code)
    forms: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        if not message.id or message.fuzzy:
            continue
        key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        found = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        texts = tuple(t for t in found if t)
        if len(texts) == len(found):
            forms[key] = texts
    return forms


def catalogues_hash() -> str:
    """Hash of all texts: a picture that was drawn with others is not the same picture."""
    digest = hashlib.sha256()
    for path in sorted(_LOCALE_DIR.rglob("*.po")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Language:
    """One reader's language: texts, numbers, money and dates.

    Examples
    --------
    >>> language("sv").money(1234.5, "SEK", exact=True).replace(chr(160), " ")
    '1 234,50 kr'
    """

    code: str

    @property
    def locale(self) -> Locale:
        return _locale(self.code)

    def text(self, msgid: str, plural: str | None = None, n: float | None = None) -> str:
        """The translation of `msgid`; with `plural` and `n`, the form that fits the number `n`.

        The English text itself is the fallback, so a missing translation is seen, never a crash.
        """
        forms = _catalogue(self.code).get(msgid)
        singular = n is None or n == 1
        if forms is None:
            return msgid if singular or plural is None else plural
        return forms[0] if singular else forms[-1]

    def number(self, x: float | int | Decimal | None, decimals: int | None = None) -> str:
        """A number; without `decimals`, to three significant digits below 1 000, whole above."""
        from babel.numbers import format_decimal

        if x is None or (isinstance(x, float) and not math.isfinite(x)):
            return "–"
        if decimals is None:
            decimals = _decimals(float(x)) if isinstance(x, (float, Decimal)) else 0
        value = Decimal(str(x)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
        value = abs(value) if value == 0 else value
        return format_decimal(value, _pattern(decimals), locale=self.locale).replace("-", "\u2212")

    def money(
        self,
        x: float | Decimal | None,
        currency: str,
        *,
        exact: bool = False,
        unit: float | None = None,
    ) -> str:
        """Money as it is said: `1,23 mkr`, `345 tkr`, `£1.23m`; with `exact`, `1 234,50 kr`.

        `unit` is that of the amounts beside it: 1, 1 000 or 1 000 000, see `money_unit`.
        """
        if x is None or (isinstance(x, float) and not math.isfinite(x)):
            return "–"
        if exact:
            return self._with_unit(self.number(x, 2), currency, "")
        unit = unit or money_unit([float(x)])
        value = float(x) / unit
        decimals = 0 if unit == 1 or abs(value) < _LEAST_SHOWN else _decimals(value)
        return self._with_unit(self.number(value, decimals), currency, _POWER[unit])

    def money_ticks(self, values: Sequence[float], currency: str) -> list[str]:
        """The ticks of one axis: one unit for all, and the fewest decimals that tell them.

        Examples
        --------
        >>> language("sv").money_ticks([0, 2.5e6, 5e6], "SEK")[1:] == ["2,5\\xa0mkr", "5,0\\xa0mkr"]
        True
        """
        most = max((abs(v) for v in values), default=0.0)
        scale, power = (1e6, "m") if most >= 1e6 else (1e3, "t") if most >= 1e4 else (1.0, "")
        scaled = [v / scale for v in values]
        decimals = next(
            (
                d
                for d in range(3)
                if all(abs(v - round(v, d)) <= 1e-6 * most / scale for v in scaled)
            ),
            3,
        )
        return [
            self._with_unit(self.number(v, decimals), currency, power)
            if abs(v) > 1e-9 * most / scale
            else "0"
            for v in scaled
        ]

    def money_labels(self, values: Sequence[float], currency: str) -> list[str]:
        """The labels of one picture: one unit and as many decimals for all, so that they compare.

        Examples
        --------
        >>> language("en").money_labels([59_800, 260], "GBP")
        ['£59.8k', '£0.3k']
        """
        most = max((abs(v) for v in values), default=0.0)
        limits = ((999_500, 1e6, "m"), (9_999.5, 1e3, "t"), (0, 1.0, ""))
        scale, power = next((s, p) for limit, s, p in limits if most >= limit)
        decimals = max(_decimals(most / scale), 1) if power else 0
        return [self._with_unit(self.number(v / scale, decimals), currency, power) for v in values]

    def _with_unit(self, number: str, currency: str, power: str) -> str:
        if self.code == "sv":
            if currency == "SEK":
                return f"{number}{_NBSP}{power}kr"
            # as Swedish accounts write it: TEUR, MEUR
            return f"{number}{_NBSP}{power.upper()}{currency}"
        suffix = {"": "", "t": "k", "m": "m"}[power]
        sign = {"GBP": "£", "USD": "$", "EUR": "€"}.get(currency)
        minus = "\u2212" if number.startswith("\u2212") else ""
        digits = number.removeprefix("\u2212")
        if sign:
            return f"{minus}{sign}{digits}{suffix}"
        return f"{currency}{_NBSP}{minus}{digits}{suffix}"

    def share(self, x: float | None, decimals: int | None = None) -> str:
        """A part of one as a percentage: `12,3 %` or `12.3%`."""
        if x is None or not math.isfinite(x):
            return "–"
        percent = x * 100
        if decimals is None:
            size = abs(percent)
            decimals = 0 if size >= 10 or size == 0 else 1 if size >= 0.1 else 2
        gap = _NBSP if self.code == "sv" else ""
        return f"{self.number(percent, decimals)}{gap}%"

    def date(self, day: dt.date | None) -> str:
        """A day as written: `30 september 2026`."""
        from babel.dates import format_date

        return (
            "–" if day is None or day != day else format_date(day, "d MMMM y", locale=self.locale)
        )

    def short_date(self, day: dt.date | None) -> str:
        """A day in a table: `2026-09-30` (sv) or `30 Sep 2026` (en)."""
        from babel.dates import format_date

        if day is None or day != day:
            return "–"
        return format_date(day, "y-MM-dd" if self.code == "sv" else "d MMM y", locale=self.locale)

    def month(self, day: dt.date | None) -> str:
        """A month: `september 2026`."""
        from babel.dates import format_date

        return "–" if day is None or day != day else format_date(day, "MMMM y", locale=self.locale)

    def short_month(self, day: dt.date) -> str:
        """A month on an axis: `sep 2026` (sv), `Sep 2026` (en)."""
        from babel.dates import format_date

        return format_date(day, "MMM y", locale=self.locale).replace(".", "")

    def listing(self, items: list[str]) -> str:
        """`a, b och c`."""
        from babel.lists import format_list

        return format_list(items, locale=self.locale) if items else ""

    def value(self, x: object, unit: str, currency: str = "", money_in: float | None = None) -> str:
        """Any value by its unit: see `salesfact._result.UNITS`; money in `money_in`, if given."""
        if x is None or (isinstance(x, float) and math.isnan(x)):
            return "–"
        if unit == "money":
            return self.money(x, currency, unit=money_in)  # pyright: ignore[reportArgumentType]
        if unit == "exact_money":
            return self.money(x, currency, exact=True)  # pyright: ignore[reportArgumentType]
        if unit == "share":
            return self.share(float(x))  # pyright: ignore[reportArgumentType]
        if unit in ("count", "days", "months", "customers", "rows"):
            return self.number(float(x), 0)  # pyright: ignore[reportArgumentType]
        if unit == "number":
            return self.number(float(x))  # pyright: ignore[reportArgumentType]
        if unit == "hours":
            return self.number(float(x), _hour_decimals(float(x)))  # pyright: ignore[reportArgumentType]
        if unit == "date":
            return self.date(_day(x))
        if unit == "short_date":
            return self.short_date(_day(x))
        if unit == "month":
            return self.month(_day(x))
        if unit == "term":
            return self.text(str(x))
        if unit == "listing":
            return self.listing([str(i) for i in x])  # pyright: ignore[reportGeneralTypeIssues]
        return str(x)


def _hour_decimals(hours: float) -> int:
    """As finely as hours are said: 2, 12.5, 1.25; from a hundred up whole."""
    size = round(abs(hours), 2) if math.isfinite(hours) else 0.0
    if size >= 100 or size == int(size):
        return 0
    return 1 if round(size, 1) == size else 2


def column_decimals(values: Iterable[float]) -> int:
    """The decimals that all numbers of a column share, so that they can be compared at a glance.

    Three significant digits for those in the middle, at most four for the largest; none where all
    are whole. What they would make nothing of is written by itself.

    >>> column_decimals([1421.0, 83.6, 955.2]), column_decimals([1.295, 3.38])
    (0, 2)
    """
    sizes = sorted(abs(v) for v in values if math.isfinite(v) and v)
    if all(v == int(v) for v in sizes):
        return 0
    most = math.floor(math.log10(sizes[-1])) + 1
    return max(0, min(_decimals(sizes[len(sizes) // 2]), 4 - max(most, 1)))


@cache
def _locale(code: str) -> Locale:
    """A page asks for it with every number."""
    from babel import Locale

    return Locale.parse(_TERRITORY[code])


@cache
def _pattern(decimals: int) -> NumberPattern:
    from babel.numbers import parse_pattern

    return parse_pattern("#,##0" + ("." + "0" * decimals if decimals else ""))


def money_unit(values: Iterable[float | None]) -> float:
    """The unit, 1, 1 000 or 1 000 000, in which amounts that stand together are said.

    That of the largest, or the next smaller one where the smallest would be lost in it.

    >>> money_unit([345_000, 1_200_000]), money_unit([12_000, 3_400_000]), money_unit([950])
    (1000000.0, 1000.0, 1.0)
    """
    sizes = [abs(v) for v in values if v is not None and math.isfinite(v) and v != 0]
    most, least = max(sizes, default=0.0), min(sizes, default=0.0)
    if most >= 999_500:
        return 1e6 if least >= 20_000 else 1e3  # 0,02 mkr is as small as can still be read
    return 1e3 if most >= 9_999.5 and least >= 100 else 1.0


_POWER = {1.0: "", 1e3: "t", 1e6: "m"}
_LEAST_SHOWN = 0.005


def _day(x: object) -> dt.date | None:
    import pandas as pd

    if x is None or pd.isna(x):  # pyright: ignore[reportGeneralTypeIssues,reportCallIssue,reportArgumentType]
        return None
    return pd.Timestamp(x).date()  # pyright: ignore[reportArgumentType]


def _decimals(x: float) -> int:
    """Decimals that show three significant digits."""
    size = abs(x)
    if size == 0 or size >= 100:
        return 0
    return 1 if size >= 10 else 2


@cache
def language(code: str) -> Language:
    """The language `sv` or `en`.

    Raises
    ------
    SettingsError
        For any other code.
    """
    if code not in LANGUAGES:
        raise SettingsError(Fault(f"language '{code}' is not known", allowed=", ".join(LANGUAGES)))
    return Language(code)
