"""The sample enterprises: made up, for trying things out and for tests.

One JSON file each in ``enterprises/samples``. Every name begins with ``NAME_PREFIX``, and every organisation code with
``CODE_PREFIX``, so that nobody takes one for a real enterprise. What is known of them is as of ``SAMPLE_DAY``.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from enterprises.dictionary import Source, bundled
from enterprises.profiles import Profile, read_profile
from enterprises.source_text import read_file
from enterprises.statements import Statement

SAMPLE_DAY = date(2024, 6, 30)
"""The day that the samples are made for, in Asia/Shanghai."""

NAME_PREFIX = "示例·"
CODE_PREFIX = "MAHQ"
"""How the organisation part (from the ninth character) of a sample's credit code begins."""

ORIGIN = "示例"
"""Where the statements on the sample enterprises are from."""


@cache
def samples() -> tuple[Profile, ...]:
    """The sample enterprises, in the order of their organisation codes. Raises ``Problem``."""
    folder = Path(str(files("enterprises") / "samples"))
    read = (read_profile(read_file(path, shown_as=path.name), bundled()) for path in folder.glob("*.json"))
    return tuple(sorted(read, key=lambda profile: (profile.credit_code or "")[8:]))


def statements() -> tuple[Statement, ...]:
    """What the sample enterprises are stored as: one statement each, of which the lists count as declared."""
    return tuple(Statement(profile, Source.DECLARED, SAMPLE_DAY, ORIGIN) for profile in samples())
