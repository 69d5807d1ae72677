"""How does an analyst go on from here? The chapters as notebooks beside the client."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from salesfact._assets import assets
from salesfact._errors import Fault, ReportError, SettingsError
from salesfact._language import N_
from salesfact._said import said, verbatim
from salesfact.report import _parameters, _translate


def copy_notebooks(
    client: str | Path, *, into: Path | None = None, language: str | None = None
) -> Path:
    """Translated copies of the chapters, set to this client; what is there already is kept.

    The copies name the client by its full path, so they run from wherever they are moved. Where a
    client has moved itself, asking again sets the kept copies to its new place.

    Parameters
    ----------
    client : str or Path
        `client.yml`, its folder, or `"demo"`.
    into : Path, optional
        Default: `notebooks` in the client's folder, or `notebooks/acme` where the settings are
        called `acme.yml`.

    Returns
    -------
    Path
        The folder of notebooks.
    """
    from salesfact._open import open_client

    opened = open_client(client, language=language)
    folder = into or opened.place("notebooks")
    folder.mkdir(parents=True, exist_ok=True)
    settings = Path(opened.settings.path)
    name = "demo" if client == "demo" else settings.resolve().as_posix()
    values = {"client": name, "language": language}
    for path in _translate.chapters(assets("notebooks")):
        target = folder / path.name
        if not target.exists():
            notebook = json.loads(path.read_text(encoding="utf-8"))
            _set(notebook, {k: v for k, v in values.items() if v is not None}, path)
            translated = _translate.translate(notebook, opened.facts.language)
            text = json.dumps(translated, ensure_ascii=False, indent=1) + "\n"
            target.write_text(text, encoding="utf-8")
        else:
            _follow(target, name)
    return folder


def _follow(path: Path, client: str) -> None:
    """Set a kept copy to where its client is now; all else in it stays."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        known = str(_parameters.declared(path)["client"].default)
    except (OSError, ValueError, KeyError, SettingsError):
        return  # an analyst's own by now
    if known == client or known == "demo" or (path.parent / known).exists():
        return
    _set(notebook, {"client": client}, path)
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _set(notebook: dict[str, Any], values: dict[str, Any], path: Path) -> None:
    """Write values into the `parameters` cell."""
    declared = _parameters.declared(path)
    for cell in notebook["cells"]:
        if "parameters" in cell.get("metadata", {}).get("tags", ()):
            source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            lines = source.splitlines()
            for i, line in enumerate(lines):
                name = line.partition("=")[0].partition(":")[0].strip()
                if name in values and name in declared:
                    lines[i] = f"{name} = {json_or_python(values[name])}"
            cell["source"] = "\n".join(lines)


def json_or_python(value: Any) -> str:
    """A constant as Python, texts in double quotes as the notebooks have them."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def start_lab(folder: Path) -> int:
    """Open JupyterLab on a folder and wait until it ends.

    Raises
    ------
    ReportError
        If JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise ReportError(
            Fault(
                said(N_("JupyterLab is not installed")),
                remedy=verbatim("pip install 'salesfact[lab]'"),
            )
        )
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={folder}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0
