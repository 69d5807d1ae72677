"""The wheel in an environment of its own, and the demo as it makes it there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def install(folder: Path) -> dict[str, Any]:
    """Build the wheel, install it alone into an empty environment, and run `salesfact demo`.

    Returns
    -------
    dict
        `wheel`; `cache`, where the demo lies; `code` of the first command that failed, or 0; what
        it `said`.
    """
    uv = (sys.executable, "-m", "uv")
    home, python = folder / "elsewhere", folder / "env" / "bin" / "python"
    if os.name == "nt":
        python = folder / "env" / "Scripts" / "python.exe"
    home.mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SALESFACT_", "PYTHON"))}
    env |= {"SALESFACT_CACHE": str(home / "cache")}
    steps = (
        (*uv, "build", "--wheel", "--out-dir", folder, ROOT),
        (*uv, "venv", "--python", sys.executable, folder / "env"),
        # uv keeps what it once fetched and compiles nothing in advance: seconds, not minutes
        (*uv, "pip", "install", "--python", python, "-c", ROOT / "requirements.lock"),
        (python.parent / "salesfact", "demo"),
    )
    for step in steps:
        words = [str(w) for w in step]
        if "install" in words:
            words.append(str(next(folder.glob("*.whl"))))
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=home, env=env)
        if done.returncode != 0:
            break
    wheel = next(map(str, folder.glob("*.whl")), None)
    told = {"wheel": wheel, "cache": str(home / "cache"), "code": done.returncode}
    return told | {"said": done.stdout + done.stderr}
