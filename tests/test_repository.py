"""The repository itself: what is declared is pinned, exactly, and names no place that only one machine has."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

PINS = {
    canonicalize_name(name): Version(version)
    for name, version in (line.split("==") for line in CONSTRAINTS.splitlines() if not line.startswith("#"))
}


def declared(group: str) -> list[Requirement]:
    names: list[str] = PROJECT["dependencies"] if group == "runtime" else PROJECT["optional-dependencies"][group]
    return [Requirement(name) for name in names]


def everything_needed(requirements: list[Requirement]) -> set[str]:
    """The names of these packages and of all that they need in turn, here."""
    needed: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [(requirement, extra) for requirement in requirements for extra in ("", *requirement.extras)]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        needed.add(name)
        for line in distribution(name).requires or []:
            further = Requirement(line)
            if further.marker is None or further.marker.evaluate({"extra": extra}):
                waiting += [(further, its_extra) for its_extra in ("", *further.extras)]
    return needed


def test_constraints_are_exact_pins_and_name_no_place() -> None:
    assert "/" not in CONSTRAINTS
    assert "file:" not in CONSTRAINTS
    assert "index" not in CONSTRAINTS
    for line in CONSTRAINTS.splitlines():
        assert line.startswith("# ") or re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", line), line
    assert "huiqi" not in PINS


@pytest.mark.parametrize("group", ["runtime", "test", "spark"])
def test_every_declared_dependency_is_pinned_within_its_bounds(group: str) -> None:
    for requirement in declared(group):
        assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("group", ["runtime", "test"])
def test_all_that_the_dependencies_need_is_pinned_too(group: str) -> None:
    assert everything_needed(declared(group)) - PINS.keys() == set()


def test_what_is_installed_is_what_is_pinned_and_works_on_the_first_python_3_11() -> None:
    for name, pinned in PINS.items():
        try:
            installed = distribution(name)
        except PackageNotFoundError:  # pinned for another platform or Python
            continue
        # Torch comes built for this or that processor (2.13.0+cpu): the same version.
        assert Version(Version(installed.version).public) == pinned, name
        # Debian 12 brings Python 3.11.2, and some packages ask for a later one.
        if "Requires-Python" in installed.metadata:
            assert SpecifierSet(installed.metadata["Requires-Python"]).contains("3.11.0"), name
