"""Tables of the national standards, as CSV files beside this module."""

import csv
from importlib.resources import files


class UnknownCode(LookupError):
    """A code which the standard does not have; the message names the code."""


def rows(table: str) -> list[dict[str, str]]:
    """The rows of `<table>.csv`, in the file's order."""
    return list(csv.DictReader(files(__name__).joinpath(f"{table}.csv").read_text(encoding="utf-8").splitlines()))
