"""The forms of a campaign as pages, with the steps beside them and what is still to be mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, url_for

from recommender.campaigns.content import Content, check
from recommender.campaigns.states import State
from recommender.messages.templates import FIELDS, Part
from web.campaigns import choices, previews, scope
from web.campaigns.channels import offered
from web.campaigns.forms import MOST_CODES, Choices, Form, Step
from web.campaigns.shown import FIELD_STEPS
from web.pages import library, settings

if TYPE_CHECKING:
    from enterprises.snapshots import Snapshot
    from recommender.campaigns.campaigns import Campaign
    from recommender.campaigns.reckoning import Estimate


def step_form(campaign: Campaign, at: Step, form: Form, *, stale: bool = False, refusal: str = "") -> str:
    """The page of a step. ``stale``: somebody else has changed the campaign; ``refusal``: why it cannot be kept."""
    content = campaign.content
    open_items = scope.open_items(library(), content.region, content.department)
    chosen = form.typed.getlist("items") if at is Step.ITEMS else []
    found = choices.matching(open_items.values(), form.typed.get("words", ""))
    return render_template(
        f"campaign_{at.value}.html",
        campaign=campaign,
        at=at,
        steps=steps(campaign),
        typed=form.typed,
        mistakes=form.mistakes,
        stale=stale,
        refusal=refusal,
        approved=campaign.state in (State.SUBMITTED, State.APPROVED),
        groups=choices.by_document(found),
        found=len(found),
        unseen=[each for each in chosen if each not in {item.id for item in found}],
        titles={item.id: item.title for item in library().items.values()},
        offers=_offers(content),
        fields=FIELDS,
        parts=list(Part),
        channels=offered(),
        most_codes=MOST_CODES,
    )


def _offers(content: Content) -> dict[str, tuple[choices.Option, ...]]:
    return {
        "regions": choices.regions_in(content.region),
        "industries": choices.sections(),
        "sizes": choices.sizes(),
        "entity_kinds": choices.entity_kinds(),
        "tiers": choices.tiers(),
    }


def choices_of(content: Content) -> Choices:
    """What may be chosen, as the forms are read by it."""
    from recommender.campaigns.content import pin

    open_items = scope.open_items(library(), content.region, content.department)
    pinned = {each.item_id: each for each in pin(library(), tuple(open_items))}
    offers = {name: [option.value for option in options] for name, options in _offers(content).items()}
    return Choices(items=pinned, channels=[option.value for option in offered()], **offers)


def steps(campaign: Campaign) -> list[tuple[Step, str, bool]]:
    """The steps, each with its address and whether it has nothing left to mend."""
    wrong = {FIELD_STEPS.get(name, Step.BASICS) for name in mistakes_of(campaign.content)}
    ready = kept(campaign) is not None and not wrong
    return [
        (
            each,
            url_for("campaigns.preview", campaign_id=campaign.id)
            if each is Step.PREVIEW
            else url_for("campaigns.step", campaign_id=campaign.id, step=each.value),
            ready if each is Step.PREVIEW else each not in wrong,
        )
        for each in Step
    ]


def mistakes_of(content: Content) -> dict[str, str]:
    """What keeps a campaign from being submitted, by field."""
    found = dict(check(content))
    if "items" not in found and previews.pinned_items(content, library()) is None:
        found["items"] = "有事项已经更新、下架或过期，请重新选择并保存"
    return found


def kept(campaign: Campaign) -> Estimate | None:
    """The preview of the campaign as it is now; ``None`` where nobody asked for it."""
    snapshot = snapshot_now()
    if snapshot is None:
        return None
    key = previews.key_of(campaign.content, snapshot.revision, settings().day())
    return previews.kept(settings().files, campaign.id, key)


def snapshot_now() -> Snapshot | None:
    """The snapshot that previews go over; ``None`` where there is none yet."""
    from enterprises.snapshots import newest
    from web.folders import snapshots_folder

    return newest(snapshots_folder(settings().files), library().dictionary)
