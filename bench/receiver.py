"""A server that takes letters and writes down what arrived: ``python -m bench.receiver FILE`` prints its port.

A line a letter: its id, how many pushes it told of, and how many times it has arrived by then. It answers 200 to all.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

_END = b"\r\n\r\n"
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receiver(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self, path: Path, seen: Counter[str]) -> None:
        self._file, self._seen, self._waiting = path.open("a", encoding="ascii"), seen, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (end := self._waiting.find(_END)) >= 0:
            length = _length(self._waiting[:end])
            whole = end + len(_END) + length
            if len(self._waiting) < whole:
                return
            self._take(json.loads(self._waiting[end + len(_END) : whole]))
            self._waiting = self._waiting[whole:]
            self._transport.write(_ANSWER)

    def connection_lost(self, exc: Exception | None) -> None:
        self._file.close()

    def _take(self, letter: dict[str, object]) -> None:
        name, pushes = str(letter["id"]), letter["pushes"]
        assert isinstance(pushes, list)
        self._seen[name] += 1
        self._file.write(f"{name} {len(pushes)} {self._seen[name]}\n")
        self._file.flush()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def _serve(path: Path) -> None:
    seen: Counter[str] = Counter()
    server = await asyncio.get_running_loop().create_server(lambda: Receiver(path, seen), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
