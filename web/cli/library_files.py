"""``huiqi library export`` and ``import``: the library of the database into a file, and a file into drafts."""

from __future__ import annotations

import os
from pathlib import Path

import click

from enterprises.calendar import system_clock, today
from enterprises.source_text import Problems
from web.commands import Command, Failure, WrongInput
from web.stored import reading_database, writing_database


@click.command("export", cls=Command)
@click.argument("path", metavar="文件", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--document", metavar="编号", help="只导出这份文件的事项。")
def export_library(path: Path, document: str | None) -> None:
    """把数据库里在库的事项导出成 .zip（YAML）或 .xlsx（可以在 Excel 里改，再导入成草稿）。"""
    from enterprises.dictionary import bundled
    from policies.exchange.archive import write_archive
    from policies.exchange.workbook_out import write_workbook
    from policies.tables import load_library

    if path.suffix not in (".zip", ".xlsx"):
        raise WrongInput(f"不能导出成“{path.name}”。文件名请以 .zip 或 .xlsx 结尾")
    with reading_database(os.environ.get("DATABASE_URL")) as session:
        library = load_library(session, bundled())
    items = [item for item in library.published if document in (None, item.document.id)]
    if not items:
        raise WrongInput("没有可以导出的事项。请核对文件编号，或先运行 huiqi setup")
    if path.suffix == ".zip":
        data = write_archive(items, library.documents)
    else:
        data = write_workbook(items, library.documents, library.dictionary)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Failure(f"{path} 写不了（{error.strerror}）。请换一个能写的位置") from None
    click.echo(f"导出了 {len(items)} 个事项到 {path}。")


@click.command("import", cls=Command)
@click.argument("path", metavar="文件", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", "account", metavar="账户编号", required=True, help="谁导入的（huiqi officials list 列出编号）。")
def import_library(path: Path, account: str) -> None:
    """把 .zip、.yaml 或 .xlsx 里改过的事项做成草稿。草稿要由另一个人审核，才会发布。"""
    from enterprises.dictionary import bundled
    from policies.tables import load_library
    from recommender.publishing.importing import import_written
    from recommender.publishing.states import By
    from web.accounts.tables import AccountRow
    from web.library.reading import read_upload

    try:
        with writing_database(os.environ.get("DATABASE_URL")) as session:
            if session.get(AccountRow, account) is None:
                raise WrongInput(f"没有账户“{account}”。编号可用 huiqi officials list 查看")
            written = read_upload(path.read_bytes(), path.name, load_library(session, bundled()))
            done = import_written(session, written, By(account, system_clock(), today(system_clock)))
    except Problems as problems:
        raise WrongInput(str(problems)) from None
    except OSError as error:
        raise Failure(f"{path} 读不出来（{error.strerror}）。请核对读取权限") from None
    for draft in done.drafts:
        click.echo(f"{draft.id}  {draft.item_id}  第 {draft.version} 版的草稿")
    click.echo(f"{len(done.drafts)} 份草稿，其余没有改动。" if done.drafts else "文件里没有改动，没有建草稿。")
