"""The webhook to a portal, by the Standard Webhooks specification (https://www.standardwebhooks.com): one signed
request a letter, whose ``webhook-id`` is the letter's id, so that the portal can tell what it has already.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from enterprises.calendar import Clock
from recommender.channels.allowed import Allowed
from recommender.channels.letters import Letter, Outcome, Permanent, Sent, Temporary

if TYPE_CHECKING:
    from requests import Response, Session

CONNECT, READ = 5.0, 15.0
"""Seconds to wait for a connection, and for an answer."""

AT_ONCE = 8
"""Requests at the same time."""

PATIENCE = 2.0
"""Seconds for the rest of an answer, once its status is known."""

MOST_READ = 16 * 1024
"""Bytes of an answer that are read: none of them matters, but a connection is only used again once it is read."""

MOST_TIME = 60.0
"""Seconds for one call: letters that were not begun by then are for the next."""

LONGEST_WAIT = 24 * 3600
"""Seconds; a portal that asks for more patience is tried again after as many."""

_TRY_AGAIN = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """``secrets``: as the specification writes them (``whsec_…``), each signs: while one is being changed, the portal
    knows either. ``site``: before the paths of pages. ``private``: the portal is in a private network."""

    url: str
    secrets: tuple[str, ...] = field(repr=False)
    site: str = ""
    private: bool = False

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


class Portal:
    """Sends letters to the portal of ``settings``."""

    name = "webhook"
    label = "门户推送"
    rings = False

    def __init__(self, settings: WebhookSettings, allowed: Allowed, now: Clock) -> None:
        self._settings, self._allowed, self._now = settings, allowed, now

    def __repr__(self) -> str:
        return f"Portal({self._settings.host})"

    def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Send each letter; several at a time."""
        refusal = self._allowed.refusal(self._settings.host)
        if refusal is not None:
            return [refusal for _ in letters]
        _ = self._session  # made before there are threads
        deadline = time.monotonic() + MOST_TIME
        return list(self._threads.map(lambda letter: self._send(letter, deadline), letters))

    def close(self) -> None:
        """Let go of threads and connections."""
        if "_threads" in vars(self):
            self._threads.shutdown()
        if "_session" in vars(self):
            self._session.close()

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")

    @cached_property
    def _session(self) -> Session:
        from recommender.channels.public_hosts import session

        return session(self._settings.private, AT_ONCE)

    def _send(self, letter: Letter, deadline: float) -> Outcome:
        if time.monotonic() > deadline:
            return Temporary("门户太慢，这一批没有发完")
        import requests
        from urllib3.exceptions import MaxRetryError

        from recommender.channels.public_hosts import PrivateHost

        body = json.dumps(payload(letter, self._settings.site), ensure_ascii=False, separators=(",", ":"))
        headers = sign(letter.id, body, self._now(), self._settings.secrets)
        try:
            with self._session.post(
                self._settings.url,
                data=body.encode(),
                headers=headers,
                timeout=(CONNECT, READ),
                allow_redirects=False,
                stream=True,
            ) as response:
                outcome = understand(letter.id, response.status_code, response.headers.get("Retry-After"), self._now())
                _read_out(response)
                return outcome
        except requests.Timeout:
            return Temporary("门户没有及时回答")
        except requests.exceptions.SSLError:
            return Temporary("门户的证书不可信，请管理员检查 HUIQI_WEBHOOK_URL")
        except requests.ConnectionError as error:
            why = error.args[0] if error.args else None
            if isinstance(why, MaxRetryError) and isinstance(why.reason, PrivateHost):
                return Permanent("门户的地址在内部网络里，没有发送。确实如此的，请设置 HUIQI_WEBHOOK_PRIVATE=1")
            return Temporary("连不上门户")
        except requests.RequestException:
            return Temporary("门户的回答看不懂")


def payload(letter: Letter, site: str = "") -> dict[str, Any]:
    """A letter as the portal gets it. Amounts in 分; ``url`` is a page of this application, or empty."""
    return {
        "type": f"{letter.kind}.letter",
        "timestamp": letter.written_at.astimezone(UTC).isoformat(),
        "data": {
            "id": letter.id,
            "campaign": letter.campaign,
            "credit_code": letter.credit_code,
            "title": letter.title,
            "lines": list(letter.lines),
            "url": f"{site}{letter.path}" if letter.path else "",
            "items": [
                {
                    "push": each.id,
                    "item": each.item_id,
                    "version": each.item_version,
                    "title": each.title,
                    "verdict": each.verdict,
                    "amount_low": each.amount_low,
                    "amount_high": each.amount_high,
                }
                for each in letter.pushed
            ],
        },
    }


def sign(letter_id: str, body: str, moment: datetime, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of a request, with a signature by each secret."""
    from standardwebhooks import Webhook

    moment = moment.astimezone(UTC)  # the library takes any moment for one in UTC
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "huiqi",
        "webhook-id": letter_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(letter_id, moment, body) for secret in secrets),
    }


def understand(letter_id: str, status: int, retry_after: str | None, now: datetime) -> Outcome:
    """What the status of an answer means. A redirect is not followed: whoever answers there has not signed up."""
    if 200 <= status < 300:
        return Sent(letter_id)
    if status in _TRY_AGAIN or status >= 500:
        return Temporary(f"门户暂时不收（{status}）", _seconds(retry_after, now))
    if status == 410:
        return Permanent("门户说它不再接收（410）")
    if 300 <= status < 400:
        return Permanent(f"门户要转到别的地址（{status}），没有照做。请管理员检查 HUIQI_WEBHOOK_URL")
    return Permanent(f"门户拒收（{status}）")


def _seconds(retry_after: str | None, now: datetime) -> int | None:
    """How long to wait by a header that names seconds or a moment (RFC 9110); ``None`` where it says nothing."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0, int((until - now).total_seconds()) + 1), LONGEST_WAIT)


def _read_out(response: Response) -> None:
    """Read an answer that is short and comes at once; any other is left, and its connection with it."""
    read, deadline = 0, time.monotonic() + PATIENCE
    try:
        while part := response.raw.read1(MOST_READ):
            read += len(part)
            if read > MOST_READ or time.monotonic() > deadline:
                response.raw.close()
                return
    except Exception:  # whatever is wrong with its body, it was answered
        response.raw.close()
