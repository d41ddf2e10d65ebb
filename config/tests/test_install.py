from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from config import install
from config.runner.services import BASE_DIR

DEBIAN_12 = "3.11.2"
PINS = dict(line.split("==") for line in install.CONSTRAINTS.read_text().splitlines())
GROUPS = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["dependency-groups"]


def test_pins_are_plain_versions():
    assert [version for version in PINS.values() if not re.fullmatch(r"\d[\w.]*", version)] == []


def test_every_direct_dependency_is_pinned():
    wanted = {Requirement(word).name for group in GROUPS.values() for word in group if isinstance(word, str)}
    pinned = {canonicalize_name(name) for name in PINS}
    assert {name for name in wanted if canonicalize_name(name) not in pinned} == set()


def test_pins_admit_the_python_of_debian_12():
    """What is installed here may want a later patch release: soupsieve 4 wants 3.11.5."""
    refused = []
    for name, version in PINS.items():
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue
        required = installed.metadata.get("Requires-Python")
        if installed.version.split("+")[0] == version and required and DEBIAN_12 not in SpecifierSet(required):
            refused.append(f"{name} {version} needs Python {required}")
    assert refused == []


@pytest.mark.parametrize("group", ["run", "dev"])
def test_the_stamp_changes_with_the_group(group):
    other = {"run": "dev", "dev": "run"}[group]
    assert install.key(group) != install.key(other)


def test_an_old_python_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(install.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    with pytest.raises(install.NotInstalled, match=r"needs Python 3\.11"):
        install.suitable_python()


def test_torch_is_pinned_for_its_own_step():
    assert install.torch_requirement() == f"torch=={PINS['torch']}"
