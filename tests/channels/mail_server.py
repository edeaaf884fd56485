"""A small SMTP server that keeps what it gets, knows STARTTLS and sign-in, and can be told to refuse."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

USER, PASSWORD = "huiqi", "a-long-password"


@dataclass
class MailServer:
    """``taken``: envelopes, as (sender, recipient, message). ``refuse``: what to answer to a recipient, by address;
    ``then``: what to answer to a whole message. ``drop``: so many times the connection breaks before an answer."""

    context: ssl.SSLContext | None = None
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    then: str = "250 taken"
    drop: int = 0
    signed_in: int = 0
    encrypted: int = 0
    connections: int = 0
    port: int = 0

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=default) for _, _, content in self.taken]


@contextmanager
def mail_server(context: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    kept = MailServer(context)

    class Handler(socketserver.StreamRequestHandler):
        timeout = 30

        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            kept.connections += 1
            self.say("220 mail.test")
            sender = recipient = ""
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                word, _, rest = line.partition(" ")
                match word.upper():
                    case "EHLO":
                        more = (
                            "STARTTLS" if kept.context and not isinstance(self.request, ssl.SSLSocket) else "8BITMIME"
                        )
                        self.wfile.write(f"250-mail.test\r\n250-AUTH PLAIN\r\n250 {more}\r\n".encode())
                    case "STARTTLS":
                        self.say("220 go on")
                        assert kept.context is not None
                        self.request = kept.context.wrap_socket(
                            self.request, server_side=True, do_handshake_on_connect=False
                        )
                        try:
                            self.request.do_handshake()
                        except ssl.SSLError:
                            return  # the other side does not trust the certificate
                        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
                        kept.encrypted += 1
                    case "AUTH":
                        right = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
                        good = rest == f"PLAIN {right}"
                        kept.signed_in += good
                        self.say("235 welcome" if good else "535 no")
                    case "MAIL":
                        sender = rest
                        self.say("250 well")
                    case "RCPT":
                        recipient = rest.partition(":")[2].strip("<>")
                        self.say(kept.refuse.get(recipient, "250 well"))
                    case "DATA":
                        self.say("354 go on")
                        lines = []
                        while (part := self.rfile.readline()) != b".\r\n":
                            lines.append(part.removeprefix(b".") if part.startswith(b"..") else part)
                        if kept.drop:
                            kept.drop -= 1
                            return
                        if kept.then.startswith("2"):
                            kept.taken.append((sender, recipient, b"".join(lines)))
                        self.say(kept.then)
                    case "QUIT":
                        self.say("221 bye")
                        return
                    case _:
                        self.say("250 well")

        def finish(self) -> None:
            super().finish()
            self.request.close()

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield kept
        finally:
            server.shutdown()
