"""Tables of figures, and their two forms: a page in English for ``docs/``, and cells in Chinese for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Said(NamedTuple):
    """A text in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a title, with remarks; without rows, the remarks say why. A plain cell is in no language."""

    title: Said
    head: tuple[str | Said, ...]
    rows: tuple[tuple[str | Said, ...], ...]
    remarks: tuple[Said, ...] = ()


def markdown(sections: Iterable[Section], preamble: str) -> str:
    """A page in English: the preamble, then every section."""
    parts = [preamble.rstrip()]
    for section in sections:
        parts += [f"## {section.title.en}", *(remark.en for remark in section.remarks)]
        if section.rows:
            lines = [section.head, ("---",) * len(section.head), *section.rows]
            parts.append("\n".join(f"| {' | '.join(map(_english, line))} |" for line in lines))
    return "\n\n".join(parts) + "\n"


def in_chinese(section: Section) -> tuple[str, list[list[str]], list[str]]:
    """Title, lines of cells with the heading first (none where nothing was measured), and remarks."""
    lines = [[_chinese(cell) for cell in line] for line in (section.head, *section.rows)] if section.rows else []
    return section.title.zh, lines, [remark.zh for remark in section.remarks]


def _english(cell: str | Said) -> str:
    return cell.en if isinstance(cell, Said) else cell


def _chinese(cell: str | Said) -> str:
    return cell.zh if isinstance(cell, Said) else cell
