"""A portal that receives webhooks, as the other side would: it checks signatures with the library of the
specification, takes each ``webhook-id`` once, and can be told to fail.

In a test: ``with receiving(SECRET) as portal``. As a process of its own, for soaks: ``python -m tests.channels.portal
--port 9000 --secret whsec_… --file received.jsonl``; each letter that it took is a line of the file by then.
"""

import argparse
import json
import os
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "A" * 32
OTHER_SECRET = "whsec_" + "B" * 32


@dataclass(frozen=True)
class Answer:
    """How to answer one request. ``wait``: seconds before the answer; ``body``, of which ``drip`` parts come slowly."""

    status: int = 204
    headers: tuple[tuple[str, str], ...] = ()
    wait: float = 0.0
    body: bytes = b""
    drip: float = 0.0


@dataclass
class Received:
    """A request whose signature was right."""

    id: str
    content: dict[str, Any]


@dataclass
class Portal:
    """What arrived. ``taken``: each letter once, by its id; ``requests``: all; ``forged``: with a wrong signature.

    ``answers``: how to answer the next requests, one each; then ``usual``.
    """

    secrets: Sequence[str]
    file: Path | None = None
    usual: Answer = Answer()
    answers: deque[Answer] = field(default_factory=deque)
    requests: list[Received] = field(default_factory=list)
    taken: dict[str, Received] = field(default_factory=dict)
    forged: int = 0
    connections: int = 0
    address: tuple[str, int] = ("127.0.0.1", 0)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}/hooks"

    def receive(self, headers: dict[str, str], body: bytes) -> Answer:
        """Note a request; a letter counts as taken only where the answer says so."""
        content = self._read(headers, body)
        with self._turn:
            if content is None:
                self.forged += 1
                return Answer(401)
            answer = self.answers.popleft() if self.answers else self.usual
            one = Received(headers["webhook-id"], content)
            self.requests.append(one)
            if 200 <= answer.status < 300 and one.id not in self.taken:
                self.taken[one.id] = one
                self._keep(one)
            return answer

    def _read(self, headers: dict[str, str], body: bytes) -> dict[str, Any] | None:
        for secret in self.secrets:
            try:
                content: dict[str, Any] = Webhook(secret).verify(body, headers)
            except WebhookVerificationError:
                continue
            return content
        return None

    def _keep(self, one: Received) -> None:
        if self.file is not None:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"id": one.id, **one.content}, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())


@contextmanager
def receiving(*secrets: str, port: int = 0, file: Path | None = None) -> Iterator[Portal]:
    """A portal that listens on this machine until the end of the block."""
    portal = Portal(secrets or (SECRET,), file)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def setup(self) -> None:
            super().setup()
            portal.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = portal.receive({name.lower(): value for name, value in self.headers.items()}, body)
            time.sleep(answer.wait)
            try:
                self._answer(answer)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _answer(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if not answer.drip:
                self.wfile.write(answer.body)
                return
            for number in range(len(answer.body)):
                self.wfile.write(answer.body[number : number + 1])
                self.wfile.flush()
                time.sleep(answer.drip)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: tests look at what was kept."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    with Server(("127.0.0.1", port), Handler) as server:
        portal.address = ("127.0.0.1", server.server_address[1])
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield portal
        finally:
            server.shutdown()


def main() -> None:
    reader = argparse.ArgumentParser(description="A portal that receives webhooks, for soaks.")
    reader.add_argument("--port", type=int, default=0)
    reader.add_argument("--secret", action="append", default=[])
    reader.add_argument("--file", type=Path)
    given = reader.parse_args()
    with receiving(*(given.secret or [SECRET]), port=given.port, file=given.file) as portal:
        print(portal.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
