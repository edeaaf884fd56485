"""Which channels there are, by the environment, and what is said where it is wrong."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from enterprises.sealing import Seal, new_key
from recommender.channels.configured import ChannelSettings, channels, labels, settings_of, ways
from recommender.channels.letters import Permanent
from recommender.channels.notes import Note
from recommender.messages.subscription import Channel
from tests.channels.portal import OTHER_SECRET, SECRET
from tests.recommender.channels.made_up import NOW, letter
from tests.recommender.messages.made_up import only

WEBHOOK = {"HUIQI_WEBHOOK_URL": "https://portal.example.cn/hooks", "HUIQI_WEBHOOK_SECRETS": f"{SECRET}, {OTHER_SECRET}"}
SMTP = {"HUIQI_SMTP_HOST": "mail.example.cn", "HUIQI_SMTP_FROM": "huiqi@example.cn"}
SITE = {"HUIQI_SITE": "https://huiqi.example.cn/"}
ALL = {
    **WEBHOOK,
    **SMTP,
    **SITE,
    "HUIQI_SMS_FILE": "var/sms.jsonl",
    "HUIQI_APPRISE_WECOM": "wecombot://{address}",
    "HUIQI_APPRISE_DINGTALK": "dingtalk://{address}",
    "HUIQI_APPRISE_FEISHU": "feishu://{address}",
}


def test_without_a_word_there_is_the_inbox_alone() -> None:
    settings = settings_of({})
    assert settings.offered == (Channel.INBOX,)
    assert list(labels(settings)) == ["inbox"]
    assert not settings.allowed.permits("anybody@example.cn")


def test_all_that_can_be_configured() -> None:
    settings = settings_of(ALL)
    assert settings.offered == tuple(Channel)
    assert list(labels(settings)) == ["inbox", "webhook", "email", "sms", "wecom", "dingtalk", "feishu"]
    assert settings.webhook is not None
    assert settings.webhook.secrets == (SECRET, OTHER_SECRET)
    assert settings.site == "https://huiqi.example.cn"
    assert settings.smtp is not None
    assert (settings.smtp.security, settings.smtp.port) == ("starttls", 587)
    made = channels(settings, create_engine("sqlite://"), only({}), Seal([new_key()]), lambda: NOW)
    assert {name: channel.name for name, channel in made.items()} == {name: name for name in labels(settings)}
    assert {name for name, channel in made.items() if not channel.rings} == {"inbox", "webhook"}


def test_no_way_leads_past_the_list(tmp_path: Path) -> None:
    settings = settings_of({**ALL, "HUIQI_SMS_FILE": str(tmp_path / "sms.jsonl")})
    note = Note("1", "13812345678", "x", ())
    for way in ways(settings, lambda: NOW).values():
        assert isinstance(way.deliver([note])[0], Permanent)
    portal = channels(settings, create_engine("sqlite://"), only({}), Seal([new_key()]), lambda: NOW)["webhook"]
    assert isinstance(portal.send([letter()])[0], Permanent)
    assert not (tmp_path / "sms.jsonl").exists()


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "webhook without secret": ({"HUIQI_WEBHOOK_URL": "https://p.example.cn"}, "HUIQI_WEBHOOK_SECRETS"),
    "secret without webhook": ({"HUIQI_WEBHOOK_SECRETS": SECRET}, "HUIQI_WEBHOOK_URL"),
    "no prefix": ({**WEBHOOK, "HUIQI_WEBHOOK_SECRETS": "A" * 32}, "第 1 个密钥"),
    "too short": ({**WEBHOOK, "HUIQI_WEBHOOK_SECRETS": "whsec_" + "A" * 28}, "第 1 个密钥"),
    "too long": ({**WEBHOOK, "HUIQI_WEBHOOK_SECRETS": "whsec_" + "A" * 88}, "第 1 个密钥"),
    "no base64": ({**WEBHOOK, "HUIQI_WEBHOOK_SECRETS": f"{SECRET},whsec_%%%"}, "第 2 个密钥"),
    "plain": ({**WEBHOOK, "HUIQI_WEBHOOK_URL": "http://p.example.cn"}, "https://"),
    "plain in production": (
        {**WEBHOOK, "HUIQI_WEBHOOK_URL": "http://10.0.0.1", "HUIQI_WEBHOOK_PRIVATE": "1", "HUIQI_PRODUCTION": "1"},
        "https://",
    ),
    "private": ({**WEBHOOK, "HUIQI_WEBHOOK_URL": "https://10.0.0.1"}, "HUIQI_WEBHOOK_PRIVATE"),
    "this machine": ({**WEBHOOK, "HUIQI_WEBHOOK_URL": "https://localhost:9"}, "HUIQI_WEBHOOK_PRIVATE"),
    "password in it": ({**WEBHOOK, "HUIQI_WEBHOOK_URL": "https://a:b@p.example.cn"}, "HUIQI_WEBHOOK_URL"),
    "no site": (SMTP, "HUIQI_SITE"),
    "site with a query": ({**SMTP, "HUIQI_SITE": "https://x.cn?a=b"}, "HUIQI_SITE"),
    "plain site": ({**SMTP, "HUIQI_SITE": "http://x.cn", "HUIQI_PRODUCTION": "1"}, "HUIQI_SITE"),
    "no host": ({**SITE, "HUIQI_SMTP_FROM": "a@b.cn"}, "HUIQI_SMTP_HOST"),
    "no sender": ({**SITE, "HUIQI_SMTP_HOST": "x.cn"}, "HUIQI_SMTP_FROM"),
    "sender with a line": ({**SITE, **SMTP, "HUIQI_SMTP_FROM": "a@b.cn\nBcc: c@d.cn"}, "HUIQI_SMTP_FROM"),
    "name with a line": ({**SITE, **SMTP, "HUIQI_SMTP_NAME": "a\nb"}, "HUIQI_SMTP_NAME"),
    "port": ({**SITE, **SMTP, "HUIQI_SMTP_PORT": "65536"}, "HUIQI_SMTP_PORT"),
    "unencrypted": ({**SITE, **SMTP, "HUIQI_SMTP_SECURITY": "none"}, "HUIQI_SMTP_SECURITY"),
    "unknown security": ({**SITE, **SMTP, "HUIQI_SMTP_SECURITY": "ssl"}, "HUIQI_SMTP_SECURITY"),
    "user alone": ({**SITE, **SMTP, "HUIQI_SMTP_USER": "x"}, "HUIQI_SMTP_PASSWORD"),
    "no such certificate": ({**SITE, **SMTP, "HUIQI_SMTP_CA": "/nowhere"}, "HUIQI_SMTP_CA"),
    "file in production": ({**SITE, "HUIQI_SMS_FILE": "x", "HUIQI_PRODUCTION": "1"}, "HUIQI_SMS_FILE"),
    "robot without a place": ({**SITE, "HUIQI_APPRISE_WECOM": "wecombot://secret-key"}, "HUIQI_APPRISE_WECOM"),
    "unknown robot": ({**SITE, "HUIQI_APPRISE_FEISHU": "secret-key://{address}"}, "HUIQI_APPRISE_FEISHU"),
}


@pytest.mark.parametrize("which", list(WRONG))
def test_what_is_wrong_is_said_at_the_start_and_no_secret_with_it(which: str) -> None:
    environment, named = WRONG[which]
    with pytest.raises(ValueError, match=named) as caught:
        settings_of(environment)
    assert "secret-key" not in str(caught.value)
    assert "AAAA" not in str(caught.value)


@pytest.mark.parametrize("length", [24, 64])
def test_secrets_of_the_shortest_and_the_longest_length(length: int) -> None:
    import base64

    secret = "whsec_" + base64.b64encode(b"x" * length).decode()
    assert settings_of({**WEBHOOK, "HUIQI_WEBHOOK_SECRETS": secret}).webhook is not None


def test_no_secret_shows() -> None:
    environment = {**ALL, "HUIQI_SMTP_USER": "u", "HUIQI_SMTP_PASSWORD": "very-secret"}
    environment["HUIQI_APPRISE_WECOM"] = "json://user:very-secret@gateway.example.cn/{address}"
    shown = repr(settings_of(environment))
    assert "very-secret" not in shown
    assert SECRET not in shown


def test_the_usual_settings_are_those_of_an_empty_environment() -> None:
    assert ChannelSettings() == settings_of({})
