"""Numbers of rows in addresses."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter, ValidationError

LARGEST = 2**31 - 1
"""No database gives a row a larger number, and some cannot even be asked for one."""


class RowNumber(IntegerConverter):
    """What ``<int:…>`` takes in an address: there is no page of a larger number."""

    def __init__(self, map: Any, **options: Any) -> None:
        super().__init__(map, **{"max": LARGEST} | options)

    def to_python(self, value: str) -> int:
        if len(value) > len(str(LARGEST)):
            raise ValidationError
        found: int = super().to_python(value)
        return found
