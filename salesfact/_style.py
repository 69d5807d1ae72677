"""How does a picture look? One theme, few colours safe for colour-blind readers, light and dark."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from salesfact._language import Language

WIDE, NARROW = 7.6, 3.7  # inches: a page, and a phone held upright
_NARROW_UNTIL = 5.0

# Okabe-Ito based; each is told apart in grey and by the three common colour-vision deficiencies.
INK = "#1d2530"
MUTED = "#66707d"
LINE = "#d5dae0"
BLUE = "#0b6fb8"
ORANGE = "#d55e00"
GREEN = "#00805e"
PALE = "#b9d3e8"
SAND = "#e9c46a"

# What each colour becomes on a dark page. Every colour a chart uses stands here.
DARK = {
    INK: "#e8ecf1",
    MUTED: "#a3adb9",
    LINE: "#3a4350",
    BLUE: "#5eb1ef",
    ORANGE: "#ff9447",
    GREEN: "#37c79b",
    PALE: "#2c5374",
    SAND: "#b8923a",
}

FONTS = ["Segoe UI", "Helvetica Neue", "Arial", "DejaVu Sans"]


def theme() -> dict[Any, Any]:
    """Settings for matplotlib; used as a context, so nothing global changes."""
    return {
        "font.family": "DejaVu Sans",  # measured with what matplotlib ships: same bytes anywhere
        "font.size": 9.5,
        "text.color": INK,
        "text.parse_math": False,  # a customer may be called $x$
        "axes.edgecolor": LINE,
        "axes.labelcolor": MUTED,
        "axes.titlecolor": INK,
        "axes.titlelocation": "left",
        "axes.titlesize": 11,
        "axes.titleweight": "bold",
        "axes.titlepad": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": False,
        "axes.axisbelow": True,
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": MUTED,
        "ytick.labelcolor": MUTED,
        "grid.color": LINE,
        "legend.frameon": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "salesfact",
    }


@contextmanager
def themed() -> Iterator[None]:
    """Draw inside this context."""
    import matplotlib as mpl

    with mpl.rc_context(theme()):
        yield


def new_figure(width: float = WIDE, height: float = 3.8) -> tuple[Figure, Axes]:
    """A figure of its own, outside pyplot's registry, so that nothing piles up.

    Parameters
    ----------
    width, height : float
        Inches; the report shows about 96 pixels an inch.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def interactive_axes(width: float = WIDE, height: float = 3.8) -> Axes:
    """Axes that a notebook shows at the end of the cell."""
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def is_narrow(ax: Axes) -> bool:
    """Whether the picture is drawn for a phone."""
    return ax.figure.get_figure(root=True).get_figwidth() < _NARROW_UNTIL  # pyright: ignore


def fitting(text: str, letters: int) -> str:
    """A name on one line, cut with … between words where that loses little."""
    text = " ".join(str(text).split())
    if len(text) <= letters:
        return text
    cut = text[: letters - 1]
    at_word = cut.rpartition(" ")[0] if text[letters - 1] != " " else cut
    return (at_word if len(at_word) >= 0.7 * letters else cut).rstrip(" ,.-–&") + "…"


def money_axis(axis: Axis, language: Language, currency: str) -> None:
    """Money along an axis: all ticks in one unit, with no more decimals than they need.

    Parameters
    ----------
    axis : Axis
        `ax.xaxis` or `ax.yaxis`.
    """
    from matplotlib.ticker import Formatter, MaxNLocator

    class Money(Formatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return language.money_ticks([x], currency)[0]

        def format_ticks(self, values: Any) -> list[str]:
            return language.money_ticks([float(v) for v in values], currency)

    narrow = is_narrow(axis.axes) and axis is axis.axes.xaxis
    axis.set_major_locator(MaxNLocator(nbins=3 if narrow else 5, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(Money())


def share_axis(axis: Axis, language: Language) -> None:
    """Parts of one along an axis, as percentages."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda v, _: language.share(float(v), 0)))


def month_axis(
    axis: Axis, language: Language, first: dt.date, last: dt.date, inches: float | None = None
) -> None:
    """Months along a date axis, as many as have room, the last of them within `last`.

    Parameters
    ----------
    axis : Axis
        `ax.xaxis` of dates.
    first, last : date
        What the axis shows from and to.
    inches : float, optional
        Room for the labels; default: nearly the figure's width.
    """
    from matplotlib.dates import date2num
    from matplotlib.ticker import FixedFormatter, FixedLocator

    if inches is None:
        inches = axis.axes.figure.get_figure(root=True).get_figwidth() * 0.85  # pyright: ignore
    days, years = months_shown(first, last, most=max(2, int(inches / 0.95)))
    names = [str(day.year) if years else language.short_month(day) for day in days]
    axis.set_major_locator(FixedLocator([float(date2num(day)) for day in days]))  # pyright: ignore
    axis.set_major_formatter(FixedFormatter(names))


def months_shown(first: dt.date, last: dt.date, most: int) -> tuple[list[dt.date], bool]:
    """At most `most` first days of months from `first` to `last`; and whether all are Januaries."""
    import datetime as dt

    begin = first.year * 12 + first.month - 1 + (first.day > 1)
    end = last.year * 12 + last.month - 1
    for step in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600):
        found = [m for m in range(begin, end + 1) if m % step == 0]
        if len(found) <= most:
            break
    days = [dt.date(m // 12, m % 12 + 1, 1) for m in found]  # pyright: ignore
    return (days, step >= 12) if days else ([first], False)  # pyright: ignore


def svg(figure: Figure) -> str:
    """The figure as SVG text: the same bytes each time, and readable on a dark page too.

    The figure is spent: its resolution and canvas are those of the SVG afterwards.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.StringIO()
    with mpl.rc_context(theme()):
        # `savefig` would draw all of it once more beforehand, to lay it out; drawing does that too
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = _slim(text)
    rules = "".join(
        f'[style*="{what}:{light}"]{{{what}:{dark} !important}}'
        for light, dark in DARK.items()
        for what in ("fill", "stroke")
        if f"{what}:{light}" in text
    )
    style = f"<style>@media screen and (prefers-color-scheme:dark){{{rules}}}</style>"
    head = text.index(">") + 1
    return text[:head] + style + text[head:]


def _slim(text: str) -> str:
    """The same picture in half of the bytes: a page holds three dozen of them.

    Matplotlib writes a millionth of a point, a name for every group, a transformation where a
    place would do, and the same style for each of a row of dots; a tenth of a point is finer than
    any screen.
    """
    text = re.sub(
        r"<!--.*?-->|scale\([^)]*\)|-?\d+\.\d{3,}",  # texts are noted aside in comments
        lambda m: m[0] if m[0][0] in "<s" else f"{float(m[0]):.2f}".rstrip("0").rstrip("."),
        text,
        flags=re.S,
    )
    text = re.sub(r"\s*\n\s*", " ", text)
    text = re.sub(r' d="([^"]*)"', lambda m: f' d="{_path(m[1])}"', text)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = re.sub(
        r'<use xlink:href="#([^"]+)" transform="translate\(([-0-9.]+) 0\)"/>',
        r'<use href="#\1" x="\2"/>',
        text,
    ).replace("<use xlink:href=", "<use href=")
    text = re.sub(
        r' ([xy])="(-?[\d.]+)"', lambda m: f' {m[1]}="{_tenths(round(10 * float(m[2])))}"', text
    )
    text = re.sub(r'<use [^>]*?( style="[^"]*")/>(?:\s*<use [^>]*?\1/>)+', _alike, text)
    text = re.sub(r' style="([^"]*)"', lambda m: f' style="{_tight(m[1])}"', text)
    used = re.findall(r'(?:href="|url\()#([^")]+)', text)
    short = {name: f"s{at}" for at, name in enumerate(dict.fromkeys(used))}
    return re.sub(r'(href="#|url\(#|id=")([^")]+)', lambda m: m[1] + short.get(m[2], m[2]), text)


def _path(data: str) -> str:
    """A path in tenths of a point, each step from the last: a third shorter than from the corner.

    Steps are taken between rounded places, so that errors do not add up.
    """
    at = start = (0, 0)
    told = []
    for letter, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", data):
        places = [round(10 * float(n)) for n in numbers.split()]
        if letter in "zZ":
            at = start
            told.append("z")
            continue
        if letter not in "MLQC" or len(places) % 2 or not places:
            return data
        step = [v - at[i % 2] for i, v in enumerate(places)]
        at = (places[-2], places[-1])
        if letter == "M":
            start = at
        if letter == "L" and not step[1]:
            letter, step = "h", step[:1]
        elif letter == "L" and not step[0]:
            letter, step = "v", step[1:]
        told.append(letter.lower() + ",".join(map(_tenths, step)).replace(",-", "-"))
    return "".join(told)


def _tenths(n: int) -> str:
    """A number of tenths, as short as can be."""
    return f"{n / 10:g}".replace("0.", ".") if abs(n) < 10 else f"{n / 10:g}"


def _alike(match: re.Match[str]) -> str:
    """A row of marks of one style, which is said once."""
    return f"<g{match[1]}>{match[0].replace(match[1], '')}</g>"


def _tight(style: str) -> str:
    """A style without blanks."""
    return style.replace(": ", ":").replace("; ", ";")
