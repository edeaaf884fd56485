"""The form of an appeal: what is typed in it, what it is about, and the files that come along."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from uuid import uuid4

from flask import render_template

from policies.items import Status
from recommender.appeals.deadlines import ACCEPT_WITHIN, ANSWER_WITHIN
from recommender.appeals.file_kinds import BadFile
from recommender.appeals.files import ACCEPTED, EXTENSIONS, MOST_BYTES, MOST_FILES, CheckedFile, check_file
from recommender.appeals.states import Kind
from recommender.appeals.subjects import Subject, subject
from web.appeals.uploads import sent_files
from web.pages import library, settings, stored_profile

LEAD = "我认为我符合，因为："
"""How a text begins that is about an answer which was not yes; by itself it says nothing."""

MEGABYTE = 1024 * 1024

_MARK = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Form:
    """What is typed. ``mark``: of this form, so that it counts once; ``shown``: the digest of what it is about."""

    item: str = ""
    condition: str = ""
    kind: str = ""
    text: str = ""
    mark: str = ""
    shown: str = ""

    @classmethod
    def sent(cls, typed: Mapping[str, str]) -> Form:
        """The form that a browser sent; one without a mark of ours gets one."""
        form = cls(**{name: typed.get(name, "") for name in FIELDS})
        return form if _MARK.fullmatch(form.mark) else replace(form, mark=uuid4().hex)

    @property
    def words(self) -> str:
        """The text, empty where nothing was added to how it begins."""
        return "" if self.text.strip() == LEAD else self.text


FIELDS = tuple(field.name for field in fields(Form))


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a field of the form; one without a field is about all of it."""

    error: str
    field: str = ""
    label: str = ""


def new_form(item: str, condition: str, about: Subject | None) -> Form:
    """The form as it opens."""
    if about is None:
        return Form(mark=uuid4().hex)
    lead = LEAD if about.truth is not True else ""
    return Form(item, condition, Kind.JUDGEMENT.value, lead, uuid4().hex)


def subject_of(credit_code: str, form: Form) -> Subject | None:
    """What the form is about, as it is judged now; ``None`` where that is no item that we have."""
    item = library().items.get(form.item) if form.item else None
    if item is None or item.status is not Status.PUBLISHED:
        return None
    return subject(item, form.condition, stored_profile(credit_code), settings().day(), library().dictionary)


def read_files() -> tuple[list[CheckedFile], list[Mistake]]:
    """The attachments of this request, and what is wrong with those that are not taken."""
    sent = sent_files("files")
    if len(sent) > MOST_FILES:
        return [], [Mistake(f"选了 {len(sent)} 个，最多 {MOST_FILES} 个。请少选几个", "files", "附件")]
    files: list[CheckedFile] = []
    mistakes: list[Mistake] = []
    for file in sent:
        name = file.filename or ""
        try:
            files.append(check_file(name, file.stream.read()))
        except BadFile as error:
            mistakes.append(Mistake(str(error), "files", f"附件“{name[:60]}”"))
    return files, mistakes


def form_page(
    credit_code: str, form: Form, about: Subject | None, mistakes: Sequence[Mistake] = (), status: int = 200
) -> tuple[str, int]:
    """The page, and the status of the answer."""
    from recommender.appeals.desk import LONGEST_TEXT

    page = render_template(
        "appeal_form.html",
        credit_code=credit_code,
        form=replace(form, shown=about.digest) if about is not None else form,
        about=about,
        mistakes=mistakes,
        errors=[mistake.field for mistake in mistakes],
        kinds=list(Kind),
        longest=LONGEST_TEXT,
        most_files=MOST_FILES,
        most_megabytes=MOST_BYTES // MEGABYTE,
        accepted=ACCEPTED,
        extensions=",".join(EXTENSIONS),
        accept_within=ACCEPT_WITHIN,
        answer_within=ANSWER_WITHIN,
    )
    return page, status
