"""Drafts in the browser: what was kept comes back as it was, to whom it belongs, or not at all."""

import pytest
from flask import Flask, Response
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_cookie

from enterprises.sealing import Seal, new_key
from web.checkup.draft import MOST_PARTS, PART, Draft, Drawer, Lost
from web.settings import Settings

names = st.text("f.abc0", min_size=1, max_size=8)
typed = st.dictionaries(names, st.lists(st.text(max_size=20), max_size=3).map(tuple), max_size=8)
some = st.lists(names, max_size=3).map(tuple)
drafts = st.builds(Draft, typed, st.text(max_size=12), st.text(max_size=18), some, some, names)


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask(__name__)
    app.extensions["huiqi_settings"] = Settings()
    return app


def kept(app: Flask, draft: Draft, drawer: Drawer) -> dict[str, str]:
    """The cookies that a browser has of it."""
    with app.test_request_context():
        answer = Response()
        assert drawer.keep(answer, draft)
        return {name: value for each in answer.headers.getlist("Set-Cookie") for name, value in _first(each)}


def _first(cookie: str) -> list[tuple[str, str]]:
    return list(parse_cookie(cookie.partition(";")[0]).items())


def found(app: Flask, cookies: dict[str, str], drawer: Drawer) -> Draft | None:
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    with app.test_request_context(headers={"Cookie": header} if header else {}):
        return drawer.find()


@given(draft=drafts)
def test_a_draft_comes_back_as_it_was(app: Flask, draft: Draft) -> None:
    drawer = Drawer("/check", "somebody")
    assert found(app, kept(app, draft, drawer), drawer) == draft


def test_without_a_cookie_there_is_no_draft(app: Flask) -> None:
    assert found(app, {}, Drawer("/check")) is None


def test_one_belongs_to_its_account_and_what_is_of_nobody_to_whoever_has_it(app: Flask) -> None:
    draft = Draft({"f.region": ("610602",)})
    of_one = kept(app, draft, Drawer("/mine", "one"))
    with pytest.raises(Lost):
        found(app, of_one, Drawer("/mine", "other"))
    with pytest.raises(Lost):
        found(app, of_one, Drawer("/mine", ""))
    assert found(app, kept(app, draft, Drawer("/mine", "")), Drawer("/mine", "one")) == draft


def test_what_else_was_sealed_is_no_draft(app: Flask) -> None:
    settings: Settings = app.extensions["huiqi_settings"]
    for sealed in (settings.seal.close("王小明"), settings.seal.close("[]"), Seal([new_key()]).close("x")):
        with pytest.raises(Lost):
            found(app, {"huiqi_draft_0": sealed}, Drawer("/check"))


def test_one_too_large_is_not_kept_and_takes_the_older_one_back(app: Flask) -> None:
    import secrets

    room = MOST_PARTS * PART
    for size in range(room // 2 - 200, room // 2 + 200, 50):
        large = Draft({"f.name": (secrets.token_hex(size),)})
        with app.test_request_context(headers={"Cookie": "huiqi_draft_0=a; huiqi_draft_1=b"}):
            answer = Response()
            fits = Drawer("/check").keep(answer, large)
            sent = [value for each in answer.headers.getlist("Set-Cookie") for _, value in _first(each) if value]
        assert fits is bool(sent)
        assert sum(map(len, sent)) <= room
        if not fits:
            assert len(answer.headers.getlist("Set-Cookie")) == MOST_PARTS
