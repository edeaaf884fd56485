"""Real workers, killed with SIGKILL at any moment: in the end each push is there once and has arrived.

A small version of ``bench/campaigns.py``, which does the same with 200,000 enterprises.
"""

import os
import signal
import time
from pathlib import Path
from random import Random

import pytest
from sqlmodel import select

from enterprises.credit_code import complete
from enterprises.database import reading
from enterprises.dictionary import Source
from enterprises.profiles import Observation, Profile
from recommender.campaigns.campaigns import load_campaign
from recommender.campaigns.content import Kind
from recommender.campaigns.states import State
from recommender.campaigns.tables import DeliveryRow, PushRow
from tests.recommender.campaigns import wired_worker
from tests.recommender.campaigns.made_up import FIRM, LARGE, Office, store

MORE = tuple(complete(f"91610602MAHQ8{number:03}0") for number in range(150))
KILLS = 8
LONGEST = 60
"""Seconds; it takes a tenth of that on a machine that has nothing else to do."""


def firm(code: str) -> Profile:
    known = {"region": "610602", "entity_kind": "企业", "operating_status": "存续"}
    return Profile(code, None, {name: Observation(value, Source.REGISTER) for name, value in known.items()})


def fork(url: str, snapshots: Path, arrived: Path, number: int) -> int:
    """A worker in a process of its own, without waiting for libraries to load; its id."""
    child = os.fork()
    if child:
        return child
    try:
        wired_worker.main(url, str(snapshots), str(arrived), f"w{number}")
    finally:
        os._exit(0)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_whatever_is_killed_each_push_is_planned_once_and_arrives(office: Office, tmp_path: Path) -> None:
    store(office.engine, map(firm, MORE))
    campaign_id = office.started(office.content(FIRM, LARGE, kinds=(Kind.ELIGIBLE, Kind.UNDETERMINED), only_new=False))
    url, arrived = office.engine.url.render_as_string(hide_password=False), tmp_path / "arrived"
    arrived.touch()
    office.engine.dispose()
    chance, numbers, killed = Random(1), iter(range(1000)), 0
    workers = [fork(url, office.folder, arrived, next(numbers)) for _ in range(2)]
    began = time.monotonic()
    try:
        while state(office, campaign_id) is not State.FINISHED:
            assert time.monotonic() < began + LONGEST, "it does not come to an end"
            if killed < KILLS:
                time.sleep(chance.uniform(0.02, 0.4))
                victim = workers.pop(chance.randrange(len(workers)))
                os.kill(victim, signal.SIGKILL)
                os.waitpid(victim, 0)
                workers.append(fork(url, office.folder, arrived, next(numbers)))
                killed += 1
            else:
                time.sleep(0.05)
    finally:
        for each in workers:
            os.kill(each, signal.SIGTERM)
        for each in workers:
            os.waitpid(each, 0)
    with reading(office.engine) as session:
        campaign = load_campaign(session, campaign_id)
        ids = {row.id for row in session.exec(select(DeliveryRow)) if row.state == "sent"}
        pushes = len(session.exec(select(PushRow)).all())
    told = dict(line.split() for line in arrived.read_text().splitlines())
    assert campaign.estimate is not None
    assert pushes == campaign.estimate.pushes
    assert len(ids) == campaign.estimate.deliveries >= len(MORE)
    assert told.keys() == ids
    assert sum(map(int, told.values())) == pushes


def state(office: Office, campaign_id: int) -> State:
    with reading(office.engine) as session:
        found = load_campaign(session, campaign_id).state
    office.engine.dispose()  # nothing of ours is open when a worker is forked
    return found
