"""``huiqi ranking``: the order in which matches are shown, its versions, and learning a new one from feedback."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from enterprises.calendar import SHANGHAI, system_clock, today
from enterprises.source_text import BadText
from web.commands import Command, Failure, Group, WrongInput, day_option
from web.stored import reading_database, writing_database

if TYPE_CHECKING:
    from enterprises.profiles import Profile
    from recommender.ranking.order import Ranked, Ranker
    from recommender.ranking.versions import Activation, Version

_as_json = click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
_reason = click.option("--reason", metavar="原因", required=True, help="为什么，记入启用记录。")


@click.group(cls=Group)
def ranking() -> None:
    """排序：按什么先后列出事项。有初始权重，反馈够了可以学习，可以退回。排序只管先后，不影响能不能享受。"""


@ranking.command("list", cls=Command)
@_as_json
def list_versions(as_json: bool) -> None:
    """列出各版本，以及启用的经过。"""
    from recommender.ranking.versions import activations, active_weights
    from recommender.ranking.versions import list_versions as stored_versions
    from recommender.ranking.weights import stated

    with reading_database(os.environ.get("DATABASE_URL")) as session:
        versions, log, active = stored_versions(session), activations(session), active_weights(session).name
    if as_json:
        _print_json({"active": active, "versions": [_plain(one) for one in versions], "log": [_said(e) for e in log]})
        return
    if not versions:
        click.echo(f"{stated().weights.name}  初始权重  正在使用")
    for version in versions:
        using = "  正在使用" if version.name == active else ""
        learnt = f"  {version.enterprises} 家企业、{version.judged} 对反馈" if version.judged else "  初始权重"
        click.echo(
            f"{version.name}  {version.created_at.astimezone(SHANGHAI):%Y-%m-%d}{learnt}{_checked(version)}{using}"
        )
    for entry in log:
        act = "退回到" if entry.act.value == "rollback" else "启用"
        click.echo(f"{entry.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}  {act} {entry.name}：{entry.reason}")


@ranking.command(cls=Command)
@click.argument("name", metavar="[版本]", default="")
@_as_json
def show(name: str, as_json: bool) -> None:
    """显示一个版本的权重、理由和检验的结果；不写就是正在使用的。"""
    from recommender.ranking.features import Feature
    from recommender.ranking.training import remarks
    from recommender.ranking.versions import active_weights, find_version
    from recommender.ranking.weights import stated

    with reading_database(os.environ.get("DATABASE_URL")) as session, _understood():
        shipped = stated().weights.name
        wanted = name or active_weights(session).name
        kept = None if wanted == shipped else find_version(session, wanted)
        weights = stated().weights if kept is None else kept.weights
    if as_json:
        plain: dict[str, Any] = {} if kept is None else _plain(kept)
        _print_json({**plain, "name": weights.name, "weights": {one.value: weights.values[one] for one in Feature}})
        return
    click.echo(f"{weights.label}（{weights.name}）")
    for one in sorted(Feature, key=lambda one: -weights.values[one]):
        reason = f"  {stated().reasons[one]}" if kept is None else f"（初始 {stated().weights.values[one]:g}）"
        click.echo(f"{one.label}：{weights.values[one]:g}{reason}")
    if kept is not None and kept.judged:
        click.echo(
            f"学自 {kept.enterprises} 家企业、{kept.judged} 对反馈，截至第 {kept.feedback_until} 条{_checked(kept)}"
        )
        for remark in remarks(kept.figures):
            click.echo(remark)


@ranking.command(cls=Command)
def train() -> None:
    """从反馈学习一个新版本；在留出的企业上不比现在的差才启用，否则只存下来备查。"""
    from enterprises.dictionary import bundled
    from recommender.ranking.learning import CannotLearn
    from recommender.ranking.training import remarks
    from recommender.ranking.training import train as learn
    from web.rankers import relevance

    try:
        with writing_database(os.environ.get("DATABASE_URL")) as session, _understood():
            trained = learn(session, bundled(), relevance(), system_clock())
    except CannotLearn as error:
        raise Failure(str(error)) from None
    version = trained.version
    click.echo(f"{version.name}：学自 {version.enterprises} 家企业、{version.judged} 对反馈{_checked(version)}")
    for reason, count in trained.left_out.items():
        click.echo(f"没有用的反馈 {count} 对：{reason.value}")
    for remark in remarks(version.figures):
        click.echo(remark)
    if not trained.new:
        click.echo(f"没有学到新的：与已有的 {version.name} 完全相同；正在使用的版本没有变。")
        return
    click.echo("不比原来差，已启用。" if trained.activated else "不如原来的，没有启用；权重和结果已存下备查。")


@ranking.command(cls=Command)
@click.argument("name", metavar="版本")
@_reason
def activate(name: str, reason: str) -> None:
    """启用一个版本。"""
    from recommender.ranking.versions import activate as bring_into_use
    from recommender.ranking.versions import ensure_stated

    with writing_database(os.environ.get("DATABASE_URL")) as session, _understood():
        ensure_stated(session, system_clock())
        bring_into_use(session, name, reason, system_clock())
    click.echo(f"正在使用 {name}。")


@ranking.command(cls=Command)
@_reason
def rollback(reason: str) -> None:
    """退回到前一个启用的版本。"""
    from recommender.ranking.versions import rollback as back

    with writing_database(os.environ.get("DATABASE_URL")) as session, _understood():
        name = back(session, reason, system_clock())
    click.echo(f"已退回，正在使用 {name}。")


@ranking.command(cls=Command)
@click.argument(
    "profile", metavar="[企业.json]", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--enterprise", "code", metavar="统一社会信用代码", help="不给文件，用企业库里的这家企业。")
@click.option("--ranking", "name", metavar="版本", help="按这个版本排；不写就是正在使用的。")
@day_option
@_as_json
def explain(profile: Path | None, code: str | None, name: str | None, on: date | None, as_json: bool) -> None:
    """说明一家企业的每个事项为什么排在那个位置。"""
    from policies.library import bundled_library
    from recommender.explanation import explain as explained
    from recommender.ranking.feedback import standings
    from recommender.ranking.tables import feedback_of
    from recommender.ranking.versions import named_weights
    from recommender.ranking.wording import explain_position
    from web.rankers import stored_ranker

    subject = _subject(profile, code)
    with reading_database(os.environ.get("DATABASE_URL")) as session, _understood():
        ranker = stored_ranker(session)
        if name is not None:
            ranker = replace(ranker, weights=named_weights(session, name))
        told = feedback_of(session, subject.credit_code) if subject.credit_code else ()
    dismissed = {item for item, reached in standings(told).items() if reached.dismissed}
    order = ranker.order(explained(bundled_library(), subject, on or today()), dismissed)
    groups = (("可以享受", order.eligible), ("还差信息", order.undetermined), ("差一点", order.close))
    if as_json:
        placed = {title: [_place(ranked, ranker) for ranked in group] for title, group in groups}
        _print_json({"basis": order.basis.code, "groups": placed})
        return
    click.echo(f"排序依据：{order.basis.text}（{order.basis.code}）")
    for title, group in groups:
        click.echo(f"{title}：{len(group)} 项")
        for ranked in group:
            click.echo(f"  {ranked.item.title}（{ranked.item.id}）\n    {explain_position(ranked)}")


@contextmanager
def _understood() -> Iterator[None]:
    """What can be wrong with a version, in its own words."""
    from recommender.ranking.versions import ChangedWeights
    from recommender.ranking.weights import StrangeWeights

    try:
        yield
    except BadText as error:
        raise WrongInput(str(error)) from None
    except (StrangeWeights, ChangedWeights) as error:
        raise Failure(str(error)) from None


def _subject(path: Path | None, code: str | None) -> Profile:
    from enterprises.dictionary import bundled
    from enterprises.profiles import read_profile
    from enterprises.source_text import read_file
    from web.cli.sources import stored_profile

    if (path is None) == (code is None):
        raise WrongInput("请给出企业的 JSON 文件或 --enterprise，只给一种")
    if path is not None:
        return read_profile(read_file(path), bundled())
    return stored_profile(os.environ.get("DATABASE_URL"), code or "", bundled())


def _plain(version: Version) -> dict[str, Any]:
    return {
        "name": version.name,
        "enterprises": version.enterprises,
        "judged": version.judged,
        "feedback_until": version.feedback_until,
        "figures": version.figures,
        "created_at": version.created_at.isoformat(),
    }


def _said(entry: Activation) -> dict[str, str]:
    return {"name": entry.name, "act": entry.act.value, "reason": entry.reason, "at": entry.at.isoformat()}


def _checked(version: Version) -> str:
    found = version.figures.get("ndcg")
    if found is None:
        return ""
    return (
        f"；在留出的 {version.figures['held_out']} 家上 nDCG@5：新 {found['new']:.3f}，"
        f"原来（{version.figures['against']}）{found['current']:.3f}，"
        f"只看金额 {found['worth']:.3f}，随机 {found['random']:.3f}"
    )


def _place(ranked: Ranked, ranker: Ranker) -> dict[str, Any]:
    from recommender.ranking.wording import explain_position

    given = ranker.weights.contributions(ranked.features)
    return {
        "item": ranked.item.id,
        "position": ranked.position,
        "sentence": explain_position(ranked),
        "score": ranked.score,
        "contributions": {one.value: round(value, 6) for one, value in given.items()},
    }


def _print_json(plain: object) -> None:
    click.echo(json.dumps(plain, ensure_ascii=False, indent=2))
