"""Have we worked this out before? Results kept beside the facts, so that chapters share work."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import importlib
import inspect
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from salesfact._alone import alone
from salesfact._code import code_version
from salesfact._result import Refusal, Result, Sentence, Source

if TYPE_CHECKING:
    from salesfact._facts import Facts

P = ParamSpec("P")
R = TypeVar("R")

_RESULT_FIELDS = frozenset(f.name for f in fields(Result))


def stored(function: Callable[P, R]) -> Callable[P, R]:
    """Keep the results of a public question ``question(facts, *, as_of=None, ...) -> Result``.

    The key is made of the facts, the function, its parameters and the code; tables lie as
    Parquet and the rest as JSON below ``facts.folder / "results"``, and pictures drawn of it beside
    them. Figures are computed again from the restored tables. Processes that ask the same at once
    work it out once. Facts without a folder, and parameters that JSON cannot hold, are
    computed each time; so is whatever cannot be read back unchanged.

    Examples
    --------
    >>> @stored
    ... def lines(facts, *, as_of=None):
    ...     ...
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def question(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        facts: Any = arguments.pop(next(iter(arguments)))
        if facts.folder is None:
            return function(*args, **kwargs)
        try:
            place = _place(facts, function, arguments)
        except TypeError:  # a parameter JSON cannot hold
            return function(*args, **kwargs)
        if (found := _restored(place)) is not None:
            return found  # pyright: ignore[reportReturnType]
        with alone(place.with_name(f".{place.name}.lock")):
            if (found := _restored(place)) is not None:  # others have just worked it out
                return found  # pyright: ignore[reportReturnType]
            answer = function(*args, **kwargs)
            if isinstance(answer, Result) and _keep(place, answer):
                object.__setattr__(answer, "kept", place)
            return answer

    return question


def _restored(place: Path) -> Result | None:
    """The result kept there, which knows where it is kept."""
    found = _restore(place)
    if found is not None:
        object.__setattr__(found, "kept", place)
    return found


def _place(facts: Facts, function: Callable[..., Any], given: dict[str, Any]) -> Path:
    """Where the answer lies. `as_of` left out is the facts' own."""
    arguments = dict(given)
    as_of = arguments.pop("as_of", None) or facts.as_of
    question = {
        "facts": facts.key,
        "as_of": as_of,
        "last_known": facts.static or facts.last_known or facts.as_of,
        "currency": facts.currency,
        "language": facts.language,
        "name": facts.name,
        "horizon_months": facts.horizon_months,
        "fiscal_year_start": facts.fiscal_year_start,
        "capacity": None if facts.capacity is None else dict(facts.capacity),
        "response": None if facts.response is None else dict(facts.response),
        "function": f"{function.__module__}.{function.__qualname__}",
        "arguments": arguments,
    }
    text = json.dumps(_encode(question), sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()[:24]
    return _folder(facts, as_of) / f"{function.__name__}-{key}"


def _folder(facts: Facts, as_of: dt.date) -> Path:
    """Where the answers of this very code lie, as of a day and in a language."""
    assert facts.folder is not None
    return facts.folder / "results" / f"{as_of}-{facts.language}-{code_version()[:12]}"


def answered(facts: Facts, question: str) -> bool:
    """Whether this code has answered a question as of the facts' own day, in their language."""
    if facts.folder is None:
        return False
    return any(_folder(facts, facts.as_of).glob(f"{question}-*/result.json"))


def _keep(place: Path, result: Result) -> bool:
    """Write the result and let it appear by one rename; nothing is kept that reads back changed."""
    own = {f.name for f in fields(result)} - _RESULT_FIELDS
    if own:  # fields only the subclass knows; it is computed each time
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
    try:
        frames = {"table": result.table} | {f"tables.{n}": t for n, t in result.tables.items()}
        names = {name: f"{i}.parquet" for i, name in enumerate(frames)}
        for name, frame in frames.items():
            frame.to_parquet(work / names[name])
        content = {
            "module": type(result).__module__,
            "class": type(result).__qualname__,
            "frames": names,
            "parameters": _encode(dict(result.parameters)),
            "source": _encode(asdict(result.source)),
            "refusal": None if result.refusal is None else asdict(result.refusal),
        }
        (work / "result.json").write_text(json.dumps(content), encoding="utf-8")
        for path in work.iterdir():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
        again = _restore(work)
        if again is not None and _same(result, again):
            if place.exists() and _restore(place) is None:  # damaged, and in the way
                shutil.rmtree(place, ignore_errors=True)
            os.rename(work, place)  # noqa: PTH104 - must fail where another was quicker
            return True
    except (OSError, TypeError, ValueError, ArithmeticError, NotImplementedError):
        pass  # keeping is a convenience; the answer itself stands
    except Exception as error:  # pyarrow's own errors are not all subclasses of the above
        if not type(error).__module__.startswith("pyarrow"):
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return False


def _restore(place: Path) -> Result | None:
    """The result as it was kept, or None where there is none that can be trusted."""
    import pandas as pd

    try:
        content = json.loads((place / "result.json").read_text(encoding="utf-8"))
        kind = getattr(importlib.import_module(content["module"]), content["class"])
        if not issubclass(kind, Result):
            return None
        frames = {n: pd.read_parquet(place / p) for n, p in content["frames"].items()}
        told = content["refusal"]
        refusal = (
            None
            if told is None
            else Refusal(
                Sentence(**told["reason"]),
                Sentence(**told["remedy"]),
                early=told["early"],
                shown=told["shown"],
            )
        )
        return kind(
            table=frames.pop("table"),
            tables={n.removeprefix("tables."): t for n, t in frames.items()},
            source=Source(**_decode(content["source"])),
            parameters=_decode(content["parameters"]),
            refusal=refusal,
        )
    except (OSError, KeyError, ValueError, TypeError, AttributeError, ImportError):
        return None


def _same(a: Result, b: Result) -> bool:
    """Whether tables, types and parameters came back as they were."""
    import pandas as pd

    if dict(a.parameters) != dict(b.parameters) or a.source != b.source or a.refusal != b.refusal:
        return False
    pairs = [(a.table, b.table), *((a.tables[n], b.tables[n]) for n in a.tables)]
    try:
        for left, right in pairs:
            pd.testing.assert_frame_equal(left, right, check_exact=True, check_freq=False)
    except AssertionError:
        return False
    return True


def _encode(x: Any) -> Any:
    """JSON that remembers dates and tuples."""
    import numpy as np

    if isinstance(x, np.generic):
        return _encode(x.item())
    if x is None or isinstance(x, (bool, int, float, str)):
        return x
    if isinstance(x, dt.datetime):
        return {"$datetime": x.isoformat()}
    if isinstance(x, dt.date):
        return {"$date": x.isoformat()}
    if isinstance(x, tuple):
        return {"$tuple": [_encode(i) for i in x]}
    if isinstance(x, list):
        return [_encode(i) for i in x]
    if isinstance(x, Mapping):
        if not all(isinstance(k, str) for k in x):
            raise TypeError("keys must be text")
        return {k: _encode(v) for k, v in x.items()}
    raise TypeError(f"{type(x).__name__} cannot be kept")


def _decode(x: Any) -> Any:
    if isinstance(x, list):
        return [_decode(i) for i in x]
    if isinstance(x, dict):
        if set(x) == {"$date"}:
            return dt.date.fromisoformat(x["$date"])
        if set(x) == {"$datetime"}:
            return dt.datetime.fromisoformat(x["$datetime"])
        if set(x) == {"$tuple"}:
            return tuple(_decode(i) for i in x["$tuple"])
        return {k: _decode(v) for k, v in x.items()}
    return x
