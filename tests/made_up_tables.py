"""Made-up tables of enterprises, and files of every kind that hold them, for the tests of imports."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from enterprises import credit_code
from enterprises.dictionary import bundled
from enterprises.imports.mapping import TableMapping, mapping_of
from enterprises.source_text import read_yaml

DAY = date(2024, 7, 1)
"""The day on which everything is imported."""

ENDINGS = (".csv", ".xlsx", ".jsonl", ".parquet")

Rows = Sequence[Sequence[Any]]


def code(number: int) -> str:
    """A valid credit code; another one for every number."""
    return credit_code.complete(f"91610602MATT{number:05d}")


def mapping(text: str) -> TableMapping:
    """A mapping file with this content."""
    return mapping_of(read_yaml(text, "映射.yaml"), bundled())


def write(path: Path, header: Sequence[str], rows: Rows) -> Path:
    """A file of the kind that its name says."""
    {".csv": write_csv, ".xlsx": write_excel, ".jsonl": write_lines, ".parquet": write_parquet}[path.suffix](
        path, header, rows
    )
    return path


def write_csv(path: Path, header: Sequence[str], rows: Rows, encoding: str = "utf-8") -> None:
    text = io.StringIO()
    csv.writer(text).writerows([header, *([_text(cell) for cell in row] for row in rows)])
    path.write_bytes(text.getvalue().encode(encoding))


def write_excel(path: Path, header: Sequence[str], rows: Rows) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, day = book.add_worksheet("台账"), book.add_format({"num_format": "yyyy/m/d"})
        for number, row in enumerate([header, *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, bool):
                    sheet.write_boolean(number, column, cell)
                elif isinstance(cell, (int, float)):
                    sheet.write_number(number, column, cell)
                elif cell is not None:
                    sheet.write_string(number, column, cell)


def write_lines(path: Path, header: Sequence[str], rows: Rows) -> None:
    lines = [json.dumps(dict(zip(header, map(_plain, row), strict=True)), ensure_ascii=False) for row in rows]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def write_parquet(path: Path, header: Sequence[str], rows: Rows) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    table = {name: [_text(cell) or None for cell in cells] for name, cells in zip(header, columns, strict=True)}
    pq.write_table(pa.table(table), path)


def _text(cell: Any) -> str:
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)


def _plain(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, date) else cell
