"""Amounts in a column of a table: all in 元, so that they can be compared by eye."""

from __future__ import annotations

FEN = 100


def yuan(fen: int) -> str:
    """``fen`` in 元 with both decimals and thousands apart: 1,234,567.89."""
    whole, rest = divmod(abs(fen), FEN)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02}"
