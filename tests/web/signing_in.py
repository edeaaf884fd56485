"""Signing a test's client in without a provider: the account, what it is to which enterprise, and its session."""

from collections.abc import Mapping, Sequence

from flask import Flask
from flask.testing import FlaskClient

from web.accounts.memberships import bind
from web.accounts.people import account_of
from web.accounts.posts import appoint
from web.accounts.sessions import begin_session
from web.accounts.visitor import Post, Role
from web.pages import SESSION
from web.settings import Settings
from web.stored import Database


def signed_in(
    app: Flask, roles: Mapping[str, Role], subject: str = "person", name: str = "王小明", posts: Sequence[Post] = ()
) -> FlaskClient:
    """A client of ``app`` in which somebody has signed in who is so much to these enterprises, by credit code."""
    stored: Database = app.extensions["huiqi"]
    settings: Settings = app.extensions["huiqi_settings"]
    with stored.writing() as database:
        account = account_of(database, "https://tests.invalid", subject, name, settings.seal, settings.now())
        for credit_code, role in roles.items():
            bind(database, account.id, credit_code, role, "tests", settings.now())
        for post in posts:
            appoint(database, account.id, post, "tests", settings.now())
        secret = begin_session(database, account.id, settings.now())
    client = app.test_client()
    with client.session_transaction() as session:
        session[SESSION] = secret
    return client


def official(app: Flask, *posts: Post, subject: str = "official", name: str = "郭淑敏") -> FlaskClient:
    """A client in which an official with these posts has signed in; another ``subject`` is another person."""
    return signed_in(app, {}, subject, name, posts)
