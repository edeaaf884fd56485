"""Addresses as QR codes (ISO/IEC 18004), drawn as one path of an inline SVG, which pages print at any size."""

from __future__ import annotations

from dataclasses import dataclass

QUIET = 4
"""Modules of empty margin that the standard demands on each side."""


@dataclass(frozen=True)
class Drawing:
    """``size``: the width and height of the view box in modules, margin included; ``path``: the dark modules."""

    size: int
    path: str


def draw(address: str) -> Drawing:
    """The QR code of an address, with error correction M: a seventh of it may be dirty."""
    import segno

    rows = [bytes(row) for row in segno.make(address, error="m", micro=False).matrix]
    dark = (
        f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module & 1
    )
    return Drawing(len(rows) + 2 * QUIET, "".join(dark))
