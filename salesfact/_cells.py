"""What number or date does a cell's text say? SQL that reads them exactly, or gives NULL.

Every expression tries a quick reading first; only cells that it cannot explain are looked at more
closely, row by row. Numbers come as DECIMAL(38,10). Casting *text* to DECIMAL(38,10), and casting
a DECIMAL(38,10) *down*, take the engine about 2 microseconds a value, forty times as long as the
same with DECIMAL(18,6): so text is cast to DECIMAL(18,6) wherever that is exact, and `stored_sql`
is the quick way down to the DECIMAL(18,4) that lines store.
"""

from __future__ import annotations

from salesfact._dialect import Dialect

#: How numbers are carried until they are stored, and how they are stored.
NUMBER = "DECIMAL(38,10)"
STORED = "DECIMAL(18,4)"
#: Days outside are a system's way of saying "none" (0001-01-01, 1753-01-01, 9999-12-31).
FIRST_DAY, LAST_DAY = "1900-01-01", "2199-12-31"

_SPACES = "\u00a0\u202f\u2009\u2007\t"
_MINUS = "\u2212\u2013\ufe63\uff0d"
_READ = "\x01"  # stands before what a pattern has recognised
_CURRENCY = r"(?:kr\.?|sek|nok|dkk|isk|eur|usd|gbp|chf|€|\$|£|¥)"
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY"}
_CROWNS = ("SEK", "NOK", "DKK", "ISK")
_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD")
_WIDTHLESS = "\u200b\u200c\u200d\u2060\ufeff"
_YEAR = r"((?:19|2[01])\d\d)"
_REST = (
    r"(?:[T ,;]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp][Mm])?"
    r"\s*(?:Z|[+-]\d{2}:?\d{2}|[A-Z]{3,4}|[+-]\d{2})?)?$"
)
_TIMES = ("::", "%H:%M:", "%H:%M:%S", "%I:%M:%p", "%I:%M:%S%p")
#: Month names by their first three letters, where those are not the English ones.
_MONTHS = {"mai": "may", "maj": "may", "mär": "mar", "mrz": "mar", "okt": "oct", "dez": "dec"}
_MONTHS["des"] = "dec"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def number_sql(column: str, dialect: Dialect) -> str:
    """SQL for the number a text cell says, as DECIMAL(38,10); NULL where it says none.

    Read are `1234.5`, `1 234,50-`, `(1 234,50)`, a minus sign U+2212, any kind of space between
    groups, `12 kr`, `SEK 12`, `1 234:-`, `12,-`, `1.5e3`. Groups must have three digits. A point or
    comma between groups is read as such where the dialect declares it, or where nothing else is
    possible (`1.234,50`, `1.234.567`); `1.234` with a decimal comma is NULL unless declared.

    Parameters
    ----------
    column : str
        SQL of a VARCHAR, quoted where it must be.
    dialect : Dialect
        `decimal` and `thousands` are obeyed.
    """
    decimal = dialect.decimal
    other = "." if decimal == "," else ","
    if decimal == ".":
        plain = column
    else:
        plain = f"CASE WHEN strpos({column}, '.') = 0 THEN replace({column}, ',', '.') END"
    tries = [_exact(plain)]
    group = dialect.thousands
    if group and group != decimal:
        kinds = " " + _SPACES[:2] if group == " " else group
        # so few digits that the quick cast is exact
        pattern = f"-?[0-9]{{1,3}}([{kinds}][0-9]{{3}}){{1,3}}([{decimal}][0-9]{{1,6}})?"
        bare = f"translate({column}, {_text(decimal + kinds)}, '.')"
        # before the plain reading: a cast that fails costs ten times one that does not
        tries.insert(
            0,
            f"CASE WHEN regexp_full_match({column}, {_text(pattern)}) "
            f"THEN CAST(TRY_CAST({bare} AS DECIMAL(18,6)) AS {NUMBER}) END",
        )
    closer = _closer(column, _any_number(column, decimal, other, declared=group == other))
    return f"COALESCE({', '.join(tries)}, {closer})"


def _closer(column: str, expression: str) -> str:
    """An expression for the odd cells only: the optimiser lifts common parts out of anything else
    than a CASE and would work them out for every row."""
    return f"CASE WHEN {column} IS NOT NULL THEN {expression} END"


def _exact(text: str) -> str:
    """The number by the quick cast, NULL where that would lose decimals."""
    quick = f"TRY_CAST({text} AS DECIMAL(18,6))"
    return (
        f"CASE WHEN CAST({quick} AS DOUBLE) = TRY_CAST({text} AS DOUBLE) "
        f"THEN CAST({quick} AS {NUMBER}) END"
    )


def _any_number(column: str, decimal: str, other: str, *, declared: bool) -> str:
    """The closer look: signs, currencies and groups in all the places they are met."""
    d, o = f"[{decimal}]", f"[{other}]"
    body = "|".join(
        [
            rf"\d{{1,3}}(?:[ ']\d{{3}})+(?:{d}\d*)?",
            rf"\d+(?:{d}\d*)?",
            rf"{d}\d+",
            rf"\d{{1,3}}(?:{o}\d{{3}})+{d}\d+",
            rf"\d{{1,3}}(?:{o}\d{{3}})" + ("+" if declared else "{2,}"),
        ]
    )
    unit = rf"\s*{_CURRENCY}?\s*"
    pattern = rf"(?i)^(\(?){unit}([-+]?){unit}({body}){unit}([-+]?){unit}(\)?)$"
    # each step takes the one before it once, so that nothing is worked out twice
    text = f"translate({column}, '{_SPACES}{_MINUS}', '{' ' * len(_SPACES)}{'-' * len(_MINUS)}')"
    text = f"regexp_replace({text}, '\\s*:-$|[,.]-$', '')"
    text = f"regexp_replace({text}, {_text(pattern)}, '{_READ}\\1\\2\\4\\5\\3')"
    text = f"regexp_replace({text}, '[^0-9{_READ}()+{decimal}-]', '', 'g')"
    text = f"replace({text}, '{_READ}()', '{_READ}-')"
    text = f"regexp_extract({text}, '^{_READ}(.*)$', 1)"
    if decimal == ",":
        text = f"replace({text}, ',', '.')"
    scientific = rf"'[-+]?\d+(?:{d}\d*)?[eE][-+]?\d+'"
    return (
        f"CASE WHEN regexp_full_match({column}, {scientific}) "
        f"THEN TRY_CAST(replace({column}, ',', '.') AS {NUMBER}) "
        f"ELSE TRY_CAST({text} AS {NUMBER}) END"
    )


def mark_sql(column: str) -> str:
    """SQL for the currency written beside a cell's number: `EUR`, `KR`, ...; NULL where none is.

    Letters are looked for first: the common cell has none and costs one quick scan.
    """
    marks = "|".join(["sek", "nok", "dkk", "isk", "eur", "usd", "gbp", "chf", "kr", "[€$£¥]"])
    pattern = rf"(?i)^[^a-z]*?({marks})[^a-z]*$"
    found = f"upper(regexp_extract({column}, {_text(pattern)}, 1))"
    for sign, code in _SIGNS.items():
        found = f"replace({found}, '{sign}', '{code}')"
    return f"CASE WHEN regexp_matches({column}, '[A-Za-z$€£¥]') THEN nullif({found}, '') END"


def fits_sql(mark: str, currency: str) -> str:
    """SQL: whether a mark can stand for a currency: `KR` for four of them, `USD` for its sign's."""
    crowns, dollars = (", ".join(map(_text, c)) for c in (_CROWNS, _DOLLARS))
    return (
        f"CASE {mark} WHEN 'KR' THEN {currency} IN ({crowns})"
        f" WHEN '$' THEN {currency} IN ({dollars}) ELSE {currency} = {mark} END"
    )


def code_sql(text: str) -> str:
    """SQL of a code as it is compared: characters composed (NFC), those of no width left out.

    Neither ever tells two customers apart. Case and leading noughts can, and stay.
    """
    bare = f"nullif(trim(regexp_replace(nfc_normalize({text}), '[{_WIDTHLESS}]', '', 'g')), '')"
    # a text of plain characters has as many bytes
    return f"CASE WHEN strlen({text}) = length({text}) THEN {text} ELSE {bare} END"


def stored_sql(number: str) -> str:
    """SQL that casts a DECIMAL(38,10) to the DECIMAL(18,4) that lines store; NULL on overflow.

    The same value as `TRY_CAST(number AS DECIMAL(18,4))`, rounded half away from zero, but by way
    of a double where that is exact (checked for each value), which is thirty times as quick.
    """
    quick = f"TRY_CAST(CAST({number} AS DOUBLE) AS {STORED})"
    return (
        f"CASE WHEN CAST({quick} AS {NUMBER}) = {number} THEN {quick} "
        f"ELSE TRY_CAST({number} AS {STORED}) END"
    )


def date_sql(column: str, dialect: Dialect) -> str:
    """SQL for the point in time a text cell says, as TIMESTAMP; NULL where it says none.

    Read are days in the dialect's order with `-`, `/`, `.` or space between, year first whatever
    the order, `20260930`, spreadsheet serials (`45000`, 1954 to 2119), months by name (Swedish,
    English, German, Danish), each with an optional time (`8:26:00 AM` too). A zone is not applied:
    the time stays as written. Years of two digits: 00–68 are 2000–2068. Days before 1900 or after
    2199 stand for "none" and are NULL.

    Parameters
    ----------
    column : str
        SQL of a VARCHAR, quoted where it must be.
    dialect : Dialect
        `date` is obeyed.
    """
    order = dialect.date
    iso = (
        f"CASE WHEN {column} BETWEEN '1900' AND '2200' THEN CASE strlen({column}) "
        f"WHEN 10 THEN CAST(TRY_CAST({column} AS DATE) AS TIMESTAMP) "
        f"WHEN 19 THEN CASE WHEN {column}[17] = ':' THEN TRY_CAST({column} AS TIMESTAMP) END "
        f"WHEN 8 THEN try_strptime({column}, '%Y%m%d') END END"
    )
    if order == "YMD":
        tries = [iso]
    else:
        a, b = ("%d", "%m") if order == "DMY" else ("%m", "%d")
        # the right form at once: every form that fails costs as much as ten that do not
        cases = " ".join(
            f"WHEN {column} LIKE '%{mark}%{mark}{year}__{like}' "
            f"THEN try_strptime({column}, '{a}{mark}{b}{mark}%Y{form}')"
            for like, form in (("", ""), (" %:__", " %H:%M"), (" %:%:__", " %H:%M:%S"))
            for year in ("20", "19")
            for mark in "./-"
        )
        tries = [f"CASE WHEN {column} LIKE '____-%' THEN NULL {cases} END", iso]
    closer = _closer(column, f"COALESCE({', '.join(_any_date(column, order))})")
    return f"COALESCE({', '.join(tries)}, {closer})"


def _any_date(column: str, order: str) -> list[str]:
    """The closer look, by pattern."""
    sep = r"\s?[-/. ]\s?"
    two = r"(\d{1,2})"
    placed = {"YMD": r"\1-\2-\3", "DMY": r"\3-\2-\1", "MDY": r"\3-\1-\2"}[order]
    found = [_moment(column, f"^{_YEAR}{sep}{two}{sep}{two}{_REST}", r"\1-\2-\3")]
    if order != "YMD":
        found.append(_moment(column, f"^{two}{sep}{two}{sep}{_YEAR}{_REST}", placed))
    found.append(_moment(column, rf"^{_YEAR}(\d\d)(\d\d){_REST}", r"\1-\2-\3"))
    if order != "YMD":
        found.append(_moment(column, rf"^(\d\d)(\d\d){_YEAR}{_REST}", placed))
    short = rf"^(\d{{1,2}}){sep}(\d{{1,2}}){sep}(\d{{1,2}}){_REST}"
    found.append(_moment(column, short, placed, "%y-%m-%d"))
    found.append(_moment(column, rf"^(\d\d)(\d\d)(\d\d){_REST}", placed, "%y-%m-%d"))
    day = f"TRY_CAST(replace({column}, ',', '.') AS DOUBLE)"
    found.append(
        f"CASE WHEN regexp_full_match({column}, '[2-7][0-9]{{4}}([.,][0-9]+)?') THEN "
        f"TIMESTAMP '1899-12-30' + to_seconds(CAST(round({day} * 86400) AS BIGINT)) END"
    )
    named = f"lower({column})"
    for name, english in _MONTHS.items():
        named = f"replace({named}, '{name}', '{english}')"
    word = r"([a-z]{3})[a-zäöå]*\.?"
    rest = _REST.replace("[T ,;]", "[t ,;]").replace("Z|", "z|").replace("[A-Z]", "[a-z]")
    for pattern, to, form in (
        (rf"^{two}[-/. ]*{word}[-/. ,]*{_YEAR}{rest}", r"\3-\2-\1", "%Y-%b-%d"),
        (rf"^{two}[-/. ]*{word}[-/. ,]*(\d\d){rest}", r"\3-\2-\1", "%y-%b-%d"),
        (rf"^{word}[-/. ]*{two}[-/. ,]+{_YEAR}{rest}", r"\3-\1-\2", "%Y-%b-%d"),
        (rf"^{_YEAR}[-/. ]*{word}[-/. ]*{two}{rest}", r"\1-\2-\3", "%Y-%b-%d"),
    ):
        found.append(_moment(named, pattern, to, form))
    return found


def _moment(text: str, pattern: str, to: str, form: str = "%Y-%m-%d") -> str:
    """A TIMESTAMP from the pattern's groups 1–3 (the day) and 4–7 (hour, minute, second, am/pm)."""
    read = rf"regexp_replace({text}, {_text(pattern)}, '{to} \4:\5:\6\7')"
    forms = ", ".join(_text(f"{form} {time}") for time in _TIMES)
    return (
        f"CASE WHEN regexp_matches({text}, {_text(pattern)}) "
        f"THEN try_strptime({read}, [{forms}]) END"
    )
