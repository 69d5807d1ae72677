"""Which parameters may a chapter be run with? Those its `parameters` cell declares, by type.

papermill only warns of a misspelt name and writes names unchecked into code; so everything is
checked here, before any process starts. A comment behind a parameter says which values are allowed:
`months = 12  # allowed: 1 to 120`, or `by = None  # allowed: year, quarter`. Behind `None`, whole
numbers allow whole numbers alone.
"""

from __future__ import annotations

import ast
import difflib
import io
import json
import keyword
import re
import tokenize
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._said import did_you_mean, said, verbatim

#: Set by the command itself, never with `-p`.
RESERVED = {"client": "CLIENT", "as_of": "--as-of", "language": "--language"}
_SECRET = re.compile(r"passw|secret|token|api_?key|credential", re.IGNORECASE)
_RANGE = re.compile(r"([+-]?\d+(?:\.\d+)?) to ([+-]?\d+(?:\.\d+)?)")
_NOT = object()  # no value
_WORDS = {
    "bool": N_("true or false"),
    "int": N_("a whole number"),
    "float": N_("a number with a decimal point"),
    "str": N_("text"),
    "any": N_("a number, true, false, none or text"),
}


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: its type's name, whether it may be none, its default.

    `allowed` is what its comment says: a lowest and a highest number, or words; None: any value.
    """

    name: str
    kind: str
    optional: bool
    default: Any
    allowed: tuple[float, float] | tuple[str, ...] | None = None

    @property
    def words(self) -> str:
        """What is allowed, for a message."""
        sort: str = said(_WORDS[self.kind])
        if self.allowed is not None and isinstance(self.allowed[0], str):
            sort = verbatim(", ".join(str(a) for a in self.allowed))
        elif self.allowed is not None:
            low, high = (f"{a:g}" for a in self.allowed)  # pyright: ignore[reportArgumentType]
            sort = said(N_("{sort} from {low} to {high}"), sort=sort, low=low, high=high)
        return said(N_("{sort}, or none"), sort=sort) if self.optional else sort

    def admits(self, value: Any) -> bool:
        """Whether its comment allows the value."""
        if self.allowed is None or value is None:
            return True
        if isinstance(self.allowed[0], str):
            return value in self.allowed
        low, high = self.allowed
        return isinstance(value, (int, float)) and low <= value <= high  # pyright: ignore


def declared(path: Path) -> dict[str, Parameter]:
    """The parameters a notebook declares, in order.

    Raises
    ------
    SettingsError
        If the cell holds anything but plain assignments of constants to sound names.
    """
    found: dict[str, Parameter] = {}
    for cell in json.loads(path.read_text(encoding="utf-8")).get("cells", []):
        if "parameters" not in cell.get("metadata", {}).get("tags", ()):
            continue
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        try:
            tree = ast.parse(source)
            comments = _comments(source)
            for node in tree.body:
                parameter = _allowing(_parameter(node), comments.get(node.end_lineno or 0, ""))
                found[parameter.name] = parameter
        except (SyntaxError, ValueError) as error:
            raise SettingsError(
                Fault(
                    said(N_("its parameters cell cannot be read: {why}"), why=error.args[0]),
                    where=path.name,
                    allowed=N_(
                        "one `name = constant` a line, and behind it `# allowed: 1 to 12` or"
                        " `# allowed: year, quarter`"
                    ),
                )
            ) from None
    return found


def _parameter(node: ast.stmt) -> Parameter:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value, note = node.targets[0], node.value, None
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target, value, note = node.target, node.value, ast.unparse(node.annotation)
    else:
        raise ValueError(said(N_("line {n} is not an assignment"), n=node.lineno))
    if not isinstance(target, ast.Name) or keyword.iskeyword(target.id):
        raise ValueError(said(N_("line {n} assigns to more than a name"), n=node.lineno))
    try:
        default = ast.literal_eval(value)
    except ValueError:
        raise ValueError(said(N_("line {n} assigns no constant"), n=node.lineno)) from None
    if note is None:
        kind = "any" if default is None else type(default).__name__
        optional = default is None
    else:
        parts = [p.strip() for p in re.sub(r"Optional\[(.*)\]", r"\1 | None", note).split("|")]
        optional = "None" in parts
        kinds = [p for p in parts if p != "None"]
        kind = kinds[0] if len(kinds) == 1 and kinds[0] in _WORDS else "any"
    if kind not in _WORDS:
        kind = "any"
    return Parameter(target.id, kind, optional, default)


def _comments(source: str) -> dict[int, str]:
    """Line number -> the comment that ends the line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def _allowing(parameter: Parameter, comment: str) -> Parameter:
    """The parameter with what its comment allows; the default must be among it."""
    if not comment.startswith("allowed:"):
        return parameter
    listed = comment.removeprefix("allowed:").strip()
    if numbers := _RANGE.fullmatch(listed):
        allowed: Any = (float(numbers[1]), float(numbers[2]))
    else:
        allowed = tuple(w.strip() for w in listed.split(",") if w.strip())
    if not allowed or (numbers and allowed[0] > allowed[1]):
        raise ValueError(said(N_("`# {comment}` allows nothing"), comment=comment))
    whole = numbers and parameter.kind == "any" and "." not in listed  # none, or a whole number
    found = replace(parameter, allowed=allowed, kind="int" if whole else parameter.kind)
    if not found.admits(found.default):
        what = N_("{name} is {value}, allowed: {listed}")
        raise ValueError(said(what, name=found.name, value=repr(found.default), listed=listed))
    return found


def check(
    given: Sequence[str] | Mapping[str, Any], chapters: Mapping[str, Mapping[str, Parameter]]
) -> dict[str, Any]:
    """Values for the parameters given as `name=value`, typed as the chapters declare them.

    Parameters
    ----------
    given : sequence of str, or mapping
        `name=value` as typed on the command line, or names with values.
    chapters : mapping
        Chapter name -> its `declared` parameters.

    Returns
    -------
    dict
        Name -> value.

    Raises
    ------
    SettingsError
        Names every fault at once: unknown names (with the nearest), wrong types, secrets.
    """
    known: dict[str, list[Parameter]] = {}
    for parameters in chapters.values():
        for name, parameter in parameters.items():
            known.setdefault(name, []).append(parameter)
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    for name, text in _pairs(given, faults):
        fault = _name_fault(name, known)
        if fault is None:
            fault = _value_fault(name, text, known[name], values)
        if fault is not None:
            faults.append(fault)
    if faults:
        raise SettingsError(*faults)
    return values


def _pairs(given: Sequence[str] | Mapping[str, Any], faults: list[Fault]) -> list[tuple[str, Any]]:
    if isinstance(given, Mapping):
        return list(given.items())
    pairs = []
    for text in given:
        name, equals, value = text.partition("=")
        if equals:
            pairs.append((name.strip(), value.strip()))
        else:
            faults.append(
                Fault(
                    said(N_("'{text}' has no value"), text=text),
                    where="-p",
                    allowed=N_("name=value"),
                )
            )
    return pairs


def _value_fault(
    name: str, text: Any, declaring: Sequence[Parameter], values: dict[str, Any]
) -> Fault | None:
    """Keep the value, or tell why a chapter that declares the parameter cannot take it."""
    for parameter in declaring:
        try:
            value = _typed(text, parameter)
        except ValueError:
            value = _NOT
        if value is _NOT or not parameter.admits(value):
            return Fault(
                said(N_("'{text}' is not allowed"), text=str(text)),
                where=f"-p {name}",
                allowed=parameter.words,
            )
        values.setdefault(name, value)
    return None


def _name_fault(name: str, known: Collection[str]) -> Fault | None:
    where = f"-p {name}"
    if not name.isidentifier() or keyword.iskeyword(name):
        return Fault(said(N_("it is not a name")), where=where, allowed=N_("letters, digits and _"))
    if name in RESERVED:
        return Fault(
            said(N_("it is set by the command")),
            where=where,
            remedy=said(N_("use {option}"), option=RESERVED[name]),
        )
    if _SECRET.search(name):
        return Fault(
            said(
                N_("a secret must not be a parameter: parameters stand in the executed notebooks")
            ),
            where=where,
            remedy=N_("name an environment variable in client.yml"),
        )
    if name not in known:
        free = sorted(set(known) - set(RESERVED))
        near = difflib.get_close_matches(name, free, 1)
        return Fault(
            said(N_("no chapter declares it")),
            where=where,
            allowed=", ".join(free) or N_("none: the chapters declare no parameter of their own"),
            remedy=did_you_mean(near[0] if near else None),
        )
    return None


def _typed(value: Any, parameter: Parameter) -> Any:
    """The value as the type asks; ValueError where it does not fit."""
    if not isinstance(value, str):
        return _fitting(value, parameter)
    low = value.casefold()
    if low in ("none", "null") and parameter.optional:
        return None
    if parameter.kind == "bool" or (parameter.kind == "any" and low in ("true", "false")):
        return (
            {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(low)
            if low in ("true", "yes", "1", "false", "no", "0")
            else _refuse()
        )
    if parameter.kind == "int":
        return int(value) if re.fullmatch(r"[+-]?\d+", value) else _refuse()
    if parameter.kind == "float":
        return _finite(float(value))
    if parameter.kind == "any" and re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", value):
        # 00123 is an id, not a number
        leading = re.fullmatch(r"[+-]?0\d+.*", value)
        return value if leading else (float(value) if "." in value else int(value))
    return value


def _fitting(value: Any, parameter: Parameter) -> Any:
    kinds = {"bool": bool, "int": int, "float": (int, float), "str": str}
    if value is None:
        return None if parameter.optional else _refuse()
    if parameter.kind == "any":
        return value if isinstance(value, (bool, int, float, str)) else _refuse()
    right = isinstance(value, kinds[parameter.kind])
    right = right and (parameter.kind == "bool" or not isinstance(value, bool))
    return value if right else _refuse()


def _finite(x: float) -> float:
    return x if x == x and abs(x) != float("inf") else _refuse()


def _refuse() -> Any:
    raise ValueError
