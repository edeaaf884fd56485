"""Looking an enterprise up without signing in: found by little, shown no more than a public register shows."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from enterprises.credit_code import complete
from enterprises.database import connect, writing
from enterprises.dictionary import Source, bundled
from enterprises.names.public import SHOWN_BY_REGISTER, public_part
from enterprises.names.search import SHOWN
from enterprises.profiles import Observation, Profile, Record, Series
from enterprises.samples import SAMPLE_DAY
from enterprises.statements import Statement
from enterprises.tables import record
from enterprises.told import ORIGIN
from tests.any_profiles import any_profiles
from tests.web.signing_in import signed_in
from web.accounts.visitor import Role
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

MACHINES = complete("91610602MAHQ80001")
GONE = complete("91610602MAHQ80002")
DECLARED = complete("91610602MAHQ80003")
NAMELESS = complete("91610602MAHQ80004")
NOBODY = complete("91610602MAHQ80005")
SIGNED_UP = complete("91610602MAHQ80006")
RENAMED = complete("91610602MAHQ80007")
NAME = "延安市宝塔区恒泰机械制造有限公司"


def told(code: str, name: str | None, source: Source, **facts: object) -> Statement:
    known = {fact: Observation(value, source, SAMPLE_DAY) for fact, value in facts.items()}  # type: ignore[arg-type]
    return Statement(Profile(code, name, known), source, SAMPLE_DAY, "测试")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('lookup') / 'huiqi.db'}"
    setup(url, sample=True)
    machines = told(
        MACHINES,
        NAME,
        Source.REGISTER,
        region="610602",
        industry="3511",
        entity_kind="企业",
        registered_on=date(2011, 3, 7),
        operating_status="存续",
        ownership="民营",
        business_scope="石油钻采设备的制造",
    )
    secret = Profile(
        MACHINES,
        None,
        {
            "employees": Observation(1234, Source.STATISTICS),
            "seriously_dishonest": Observation(True, Source.STATISTICS),
        },
        {"revenue": Series({2023: Observation(987654321, Source.TAX)})},
        {"recognition": (Record("recognition", {"title": Observation("专精特新中小企业", Source.STATISTICS)}),)},
    )
    statements = [
        machines,
        Statement(secret, Source.TAX, SAMPLE_DAY, "税务"),
        told(GONE, "延安恒泰饭馆", Source.REGISTER, region="610602", operating_status="注销"),
        told(DECLARED, "延安恒泰鞋店", Source.DECLARED, region="610603", industry="5232", operating_status="歇业"),
        told(NAMELESS, None, Source.REGISTER, region="610602"),
        told(RENAMED, "榆林绥德布店", Source.DECLARED, region="610826"),
        *(
            replace(told(code, "榆林自报银行", Source.DECLARED, region="610826"), origin=f"{ORIGIN}1")
            for code in (SIGNED_UP, NAMELESS, RENAMED)
        ),
        *(told(complete(f"91610602MAHQ81{n:03d}"), f"富平县福瑞{n:03d}店", Source.REGISTER) for n in range(SHOWN + 1)),
    ]
    engine = connect(url)
    with writing(engine) as session:
        record(session, statements, bundled())
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def app(url: str) -> Iterator[Flask]:
    stored = Database(url, bundled())
    yield create_app(Settings(url, sample=True, posts="1000 per minute", lookups="10000 per minute"), stored)
    stored.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def ask(client: FlaskClient, text: str, status: int = 200) -> BeautifulSoup:
    answer = client.get(f"/lookup?text={quote(text)}")
    assert answer.status_code == status
    return BeautifulSoup(answer.text, "html.parser")


def names(page: BeautifulSoup) -> list[str]:
    return [heading.text for heading in page.select("ol.found h2")]


def entry(page: BeautifulSoup, code: str) -> Tag:
    return next(each for each in page.select("ol.found > li") if code in each.text)


# ------------------------------------------------------------------ finding


@pytest.mark.parametrize("text", ["", "?", "?other=1"])
def test_without_a_question_there_is_the_form_alone(client: FlaskClient, text: str) -> None:
    answer = client.get(f"/lookup{text}")
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 200
    assert page.select_one("form[role=search] input[name=text]") is not None
    assert not page.select("[role=status], [role=alert], ol.found")


@pytest.mark.parametrize("text", [NAME, "恒泰机械", "延安 恒泰 机械", "hengtai jixie", "htjxzz", MACHINES.lower()])
def test_an_enterprise_is_found(client: FlaskClient, text: str) -> None:
    page = ask(client, text)
    assert names(page) == [NAME]
    assert page.select_one("main input[name=text]")["value"] == text  # type: ignore[index]


def test_what_the_register_shows_is_shown(client: FlaskClient) -> None:
    shown = entry(ask(client, "恒泰"), MACHINES)
    assert {row.dt.text: row.dd.text for row in shown.select("dl > div") if row.dt and row.dd} == {
        "信用代码": MACHINES,
        "所在地": "陕西省延安市宝塔区",
        "行业": "采矿、冶金、建筑专用设备制造",
        "成立": "2011 年",
        "登记状态": "存续",
    }


def test_nothing_else_is_shown(client: FlaskClient) -> None:
    text = str(ask(client, MACHINES))
    for secret in ("1234", "987654321", "9876543", "专精特新", "失信", "民营", "钻采设备的制造"):
        assert secret not in text


def test_what_the_enterprise_declared_itself_is_not_shown(client: FlaskClient) -> None:
    shown = entry(ask(client, DECLARED), DECLARED)
    assert [row.text for row in shown.select("dl dt")] == ["信用代码"]
    assert "610603" not in str(shown)
    assert "歇业" not in str(shown)


@given(profile=any_profiles([MACHINES]))
def test_only_what_the_register_says_is_public(profile: Profile) -> None:
    part = public_part(profile)
    assert not part.series
    assert not part.records
    assert set(part.facts) <= set(SHOWN_BY_REGISTER)
    assert all(seen.source is Source.REGISTER for seen in part.facts.values())


def test_who_is_deregistered_is_said_to_be(client: FlaskClient) -> None:
    shown = entry(ask(client, "恒泰饭馆"), GONE)
    assert "登记显示这家企业已经注销" in shown.text
    assert shown.select_one(".state.over").text == "注销"  # type: ignore[union-attr]


def test_it_never_says_whether_anybody_has_signed_up(app: Flask, client: FlaskClient) -> None:
    def comparable(page: BeautifulSoup) -> str:
        for field in page.select("[name=csrf_token]"):
            field["value"] = ""
        return str(page.select_one("main"))

    before = comparable(ask(client, "恒泰"))
    owner = signed_in(app, {MACHINES: Role.OWNER})
    assert comparable(ask(client, "恒泰")) == before == comparable(ask(owner, "恒泰"))


@pytest.mark.parametrize("known", [NAMELESS, SIGNED_UP])
def test_a_code_without_a_name_is_answered_like_one_that_is_not_stored(client: FlaskClient, known: str) -> None:
    """A name that only its own people gave it here is none."""
    one, other = (str(ask(client, code)).replace(code, "…") for code in (known, NOBODY))
    assert one == other
    assert "没有找到" in one


def test_what_its_people_call_it_here_is_not_shown(client: FlaskClient) -> None:
    assert names(ask(client, RENAMED)) == ["榆林绥德布店"]
    assert "榆林自报银行" not in str(ask(client, "自报银行").select_one("ol.found"))


def test_who_is_not_found_is_told_what_to_do(client: FlaskClient) -> None:
    page = ask(client, "无此企业")
    assert "没有找到" in page.select_one("[role=status]").text  # type: ignore[union-attr]
    assert page.select_one(".empty a[href='/check']") is not None


def test_no_more_are_listed_than_that_and_there_is_no_next_page(client: FlaskClient) -> None:
    page = ask(client, "福瑞")
    assert names(page) == [f"富平县福瑞{number:03d}店" for number in range(SHOWN)]
    assert "还有更多，请写得更完整" in page.text
    assert names(ask(client, "福瑞020")) == [f"富平县福瑞{SHOWN:03d}店"]
    assert client.get("/lookup?text=福瑞&page=2").text.count('<li class="panel">') == SHOWN
    assert not page.select("main nav")


# ------------------------------------------------------------------ going on


def test_it_leads_to_ones_own_page_by_signing_in(client: FlaskClient) -> None:
    link = entry(ask(client, "恒泰机械"), MACHINES).select_one("a.button")
    assert link is not None
    assert link["href"] == f"/sign-in?next=/mine/{MACHINES}"
    assert link.text.startswith("这是我的企业")


def test_it_leads_to_the_form_with_the_public_facts_filled_in(client: FlaskClient) -> None:
    form = entry(ask(client, "恒泰机械"), MACHINES).select_one("form")
    assert form is not None
    assert form["method"] == "post"
    sent = {str(field["name"]): str(field["value"]) for field in form.select("input")}
    assert {name: value for name, value in sent.items() if name != "csrf_token"} == {
        "name": NAME,
        "credit_code": MACHINES,
        "f.region": "610602",
        "f.industry": "35",
        "f.industry.code": "3511",
        "f.entity_kind": "企业",
        "f.registered_on": "2011-03-07",
        "f.operating_status": "存续",
    }
    page = BeautifulSoup(client.post(str(form["action"]), data=sent, follow_redirects=True).text, "html.parser")
    assert page.select_one("[name=credit_code]")["value"] == MACHINES  # type: ignore[index]
    assert page.select_one("#f\\.region option[selected]")["value"] == "610602"  # type: ignore[index]


def test_facts_stand_in_no_address(client: FlaskClient) -> None:
    page = ask(client, "恒泰机械")
    addresses = [str(each.get("href") or each.get("action")) for each in page.select("main a, main form")]
    assert not [address for address in addresses if "610602" in address.replace(MACHINES, "") or "f." in address]


# ------------------------------------------------------------------ what is no question


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "还没有填写"),
        ("   ", "还没有填写"),
        ("恒", "太短了"),
        ("ht", "太短了"),
        ("%_", "太短了"),
        ("🏭🏭", "太短了"),
        ("\x00\x07\x1b", "太短了"),
        ("恒" * 10_000, "太长了"),
        (MACHINES[:12], "应为 18 位，写了 12 位"),
        (MACHINES[:-1] + ("0" if MACHINES[-1] != "0" else "1"), "校验码不符"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_what_is_no_question_is_kept_and_explained(client: FlaskClient, text: str, said: str) -> None:
    page = ask(client, text, 422)
    assert said in page.select_one("[role=alert]").text  # type: ignore[union-attr]
    field = page.select_one("main input[name=text]")
    assert field is not None
    assert field["aria-invalid"] == "true"
    assert str(field["value"]).replace("\ufffd", "\x00") == text.strip()
    assert not page.select("ol.found")


@pytest.mark.parametrize(
    "text",
    ["' OR 1=1 --", "恒泰'; DROP TABLE enterprises; --", "恒%械", "%恒泰%", "<script>alert(1)</script>", "恒泰🏭"],
)
def test_signs_mean_nothing(client: FlaskClient, text: str) -> None:
    page = ask(client, text)
    assert not page.select("main script")
    assert set(names(page)) <= {NAME, "延安恒泰饭馆", "延安恒泰鞋店"}
    assert names(ask(client, "恒泰机械")) == [NAME]


@given(text=st.text(max_size=60))
@trying(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_typed_breaks_it(client: FlaskClient, text: str) -> None:
    answer = client.get("/lookup", query_string={"text": text.encode(errors="surrogatepass")})
    assert answer.status_code in (200, 422)


# ------------------------------------------------------------------ bounds


def test_an_address_may_ask_only_so_often(url: str) -> None:
    stored = Database(url, bundled())
    app = create_app(Settings(url, sample=True), stored)
    here, elsewhere = app.test_client(), app.test_client()
    for _ in range(30):
        assert here.get("/lookup?text=恒泰").status_code == 200
    refused = here.get("/lookup?text=恒泰")
    assert refused.status_code == 429
    assert "请过一分钟再试" in refused.text
    assert elsewhere.get("/lookup?text=恒泰", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200
    assert here.get("/check").status_code == 200
    stored.close()


def test_forms_are_limited_as_before(url: str) -> None:
    stored = Database(url, bundled())
    client = create_app(Settings(url, sample=True, posts="2 per minute"), stored).test_client()
    assert [client.post("/check", data={}).status_code for _ in range(3)] == [400, 400, 429]
    assert client.get("/check").status_code == 200
    stored.close()


def test_nothing_that_finds_names_is_loaded_at_the_start(url: str) -> None:
    program = (
        "import sys; from web.app import create_app; from web.settings import Settings; "
        f"app = create_app(Settings({url!r}, sample=True)); client = app.test_client(); "
        "assert client.get('/lookup').status_code == 200; "
        "sys.exit(', '.join({'rjieba', 'pypinyin', 'opencc', 'numpy'} & set(sys.modules)) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
