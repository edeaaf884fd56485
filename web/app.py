"""The web application: what every page shares. The pages themselves are in ``web.pages``, one module a noun."""

from __future__ import annotations

import logging

from flask import Blueprint, Flask, Response, g, render_template, request
from flask_limiter import ApplicationLimit, Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from enterprises.amounts import format_money
from enterprises.calendar import format_day
from policies.wording import say_reading
from recommender.explanation_json import show_amount
from web.accounts.visitor import ANONYMOUS, Duty
from web.appeals.access import DUTIES as HANDLERS
from web.appeals.access import WATCHERS
from web.assets import A_YEAR, asset, is_current
from web.compression import compress
from web.guards import Guard, member, nobody, official, owner, public, signed_in
from web.office import (
    appeal_drafts,
    audit,
    campaign_approvals,
    campaign_deeds,
    campaign_runs,
    campaigns,
    corrections,
    draft_files,
    drafts,
    editor,
    entering,
    ledger,
    library_files,
    officials,
    payment_deeds,
    payments,
    quiet_days,
    recoveries,
    round_deeds,
    round_plans,
    rounds,
    rulings,
)
from web.office import appeals as appeals_desk
from web.office import home as office_home
from web.office import library as library_desk
from web.office import reports as office_reports
from web.office import simulations as office_simulations
from web.office import snapshot as office_snapshot
from web.office.sections import office_sections
from web.pages import (
    addresses,
    appeal_forms,
    appeals,
    beginnings,
    calendar,
    changes,
    check,
    display,
    documents,
    grants,
    inbox,
    industries,
    items,
    local_provider,
    lookup,
    members,
    mine,
    own_check,
    own_items,
    packages,
    pushes,
    regions,
    search,
    shares,
    sign_in,
    start,
    subscriptions,
    unsubscribe,
    visitor,
)
from web.payments.scope import READERS
from web.row_numbers import RowNumber
from web.sections import sections
from web.settings import Settings
from web.stored import Database, Stored

MOST_BYTES = 256 * 1024
"""A whole form with fifty projects is a third of this."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

ERRORS = {
    400: ("这个请求有误", "请返回上一页检查后再提交。如果页面开了很久，请刷新后重新提交。"),
    401: ("请先登录", "您还没有登录，或者登录已经过期。刚才的内容没有提交；登录后请再试一次。"),
    403: (
        "您不能打开这个页面",
        "这个页面只对相应企业的人员开放。如果您是这家企业的，请换绑定了它的账号登录，或请负责人邀请您。",
    ),
    404: ("没有这个页面", "地址可能抄错了，或者事项已经下架。可以在下面直接查找，或从首页重新开始。"),
    405: ("不能这样打开这个地址", "这个地址只接受表单提交。请从首页重新开始。"),
    413: ("提交的内容太多", "请减少填写的明细，或换小一些的附件。按浏览器的“后退”，填写的内容还在。"),
    429: ("提交得太频繁", "请过一分钟再试。刚才填写的内容，按浏览器的“后退”就能找回。"),
    500: ("系统出了问题", "不是您的操作有误。请稍后再试；如果一直这样，请告诉我们您在做什么。"),
    503: ("政策库还没有准备好", "请过几分钟刷新本页。管理员：运行 huiqi setup 载入政策库。"),
}
"""What goes wrong, and what to do about it."""

_log = logging.getLogger(__name__)


PAGES: tuple[tuple[Blueprint, Guard], ...] = (
    (start.pages, public),
    (check.pages, public),
    (own_check.pages, member),
    (items.pages, public),
    (documents.pages, public),
    (search.pages, public),
    (lookup.pages, public),
    (display.pages, public),
    (packages.pages, member),
    (packages.handouts, public),
    (shares.pages, member),
    (shares.decisions, owner),
    (shares.shared, public),
    (own_items.pages, member),
    (grants.pages, member),
    (grants.decisions, owner),
    (calendar.pages, public),
    (changes.pages, public),
    (regions.pages, public),
    (industries.pages, public),
    (beginnings.pages, public),
    (inbox.pages, member),
    (pushes.pages, owner),
    (subscriptions.pages, member),
    (addresses.pages, member),
    (unsubscribe.pages, public),
    (sign_in.pages, public),
    (local_provider.pages, public),
    (mine.pages, signed_in),
    (members.pages, owner),
    (members.own_pages, member),
    (appeals.pages, member),
    (appeal_forms.pages, member),
    (office_home.pages, official()),
    (library_desk.pages, official(Duty.EDITOR, Duty.REVIEWER, Duty.OPERATOR, Duty.APPROVER, Duty.AUDITOR)),
    (library_desk.deeds, official(Duty.EDITOR)),
    (drafts.pages, official(Duty.EDITOR, Duty.REVIEWER, Duty.AUDITOR)),
    (drafts.deeds, official(Duty.EDITOR)),
    (drafts.reviews, official(Duty.REVIEWER)),
    (editor.pages, official(Duty.EDITOR)),
    (draft_files.pages, official(Duty.EDITOR)),
    (library_files.pages, official(Duty.EDITOR, Duty.REVIEWER, Duty.OPERATOR, Duty.APPROVER, Duty.AUDITOR)),
    (library_files.imports, official(Duty.EDITOR)),
    (office_snapshot.pages, official(*office_snapshot.DUTIES)),
    (office_reports.pages, official(*office_reports.DUTIES)),
    (office_simulations.pages, official(*office_simulations.DUTIES)),
    (entering.pages, signed_in),
    (campaigns.pages, official(Duty.OPERATOR)),
    (campaign_approvals.pages, official(Duty.APPROVER)),
    (campaign_runs.pages, official(Duty.OPERATOR, Duty.APPROVER, Duty.AUDITOR)),
    (campaign_deeds.pages, official(Duty.OPERATOR)),
    (rounds.pages, official(*READERS)),
    (round_plans.pages, official(Duty.OPERATOR)),
    (round_deeds.pages, official(Duty.OPERATOR)),
    (round_deeds.checks, official(Duty.APPROVER)),
    (round_deeds.works, official(Duty.OPERATOR, Duty.APPROVER)),
    (appeals_desk.pages, official(*HANDLERS)),
    (appeal_drafts.pages, official(Duty.EDITOR)),
    (appeal_drafts.comparisons, official(*HANDLERS)),
    (corrections.pages, official(*WATCHERS)),
    (quiet_days.pages, official(*quiet_days.DUTIES)),
    (payments.pages, official(*payments.READERS)),
    (payment_deeds.pages, official(Duty.FINANCE)),
    (ledger.pages, official(*READERS)),
    (recoveries.pages, official(Duty.OPERATOR)),
    (rulings.pages, official(Duty.OPERATOR)),
    (recoveries.approvals, official(Duty.APPROVER)),
    (recoveries.receipts, official(Duty.FINANCE)),
    (officials.pages, official(Duty.ADMINISTRATOR)),
    (audit.pages, official(*audit.DUTIES)),
)
"""Every group of pages, with who may see it. A page without a guard is shown to nobody."""


def create_app(settings: Settings, stored: Stored | None = None) -> Flask:
    """The application. ``stored``: where the library is; by default the database of the settings."""
    from enterprises.dictionary import bundled

    app = Flask(__name__)
    app.url_map.converters["int"] = RowNumber
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="huiqi",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        TRUSTED_HOSTS=list(settings.hosts) or None,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form may stay open for hours while figures are looked up
        RATELIMIT_HEADERS_ENABLED=True,
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    app.extensions["huiqi"] = stored or Database(settings.database_url, bundled())
    app.extensions["huiqi_settings"] = settings
    guards = {blueprint.name: guard for blueprint, guard in PAGES}

    @app.before_request
    def let_in() -> None:
        if request.endpoint is not None and request.endpoint != "static":
            guards.get(request.blueprint or "", nobody)()

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)  # a page that is printed has a policy of its own
        if request.endpoint != "static":
            # What a visitor typed stays with the visitor; the browser may still go back to it.
            response.headers["Cache-Control"] = "private, no-cache"
        elif response.status_code == 200 and is_current(request):
            response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        compress(response, request)
        return response

    _limit_requests(app, settings)
    CSRFProtect(app)
    for blueprint, _ in PAGES:
        app.register_blueprint(blueprint)
    app.register_error_handler(Exception, _show_error)
    app.context_processor(lambda: _shown_everywhere(settings))
    app.jinja_env.globals.update(sections=sections, office_sections=office_sections, asset=asset)
    app.jinja_env.filters.update(money=format_money, amount=show_amount, day=format_day, reading=say_reading)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return app


def _shown_everywhere(settings: Settings) -> dict[str, object]:
    """What every template may use. ``care``: say it in fewer and plainer words."""
    shown = display.display()
    return {
        "made_up": settings.sample,
        "default_day": settings.day(),
        "visitor": visitor(),
        "display": shown,
        "care": shown.care,
    }


def _limit_requests(app: Flask, settings: Settings) -> None:
    of_posts = ApplicationLimit(settings.posts, exempt_when=lambda: request.method != "POST")
    limiter = Limiter(get_remote_address, app=app, application_limits=[of_posts], storage_uri=settings.limits)
    limiter.limit(settings.lookups)(lookup.pages)


def _show_error(error: Exception) -> Response | tuple[str, int]:
    """A page in Chinese that helps; what was unforeseen is logged."""
    if isinstance(error, HTTPException) and isinstance(error.response, Response):
        return error.response  # a guard sends the visitor elsewhere
    if isinstance(error, SecurityError):
        # No page has an address there, so none is rendered.
        return Response("这个网站不在这个域名下。请核对网址。\n", 400, mimetype="text/plain")
    if isinstance(error, CSRFError) and request.endpoint in check.FORMS:
        return check.ask_again()
    code = error.code if isinstance(error, HTTPException) and error.code else 500
    if code == 500:
        g.setdefault("visitor", ANONYMOUS)  # the database may be what is broken
        _log.error("unforeseen error at %s", request.endpoint, exc_info=error)
    title, help_ = ERRORS.get(code, ERRORS[400 if code < 500 else 500])
    return render_template("error.html", code=code, title=title, help=help_), code
