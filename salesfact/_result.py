"""What does every answer look like? A frozen result: table, figures, reading, picture, source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from salesfact._language import Language, column_decimals, language, money_unit
from salesfact._plain import plain, sort_key, to_html

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes

MIME = "application/vnd.salesfact.result+json"
MAX_ROWS = 200  # rows of a table that a report shows; the rest is in the workbook

#: How a value is shown, see `Language.value`. `term` is translated text, `text` is shown as it is.
UNITS = (
    "money",
    "exact_money",
    "share",
    "count",
    "number",
    "hours",
    "days",
    "months",
    "customers",
    "rows",
    "date",
    "short_date",
    "month",
    "text",
    "term",
    "listing",
)
_RIGHT = frozenset(UNITS) - {"text", "term", "listing", "date", "short_date", "month"}


@dataclass(frozen=True)
class Figure:
    """One key figure: `value`, its 80 % range where it is an estimate, and its unit."""

    value: Any
    low: float | None = None
    high: float | None = None
    unit: str = "number"

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unit {self.unit!r} is not one of {', '.join(UNITS)}")


@dataclass(frozen=True)
class Column:
    """How a table's column is shown: its heading (a msgid) and its unit."""

    label: str
    unit: str = "text"


@dataclass(frozen=True)
class Sentence:
    """A sentence whose `{placeholders}` are names of figures; no number is written into it.

    `plural` with `n` (the name of a figure) chooses the form.
    """

    text: str
    plural: str | None = None
    n: str | None = None


@dataclass(frozen=True)
class Refusal:
    """The data cannot tell: why, and what would make it tellable (sentences, as msgids)."""

    reason: Sentence
    remedy: Sentence
    early: bool = False  # nothing is wrong and nothing to supply: it comes with time
    shown: bool = False  # what was found cannot be relied on, but is worth seeing all the same


@dataclass(frozen=True)
class Source:
    """Which facts an answer comes from, as of when."""

    name: str
    as_of: dt.date
    currency: str
    language: str = "en"
    key: str = ""
    simulated: bool = False


def _frozen(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(mapping))


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """The answer to one question.

    Subclasses name their `title` and `columns`, compute `figures` from tables alone
    (`compute_figures`), choose `sentences` and draw a picture (`draw`).

    Parameters
    ----------
    table : DataFrame
        The answer, raw numbers, units in the names.
    tables : mapping of str to DataFrame
        Further tables the figures and the picture come from.
    parameters : mapping
        What the question was asked with.
    source : Source
        Which facts, as of when.
    refusal : Refusal, optional
        Set when the data cannot tell.
    """

    table: pd.DataFrame
    source: Source
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    refusal: Refusal | None = None
    figures: Mapping[str, Figure] = field(init=False)
    #: folder that the answer is kept in, where it is; its pictures may lie there too
    kept: Path | None = field(init=False, default=None, compare=False)

    #: msgid of the heading; a picture's message stands in `headline`
    title: ClassVar[str] = ""
    #: column (or index) name -> Column, in the order shown; what is not named is not shown
    columns: ClassVar[Mapping[str, Column]] = {}
    #: width and height of the picture in inches; None = this result has no picture
    size: ClassVar[tuple[float, float] | None] = (7.6, 3.8)
    #: the same for a phone; `draw` finds out with `_style.is_narrow`
    narrow_size: ClassVar[tuple[float, float] | None] = (3.7, 3.4)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", _frozen(self.tables))
        object.__setattr__(self, "parameters", _frozen(self.parameters))
        object.__setattr__(
            self,
            "figures",
            _frozen(self.compute_figures(self.table, self.tables, self.parameters)),
        )

    # -- what a subclass says ------------------------------------------------------------------

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """Key figures, from the tables and parameters only: so every one can be recomputed."""
        return {}

    def sentences(self) -> Sequence[Sentence]:
        """One to three sentences: what, how much, how sure."""
        return ()

    def headline(self) -> Sentence | None:
        """The picture's message."""
        return None

    def draw(self, ax: Axes) -> None:
        """Draw what the tables hold on `ax`."""
        raise NotImplementedError

    def written(self, lang: Language) -> Mapping[str, Any]:
        """Columns of `table` that hold sentences, by name, written in a language."""
        return {}

    def shown(self) -> pd.DataFrame:
        """The rows worth showing, most important first."""
        return self.table

    # -- what every result can do --------------------------------------------------------------

    @property
    def language(self) -> Language:
        return language(self.source.language)

    def in_language(self, code: str) -> Self:
        """The same result, told in another language."""
        given = _init_only(self)
        given["table"] = self.table.assign(**self.written(language(code)))
        return replace(self, source=replace(self.source, language=code), **given)

    def say(self, sentence: Sentence) -> str:
        """A sentence in the reader's language, its numbers from `figures`."""
        lang = self.language
        n = None if sentence.n is None else self.figures[sentence.n].value
        template = lang.text(sentence.text, sentence.plural, n)
        values: dict[str, tuple[Any, str]] = {}
        for name, figure in self.figures.items():
            values[name] = figure.value, figure.unit
            for end in ("low", "high"):
                values[f"{name}_{end}"] = getattr(figure, end), figure.unit
        return filled(template, values, lang, self.source.currency, self.unit_of)

    def unit_of(self, amounts: Sequence[float | None]) -> float:
        """The unit that amounts of one sentence are written in."""
        return money_unit(amounts)

    def reading(self) -> str:
        """The answer in words, in the client's language."""
        if self.refusal is not None:
            return f"{self.say(self.refusal.reason)} {self.say(self.refusal.remedy)}"
        return " ".join(self.say(s) for s in self.sentences())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the picture; returns the Axes. What cannot be drawn is said in words instead."""
        from salesfact import _style

        with _style.themed():
            ax = ax if ax is not None else _style.interactive_axes(*(self.size or (7.6, 3.8)))
            if not self._drawn:
                ax.set_axis_off()
                ax.text(0, 1, self.reading(), va="top", wrap=True, transform=ax.transAxes)
                return ax
            self.draw(ax)
            headline = self.headline()
            if headline is not None:
                ax.set_title(self.say(headline))
        return ax

    @property
    def _drawn(self) -> bool:
        """Whether there is a picture."""
        told = self.refusal is None or self.refusal.shown
        return self.size is not None and told and not self.table.empty

    def picture(self, *, narrow: bool = False) -> str | None:
        """The picture as SVG text, or None where there is nothing to draw.

        Parameters
        ----------
        narrow : bool
            Drawn anew for a phone: half as wide, its texts as large as on a page.
        """
        size = self.narrow_size if narrow else self.size
        if size is None or not self._drawn:
            return None
        if self.kept is None:
            return self._svg(size)
        from salesfact import _pictures

        return _pictures.kept(self.kept, "narrow" if narrow else "wide", lambda: self._svg(size))

    def _svg(self, size: tuple[float, float]) -> str:
        from salesfact import _style

        with _style.themed():
            figure, ax = _style.new_figure(*size)
            self.draw(ax)  # the headline stands above the picture as text, where it can wrap
        return _style.svg(figure)

    def source_line(self) -> str:
        """Where the numbers come from."""
        lang = self.language
        line = lang.text("Source: {name}, facts up to {as_of}.").format(
            name=self.source.name, as_of=lang.date(self.source.as_of)
        )
        if self.source.simulated:
            line += " " + lang.text("Simulated data: no real firm or person.")
        return line

    def rows(self, limit: int | None = MAX_ROWS) -> dict[str, Any]:
        """The shown table as text: headings, alignment, cells and raw sort keys."""
        lang = self.language
        frame = self.shown()
        total = len(frame)
        frame = frame if limit is None else frame.head(limit)
        frame = frame.reset_index()
        names = [c for c in self.columns if c in frame.columns]
        cells, keys = [], []
        said = [self._saying(frame[n], self.columns[n].unit) for n in names]
        for record in frame[names].itertuples(index=False, name=None):
            cells.append([say(v) for say, v in zip(said, record, strict=True)])
            keys.append([sort_key(v) for v in record])
        return {
            "head": [lang.text(self.columns[n].label) for n in names],
            "right": [self.columns[n].unit in _RIGHT for n in names],
            "cells": cells,
            "keys": keys,
            "total": total,
        }

    def _saying(self, column: Any, unit: str) -> Callable[[Any], str]:
        """How the values of a column are written: its numbers with as many decimals each."""
        lang, currency = self.language, self.source.currency
        if unit not in ("number", "hours") or not len(column):
            return lambda value: lang.value(value, unit, currency)
        import pandas as pd

        numbers: Any = pd.to_numeric(column, errors="coerce")
        decimals = column_decimals(numbers.to_numpy(dtype=float, na_value=float("nan")))
        least = 0.5 * 10.0**-decimals

        def say(value: Any) -> str:
            if pd.isna(value):
                return lang.number(None)
            nothing = 0 < abs(float(value)) < least  # what is there is not told as nought
            return lang.number(float(value), None if nothing else decimals)

        return say

    @property
    def opening(self) -> int:
        """How many sentences stand first, in large letters; a page has the rest below in small."""
        return 3

    def payload(self) -> dict[str, Any]:
        """All a page needs to show this result: plain JSON, text unescaped."""
        told = self.refusal is None or self.refusal.shown
        headline = self.headline() if told and not self.table.empty else None
        return {
            "result": type(self).__name__,
            "language": self.source.language,
            "title": self.language.text(self.title),
            "reading": self.reading(),
            "sentences": [self.say(s) for s in self.sentences()] if told else [],
            "opening": self.opening,
            "refused": self.refusal is not None,
            "early": self.refusal is not None and self.refusal.early,
            "headline": None if headline is None else self.say(headline),
            "picture": self.picture(),
            "picture_narrow": self.picture(narrow=True),
            "table": self.rows(),
            "source": self.source_line(),
            "figures": {
                name: {k: plain(getattr(f, k)) for k in ("value", "low", "high", "unit")}
                for name, f in self.figures.items()
            },
            "parameters": {k: plain(v) for k, v in self.parameters.items()},
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.reading()}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        payload = self.payload()
        return {MIME: payload, "text/html": to_html(payload), "text/plain": repr(self)}


def filled(
    template: str,
    values: Mapping[str, tuple[Any, str]],
    lang: Language,
    currency: str,
    unit_of: Callable[[Sequence[float | None]], float] = money_unit,
) -> str:
    """A text with its `{placeholders}` filled in, all its money in one unit.

    Parameters
    ----------
    values : mapping of str to (value, unit)
        At least those that the text names.
    unit_of : callable
        The unit for the amounts that it names.
    """
    told = {field: values[field] for field in placeholders(template)}
    unit = unit_of([v for v, kind in told.values() if kind == "money"])
    return template.format_map(
        {field: lang.value(v, kind, currency, unit) for field, (v, kind) in told.items()}
    )


def placeholders(text: str) -> set[str]:
    """The names that stand in braces in a text."""
    return {field for _, field, *_ in Formatter().parse(text) if field is not None}


def _init_only(result: Result) -> dict[str, Any]:
    """`replace` re-reads every init field; `figures` is computed anew."""
    return {
        f.name: getattr(result, f.name) for f in fields(result) if f.init and f.name != "source"
    }
