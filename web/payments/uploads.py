"""A table that somebody sends with a form, and the control figures that it must come to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import request

from enterprises.imports.cells import parse_money
from enterprises.source_text import BadText
from recommender.payments.sheets import MOST_BYTES
from web.appeals.uploads import make_room, sent_files

_LONGEST_ENDING = 10
_LONGEST_COUNT = 7


def let_a_file_in(_endpoint: str | None, _values: dict[str, str] | None) -> None:
    """Before anything looks at a form of these pages: it may have one file."""
    make_room(1, MOST_BYTES)


@contextmanager
def sent_table() -> Iterator[Path]:
    """The file of the form, for as long as it is looked at, under a name of ours. Raises ``BadText``."""
    files = sent_files("file")
    if len(files) != 1:
        raise BadText("没有选文件", "请选一个 .xlsx 或 .csv 文件")
    ending = Path(files[0].filename or "").suffix.lower()
    with TemporaryDirectory() as folder:
        path = Path(folder, "table" + (ending if ending.isascii() and len(ending) <= _LONGEST_ENDING else ""))
        files[0].save(path)
        yield path


def control_figures() -> tuple[int, int]:
    """How many lines the file has and what they come to in 分, as whoever sends it says. Raises ``BadText``."""
    count, total = request.form.get("count", "").strip(), request.form.get("total", "").strip()
    if not (count.isascii() and count.isdigit() and len(count) <= _LONGEST_COUNT):
        raise BadText("没有写清共几笔", "请写整数，与表里的行数一致")
    return int(count), parse_money(total[:100], "元")
