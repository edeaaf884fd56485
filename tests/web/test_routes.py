"""Who may ask for which page: every route by every kind of visitor, with the answer that each is to get.

The roles: somebody who has not signed in; somebody of another enterprise; a clerk and an owner of this one; an
official, who has signed in and belongs to no enterprise; a portal, which is a program and bears a token that pages know
nothing of. Forms are sent without the token against forgery, so that 400 means: this visitor would be let in.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from enterprises.dictionary import bundled
from enterprises.samples import samples
from tests.web.signing_in import signed_in
from web.accounts.visitor import Role
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CODE, OTHER = (str(sample.credit_code) for sample in samples()[:2])
ROLES = ("anonymous", "other enterprise", "clerk", "owner", "official", "portal")

EXAMPLES: Mapping[str, str] = {
    "credit_code": CODE,
    "item_id": "yanan-2023-private-economy.15",
    "document_id": "yanan-2023-private-economy",
    "filename": "style.css",
    "token": "0" * 22,
    "share_id": "999",
    "number": "999",
    "code": "610602",
    "grant_id": "0" * 32,
    "appeal_id": "0" * 32,
    "message_id": "0" * 32,
}
"""What stands for each part of an address: something that is there, else something that never is (404)."""

OF_ITS_OWN = {"/industries/<code>": "/industries/30"}
"""An address where the same name means something else."""

# The answers, in the order of the roles.
PUBLIC = (200, 200, 200, 200, 200, 200)
FORM = (400, 400, 400, 400, 400, 400)
ELSEWHERE = (303, 303, 303, 303, 303, 303)
NO_SUCH = (404, 404, 404, 404, 404, 404)
OF_A_MEMBER = (303, 403, 200, 200, 403, 303)
NO_SUCH_OF_A_MEMBER = (303, 403, 404, 404, 403, 303)
FORM_OF_A_MEMBER = (401, 403, 400, 400, 403, 401)
OF_AN_OWNER = (303, 403, 403, 200, 403, 303)
NO_SUCH_OF_AN_OWNER = (303, 403, 403, 404, 403, 303)
FORM_OF_AN_OWNER = (401, 403, 403, 400, 403, 401)
OF_WHO_SIGNED_IN = (303, 200, 200, 200, 200, 303)
FORM_OF_WHO_SIGNED_IN = (401, 400, 400, 400, 400, 401)

EXPECTED: Mapping[str, tuple[int, ...]] = {
    "GET /": PUBLIC,
    "GET /calendar": PUBLIC,
    "GET /calendar.ics": PUBLIC,
    "GET /changes": PUBLIC,
    "GET /check": PUBLIC,
    "POST /check": FORM,
    "POST /check/begin": FORM,
    "POST /check/clear": FORM,
    "POST /check/download": FORM,
    "POST /check/edit": FORM,
    "GET /check/items/<item_id>": PUBLIC,
    "POST /check/keep": FORM,
    "POST /check/package": FORM,
    "GET /check/questions": PUBLIC,
    "POST /check/questions": FORM,
    "GET /check/result": PUBLIC,
    "GET /check/what-if": PUBLIC,
    "POST /codes": FORM,
    "GET /display": PUBLIC,
    "POST /display": FORM,
    "GET /documents": PUBLIC,
    "GET /documents/<document_id>": PUBLIC,
    "GET /industries": PUBLIC,
    "GET /industries/<code>": PUBLIC,
    "GET /items": PUBLIC,
    "GET /items/<item_id>": PUBLIC,
    "GET /local-provider/.well-known/openid-configuration": PUBLIC,
    "GET /local-provider/authorize": FORM,
    "POST /local-provider/authorize": FORM,
    "GET /local-provider/end-session": ELSEWHERE,
    "GET /local-provider/keys": PUBLIC,
    "POST /local-provider/token": FORM,
    "GET /lookup": PUBLIC,
    "GET /mine": (303, 303, 303, 303, 200, 303),
    "GET /mine/<credit_code>": OF_A_MEMBER,
    "GET /mine/<credit_code>/appeals": OF_A_MEMBER,
    "GET /mine/<credit_code>/appeals/<appeal_id>": NO_SUCH_OF_A_MEMBER,
    "GET /mine/<credit_code>/appeals/<appeal_id>/files/<int:number>": NO_SUCH_OF_A_MEMBER,
    "POST /mine/<credit_code>/appeals/<appeal_id>/rate": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/appeals/<appeal_id>/read": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/appeals/<appeal_id>/reopen": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/appeals/<appeal_id>/withdraw": FORM_OF_A_MEMBER,
    "GET /mine/<credit_code>/appeals/new": OF_A_MEMBER,
    "POST /mine/<credit_code>/appeals/new": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/check/clear": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/check/edit": FORM_OF_A_MEMBER,
    "GET /mine/<credit_code>/check/facts": OF_A_MEMBER,
    "POST /mine/<credit_code>/check/facts": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/check/keep": FORM_OF_A_MEMBER,
    "GET /mine/<credit_code>/check/questions": OF_A_MEMBER,
    "POST /mine/<credit_code>/check/questions": FORM_OF_A_MEMBER,
    "GET /mine/<credit_code>/check/result.json": OF_A_MEMBER,
    "POST /mine/<credit_code>/check/save": FORM_OF_A_MEMBER,
    "GET /mine/<credit_code>/check/what-if": OF_A_MEMBER,
    "GET /mine/<credit_code>/codes": OF_A_MEMBER,
    "POST /mine/<credit_code>/codes": FORM_OF_AN_OWNER,
    "POST /mine/<credit_code>/codes/<int:share_id>/end": FORM_OF_AN_OWNER,
    "GET /mine/<credit_code>/grants": OF_A_MEMBER,
    "GET /mine/<credit_code>/grants/<grant_id>": NO_SUCH_OF_A_MEMBER,
    "POST /mine/<credit_code>/grants/<grant_id>/accept": FORM_OF_AN_OWNER,
    "GET /mine/<credit_code>/grants/<grant_id>/account": NO_SUCH_OF_AN_OWNER,
    "POST /mine/<credit_code>/grants/<grant_id>/account": FORM_OF_AN_OWNER,
    "POST /mine/<credit_code>/grants/<grant_id>/account/wrong": FORM_OF_AN_OWNER,
    "GET /mine/<credit_code>/grants/<grant_id>/decline": NO_SUCH_OF_AN_OWNER,
    "POST /mine/<credit_code>/grants/<grant_id>/decline": FORM_OF_AN_OWNER,
    "GET /mine/<credit_code>/inbox": OF_A_MEMBER,
    "GET /mine/<credit_code>/inbox/<message_id>": NO_SUCH_OF_A_MEMBER,
    "POST /mine/<credit_code>/inbox/<message_id>/archive": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/inbox/<message_id>/read": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/inbox/<message_id>/restore": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/inbox/read-all": FORM_OF_A_MEMBER,
    "GET /mine/<credit_code>/items/<item_id>": OF_A_MEMBER,
    "POST /mine/<credit_code>/items/<item_id>/feedback": FORM_OF_A_MEMBER,
    "GET /mine/<credit_code>/leave": OF_A_MEMBER,
    "POST /mine/<credit_code>/leave": FORM_OF_A_MEMBER,
    "GET /mine/<credit_code>/members": OF_AN_OWNER,
    "POST /mine/<credit_code>/members/<int:number>/end": FORM_OF_AN_OWNER,
    "POST /mine/<credit_code>/members/invitations": FORM_OF_AN_OWNER,
    "POST /mine/<credit_code>/members/invitations/<int:number>/withdraw": FORM_OF_AN_OWNER,
    "GET /mine/<credit_code>/package": OF_A_MEMBER,
    "GET /mine/<credit_code>/package.xlsx": OF_A_MEMBER,
    "GET /mine/<credit_code>/subscriptions": OF_A_MEMBER,
    "POST /mine/<credit_code>/subscriptions": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/subscriptions/links": FORM_OF_A_MEMBER,
    "GET /mine/join": OF_WHO_SIGNED_IN,
    "POST /mine/join": FORM_OF_WHO_SIGNED_IN,
    "GET /r/<token>": NO_SUCH,
    "POST /r/<token>/end": FORM,
    "GET /regions": PUBLIC,
    "GET /regions/<code>": PUBLIC,
    "GET /search": PUBLIC,
    "GET /sign-in": PUBLIC,
    "GET /sign-in/begin": ELSEWHERE,
    "GET /sign-in/callback": FORM,
    "POST /sign-out": FORM,
    "POST /sign-out/everywhere": FORM,
    "GET /signed-out": (200, 303, 303, 303, 303, 200),
    "GET /static/<path:filename>": PUBLIC,
    "GET /unsubscribe/<token>": NO_SUCH,
    "POST /unsubscribe/<token>": FORM,
    "POST /unsubscribe/<token>/resume": FORM,
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path_factory.mktemp('routes') / Path('huiqi.db')}"
    setup(url, sample=True)
    stored = Database(url, bundled())
    yield create_app(Settings(url, sample=True, posts="10000 per minute"), stored)
    stored.close()


def visitors(app: Flask) -> dict[str, FlaskClient]:
    portal = app.test_client()
    portal.environ_base["HTTP_AUTHORIZATION"] = "Bearer of-a-portal"
    return {
        "anonymous": app.test_client(),
        "other enterprise": signed_in(app, {OTHER: Role.OWNER}, "other"),
        "clerk": signed_in(app, {CODE: Role.CLERK}, "clerk"),
        "owner": signed_in(app, {CODE: Role.OWNER}, "owner"),
        "official": signed_in(app, {}, "official"),
        "portal": portal,
    }


def answer(client: FlaskClient, method: str, address: str) -> int:
    with client.open(address, method=method) as response:
        return response.status_code


def routes(app: Flask) -> dict[str, str]:
    """Each route, with an address of it."""
    found = {}
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: EXAMPLES[part[1]], OF_ITS_OWN.get(rule.rule, rule.rule))
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            found[f"{method} {rule.rule}"] = address
    return found


def test_every_route_is_in_the_table_and_nothing_else(app: Flask) -> None:
    assert sorted(EXPECTED) == sorted(routes(app))


@pytest.mark.parametrize("route", EXPECTED)
def test_each_visitor_gets_the_answer_of_the_table(app: Flask, route: str) -> None:
    method, address = route.split(maxsplit=1)[0], routes(app)[route]
    answers = {role: answer(client, method, address) for role, client in visitors(app).items()}
    assert answers == dict(zip(ROLES, EXPECTED[route], strict=True))
