"""A peer library in an environment of its own, in the user's cache folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def peer_python(peer: str, module: str) -> Path | None:
    """The interpreter that has `peer` (name==version); None where it cannot be had."""
    from platformdirs import user_cache_path

    home = user_cache_path("salesfact") / "bench" / peer.replace("==", "-")
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    try:
        if not (home / "installed").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True, timeout=120)
            subprocess.run(
                [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", peer],
                check=True,
                timeout=600,
                stderr=subprocess.DEVNULL,
            )
            (home / "installed").touch()
        subprocess.run([python, "-W", "ignore", "-c", f"import {module}"], check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as fault:
        say(f"{peer} cannot be installed or run here ({type(fault).__name__}): ours alone")
        return None
    return python
