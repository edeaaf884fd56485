"""What an uploaded file of the library says, by what its name ends in."""

from __future__ import annotations

from collections.abc import Sequence

from enterprises.source_text import Problem, Problems
from policies.exchange.archive import read_archive, read_one
from policies.exchange.written import MOST_BYTES, Written, too_large
from policies.library import Library


def read_upload(data: bytes, name: str, loaded: Library) -> Sequence[Written]:
    """The items in a .zip, .yaml or .xlsx, against the library as it is now. Raises ``Problems``."""
    if len(data) > MOST_BYTES:
        raise too_large(name)
    match name.rpartition(".")[2].lower():
        case "zip":
            return read_archive(data, name, loaded.dictionary)
        case "yaml" | "yml":
            return read_one(data, name, loaded.documents, loaded.dictionary)
        case "xlsx":
            from policies.exchange.workbook_in import read_workbook

            return read_workbook(data, name, loaded.items, loaded.documents, loaded.dictionary)
    raise Problems([Problem(name, None, "", "不认识这种文件", "请给 .zip、.yaml 或 .xlsx")])
