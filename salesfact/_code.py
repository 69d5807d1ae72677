"""Which code worked this out? A hash of the sources: what was kept by other code is not used."""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path

_PACKAGE = Path(__file__).parent
# a change in any of these may change a figure
_ENGINES = ("duckdb", "numpy", "pandas", "scipy", "statsmodels", "ibis-framework")


@functools.cache
def code_version(prefixes: tuple[str, ...] = ()) -> str:
    """Hash of the package's sources (of the modules named, or all) and of the engines used."""
    from importlib.metadata import version

    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        name = path.relative_to(_PACKAGE).as_posix()
        if not prefixes or name.removesuffix(".py") in prefixes:
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    for engine in _ENGINES:
        digest.update(f"{engine} {version(engine)}\n".encode())
    return digest.hexdigest()


@functools.cache
def imported_by(*modules: str) -> tuple[str, ...]:
    """The modules named and every module of the package that they import, however deep.

    Found in the sources, imports inside functions too, so that no list can forget one.
    """
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = _PACKAGE / f"{name}.py"
        if name in found or not path.is_file():
            continue
        found.add(name)
        text = path.read_text(encoding="utf-8")
        waiting += re.findall(r"^\s*from salesfact\.(\w+) import", text, re.M)
        for listed in re.findall(r"^\s*from salesfact import ([^(\n]+|\([^)]*\))", text, re.M):
            waiting += re.findall(r"\w+", listed)
    return tuple(sorted(found))
