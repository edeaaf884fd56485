"""Subscriptions: what the visitor wants to be told of an enterprise, how often, by which way, and when not."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enterprises import regions
from policies.items import Category
from recommender.messages.addresses import mask, open_addresses
from recommender.messages.schedule import LAST_OF_MONTH, WEEKDAYS, Frequency
from recommender.messages.subscription import SERVICE, Channel, Subscription, Topic, describe
from web.pages import settings, stored, visitor
from web.subscription_form import Form, read_form, write_form

if TYPE_CHECKING:
    from sqlmodel import Session

pages = Blueprint("subscriptions", __name__, url_prefix="/mine/<credit_code>/subscriptions")

UNPROCESSABLE = 422

CHANNELS = "huiqi_channels"
"""Where the application keeps which channels the installation sends by; without it, the inbox alone."""

HINTS = {
    Topic.NEW: "您能享受、或者补充一点情况就可能享受的。",
    Topic.DEADLINES: "能享受而快要截止的：提前 30 天、7 天、1 天各提醒一次。",
    Topic.NEAR: "再做一点就能享受的，告诉您差多少、能得到什么。",
    Topic.GRANTS: "等您点头的资金，逾期可能作废；还有被银行退回的付款。",
    Topic.APPEALS: "您提的诉求有了答复。",
}

LABELS = {
    "frequency": "多久告诉一次",
    "weekday": "每周哪一天",
    "month_day": "每月哪一天",
    "regions": "其他地区",
    "days": "哪些日子不打扰",
    "until": "到哪一天为止都不打扰",
    "first_hour": "不响铃的钟点",
    "last_hour": "不响铃的钟点",
}


@pages.get("")
def show(credit_code: str) -> str:
    """The form with what stands, and what it comes to in words."""
    with stored().reading() as database:
        standing = _standing(database, credit_code)
    return _page(credit_code, standing, Form(write_form(standing, settings().day()), standing))


@pages.post("")
def save(credit_code: str) -> Response | tuple[str, int]:
    """Keep what was chosen, or show the form again with everything that was typed."""
    from recommender.messages.subscribers import save

    account, on = _account(), settings().day()
    with stored().writing() as database:
        standing = _standing(database, credit_code)
        form = read_form(request.form, standing, offered(), settings().seal, on)
        if form.mistakes:
            return _page(credit_code, standing, form), UNPROCESSABLE
        save(database, form.wanted, on, settings().now(), account)
    return redirect(url_for("subscriptions.show", credit_code=credit_code, done="saved"), 303)


@pages.post("/links")
def revoke_links(credit_code: str) -> Response:
    """Make the unsubscribe links in all messages so far useless."""
    from recommender.messages.subscribers import revoke_links

    with stored().writing() as database:
        revoke_links(database, _account(), credit_code, settings().now(), _account())
    return redirect(url_for("subscriptions.show", credit_code=credit_code, done="revoked"), 303)


def offered() -> Collection[Channel]:
    """The channels that this installation sends by."""
    found: Collection[Channel] = current_app.extensions.get(CHANNELS, (Channel.INBOX,))
    return found


def _standing(database: Session, credit_code: str) -> Subscription:
    from recommender.messages.subscribers import subscription_of

    return subscription_of(database, _account(), credit_code)


def _account() -> str:
    """The visitor's; the guard has seen to it that there is one."""
    account = visitor().account
    assert account is not None
    return account


def _page(credit_code: str, standing: Subscription, form: Form) -> str:
    addresses = open_addresses(standing.addresses, settings().seal)
    topics = [(each, HINTS[each]) for each in Topic]
    return render_template(
        "subscriptions.html",
        credit_code=credit_code,
        words=describe(standing, offered()),
        done=request.args.get("done", ""),
        typed=form.typed,
        mistakes=form.mistakes,
        labels={**LABELS, **{f"address.{each.value}": each.address_label for each in Channel}},
        on_request=[pair for pair in topics if pair[0] not in SERVICE],
        service=[pair for pair in topics if pair[0] in SERVICE],
        categories=list(Category),
        frequencies=list(Frequency),
        weekdays=WEEKDAYS,
        last_of_month=LAST_OF_MONTH,
        channels=[each for each in Channel if each in offered()],
        masked={each: mask(address) for each, address in addresses.items()},
        regions=[each.name for each in regions.children("610000")],
    )
