"""What is installed: the wheel alone works, and conda and pip name the same things."""

from __future__ import annotations

import re
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
CONDA = {"duckdb": "python-duckdb", "matplotlib": "matplotlib-base"}


def _split(requirement: str) -> tuple[str, str]:
    match = re.match(r"([A-Za-z0-9_.-]+)(\[[^]]*\])?(.*)", requirement)
    assert match is not None
    return match[1].lower(), match[3].strip()


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_environment_yml_names_what_pyproject_names():
    project = _project()
    wanted = dict(map(_split, project["dependencies"] + project["optional-dependencies"]["lab"]))
    wanted = {CONDA.get(n, n): bound for n, bound in wanted.items()}
    wanted["python"] = project["requires-python"]
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert listed["channels"] == ["conda-forge"]
    found = dict(_split(d) for d in listed["dependencies"] if isinstance(d, str) and d != "pip")
    assert found == wanted


def test_the_lock_pins_everything_asked_for_and_names_no_host():
    project = _project()
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--" not in text
    pinned = {
        _split(line.split(";")[0].strip())[0].replace("_", "-")
        for line in text.splitlines()
        if line and not line.startswith("#")
    }
    asked = project["dependencies"] + [
        r for extra in project["optional-dependencies"].values() for r in extra
    ]
    assert {_split(r)[0] for r in asked} <= pinned
    assert all("==" in line for line in text.splitlines() if line)


def test_the_wheel_carries_notebooks_templates_and_texts(installed):
    assert installed["wheel"], installed["said"]
    names = zipfile.ZipFile(installed["wheel"]).namelist()
    for part in (
        "salesfact/_notebooks/00_direction.ipynb",
        "salesfact/_templates/salesfact/index.html.j2",
        "salesfact/locale/sv/LC_MESSAGES/salesfact.po",
        "salesfact/client.schema.json",
        "salesfact/results.schema.json",
        "salesfact/plan.schema.json",
    ):
        assert part in names
    assert not [n for n in names if "shared" in n or n.startswith("tests/")]


@pytest.mark.slow
def test_the_wheel_alone_makes_the_demo_far_from_the_checkout(installed):
    assert installed["code"] == 0, installed["said"]
    assert Path(installed["wheel"]).parent in Path(installed["package"]).parents
    (page,) = Path(installed["cache"]).glob("demo-*/reports/report.html")
    assert str(page) in installed["said"].replace("\n", "")
    assert "Nordverk" in page.read_text(encoding="utf-8")
