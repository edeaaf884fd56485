"""E-mail: plain text through an SMTP server, with the header by which mail programs offer to unsubscribe (RFC 8058)."""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any, Literal

from recommender.channels.letters import Outcome, Permanent, Sent, Temporary
from recommender.channels.notes import Note
from recommender.messages.subscription import Channel

TIMEOUT = 20.0
"""Seconds to wait for the server, at each step."""

MOST_TIME = 60.0
"""Seconds for one call: notes that were not begun by then are for the next."""

LONGEST_TITLE = 200
"""Characters of a subject."""

_LONGEST_LINE = 990
"""Octets of a header that is not broken into lines (RFC 5322 allows 998)."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_FAILED_FOR_GOOD = 500

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """``sender``: the address that letters come from, ``sender_name``: as it is shown. ``security``: how it is
    encrypted; ``none`` only within one machine. ``authority``: a file of certificates to trust, else the system's."""

    host: str
    port: int
    sender: str
    sender_name: str = "惠企"
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    authority: str | None = None


class _Unbroken(EmailPolicy):
    """Long addresses stay whole: broken up and encoded, no mail program finds them in List-Unsubscribe."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        line = f"{name}: {value}"
        if line.isascii() and len(line) <= _LONGEST_LINE and not _CONTROL.search(line):
            return line.encode("ascii") + b"\r\n"
        return super().fold_binary(name, value)


_POLICY = _Unbroken(linesep="\r\n", cte_type="7bit")

Connect = Callable[[], smtplib.SMTP]


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends through the server of ``settings``; the connection is opened once for many notes."""

    settings: SmtpSettings
    channel: Channel = Channel.EMAIL

    def deliver(self, notes: Sequence[Note]) -> Sequence[Outcome]:
        """Hand each note over; after the connection broke, the next one opens it anew."""
        outcomes: list[Outcome] = []
        server: smtplib.SMTP | None = None
        deadline = time.monotonic() + MOST_TIME
        for note in notes:
            if time.monotonic() > deadline:
                outcomes.append(Temporary("邮件服务器太慢，这一批没有发完"))
                continue
            try:
                server = server or self._connect()
                outcomes.append(self._send(server, note))
            except (OSError, smtplib.SMTPException) as error:
                outcomes.append(_why(error))
                if not isinstance(error, _ABOUT_ONE):
                    _leave(server)
                    server = None
        _leave(server)
        return outcomes

    def _send(self, server: smtplib.SMTP, note: Note) -> Sent:
        try:
            server.sendmail(self.settings.sender, [note.address], write(note, self.settings).as_bytes())
        except smtplib.SMTPResponseException:
            server.rset()
            raise
        return Sent(note.id, message_id(note, self.settings))

    def _connect(self) -> smtplib.SMTP:
        given = self.settings
        context = ssl.create_default_context(cafile=given.authority)
        server: smtplib.SMTP
        if given.security == "tls":
            server = smtplib.SMTP_SSL(given.host, given.port, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(given.host, given.port, timeout=TIMEOUT)
        try:
            if given.security == "starttls":
                server.starttls(context=context)
            if given.user:
                server.login(given.user, given.password)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server


def write(note: Note, settings: SmtpSettings) -> EmailMessage:
    """The note as a message. Nothing in it can add a header: control characters are taken out of the title."""
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = _CONTROL.sub(" ", note.title).strip()[:LONGEST_TITLE]
    message["From"] = Address(settings.sender_name, addr_spec=settings.sender)
    message["To"] = Address(addr_spec=note.address)
    message["Message-ID"] = message_id(note, settings)
    message["Auto-Submitted"] = "auto-generated"
    if note.unsubscribe:
        message["List-Unsubscribe"] = f"<{note.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(note.text, cte="base64")
    return message


def message_id(note: Note, settings: SmtpSettings) -> str:
    """The same for the same note, so that a mail program can tell that it came twice."""
    digest = hashlib.sha256(note.id.encode()).hexdigest()[:40]
    return f"<{digest}@{settings.sender.rpartition('@')[2]}>"


_ABOUT_ONE = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
"""What a server says of one message; the connection goes on."""


def _why(error: Exception) -> Outcome:
    """What a failure means. What the server wrote may name the address, so only its number is told."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Temporary("登录不上邮件服务器，请管理员检查 HUIQI_SMTP_USER 和 HUIQI_SMTP_PASSWORD")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        if codes and min(codes) >= _FAILED_FOR_GOOD:
            return Permanent(f"邮件服务器不接受这个邮箱地址（{codes[0]}）")
        return Temporary("邮件服务器暂时不接受这个邮箱地址")
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        if error.smtp_code >= _FAILED_FOR_GOOD:
            return Permanent(f"邮件服务器拒收（{error.smtp_code}）")
        return Temporary(f"邮件服务器暂时不收（{error.smtp_code}）")
    if isinstance(error, ssl.SSLError):
        return Temporary("邮件服务器的证书不可信，请管理员检查 HUIQI_SMTP_HOST")
    return Temporary("连不上邮件服务器，稍后再试")


def _leave(server: smtplib.SMTP | None) -> None:
    if server is None:
        return
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()
