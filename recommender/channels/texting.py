"""Text messages (短信), through a gateway. The one that is here writes to a file, for development.

A real gateway is bound to a contract with an operator; it is a ``Gateway``, and nothing else changes.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from enterprises.calendar import Clock, system_clock
from recommender.channels.letters import Outcome, Sent, Temporary
from recommender.channels.notes import Note
from recommender.messages.subscription import Channel

LONGEST = 500
"""Characters of a text message: eight parts of the 67 that one holds are 536."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text message; ``id`` is the same however often it is handed over."""

    id: str
    number: str = field(repr=False)
    words: str


class Gateway(Protocol):
    """Takes text messages over. Who gets the same id twice sends it once."""

    def take(self, texts: Sequence[Text]) -> Sequence[Outcome]:
        """What became of each, in their order; never raises."""


@dataclass(frozen=True, slots=True)
class Texting:
    """Sends notes as text messages: the title, then what there is room for, and the link."""

    gateway: Gateway
    channel: Channel = Channel.SMS

    def deliver(self, notes: Sequence[Note]) -> Sequence[Outcome]:
        return self.gateway.take([Text(note.id, note.address, shorten(note)) for note in notes])


def shorten(note: Note) -> str:
    """A note as one text message; the link and the way out are never cut."""
    end = "".join([f" {note.link}" if note.link else "", f" 退订：{note.unsubscribe}" if note.unsubscribe else ""])
    said = f"{note.title}。{' '.join(note.lines)}" if note.lines else note.title
    room = max(0, LONGEST - len(end))
    return (said if len(said) <= room else f"{said[: room - 1]}…") + end


class FileGateway:
    """A gateway that appends to a file, a JSON object a line, which only its owner can read; each is on the disk before
    it counts as taken. Several processes may write to one file: they take turns, and know each other's lines."""

    def __init__(self, file: Path, now: Clock = system_clock) -> None:
        self._file, self._now = file, now
        self._seen: set[str] = set()
        self._read = 0
        self._turn = threading.Lock()

    def take(self, texts: Sequence[Text]) -> Sequence[Outcome]:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with self._turn, os.fdopen(descriptor, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                self._catch_up(file)
                self._append(file, texts)
        except OSError as error:
            return [Temporary(f"短信文件写不进去：{error.strerror}") for _ in texts]
        return [Sent(text.id) for text in texts]

    def _catch_up(self, file: IO[bytes]) -> None:
        """Read what others appended; a line that broke off when a machine stopped was never taken, and goes."""
        if os.fstat(file.fileno()).st_size < self._read:
            self._seen, self._read = set(), 0
        file.seek(self._read)
        rest = file.read()
        whole = rest[: rest.rfind(b"\n") + 1]
        self._seen.update(json.loads(line)["id"] for line in whole.splitlines())
        self._read += len(whole)
        if len(whole) < len(rest):
            file.truncate(self._read)

    def _append(self, file: IO[bytes], texts: Sequence[Text]) -> None:
        lines = b""
        for text in texts:
            if text.id not in self._seen:
                self._seen.add(text.id)
                kept = {"id": text.id, "number": text.number, "text": text.words, "at": self._now().isoformat()}
                lines += json.dumps(kept, ensure_ascii=False).encode() + b"\n"
        try:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            self._seen, self._read = set(), 0  # whatever stands in the file by now, counts
            raise
        self._read += len(lines)
