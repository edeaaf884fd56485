"""How long each page takes with many enterprises in the database and two server processes: p50 and p95.

``python -m bench.pages [--enterprises 200000] [--rounds 200]``: makes a database of the sample population (kept in
``var/bench``, since that takes minutes), signs in as the owner of random enterprises, and asks for each page again and
again, one request after the other, over one connection. What is measured is the whole request as a client sees it.
Each page is compared with the plainest one of the same server, the list of documents.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from flask.sessions import SecureCookieSessionInterface

FOLDER = Path("var/bench")
SECRET = "of the bench alone"  # noqa: S105
OWNERS = 200
"""So many different enterprises are looked at, each by an account of its own."""


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--enterprises", type=int, default=200_000)
    asked.add_argument("--rounds", type=int, default=200)
    asked.add_argument("--workers", type=int, default=2)
    options = asked.parse_args()
    url = _database(options.enterprises)
    owners = _owners(url)
    with _server(url, options.workers) as port:
        print(f"{options.enterprises:,} enterprises, {options.workers} workers, {options.rounds} requests a page")
        plain = None
        for name, path, cookie in _pages(owners):
            times = _measure(port, path, cookie, options.rounds)
            middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            plain = plain or middle
            print(
                f"{name:24} p50 {1e3 * middle:7.1f} ms   p95 {1e3 * late:7.1f} ms   {middle / plain:5.1f} x documents"
            )


def _database(enterprises: int) -> str:
    """The database with so many made-up enterprises, made where there is none yet."""
    from web.setup import setup

    FOLDER.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{FOLDER / f'pages-{enterprises}.db'}"
    start = time.perf_counter()
    setup(url, sample=True, population=enterprises)
    print(f"database ready after {time.perf_counter() - start:.0f} s")
    return url


def _owners(url: str) -> list[tuple[str, str, str]]:
    """Credit code, name and cookie of the owners of some enterprises, who have signed in."""
    from sqlmodel import col, func, select

    from enterprises.calendar import system_clock
    from enterprises.database import connect, reading, writing
    from enterprises.sealing import Seal, keys_of
    from enterprises.tables import EnterpriseRow
    from web.accounts.memberships import bind
    from web.accounts.people import account_of
    from web.accounts.sessions import begin_session
    from web.accounts.visitor import Role
    from web.pages import SESSION

    seal, now, engine = Seal(keys_of(_environment())), system_clock(), connect(url)
    try:
        with reading(engine) as session:
            highest = session.scalar(select(func.max(EnterpriseRow.id))) or 0
            chosen = random.Random(1).sample(range(1, highest + 1), OWNERS)
            wanted = select(EnterpriseRow.credit_code, EnterpriseRow.name).where(col(EnterpriseRow.id).in_(chosen))
            found = list(session.exec(wanted))
        owners = []
        with writing(engine) as session:
            for code, name in found:
                account = account_of(session, "https://bench.invalid", code, "王小明", seal, now)
                bind(session, account.id, code, Role.OWNER, "bench", now)
                owners.append((code, name or "", _cookie({SESSION: begin_session(session, account.id, now)})))
        return owners
    finally:
        engine.dispose()


def _cookie(content: dict[str, str]) -> str:
    from web.app import create_app
    from web.settings import Settings

    app = create_app(Settings(secret_key=SECRET))
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(content)}"


def _environment() -> dict[str, str]:
    key = FOLDER / "key"
    if not key.exists():
        from enterprises.sealing import new_key

        key.write_text(new_key(), encoding="ascii")
    return {**os.environ, "HUIQI_SECRET_KEY": SECRET, "HUIQI_DATA_KEYS": key.read_text(encoding="ascii")}


def _pages(owners: list[tuple[str, str, str]]) -> Iterator[tuple[str, Callable[[int], str], Callable[[int], str]]]:
    """Each page's name, its address in a round, and the cookie that is sent with it."""

    def anybody(_: int) -> str:
        return ""

    def owner(turn: int) -> str:
        return owners[turn % len(owners)][2]

    for name, path in PUBLIC.items():
        yield name, lambda _, path=path: path, anybody  # type: ignore[misc]
    yield "look-up by part of name", lambda turn: f"/lookup?text={quote(owners[turn % len(owners)][1][2:6])}", anybody
    yield "look-up by pinyin", lambda turn: f"/lookup?text={PINYIN[turn % len(PINYIN)]}", anybody
    yield "look-up by code", lambda turn: f"/lookup?text={owners[turn % len(owners)][0]}", anybody
    for name, ending in OWN.items():
        yield name, lambda turn, ending=ending: f"/mine/{owners[turn % len(owners)][0]}{ending}", owner  # type: ignore[misc]


PUBLIC = {
    "documents": "/documents",
    "start": "/",
    "form": "/check",
    "items": "/items",
    "item": "/items/yanan-2023-private-economy.15",
    "search": f"/search?text={quote('厂里要换一批新设备，能补多少钱')}",
    "calendar": "/calendar",
    "calendar feed": "/calendar.ics",
    "changes": "/changes",
    "regions": "/regions",
    "region": "/regions/610602",
    "industries": "/industries",
    "industry": "/industries/30",
    "sign-in": "/sign-in",
}

PINYIN = ("hengtai", "yananbaota", "jixie", "xinyuan", "htjx", "guangming", "longteng", "shaanxi")

OWN = {
    "check, stored enterprise": "",
    "one item of it": "/items/yanan-2023-private-economy.15",
    "its form": "/check/facts",
    "its questions": "/check/questions",
    "what if": "/check/what-if",
    "grants": "/grants",
    "inbox": "/inbox",
    "subscriptions": "/subscriptions",
    "appeals": "/appeals",
    "codes": "/codes",
    "members": "/members",
    "package to print": "/package",
    "package as Excel": "/package.xlsx",
}


def _measure(port: int, path: Callable[[int], str], cookie: Callable[[int], str], rounds: int) -> list[float]:
    """Seconds of each request, after a few that warm up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times = []
    for turn in range(-8, rounds):
        start = time.perf_counter()
        # Each time from another address, as a proxy would say it: one alone may not look up so often.
        sent = {
            "Cookie": cookie(turn),
            "Accept-Encoding": "gzip",
            "X-Forwarded-For": f"10.0.{(turn + 8) // 250}.{(turn + 8) % 250}",
        }
        connection.request("GET", path(turn), headers=sent)
        response = connection.getresponse()
        response.read()
        taken = time.perf_counter() - start
        if response.status not in (200, 304):
            raise SystemExit(f"{path(turn)} answered {response.status}")
        if turn >= 0:
            times.append(taken)
    connection.close()
    return times


@contextmanager
def _server(url: str, workers: int) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "web.cli", "serve", "--sample", "--port", str(port), "--workers", str(workers)]
    environment = {
        **_environment(),
        "DATABASE_URL": url,
        "HUIQI_INDEX": str(FOLDER / "index"),
        "HUIQI_PROXIES": "1",
    }
    server = subprocess.Popen(command, env=environment)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait(port: int) -> None:
    """Until pages are answered, and what is prepared beside them is ready."""
    for _ in range(240):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/documents")
            if connection.getresponse().status == 200:
                time.sleep(10)
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise SystemExit("the server does not answer")


if __name__ == "__main__":
    main()
