"""A real worker in a process of its own, to be killed: ``python -m … URL SNAPSHOTS FILE NAME``.

Its channel writes the id of each letter to a file, and takes a moment for each. It works until it is told to stop.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from enterprises.calendar import system_clock
from enterprises.database import connect
from recommender.campaigns.worker import Worker
from recommender.channels.letters import Letter, Sent
from tests.recommender.campaigns.made_up import DAY, DICTIONARY


class Written:
    """Each letter is a line, which is there whole or not at all, whenever its writer is killed."""

    name, label, rings = "wire", "测试", False

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def send(self, letters: Sequence[Letter]) -> Sequence[Sent]:
        return [self._send(letter) for letter in letters]

    def _send(self, letter: Letter) -> Sent:
        os.write(self._file, f"{letter.id} {len(letter.pushed)}\n".encode())
        time.sleep(0.004)
        return Sent(letter.id)


def main(url: str, snapshots: str, path: str, name: str) -> None:
    worker = Worker(
        engine=connect(url),
        dictionary=DICTIONARY,
        channels={"wire": Written(Path(path))},
        snapshots=Path(snapshots),
        name=f"{name}:{os.getpid()}",
        now=system_clock,
        day=lambda: DAY,
        lease=timedelta(seconds=1),
        batch=6,
    )
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run(time.sleep, idle=0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
