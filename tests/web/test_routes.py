"""Who may ask for which page: every route by every kind of visitor, with the answer that each is to get.

The roles: somebody who has not signed in; somebody of another enterprise; a clerk and an owner of this one; somebody
who has signed in and belongs to no enterprise and no office; officials with one duty each for the region ``OFFICE``;
a portal, which is a program and bears a token that pages know nothing of. Forms are sent without the token against
forgery, so that 400 means: this visitor would be let in.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from enterprises.dictionary import bundled
from enterprises.samples import samples
from tests.web.signing_in import official, signed_in
from web.accounts.visitor import Duty, Post, Role
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CODE, OTHER = (str(sample.credit_code) for sample in samples()[:2])
OFFICE = "610600"
ROLES = ("anonymous", "other enterprise", "clerk", "owner", "signed in only", *Duty, "portal")

Answers = tuple[int, ...]

EXAMPLES: Mapping[str, str] = {
    "simulation_id": "0" * 32,
    "month": "2024-06",
    "credit_code": CODE,
    "item_id": "yanan-2023-private-economy.15",
    "document_id": "yanan-2023-private-economy",
    "filename": "style.css",
    "token": "0" * 22,
    "share_id": "999",
    "number": "999",
    "campaign_id": "999",
    "step": "basics",
    "code": "610602",
    "grant_id": "0" * 32,
    "round_id": "0" * 32,
    "batch_id": "0" * 32,
    "recovery_id": "0" * 32,
    "appeal_id": "0" * 32,
    "draft_id": "0" * 32,
    "message_id": "0" * 32,
    "correction_id": "0" * 32,
    "channel": "none",
}
"""What stands for each part of an address: something that is there, else something that never is (404)."""

OF_ITS_OWN = {"/industries/<code>": "/industries/30"}
"""An address where the same name means something else."""


def row(anonymous: int, other: int, clerk: int, owner: int, stranger: int, of_officials: int | None = None) -> Answers:
    """The answers, in the order of the roles. An official gets what somebody does who has only signed in, where nothing
    else is said; a portal is nobody for pages."""
    for_officials = stranger if of_officials is None else of_officials
    return (anonymous, other, clerk, owner, stranger, *(for_officials for _ in Duty), anonymous)


def of(*duties: Duty, answer: int = 200, anonymous: int = 303) -> Answers:
    """A page for officials with one of these duties; for whoever has any, where none is named."""
    return (anonymous, 403, 403, 403, 403, *(answer if duty in (duties or Duty) else 403 for duty in Duty), anonymous)


def no_such_of(*duties: Duty) -> Answers:
    """A page of such officials about something that is not there."""
    return of(*duties, answer=404)


def form_of(*duties: Duty) -> Answers:
    """A form of such officials."""
    return of(*duties, answer=400, anonymous=401)


PUBLIC = row(200, 200, 200, 200, 200)
FORM = row(400, 400, 400, 400, 400)
ELSEWHERE = row(303, 303, 303, 303, 303)
NO_SUCH = row(404, 404, 404, 404, 404)
OF_A_MEMBER = row(303, 403, 200, 200, 403)
NO_SUCH_OF_A_MEMBER = row(303, 403, 404, 404, 403)
FORM_OF_A_MEMBER = row(401, 403, 400, 400, 403)
OF_AN_OWNER = row(303, 403, 403, 200, 403)
NO_SUCH_OF_AN_OWNER = row(303, 403, 403, 404, 403)
FORM_OF_AN_OWNER = row(401, 403, 403, 400, 403)
OF_WHO_SIGNED_IN = row(303, 200, 200, 200, 200)
FORM_OF_WHO_SIGNED_IN = row(401, 400, 400, 400, 400)
OF_MONEY = (Duty.OPERATOR, Duty.APPROVER, Duty.FINANCE, Duty.AUDITOR)
OF_AN_OFFICIAL = of()
FORM_OF_AN_OFFICIAL = form_of()
READS = (Duty.EDITOR, Duty.REVIEWER, Duty.OPERATOR, Duty.APPROVER, Duty.AUDITOR)
READS_REPORTS = (Duty.AUDITOR, Duty.APPROVER, Duty.ADMINISTRATOR, Duty.OPERATOR, Duty.FINANCE)
SIMULATES = (Duty.EDITOR, Duty.REVIEWER, Duty.OPERATOR, Duty.APPROVER)

WATCHES_CAMPAIGNS = (Duty.OPERATOR, Duty.APPROVER, Duty.AUDITOR)

EXPECTED: Mapping[str, Answers] = {
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
    "GET /mine": row(303, 303, 303, 303, 200, of_officials=303),
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
    "GET /mine/<credit_code>/subscriptions/addresses": OF_A_MEMBER,
    "POST /mine/<credit_code>/subscriptions/addresses/<channel>/code": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/subscriptions/addresses/<channel>/prove": FORM_OF_A_MEMBER,
    "GET /mine/<credit_code>/pushes": OF_AN_OWNER,
    "POST /mine/<credit_code>/pushes": FORM_OF_AN_OWNER,
    "GET /mine/<credit_code>/subscriptions": OF_A_MEMBER,
    "POST /mine/<credit_code>/subscriptions": FORM_OF_A_MEMBER,
    "POST /mine/<credit_code>/subscriptions/links": FORM_OF_A_MEMBER,
    "GET /mine/join": OF_WHO_SIGNED_IN,
    "POST /mine/join": FORM_OF_WHO_SIGNED_IN,
    "GET /office": OF_AN_OFFICIAL,
    "GET /office/campaigns": of(Duty.OPERATOR),
    "POST /office/campaigns": form_of(Duty.OPERATOR),
    "GET /office/campaigns/new": of(Duty.OPERATOR),
    "GET /office/campaigns/<int:campaign_id>": no_such_of(Duty.OPERATOR),
    "GET /office/campaigns/<int:campaign_id>/<step>": no_such_of(Duty.OPERATOR),
    "POST /office/campaigns/<int:campaign_id>/<step>": form_of(Duty.OPERATOR),
    "GET /office/campaigns/<int:campaign_id>/preview": no_such_of(Duty.OPERATOR),
    "POST /office/campaigns/<int:campaign_id>/preview": form_of(Duty.OPERATOR),
    "POST /office/campaigns/<int:campaign_id>/submit": form_of(Duty.OPERATOR),
    "GET /office/campaign-approvals": of(Duty.APPROVER),
    "GET /office/campaign-approvals/<int:campaign_id>": no_such_of(Duty.APPROVER),
    "POST /office/campaign-approvals/<int:campaign_id>/approve": form_of(Duty.APPROVER),
    "POST /office/campaign-approvals/<int:campaign_id>/send-back": form_of(Duty.APPROVER),
    "GET /office/campaign-runs": of(*WATCHES_CAMPAIGNS),
    "GET /office/campaign-runs/statistics": of(*WATCHES_CAMPAIGNS),
    "GET /office/campaign-runs/statistics.xlsx": of(*WATCHES_CAMPAIGNS),
    "GET /office/campaign-runs/<int:campaign_id>": no_such_of(*WATCHES_CAMPAIGNS),
    "GET /office/campaign-runs/<int:campaign_id>/deliveries": no_such_of(*WATCHES_CAMPAIGNS),
    "GET /office/campaign-runs/<int:campaign_id>/statistics": no_such_of(*WATCHES_CAMPAIGNS),
    "GET /office/campaign-runs/<int:campaign_id>/statistics.xlsx": no_such_of(*WATCHES_CAMPAIGNS),
    "POST /office/campaign-runs/<int:campaign_id>/start": form_of(Duty.OPERATOR),
    "POST /office/campaign-runs/<int:campaign_id>/pause": form_of(Duty.OPERATOR),
    "POST /office/campaign-runs/<int:campaign_id>/resume": form_of(Duty.OPERATOR),
    "POST /office/campaign-runs/<int:campaign_id>/cancel": form_of(Duty.OPERATOR),
    "POST /office/campaign-runs/<int:campaign_id>/retry": form_of(Duty.OPERATOR),
    "POST /office/campaign-runs/<int:campaign_id>/receipts": form_of(Duty.OPERATOR),
    "GET /office/audit": of(Duty.AUDITOR, Duty.ADMINISTRATOR),
    "GET /office/audit/deeds.csv": of(Duty.AUDITOR, Duty.ADMINISTRATOR),
    "POST /office/audit/verify": form_of(Duty.AUDITOR, Duty.ADMINISTRATOR),
    "GET /office/enter": OF_WHO_SIGNED_IN,
    "POST /office/enter": FORM_OF_WHO_SIGNED_IN,
    "GET /office/drafts": of(Duty.EDITOR, Duty.REVIEWER, Duty.AUDITOR),
    "GET /office/drafts/<draft_id>": no_such_of(Duty.EDITOR, Duty.REVIEWER, Duty.AUDITOR),
    "POST /office/drafts/<draft_id>/accept": form_of(Duty.REVIEWER),
    "POST /office/drafts/<draft_id>/decline": form_of(Duty.REVIEWER),
    "GET /office/drafts/<draft_id>/edit": no_such_of(Duty.EDITOR),
    "POST /office/drafts/<draft_id>/edit": form_of(Duty.EDITOR),
    "POST /office/drafts/<draft_id>/publish": form_of(Duty.REVIEWER),
    "POST /office/drafts/<draft_id>/renew": form_of(Duty.EDITOR),
    "POST /office/drafts/<draft_id>/retire": form_of(Duty.REVIEWER),
    "POST /office/drafts/<draft_id>/send-back": form_of(Duty.REVIEWER),
    "POST /office/drafts/<draft_id>/submit": form_of(Duty.EDITOR),
    "POST /office/drafts/<draft_id>/take-back": form_of(Duty.EDITOR),
    "POST /office/drafts/<draft_id>/withdraw": form_of(Duty.EDITOR),
    "GET /office/drafts/<draft_id>/yaml": no_such_of(Duty.EDITOR),
    "POST /office/drafts/<draft_id>/yaml": form_of(Duty.EDITOR),
    "GET /office/drafts/new": of(Duty.EDITOR),
    "POST /office/drafts/new": form_of(Duty.EDITOR),
    "GET /office/library": of(*READS),
    "GET /office/library/files": of(*READS),
    "GET /office/library/files/<item_id>.zip": of(*READS),
    "GET /office/library/files/library.xlsx": of(*READS),
    "GET /office/library/files/library.zip": of(*READS),
    "GET /office/library/gaps": of(*READS),
    "POST /office/library/import": form_of(Duty.EDITOR),
    "GET /office/library/items/<item_id>": of(*READS),
    "POST /office/library/items/<item_id>/draft": form_of(Duty.EDITOR),
    "POST /office/library/items/<item_id>/retirement": form_of(Duty.EDITOR),
    "POST /office/library/items/<item_id>/tags": form_of(Duty.EDITOR),
    "GET /office/appeals": of(Duty.OPERATOR, Duty.REVIEWER),
    "GET /office/appeals/<appeal_id>": no_such_of(Duty.OPERATOR, Duty.REVIEWER),
    "POST /office/appeals/<appeal_id>/accept": form_of(Duty.OPERATOR, Duty.REVIEWER),
    "POST /office/appeals/<appeal_id>/answer": form_of(Duty.OPERATOR, Duty.REVIEWER),
    "POST /office/appeals/<appeal_id>/assign": form_of(Duty.OPERATOR, Duty.REVIEWER),
    "POST /office/appeals/<appeal_id>/reopen": form_of(Duty.OPERATOR, Duty.REVIEWER),
    "GET /office/appeals/<appeal_id>/files/<int:number>": no_such_of(Duty.OPERATOR, Duty.REVIEWER),
    "POST /office/appeals/<appeal_id>/drafts": form_of(Duty.EDITOR),
    "POST /office/appeals/<appeal_id>/drafts/<draft_id>/comparison": form_of(Duty.OPERATOR, Duty.REVIEWER),
    "GET /office/corrections/<correction_id>": no_such_of(*READS),
    "POST /office/corrections/<correction_id>/again": form_of(*READS),
    "GET /office/corrections/<correction_id>/excel": no_such_of(*READS),
    "GET /office/corrections/<correction_id>/<credit_code>": no_such_of(*READS),
    "GET /office/quiet-days": of(Duty.OPERATOR, Duty.APPROVER, Duty.ADMINISTRATOR),
    "POST /office/quiet-days": form_of(Duty.OPERATOR, Duty.APPROVER, Duty.ADMINISTRATOR),
    "GET /office/officials": of(Duty.ADMINISTRATOR),
    "POST /office/officials/appointments": form_of(Duty.ADMINISTRATOR),
    "POST /office/officials/appointments/<int:number>/withdraw": form_of(Duty.ADMINISTRATOR),
    "POST /office/officials/posts/<int:number>/end": form_of(Duty.ADMINISTRATOR),
    "GET /office/reports": of(*READS_REPORTS),
    "GET /office/reports/<month>.pdf": of(*READS_REPORTS),
    "GET /office/reports/<month>.xlsx": of(*READS_REPORTS),
    "GET /office/reports/outstanding": of(*READS_REPORTS),
    "POST /office/reports/outstanding": form_of(*READS_REPORTS),
    "GET /office/reports/outstanding.xlsx": no_such_of(*READS_REPORTS),
    "GET /office/simulations": of(*SIMULATES),
    "POST /office/simulations": form_of(*SIMULATES),
    "GET /office/simulations/<simulation_id>": no_such_of(*SIMULATES),
    "POST /office/simulations/<simulation_id>/again": form_of(*SIMULATES),
    "GET /office/simulations/<simulation_id>/excel": no_such_of(*SIMULATES),
    "POST /office/simulations/<simulation_id>/look": form_of(*SIMULATES),
    "GET /office/simulations/<simulation_id>/print": no_such_of(*SIMULATES),
    "GET /office/snapshot": of(*SIMULATES, Duty.FINANCE),
    "POST /office/snapshot": form_of(*SIMULATES, Duty.FINANCE),
    "GET /office/ledger": of(*OF_MONEY),
    "GET /office/ledger/grants/<grant_id>": no_such_of(*OF_MONEY),
    "POST /office/ledger/grants/<grant_id>/demand": form_of(Duty.OPERATOR),
    "POST /office/ledger/grants/<grant_id>/entries/<int:number>/correct": form_of(Duty.FINANCE),
    "POST /office/ledger/grants/<grant_id>/recoveries/<recovery_id>/approve": form_of(Duty.APPROVER),
    "POST /office/ledger/grants/<grant_id>/recoveries/<recovery_id>/lift": form_of(Duty.APPROVER),
    "POST /office/ledger/grants/<grant_id>/recoveries/<recovery_id>/receive": form_of(Duty.FINANCE),
    "POST /office/ledger/grants/<grant_id>/reopen": form_of(Duty.OPERATOR),
    "POST /office/ledger/grants/<grant_id>/uphold": form_of(Duty.OPERATOR),
    "GET /office/ledger/ledger.xlsx": of(*OF_MONEY),
    "GET /office/payments": of(Duty.FINANCE, Duty.AUDITOR),
    "POST /office/payments": form_of(Duty.FINANCE),
    "GET /office/payments/<batch_id>": no_such_of(Duty.FINANCE, Duty.AUDITOR),
    "POST /office/payments/<batch_id>/file": form_of(Duty.FINANCE),
    "POST /office/payments/<batch_id>/release": form_of(Duty.FINANCE),
    "POST /office/payments/<batch_id>/result": form_of(Duty.FINANCE),
    "POST /office/payments/<batch_id>/withdraw": form_of(Duty.FINANCE),
    "GET /office/rounds": of(*OF_MONEY),
    "GET /office/rounds/<round_id>": no_such_of(*OF_MONEY),
    "GET /office/rounds/<round_id>/candidates": no_such_of(*OF_MONEY),
    "GET /office/rounds/<round_id>/candidates/<credit_code>": no_such_of(*OF_MONEY),
    "POST /office/rounds/<round_id>/candidates/<credit_code>/restore": form_of(Duty.OPERATOR),
    "POST /office/rounds/<round_id>/candidates/<credit_code>/strike": form_of(Duty.OPERATOR),
    "POST /office/rounds/<round_id>/carry-on": form_of(Duty.OPERATOR, Duty.APPROVER),
    "POST /office/rounds/<round_id>/check": form_of(Duty.APPROVER),
    "POST /office/rounds/<round_id>/compare": form_of(Duty.OPERATOR),
    "POST /office/rounds/<round_id>/go-on": form_of(Duty.OPERATOR),
    "GET /office/rounds/<round_id>/plan": no_such_of(Duty.OPERATOR),
    "POST /office/rounds/<round_id>/plan": form_of(Duty.OPERATOR),
    "POST /office/rounds/<round_id>/stated": form_of(Duty.OPERATOR),
    "GET /office/rounds/new/<item_id>": no_such_of(Duty.OPERATOR),
    "POST /office/rounds/new/<item_id>": form_of(Duty.OPERATOR),
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
    "GET /signed-out": row(200, 303, 303, 303, 303),
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


@pytest.fixture(scope="module")
def visitors(app: Flask) -> dict[str, FlaskClient]:
    """Who asks, in the order of the roles: each from an address of their own, as sign-ins that fail are counted."""
    clients: dict[str, FlaskClient] = {
        "anonymous": app.test_client(),
        "other enterprise": signed_in(app, {OTHER: Role.OWNER}, "other"),
        "clerk": signed_in(app, {CODE: Role.CLERK}, "clerk"),
        "owner": signed_in(app, {CODE: Role.OWNER}, "owner"),
        "signed in only": signed_in(app, {}, "signed in only"),
        **{duty: official(app, Post(duty, OFFICE), subject=duty) for duty in Duty},
        "portal": app.test_client(),
    }
    for number, client in enumerate(clients.values(), start=1):
        client.environ_base["REMOTE_ADDR"] = f"10.0.0.{number}"
    clients["portal"].environ_base["HTTP_AUTHORIZATION"] = "Bearer of-a-portal"
    return clients


def answer(client: FlaskClient, method: str, address: str) -> int:
    with client.open(address, method=method) as response:
        return response.status_code


def routes(app: Flask) -> Iterator[str]:
    """Each route by its method and rule."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield f"{method} {rule.rule}"


def address_of(rule: str) -> str:
    """An address of a route."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: EXAMPLES[part[1]], OF_ITS_OWN.get(rule, rule))


def test_every_route_is_in_the_table_and_nothing_else(app: Flask) -> None:
    assert sorted(EXPECTED) == sorted(routes(app))


@pytest.mark.parametrize("route", EXPECTED)
def test_each_visitor_gets_the_answer_of_the_table(app: Flask, visitors: dict[str, FlaskClient], route: str) -> None:
    method, rule = route.split(maxsplit=1)
    answers = {role: answer(client, method, address_of(rule)) for role, client in visitors.items()}
    assert answers == dict(zip(ROLES, EXPECTED[route], strict=True))
