"""Where does a setting stand? YAML as text with line numbers, so that `00123` and `no` survive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._said import said, verbatim, why_not


@dataclass(frozen=True)
class Document:
    """A YAML file: plain dicts, lists and texts, and the line on which each key stands."""

    path: Path
    content: dict[str, Any]
    lines: dict[tuple[Any, ...], int]

    def line(self, at: tuple[Any, ...]) -> int:
        """Line of a key, or of the nearest key above it that is there."""
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 1)


def read_yaml(path: Path) -> Document:
    """Read a YAML mapping; scalars stay text, an empty one is None.

    Raises
    ------
    SettingsError
        If the file is missing, is no UTF-8, no YAML or no mapping, or repeats a key.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(
            Fault(
                said(N_("there is no such file")),
                where=str(path),
                allowed=N_("a client.yml, or the folder that holds it"),
                remedy=N_("write one from your export with: salesfact init EXPORT"),
            )
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(
            Fault(
                said(N_("this is not UTF-8 text")),
                where=f"{path}, line {line}",
                remedy=N_("save as UTF-8"),
            )
        ) from None
    except OSError as error:
        raise SettingsError(
            Fault(said(N_("cannot be read: {error}"), error=why_not(error)), where=str(path))
        ) from None
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise SettingsError(
            Fault(
                said(
                    N_("this is no YAML: {problem}"),
                    problem=str(getattr(error, "problem", None) or "?"),
                ),
                where=f"{path}, line {line}",
                remedy=N_("compare the indentation and quotation marks with the lines around it"),
            )
        ) from None
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(
            Fault(
                said(N_("no settings in this file")),
                where=str(path),
                allowed=N_("key: value"),
            )
        )
    lines: dict[tuple[Any, ...], int] = {}
    faults: list[Fault] = []
    content = _plain(node, (), lines, faults, path)
    if faults:
        raise SettingsError(*faults)
    return Document(path, content, lines)


def _plain(
    node: yaml.Node,
    at: tuple[Any, ...],
    lines: dict[tuple[Any, ...], int],
    faults: list[Fault],
    path: Path,
) -> Any:
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            line = key.start_mark.line + 1
            if name in found:
                faults.append(
                    Fault(
                        said(N_("this key stands twice")),
                        where=f"{path}, line {line}, {dotted((*at, name))}",
                        allowed=N_("once"),
                    )
                )
            bare = isinstance(value, yaml.ScalarNode) and value.style is None and not value.value
            if node.flow_style and bare:  # {Visit: 1,5} is a 1 and a key 5
                faults.append(
                    Fault(
                        said(N_("{name} has no value"), name=verbatim(repr(name))),
                        where=f"{path}, line {line}, {dotted((*at, name))}",
                        remedy=N_(
                            "write decimals with a point, as 1.5, and a value after each key"
                        ),
                    )
                )
            lines[(*at, name)] = line
            found[name] = _plain(value, (*at, name), lines, faults, path)
        return found
    if isinstance(node, yaml.SequenceNode):
        items = []
        for i, value in enumerate(node.value):
            lines[(*at, i)] = value.start_mark.line + 1
            items.append(_plain(value, (*at, i), lines, faults, path))
        return items
    # an empty plain scalar is nothing; an empty quoted one is an empty text
    plain = getattr(node, "style", None) is None
    return None if plain and node.value in ("", "~", "null") else node.value


def dotted(at: tuple[Any, ...]) -> str:
    """`sources.sales.set_aside[0].where`."""
    text = ""
    for part in at:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
