"""The wheel in an environment of its own, and the demo as it makes it there.

What it depends on is that of the tests: that pyproject.toml names all of it is shown where
`make demo` installs it into an empty environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def install(folder: Path) -> dict[str, Any]:
    """Build the wheel, install it into an environment without salesfact, and run `salesfact demo`.

    Returns
    -------
    dict
        `wheel`; `package`, whence Python imports salesfact there; `cache`, where the demo lies;
        `code` of the first command that failed, or 0; what it `said`.
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
        (*uv, "pip", "install", "--python", python, "--no-deps"),
        (python, "-c", "import salesfact; print(salesfact.__file__)"),
        (python.parent / "salesfact", "demo"),
    )
    package = ""
    for step in steps:
        words = [str(w) for w in step]
        if "install" in words:
            words.append(str(next(folder.glob("*.whl"))))
            _lend_dependencies(python)
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=home, env=env)
        if done.returncode != 0:
            break
        package = done.stdout.strip() if "-c" in words else package
    wheel = next(map(str, folder.glob("*.whl")), None)
    told = {"wheel": wheel, "package": package, "cache": str(home / "cache")}
    return told | {"code": done.returncode, "said": done.stdout + done.stderr}


def _lend_dependencies(python: Path) -> None:
    """Let it see the packages of this environment, after its own and without their `.pth` files.

    A checkout installed here for editing is found through such a file: there it is not.
    """
    own = Path(sysconfig.get_path("purelib", vars={"base": str(python.parents[1])}))
    ours = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (own / "lent.pth").write_text("".join(f"{place}\n" for place in ours), encoding="utf-8")
    templates = Path("share", "jupyter", "nbconvert")  # sought beside Python, not among packages
    shutil.copytree(Path(sysconfig.get_path("data")) / templates, python.parents[1] / templates)
