"""How does an answer reach a page? As plain JSON, and as HTML where a notebook shows it."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping
from typing import Any


def plain(x: Any) -> Any:
    """JSON's own types only."""
    import numpy as np
    import pandas as pd

    if x is None or isinstance(x, (str, bool)):
        return x
    if isinstance(x, (list, tuple)):
        return [plain(i) for i in x]
    if isinstance(x, Mapping):
        return {str(k): plain(v) for k, v in x.items()}
    if isinstance(x, (pd.Timestamp, dt.date)):
        return None if pd.isna(x) else x.isoformat()[:10]
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, float):
        return None if x != x or x in (float("inf"), float("-inf")) else x
    if isinstance(x, int):
        return x
    return str(x)


def sort_key(x: Any) -> Any:
    """What a table sorts a value by: itself, or nothing where it is missing."""
    told = plain(x)
    return "" if told is None else told


def to_html(payload: Mapping[str, Any]) -> str:
    """A payload as HTML for JupyterLab; every text from the data is escaped here."""
    import base64

    e = html.escape
    parts = ['<div class="salesfact">']
    if payload["title"]:
        parts.append(f"<h3>{e(payload['title'])}</h3>")
    if payload["reading"]:
        kind = ' class="refused"' if payload["refused"] else ""
        parts.append(f"<p{kind}>{e(payload['reading'])}</p>")
    if payload["picture"]:
        if payload["headline"]:
            parts.append(f"<p><strong>{e(payload['headline'])}</strong></p>")
        data = base64.b64encode(payload["picture"].encode()).decode()
        alt = e(payload["headline"] or payload["reading"] or payload["title"])
        parts.append(f'<img alt="{alt}" src="data:image/svg+xml;base64,{data}">')
    table = payload["table"]
    if table["cells"]:
        sides = ["right" if right else "left" for right in table["right"]]
        head = "".join(
            f'<th style="text-align:{side}">{e(h)}</th>'
            for h, side in zip(table["head"], sides, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:{side}">{e(c)}</td>'
                for c, side in zip(row, sides, strict=True)
            )
            + "</tr>"
            for row in table["cells"][:20]
        )
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    parts.append(f"<p><small>{e(payload['source'])}</small></p></div>")
    return "".join(parts)
