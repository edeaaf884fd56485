"""Addresses of an account's subscription: proving by a code that the account reads what is sent there."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug import Response

from recommender.channels.configured import ways
from recommender.channels.letters import Sent
from recommender.channels.notes import Note
from recommender.messages.addresses import mask, open_addresses
from recommender.messages.subscription import Channel
from web.pages import settings, stored, visitor
from web.pages.subscriptions import CHANNELS

pages = Blueprint("addresses", __name__, url_prefix="/mine/<credit_code>/subscriptions/addresses")

UNPROCESSABLE = 422

LONGEST_CODE = 20
"""Characters of what is typed for a code that are looked at."""


@dataclass(frozen=True)
class Shown:
    """An address as it is shown, masked. ``proven``: nothing is left to do; ``waiting``: a code is on its way."""

    channel: Channel
    masked: str
    proven: bool
    waiting: bool


@pages.record_once
def _offer(state: BlueprintSetupState) -> None:
    """The subscription page offers what the installation sends by."""
    app = state.app
    assert isinstance(app, Flask)
    app.extensions.setdefault(CHANNELS, app.extensions["huiqi_settings"].channels.offered)


@pages.get("")
def show(credit_code: str) -> str:
    """The addresses that the subscription names, and which of them still have to be proved."""
    return _page(credit_code)


@pages.post("/<channel>/code")
def send(credit_code: str, channel: str) -> Response | tuple[str, int]:
    """Send a code to the address that the subscription names."""
    from recommender.channels.proofs import TooMany, begin

    wanted = _channel(channel)
    address = _address(credit_code, wanted)
    if address is None:
        abort(404)
    try:
        with stored().writing() as database:
            code = begin(database, _account(), credit_code, wanted, address, settings().seal, settings().now())
    except TooMany as error:
        return _page(credit_code, wanted, str(error)), UNPROCESSABLE
    words = (f"您的验证码是 {code.digits}，15 分钟内有效。", "如果不是您本人在“惠企”填写了这个地址，请不用理会。")
    (outcome,) = ways(settings().channels, settings().now)[wanted].deliver(
        [Note(code.id, address, "惠企验证码", words)]
    )
    if not isinstance(outcome, Sent):
        return _page(credit_code, wanted, f"验证码没有发出去：{outcome}"), UNPROCESSABLE
    return redirect(url_for("addresses.show", credit_code=credit_code, done="sent"), 303)


@pages.post("/<channel>/prove")
def prove(credit_code: str, channel: str) -> Response | tuple[str, int]:
    """Try a code."""
    from recommender.channels.proofs import Proof, prove

    wanted, typed = _channel(channel), request.form.get("code", "")[:LONGEST_CODE]
    with stored().writing() as database:
        proof = prove(database, _account(), credit_code, wanted, typed, settings().seal, settings().now())
    if proof is not Proof.PROVED:
        return _page(credit_code, wanted, proof.message, typed), UNPROCESSABLE
    return redirect(url_for("addresses.show", credit_code=credit_code, done="proved"), 303)


def _page(credit_code: str, wrong: Channel | None = None, mistake: str = "", typed: str = "") -> str:
    from recommender.channels.proofs import proven, waiting

    now, seal = settings().now(), settings().seal
    addresses = _addresses(credit_code)
    with stored().reading() as database:
        proved = proven(database, _account(), credit_code, seal)
        shown = [
            Shown(
                channel,
                mask(address),
                proved.get(channel) == address,
                waiting(database, _account(), credit_code, channel, seal, now) == address,
            )
            for channel, address in addresses.items()
        ]
    done = "" if mistake else request.args.get("done", "")
    return render_template(
        "addresses.html",
        credit_code=credit_code,
        addresses=shown,
        wrong=wrong,
        mistake=mistake,
        typed=typed,
        done=done,
    )


def _addresses(credit_code: str) -> dict[Channel, str]:
    """The addresses of the subscription by channels that are chosen and there."""
    from recommender.messages.subscribers import subscription_of

    with stored().reading() as database:
        subscription = subscription_of(database, _account(), credit_code)
    known = open_addresses(subscription.addresses, settings().seal)
    offered = settings().channels.offered
    return {
        each: known[each] for each in Channel if each in known and each in offered and each in subscription.channels
    }


def _address(credit_code: str, channel: Channel) -> str | None:
    return _addresses(credit_code).get(channel)


def _channel(name: str) -> Channel:
    if name not in {channel.value for channel in Channel}:
        abort(404)
    return Channel(name)


def _account() -> str:
    account = visitor().account
    assert account is not None  # the guard has seen to it
    return account
