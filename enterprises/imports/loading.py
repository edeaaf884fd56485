"""Files into the database: looked through first, then in batches, each of which is there as a whole or not at all.

A file is read three times at most. The first time shows whether all of it can be read, and which credit codes are there
more than once; the second, only where some are, what their rows say together; the third takes the statements into the
database. However many rows there are, only a batch is held, 8 bytes of every code, and the rows of repeated codes.

Importing this module loads NumPy and SQLModel: import it where it is used.
"""

from __future__ import annotations

import gc
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import sqlmodel
from sqlalchemy import Engine, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from enterprises.calendar import Clock, system_clock, today
from enterprises.database import StorageError, reading, writing
from enterprises.dictionary import Dictionary
from enterprises.imports.cells import read_code
from enterprises.imports.mapping import TableMapping
from enterprises.imports.reading import RowReader, Table, combined, score_by, statement
from enterprises.imports.rejects import Reject, Rejects
from enterprises.imports.sheets import Row, digest, open_sheet
from enterprises.imports.tables import ImportRow, State
from enterprises.profile_text import ProfileText
from enterprises.profiles import Profile
from enterprises.source_text import BadText, Problem
from enterprises.statements import Statement
from enterprises.tables import EnterpriseRow, StatementRow, record

BATCH = 5000
"""How many rows are one transaction."""

MOST_REPEATED = 50_000
"""The most rows of repeated credit codes, which are all held at once."""

_CHUNK = 500

Watch = Callable[[str, int, int], None]
"""Is told a stage (in Chinese), how much of it is done, and out of how much."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    ``rows``: that hold anything. ``enterprises``: on which something was said. ``merged``: rows taken together with
    an earlier one on the same enterprise. ``added``, ``unchanged``, ``changed``: statements that were new, that
    said nothing new, and profiles that changed, also before the import was taken up again at row ``resumed_at``.
    """

    rows: int = 0
    enterprises: int = 0
    merged: int = 0
    rejected_rows: int = 0
    rejected_cells: int = 0
    added: int = 0
    unchanged: int = 0
    changed: int = 0
    resumed_at: int = 0
    done_before: bool = False


@dataclass(frozen=True, slots=True)
class _Survey:
    """What the first look at a file shows: how many rows there are, and the hashes of the codes that are repeated."""

    rows: int
    repeated: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Together:
    """What several rows on one enterprise say, to be taken at the first of them."""

    first: int
    rows: tuple[int, ...]
    profile: Profile
    rejects: Sequence[Reject]


@dataclass(slots=True)
class _Run:
    """An import as it stands in the database."""

    id: int
    received_on: date
    done: int
    state: str
    added: int = 0
    unchanged: int = 0
    changed: int = 0


@dataclass(slots=True)
class _Counts:
    rows: int = 0
    enterprises: int = 0
    merged: int = 0


def import_file(  # noqa: PLR0913 -- what is named by its keyword has a default that suits most
    engine: Engine | None,
    path: Path,
    mapping: TableMapping,
    dictionary: Dictionary,
    rejects: Rejects,
    *,
    day: date | None = None,
    clock: Clock = system_clock,
    batch: int = BATCH,
    watch: Watch | None = None,
) -> Imported:
    """Take a file into the database, or go on where an earlier import of it stopped, or say that it is done.

    Without an ``engine`` nothing is written, and all else is done. ``day``: on which it is received, by default today;
    an import that goes on keeps its day. What is not taken goes to ``rejects``, all of it again where an import goes
    on. Raises ``Problem`` or ``Problems`` where the file or its columns cannot be read, before anything is written, and
    ``StorageError`` where somebody else imports the same file at the same time.
    """
    watch = watch or _unwatched
    file_digest = digest(path)
    run = None if engine is None else _find(engine, file_digest, mapping)
    if run is not None and run.state == State.DONE:
        return Imported(run.done, added=run.added, unchanged=run.unchanged, changed=run.changed, done_before=True)
    received_on = run.received_on if run is not None else day or today(clock)
    with open_sheet(path, mapping.layout, score_by(mapping)) as sheet, _unchanged(path) as check_unchanged:
        table = Table(mapping, sheet, received_on)
        survey = _survey(table, watch)
        together = _repeated(table, survey, watch)
        if run is None and engine is not None:
            run = _begin(engine, path.name, file_digest, mapping, received_on, clock)
        begun_at = run.done if run is not None else 0
        counts = _Counts()
        with _few_collections():
            for done, statements in _batches(table, survey, together, rejects, counts, begun_at, batch, watch):
                if engine is not None and run is not None and (done > run.done or done == survey.rows):
                    check_unchanged()
                    _write(engine, run, statements, done, done == survey.rows, dictionary, clock)
    stored = run if run is not None else _Run(0, received_on, 0, State.RUNNING)
    return Imported(
        *(counts.rows, counts.enterprises, counts.merged, rejects.rows, rejects.cells),
        *(stored.added, stored.unchanged, stored.changed, begun_at),
    )


def _unwatched(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@contextmanager
def _few_collections() -> Iterator[None]:
    """A batch is many objects and no cycles: looking for some after every 700 objects took a quarter of the time."""
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


@contextmanager
def _unchanged(path: Path) -> Iterator[Callable[[], None]]:
    """What raises ``Problem`` once a file is no longer what it was."""
    before = path.stat()

    def check() -> None:
        now = path.stat()
        if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise Problem(path.name, None, "", "导入当中文件被改动了", "请等文件写完，再重新导入；已导入的部分保持不变")

    yield check


# ------------------------------------------------------------------ reading


def _survey(table: Table, watch: Watch) -> _Survey:
    """Read all of a file once, and find the credit codes that are repeated."""
    sheet = table.sheet
    hashes = array("q")
    rows = 0
    for row in sheet.rows([table.code_place], lambda done: watch("检查文件", done, sheet.size)):
        rows += 1
        code = _code(row, 0, escaped=sheet.escaped)
        if code is not None:
            hashes.append(hash(code))
    sorted_hashes = np.sort(np.frombuffer(hashes, dtype=np.int64)) if hashes else np.empty(0, dtype=np.int64)
    again = sorted_hashes[1:][sorted_hashes[1:] == sorted_hashes[:-1]]
    repeated = np.unique(again)
    if len(again) + len(repeated) > MOST_REPEATED:
        raise Problem(
            sheet.file,
            None,
            table.mapping.code_column,
            f"有 {len(again) + len(repeated)} 行的统一社会信用代码重复",
            f"请一家企业一行；重复的最多 {MOST_REPEATED} 行，各年各占一行的表请先改成各年各占一列",
        )
    watch("检查文件", sheet.size, sheet.size)
    return _Survey(rows, frozenset(map(int, repeated)))


def _code(row: Row, position: int, *, escaped: bool) -> str | None:
    if row.problem is not None:
        return None
    try:
        return read_code(row.cells[position], escaped=escaped)
    except BadText:
        return None


def _repeated(table: Table, survey: _Survey, watch: Watch) -> Mapping[str, _Together]:
    """What the rows of each credit code that is repeated say together."""
    if not survey.repeated:
        return {}
    rows = RowReader(table)
    position = table.position(table.mapping.code_column)
    found: dict[str, list[tuple[Row, Profile]]] = {}
    for number, row in enumerate(table.sheet.rows(table.wanted)):
        code = _code(row, position, escaped=table.sheet.escaped)
        if code is not None and hash(code) in survey.repeated:
            profile = rows.read(row).profile
            if profile is not None:
                found.setdefault(code, []).append((row, profile))
        if number % BATCH == 0:
            watch("核对重复", number, survey.rows)
    together: dict[str, _Together] = {}
    for code, readings in found.items():
        if len(readings) > 1:
            profile, rejects = combined(readings, table)
            numbers = tuple(row.number for row, _ in readings)
            together[code] = _Together(numbers[0], numbers, profile, rejects)
    return together


def _batches(
    table: Table,
    survey: _Survey,
    together: Mapping[str, _Together],
    rejects: Rejects,
    counts: _Counts,
    begun_at: int,
    batch: int,
    watch: Watch,
) -> Iterator[tuple[int, Sequence[Statement]]]:
    """So many rows at a time, what those say that are not in the database yet; with the rows that are done then."""
    reader = RowReader(table)
    done = 0
    pending: list[Statement] = []
    for done, row in enumerate(table.sheet.rows(table.wanted), start=1):
        read = reader.read(row)
        counts.rows += read.profile is not None or bool(read.rejects)
        for reject in read.rejects:
            rejects.add(reject)
        said = _said(table, row, read.profile, together, rejects, counts)
        if said is not None and done > begun_at:
            pending.append(said)
        if done % batch == 0 and done < survey.rows:
            yield done, pending
            pending = []
            watch("导入", done, survey.rows)
    yield done, pending
    watch("导入", done, survey.rows)


def _said(
    table: Table,
    row: Row,
    profile: Profile | None,
    together: Mapping[str, _Together],
    rejects: Rejects,
    counts: _Counts,
) -> Statement | None:
    """The statement that is taken at a row: its own, or of all rows on the same enterprise at the first of them."""
    if profile is None:
        return None
    several = together.get(profile.credit_code or "")
    if several is None:
        counts.enterprises += 1
        return statement(table, profile, (row.number,), table.day)
    if row.number != several.first:
        counts.merged += 1
        return None
    for reject in several.rejects:
        rejects.add(reject)
    counts.enterprises += 1
    return statement(table, several.profile, several.rows, table.day)


# ------------------------------------------------------------------ writing


def _find(engine: Engine, file_digest: str, mapping: TableMapping) -> _Run | None:
    with reading(engine) as session:
        same = (col(ImportRow.file_digest) == file_digest, col(ImportRow.mapping_digest) == mapping.digest)
        row = session.exec(sqlmodel.select(ImportRow).where(*same)).one_or_none()
        if row is None or row.id is None:
            return None
        return _Run(row.id, row.received_on, row.rows_done, row.state, row.added, row.unchanged, row.changed)


def _begin(engine: Engine, name: str, file_digest: str, mapping: TableMapping, received_on: date, clock: Clock) -> _Run:
    now = clock()
    with _alone(), writing(engine) as session:
        row = ImportRow(
            file_digest=file_digest,
            mapping_digest=mapping.digest,
            name=name,
            received_on=received_on,
            state=State.RUNNING,
            rows_done=0,
            added=0,
            unchanged=0,
            changed=0,
            started_at=now,
            updated_at=now,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        return _Run(row.id, received_on, 0, State.RUNNING)


@contextmanager
def _alone() -> Iterator[None]:
    """Where two begin the same import at the same time, the second one stops."""
    try:
        yield
    except IntegrityError:
        raise StorageError(_NOT_ALONE) from None


_NOT_ALONE = "同一份文件正由另一个进程导入。请等它结束；它中断了的话，再运行一次就会接着导入"


def _write(
    engine: Engine,
    run: _Run,
    statements: Sequence[Statement],
    done: int,
    is_last: bool,
    dictionary: Dictionary,
    clock: Clock,
) -> None:
    """One batch, with how far the import is then: both or neither."""
    with writing(engine) as session:
        new = _not_said_last(session, statements, ProfileText(dictionary))
        recorded = record(session, new, dictionary)
        added, unchanged = run.added + recorded.added, run.unchanged + len(statements) - recorded.added
        changed = run.changed + len(recorded.changed_enterprises)
        state = State.DONE if is_last else State.RUNNING
        ours = (
            col(ImportRow.id) == run.id,
            col(ImportRow.rows_done) == run.done,
            col(ImportRow.state) == State.RUNNING,
        )
        result = session.connection().execute(
            update(ImportRow)
            .where(*ours)
            .values(rows_done=done, state=state, added=added, unchanged=unchanged, changed=changed, updated_at=clock())
        )
        if result.rowcount != 1:
            raise StorageError(_NOT_ALONE)
    run.done, run.state, run.added, run.unchanged, run.changed = done, state, added, unchanged, changed


def _not_said_last(session: Session, statements: Sequence[Statement], texts: ProfileText) -> list[Statement]:
    """The statements that do not merely repeat what the same source said last of the same enterprise.

    The same rows in another file are no news, though their origin differs.
    """
    database = session.connection()
    codes = [str(each.profile.credit_code) for each in statements]
    last: dict[tuple[str, str], str] = {}
    for start in range(0, len(codes), _CHUNK):
        # By keys, step by step: in one query, a server without statistics walks through all statements every time.
        chunk = codes[start : start + _CHUNK]
        known = select(col(EnterpriseRow.id), col(EnterpriseRow.credit_code))
        code_of = {row[0]: row[1] for row in database.execute(known.where(col(EnterpriseRow.credit_code).in_(chunk)))}
        if not code_of:
            continue
        numbers = select(col(StatementRow.enterprise_id), func.max(col(StatementRow.number)))
        numbers = numbers.where(col(StatementRow.enterprise_id).in_(code_of))
        by_source = numbers.group_by(col(StatementRow.enterprise_id), col(StatementRow.source))
        keys = [tuple(row) for row in database.execute(by_source)]
        contents = select(col(StatementRow.enterprise_id), col(StatementRow.source), col(StatementRow.content))
        for first in range(0, len(keys), _CHUNK):
            key = tuple_(col(StatementRow.enterprise_id), col(StatementRow.number))
            for row in database.execute(contents.where(key.in_(keys[first : first + _CHUNK]))):
                last[code_of[row[0]], row[1]] = row[2]
    return [
        each
        for each in statements
        if (said := last.get((str(each.profile.credit_code), each.source.value))) is None
        or said != texts.write(each.profile)
    ]
