"""Codes in questions: of documents, items, regions and industries; and credit codes, which are not searched for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from enterprises import credit_code, industries, regions


class CodeKind(StrEnum):
    """What a code is of."""

    ENTERPRISE = "enterprise"
    DOCUMENT = "document"
    ITEM = "item"
    REGION = "region"
    INDUSTRY = "industry"


@dataclass(frozen=True, slots=True)
class Code:
    """A code that a question names, written as it should be; ``start`` and ``end``: its place in the plain text.

    ``valid`` is false for what looks like a credit code but has a wrong check character.
    """

    kind: CodeKind
    code: str
    start: int
    end: int
    valid: bool = True


_RUN = re.compile(r"(?<![a-z0-9])(?=((?:[a-z0-9][\s\-]?){17}[a-z0-9])(?![a-z0-9]))")
_ENTERPRISE = re.compile(rf"[{credit_code.ALPHABET}]{{2}}\d{{6}}[A-Z0-9]{{10}}")
_DOCUMENT = re.compile(
    r"(?:根据|按照?|依据|依照|关于|请问|查[一下找]*|找|看|有没有)*(?P<office>[\u4e00-\u9fff]{1,10}?)\s?[\[(〔【]?(?P<year>(?:19|20)\d\d)[\])〕】]?\s?(?:第\s?)?(?P<number>\d{1,4})\s?号"
)
_BRACKETS = re.compile(r"[\[(〔【](?:19|20)\d\d[\])〕】]")
_ITEM = re.compile(r"(?<![a-z0-9.-])[a-z]+(?:-[a-z0-9]+)+\.\d{1,3}[a-z]?(?![a-z0-9])")
_REGION = re.compile(r"(?<![\da-z.])\d{6}(?![\da-z.]|\s?[元块万千百亿])")
_INDUSTRY = re.compile(r"(?<![a-z0-9.-])[a-t]\d{2,4}(?![a-z0-9.-])")


def codes_in(text: str) -> tuple[Code, ...]:
    """The codes in a normalised text, in their order."""
    found: list[Code] = []
    for code in (each for find in (_enterprises, _documents, _items, _regions, _industries) for each in find(text)):
        if all(code.end <= other.start or other.end <= code.start for other in found):
            found.append(code)
    return tuple(sorted(found, key=lambda code: code.start))


def _enterprises(text: str) -> Iterator[Code]:
    for match in _RUN.finditer(text):
        code = credit_code.compact(match[1])
        if _ENTERPRISE.fullmatch(code):
            yield Code(CodeKind.ENTERPRISE, code, *match.span(1), valid=_checks(code))


def _checks(code: str) -> bool:
    try:
        credit_code.check(code)
    except credit_code.InvalidCreditCode:
        return False
    return True


def _documents(text: str) -> Iterator[Code]:
    for match in _DOCUMENT.finditer(text):
        if _BRACKETS.search(match[0]):  # without them, 今年2023 5号 would be one
            yield Code(CodeKind.DOCUMENT, f"{match['office']}〔{match['year']}〕{match['number']}号", *match.span())


def _items(text: str) -> Iterator[Code]:
    return (Code(CodeKind.ITEM, match[0], *match.span()) for match in _ITEM.finditer(text))


def _regions(text: str) -> Iterator[Code]:
    named = {region.code for region in regions.regions()}
    return (Code(CodeKind.REGION, match[0], *match.span()) for match in _REGION.finditer(text) if match[0] in named)


def _industries(text: str) -> Iterator[Code]:
    for match in _INDUSTRY.finditer(text):
        code = match[0].upper()
        if industries.is_industry_code(code):
            yield Code(CodeKind.INDUSTRY, industries.canonical(code), *match.span())
