"""How does a picture look? One theme, few colours safe for colour-blind readers, light and dark."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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


def new_figure(width: float = 7.6, height: float = 3.8) -> tuple[Figure, Axes]:
    """A figure of its own, outside pyplot's registry, so that nothing piles up.

    Parameters
    ----------
    width, height : float
        Inches; the report shows about 96 pixels an inch.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def interactive_axes(width: float = 7.6, height: float = 3.8) -> Axes:
    """Axes that a notebook shows at the end of the cell."""
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def svg(figure: Figure) -> str:
    """The figure as SVG text: the same bytes each time, and readable on a dark page too."""
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context(theme()):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    rules = "".join(
        f'[style*="fill: {light}"]{{fill:{dark} !important}}'
        f'[style*="stroke: {light}"]{{stroke:{dark} !important}}'
        for light, dark in DARK.items()
    )
    style = f"<style>@media screen and (prefers-color-scheme: dark){{{rules}}}</style>"
    head = text.index(">") + 1
    return text[:head] + style + text[head:]
