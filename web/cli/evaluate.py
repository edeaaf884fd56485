"""``huiqi evaluate``: how good likeness, search, ranking and hints are, for this library and this model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enterprises.calendar import today
from enterprises.source_text import BadText, suggest
from web.cli.package import load, save
from web.cli.similar import encoder_in_use
from web.commands import Command, Day, Failure, WrongInput, library_option

if TYPE_CHECKING:
    from datetime import date

    from rich.table import Table

    from recommender.quality.evaluation import Evaluation, Progress, Subject
    from recommender.quality.report import Section

PREAMBLE = """# Evaluation

What `huiqi evaluate` measured, as it wrote it itself. To write this page anew, with a folder of scored sentence pairs:

    huiqi evaluate --sts FOLDER --out docs/evaluation.md

Every figure stands beside its baselines of the same run. Questions are in `recommender/quality/questions/`: search was
improved by looking at `tuning` alone, so `test` is the figure to quote. Success@k: what was asked for is among the
first k. A question may have several right items, graded 2 (asked for) and 1 (also worth naming); nDCG counts grades.
Judged pairs of items are in `recommender/quality/item_pairs.yaml`; the weights of `recommender/similar/likeness.py`
were set by hand on those same pairs, so that the figures flatter them.
"""


@click.command(cls=Command)
@click.option(
    "--sts",
    metavar="文件夹",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="句子对测试集（*.jsonl，每行 sentence1、sentence2、score）所在的文件夹；不写就不测句子相似。",
)
@click.option(
    "--questions",
    metavar="文件或文件夹",
    type=click.Path(exists=True, path_type=Path),
    help="用这些问题集，不用随程序安装的。",
)
@click.option("--split", metavar="名称", default="all", help="只测一个问题集：tuning 或 test；默认 all，都测。")
@click.option("--on", type=Day(), default=None, help="按哪一天回答问题；不写时用随程序安装的问题集所定的那一天。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@click.option(
    "--out",
    metavar="文件.md",
    type=click.Path(dir_okay=False, path_type=Path),
    help="另存成 Markdown（英文，即 docs/evaluation.md）。",
)
@library_option
def evaluate(
    sts: Path | None,
    questions: Path | None,
    split: str,
    on: date | None,
    as_json: bool,
    out: Path | None,
    folder: Path | None,
) -> None:
    """测量语义模型、检索、排序和相似事项，各与简单方法对照。"""
    from recommender.quality import evaluation as measuring
    from recommender.quality.question_set import ASKED_ON, FOLDER
    from recommender.quality.similarity import read_sets

    sets = None if sts is None else read_sets(sts)
    paths = _chosen(questions or FOLDER, split)
    subject, day = _subject(folder), on or ASKED_ON
    try:
        with _progress() as progress:
            found = measuring.evaluate(
                subject, on=today(), questions=paths, questions_on=day, sets=sets, progress=progress
            )
    except BadText as error:  # a model that is missing or damaged
        raise Failure(str(error)) from None
    _tell(found, as_json, out)


def _subject(folder: Path | None) -> Subject:
    from recommender.encoder.encoder import BUILTIN, MODEL_FOLDER
    from recommender.quality.evaluation import Subject

    encoder = encoder_in_use()
    model = MODEL_FOLDER if encoder.name == BUILTIN else Path(encoder.name)
    size = sum(path.stat().st_size for path in model.rglob("*") if path.is_file()) if model.is_dir() else None
    return Subject(load(folder), encoder, size)


def _chosen(where: Path, split: str) -> list[Path]:
    """The question files; of a folder, the one that ``split`` names, or all. Raises ``WrongInput``."""
    paths = sorted(where.glob("*.yaml")) if where.is_dir() else [where]
    if not paths:
        raise WrongInput(f"{where} 里没有问题集（.yaml 文件）。请给出问题集的文件，或者它们所在的文件夹")
    names = [path.stem for path in paths]
    if split != "all" and split not in names:
        raise WrongInput(f"没有问题集“{split}”。{suggest(split, [*names, 'all'])}")
    return [path for path in paths if split in ("all", path.stem)]


def _tell(found: Evaluation, as_json: bool, out: Path | None) -> None:
    from recommender.quality.as_json import plain
    from recommender.quality.report import markdown
    from recommender.quality.sections import sections

    tables = tuple(sections(found))
    if out is not None:
        save(markdown(tables, PREAMBLE).encode(), out)
    if as_json:
        click.echo(json.dumps(plain(found), ensure_ascii=False, indent=2))
    else:
        _print(tables)


def _print(tables: Iterable[Section]) -> None:
    from rich.console import Console

    from recommender.quality.report import in_chinese

    console = Console()
    for section in tables:
        title, lines, remarks = in_chinese(section)
        console.print(f"\n{title}", style="bold", markup=False)
        for remark in remarks:
            console.print(remark, markup=False)
        if lines:
            console.print(_table(lines))


def _table(lines: Sequence[Sequence[str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    head, *rows = lines
    table = Table(show_edge=False)
    for number, name in enumerate(head):
        table.add_column(Text(name), justify="right" if number else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


@contextmanager
def _progress() -> Iterator[Progress]:
    """Somebody who watches a terminal is told what is measured now."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("准备") as status:
        yield lambda what: status.update(f"正在测量：{what}")
