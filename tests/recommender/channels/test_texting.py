"""Text messages through the gateway that writes to a file, and robots of chat groups."""

import json
import multiprocessing
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.channels.allowed import Allowed
from recommender.channels.letters import Outcome, Permanent, Sent, Temporary
from recommender.channels.notes import Guarded, Note
from recommender.channels.robots import Robot, fit, instance
from recommender.channels.texting import LONGEST, FileGateway, Text, Texting, shorten
from recommender.messages.subscription import Channel
from tests.recommender.channels.made_up import NOW

NOTE = Note("1-a", "13812345678", "有一项新的可享政策", ("第一行。", "第二行。"), "https://site/x", "https://site/out")


def texts(*numbers: int) -> list[Text]:
    return [Text(f"id-{number}", "13812345678", f"第 {number} 条") for number in numbers]


def lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def gateway(file: Path) -> FileGateway:
    return FileGateway(file, lambda: NOW)


def test_a_text_is_a_line_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "sent" / "sms.jsonl"
    assert gateway(file).take(texts(1, 2)) == [Sent("id-1"), Sent("id-2")]
    assert [(each["id"], each["number"], each["text"]) for each in lines(file)] == [
        ("id-1", "13812345678", "第 1 条"),
        ("id-2", "13812345678", "第 2 条"),
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_same_id_is_sent_once_also_by_another_process(tmp_path: Path) -> None:
    file = tmp_path / "sms.jsonl"
    first, second = gateway(file), gateway(file)
    first.take(texts(1))
    second.take(texts(1, 2, 2))
    first.take(texts(2, 3))
    gateway(file).take(texts(1, 2, 3))
    assert [each["id"] for each in lines(file)] == ["id-1", "id-2", "id-3"]


def test_a_line_that_broke_off_was_never_taken(tmp_path: Path) -> None:
    file = tmp_path / "sms.jsonl"
    gateway(file).take(texts(1))
    with file.open("ab") as torn:
        torn.write(b'{"id": "id-2", "num')
    gateway(file).take(texts(2))
    assert [each["id"] for each in lines(file)] == ["id-1", "id-2"]


def test_a_file_that_was_put_away_begins_anew(tmp_path: Path) -> None:
    file = tmp_path / "sms.jsonl"
    one = gateway(file)
    one.take(texts(1, 2))
    file.unlink()
    one.take(texts(1))
    assert [each["id"] for each in lines(file)] == ["id-1"]


def test_where_it_cannot_write_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcomes = gateway(tmp_path / "file" / "sms.jsonl").take(texts(1))
    assert isinstance(outcomes[0], Temporary)


def _write_many(file: Path) -> None:
    one = FileGateway(file)
    for number in range(40):
        one.take(texts(number, number + 1))


def test_several_processes_write_each_id_once(tmp_path: Path) -> None:
    file = tmp_path / "sms.jsonl"
    others = [multiprocessing.get_context("fork").Process(target=_write_many, args=(file,)) for _ in range(3)]
    for each in others:
        each.start()
    for each in others:
        each.join()
    assert sorted(each["id"] for each in lines(file)) == sorted(f"id-{number}" for number in range(41))


@given(st.integers(0, 2 * LONGEST), st.booleans())
def test_a_text_is_never_too_long_and_keeps_its_links(length: int, linked: bool) -> None:
    note = replace(NOTE, lines=("长" * length,), link="https://site/x" if linked else None)
    said = shorten(note)
    assert len(said) <= LONGEST
    assert said.endswith("https://site/out")
    assert ("https://site/x" in said) is linked
    assert said.startswith("有一项新的可享政策。")


class Broken:
    channel = Channel.SMS

    def deliver(self, notes: Sequence[Note]) -> Sequence[Outcome]:
        raise RuntimeError("secret 13812345678")


def test_only_who_is_listed_is_reached_and_others_go_on(tmp_path: Path) -> None:
    way = Guarded(Texting(gateway(tmp_path / "sms.jsonl")), Allowed(recipients=frozenset({"13812345678"})))
    other = replace(NOTE, id="2-a", address="13900000000")
    outcomes = way.deliver([other, NOTE])
    assert [type(each) for each in outcomes] == [Permanent, Sent]
    assert "13900000000" not in str(outcomes[0])
    assert [each["id"] for each in lines(tmp_path / "sms.jsonl")] == ["1-a"]


def test_what_is_unforeseen_is_tried_again_and_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(Guarded(Broken(), Allowed(production=True)).deliver([NOTE])[0], Temporary)
    assert "13812345678" not in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("listed", "wanted", "permitted"),
    [
        ((), "wang@example.com", False),
        (("",), "", False),
        (("wang@example.com",), "wang@example.com", True),
        (("wang@example.com",), "WANG@example.com ", True),
        (("@example.com",), "li@example.com", True),
        (("@example.com",), "li@notexample.com", False),
        (("@example.com",), "li@sub.example.com", False),
        (("example.com",), "li@example.com", False),
        (("@example.com",), "li@evil.com@example.com", True),
        (("portal.example.cn",), "portal.example.cn", True),
        (("portal.example.cn",), "x.portal.example.cn", False),
        (("13812345678",), "1381234567", False),
    ],
)
def test_the_list_fails_closed(listed: tuple[str, ...], wanted: str, permitted: bool) -> None:
    assert Allowed(recipients=frozenset(listed)).permits(wanted) is permitted
    assert Allowed(production=True).permits(wanted)


def test_robots_are_what_apprise_knows() -> None:
    for template in ("wecombot://{address}", "dingtalk://{address}", "feishu://{address}"):
        assert instance(template) is not None
    assert instance("nonsense://{address}") is None


def test_a_note_through_a_robot() -> None:
    import http.server
    import threading

    got: list[dict[str, str]] = []
    statuses = iter([200, 500])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append({"path": self.path, **json.loads(self.rfile.read(int(self.headers["Content-Length"])))})
            self.send_response(next(statuses))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        robot = Robot(Channel.WECOM, f"json://127.0.0.1:{server.server_address[1]}/{{address}}")
        address = "a/../b?c=d"
        outcomes = robot.deliver([replace(NOTE, address=address), NOTE])
        server.shutdown()
    assert [type(each) for each in outcomes] == [Sent, Temporary]
    assert got[0]["path"].rstrip("/") == "/a%2F..%2Fb%3Fc=d"
    assert "第一行。" in got[0]["message"]
    assert "https://site/out" in got[0]["message"]


@given(st.lists(st.text(max_size=200), max_size=30))
def test_a_long_note_loses_its_last_lines_and_no_link(said: list[str]) -> None:
    note = replace(NOTE, lines=tuple(line.encode(errors="replace").decode() for line in said))
    text = fit(note, 2048)
    assert len(text.encode()) <= 2048
    assert "https://site/x" in text
    assert "https://site/out" in text
