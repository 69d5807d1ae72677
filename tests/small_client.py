"""A small client for the report's tests: known customers, reps and names, same bytes each time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

REPS = ("Anna Bergström", "Bo Ekdahl")
NAMES = ("Alfa Verkstad AB", "Beta Smide AB", "Gamma Plåt AB", "Delta Svets AB")
HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "$x$ | $y_1$",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "javascript:alert(4)",
    "{{ 7*7 }} {% raw %}",
    "[klicka](javascript:alert(5)) **fet**",
    "-2+3 @SUM(A1)",
    "Å" * 120,
)
# names that hold what no report may show; the last stands where a customer has gone silent
PERSONAL = ("/home/anna/kund.csv", "Snickare 19121212-1212", "Firma 121212-1212")
SETTINGS = """\
name: {name}
language: {language}
currency: SEK
share: {share}
sources:
  sales:
    file: sales.csv
    vat: excluded
    format: {{delimiter: ";"}}
    columns:
      customer: kund
      date: datum
      amount: belopp
      margin: tb
      product: artikel
      order: order
      rep: saljare
      customer_name: namn
"""


def make_client(
    folder: Path,
    *,
    names: Sequence[str] = NAMES,
    reps: Sequence[str] = REPS,
    customers: int = 24,
    language: str = "sv",
    share: str = "client",
    name: str = "Provbolaget AB",
    seed: int = 1,
) -> Path:
    """Write `sales.csv` and `client.yml`; the settings file's path.

    Every third customer stops buying half a year before the end, so that there is something to
    tell.
    """
    dice = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["kund;namn;datum;order;artikel;belopp;tb;saljare"]
    end = date(2026, 6, 30)
    for i in range(customers):
        known = names[i] if i < len(names) else f"Kund nr {i} AB"
        quoted = '"' + known.replace('"', '""') + '"'
        day, gap = date(2024, 1, 2) + timedelta(days=i), 7 + 3 * (i % 4)
        last = end - timedelta(days=180) if i % 3 == 0 else end
        n = 0
        while day <= last:
            amount = round(dice.uniform(500, 9000), 2)
            margin = round(amount * dice.uniform(0.15, 0.4), 2)
            who = reps[i % len(reps)] if reps else ""
            n += 1
            lines.append(
                f"K{i:03d};{quoted};{day};O{i}-{n};A{i % 5};{amount:.2f};{margin:.2f};{who}"
            )
            day += timedelta(days=gap + dice.randint(-2, 2))
    (folder / "sales.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = folder / "client.yml"
    settings.write_text(
        SETTINGS.format(name=name, language=language, share=share), encoding="utf-8"
    )
    return settings


def write_notebook(folder: Path, name: str, cells: Sequence[tuple[str, str]]) -> Path:
    """A chapter from ("markdown" | "code" | "parameters", source) pairs."""
    import nbformat

    made = []
    for i, (kind, source) in enumerate(cells):
        if kind == "markdown":
            cell = nbformat.v4.new_markdown_cell(source)
        else:
            tags = {"tags": ["parameters"]} if kind == "parameters" else {}
            cell = nbformat.v4.new_code_cell(source, metadata=tags)
        cell["id"] = f"cell-{i}"
        made.append(cell)
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": spec})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


PARAMETERS = 'client = "demo"\nas_of = None\nlanguage = None'
OPEN = "import salesfact as sf\nopened = sf.open_client(client, as_of=as_of, language=language)"


def chapter(folder: Path, name: str, title: str, *code: str, parameters: str = "") -> Path:
    """A chapter that opens the client and runs some code."""
    return write_notebook(
        folder,
        name,
        [
            ("markdown", f"# {title}"),
            ("parameters", PARAMETERS + ("\n" + parameters if parameters else "")),
            ("code", OPEN),
            *(("code", c) for c in code),
        ],
    )


CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
