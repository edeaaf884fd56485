"""What anybody may be told of an enterprise: what the public register of market entities shows, and nothing else.

Anybody may look up in that register who is registered where, since when, for what and whether it still is (Interim
Regulations on Enterprise Information Disclosure, 企业信息公示暂行条例, article 6). Only what came from the register
counts as such: the same fact told by the enterprise or found by an office is the enterprise's own. What its people told
here is left out altogether, the name too: anybody could be called anything, and one would see who has signed up.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from enterprises.dictionary import Dictionary, Source
from enterprises.profile_text import ProfileText
from enterprises.profiles import Profile
from enterprises.statements import merge
from enterprises.tables import EnterpriseRow, StatementRow, load_statements
from enterprises.told import ORIGIN

SHOWN_BY_REGISTER: Final = ("region", "industry", "entity_kind", "registered_on", "operating_status")
"""The facts that the register shows, besides name and credit code."""


def public_part(profile: Profile) -> Profile:
    """Name, credit code, and what the register says of the facts that it shows."""
    known = {name: profile.facts[name] for name in SHOWN_BY_REGISTER if name in profile.facts}
    said = {name: seen for name, seen in known.items() if seen.source is Source.REGISTER}
    return Profile(profile.credit_code, profile.name, said)


def load_public_parts(session: Session, credit_codes: Sequence[str], dictionary: Dictionary) -> tuple[Profile, ...]:
    """The public parts of enterprises that are stored, in the order of their codes; at most some hundred at once.

    Raises ``Problem`` where the dictionary no longer understands what is stored.
    """
    texts = ProfileText(dictionary)
    wanted = select(col(EnterpriseRow.credit_code), col(EnterpriseRow.profile)).where(
        col(EnterpriseRow.credit_code).in_(credit_codes)
    )
    found = {row.credit_code: texts.read(row.credit_code, row.profile) for row in session.connection().execute(wanted)}
    for code in _telling(session, list(found)):
        others = _without_own_word(session, code, dictionary)
        if others is None or others.name is None:
            del found[code]
        else:
            found[code] = others
    return tuple(public_part(found[code]) for code in credit_codes if code in found)


def _telling(session: Session, credit_codes: Sequence[str]) -> Sequence[str]:
    """Those of these enterprises whose people have told something here."""
    wanted = (
        select(col(EnterpriseRow.credit_code))
        .join(StatementRow, col(StatementRow.enterprise_id) == col(EnterpriseRow.id))
        .where(col(EnterpriseRow.credit_code).in_(credit_codes), col(StatementRow.origin).startswith(ORIGIN))
    )
    return session.connection().execute(wanted.distinct()).scalars().all()


def _without_own_word(session: Session, credit_code: str, dictionary: Dictionary) -> Profile | None:
    """What others have said of an enterprise; ``None`` where nobody has."""
    said = load_statements(session, credit_code, dictionary)
    others = [each for each in said if not each.origin.startswith(ORIGIN)]
    return merge(others, dictionary).profile if others else None
