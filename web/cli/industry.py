"""``huiqi industry``: what industry a business scope speaks of, and inferring it for the stored enterprises."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from enterprises.calendar import today
from web.commands import Command, Day, Failure, Group, WrongInput

if TYPE_CHECKING:
    from recommender.industry.classifier import Classifier, Guess

_LEVELS = (("division", "大类"), ("group", "中类"))


@click.group(cls=Group)
def industry() -> None:
    """行业：由经营范围和名称推断国民经济行业（GB/T 4754-2017）。只用来排序和提问，不作为享受政策的依据。"""


@industry.command(cls=Command)
@click.argument("name", metavar="[名称]", default="")
@click.option("--scope", metavar="文本", default="", help="营业执照上的经营范围。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def guess(name: str, scope: str, as_json: bool) -> None:
    """推断一家企业的行业：最可能的三个大类、三个中类，各有多大把握。

    \b
    huiqi industry guess 延安宏源石油技术服务有限公司 --scope "石油钻井、修井技术服务；油田化工产品销售"
    """
    if not name.strip() and not scope.strip():
        raise WrongInput("没有写名称，也没有写经营范围。请至少写一样，例如 --scope 五金产品零售")
    from recommender.industry.classifier import answer

    classifier = _classifier()
    guesses = classifier.classify(scope, name)
    found = answer(guesses)
    if as_json:
        plain = {"model": classifier.version, "answer": found and _plain(found), "guesses": [*map(_plain, guesses)]}
        click.echo(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    _print(guesses, found)


def _print(guesses: Sequence[Guess], found: Guess | None) -> None:
    from enterprises import industries
    from recommender.industry.classifier import SURE
    from recommender.industry.inference import percent

    if found is None:
        why = f"没有一个行业达到 {percent(SURE)} 的把握" if guesses else "从这些文字看不出做什么"
        click.echo(f"不能推断：{why}。请直接填写行业。")
    else:
        click.echo(f"推断：{industries.full_name(found.code)}（{found.code}），把握 {percent(found.probability)}")
    for level, label in _LEVELS:
        for each in guesses:
            if each.level == level:
                click.echo(f"  {label} {each.code:<4}{percent(each.probability):>4}  {industries.full_name(each.code)}")


def _plain(guess: Guess) -> dict[str, Any]:
    from enterprises.industries import full_name

    return {
        "code": guess.code,
        "level": guess.level,
        "name": full_name(guess.code),
        "probability": round(guess.probability, 4),
    }


@industry.command(cls=Command)
@click.option("--on", type=Day(), default=None, help="记作哪一天得到的，不写就是今天（北京时间）。")
def infer(on: date | None) -> None:
    """给数据库里有经营范围、还没有人说过行业的企业补上推断的行业。

    推断的行业排在所有来源之后：登记、统计或企业自己一说，就以他们的为准。中断了再运行一次即可，同样的推断不会记两次。
    """
    from enterprises.dictionary import bundled
    from recommender.industry.stored import infer_all
    from web.cli.progress import progress
    from web.stored import migrated_database

    classifier = _classifier()
    with migrated_database(os.environ.get("DATABASE_URL")) as engine, progress("推断行业") as watch:
        done = infer_all(engine, classifier, bundled(), on or today(), watch)
    click.echo(
        f"有经营范围的企业 {done.with_scope} 家，推断出行业 {done.inferred} 家："
        f"新记 {done.added} 条，档案有变化 {done.changed} 家（模型 {classifier.version}）。"
    )


def _classifier() -> Classifier:
    from recommender.industry.classifier import BadClassifier, load_classifier

    try:
        return load_classifier()
    except BadClassifier as error:
        raise Failure(str(error)) from None
