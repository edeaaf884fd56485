"""Filling in, sending and reading the pages of a check, as a browser without scripts does."""

from collections.abc import Mapping, Sequence

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ITEM = "yanan-2023-private-economy.15"
PRIVATE_INDUSTRY = {"f.region": "610602", "f.entity_kind": "企业", "f.ownership": "民营", "f.industry": "30"}

Answers = Mapping[str, str | Sequence[str]]


def renovation(investment: str) -> dict[str, str]:
    """A private industrial enterprise with one renovation project."""
    project = {"f.project.0.kind": "技术改造", "f.project.0.fixed_asset_investment": investment}
    return {**PRIVATE_INDUSTRY, **project}


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def find(soup: BeautifulSoup, selector: str) -> Tag:
    found = soup.select_one(selector)
    assert found is not None, selector
    return found


def filled_in(soup: BeautifulSoup, form: str) -> dict[str, list[str]]:
    """What a browser sends of a form as it stands, with inputs elsewhere that belong to it."""
    owner = find(soup, f"form#{form}")
    sent: dict[str, list[str]] = {}
    for each in [*owner.select("input, select"), *soup.select(f"input[form={form}], select[form={form}]")]:
        name, kind = str(each.get("name", "")), each.get("type")
        if each.name == "select":
            values = [str(option["value"]) for option in each.select("option[selected]")]
        elif kind in ("checkbox", "radio"):
            values = [str(each["value"])] if each.has_attr("checked") else []
        else:
            values = [str(each.get("value", ""))]
        if name and any(values):
            sent.setdefault(name, []).extend(values)
    return sent


def press(client: FlaskClient, soup: BeautifulSoup, form: str, to: str = "", **changes: str) -> TestResponse:
    """Send a form as it stands but for some inputs, and go where it leads; ``f__region`` stands for ``f.region``."""
    answer = send_form(client, soup, form, to, **changes)
    return client.get(answer.location) if answer.status_code == 303 else answer


def send_form(client: FlaskClient, soup: BeautifulSoup, form: str, to: str = "", **changes: str) -> TestResponse:
    """Send a form, and stay where one is."""
    sent = filled_in(soup, form)
    for named, value in changes.items():
        name = named.replace("__", ".")
        sent[name] = [*sent.get(name, []), value] if name == "skip" else [value]
    address = to or str(find(soup, f"form#{form}")["action"])
    return client.post(address.partition("#")[0], data=sent)


def offered(soup: BeautifulSoup, group: str) -> set[str]:
    """The items of a group's cards."""
    return {str(link["href"]).rpartition("/")[2] for link in soup.select(f".card.{group} h3 a")}
