"""``huiqi worker``: what plans and sends campaigns, beside the pages; as many at once as are wanted."""

from __future__ import annotations

import logging
import os
import signal
import socket
from datetime import date, timedelta
from threading import Event
from typing import TYPE_CHECKING

import click

from enterprises.calendar import system_clock, today
from enterprises.samples import SAMPLE_DAY
from enterprises.sealing import BadKeys, Seal, keys_of
from web.commands import Command, Failure, day_option
from web.folders import files_folder, snapshots_folder
from web.stored import migrated_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from recommender.campaigns.worker import Worker


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="把现在能做的做完就结束，不等以后到期的。")
@click.option("--name", metavar="名称", default="", help="在监控里显示的名称；不写就是主机名。")
@click.option(
    "--lease",
    metavar="秒",
    default=120,
    type=click.IntRange(2, 3600),
    help="多少秒没有消息就由别的进程接手，默认 120。",
)
@click.option("--sample", is_flag=True, help=f"示例环境：按 {SAMPLE_DAY} 判断，和 huiqi serve --sample 的页面一样。")
@day_option
def worker(once: bool, name: str, lease: int, sample: bool, on: date | None) -> None:
    """后台进程：给批准了的批量推送列名单、发送、把中断的接着做完。可以同时开几个，随时可以停。

    收到 SIGTERM 或按 Ctrl-C，做完手上的一小批就停。万一被强行结束，手上的过一会儿由别的进程接手，不会漏发；
    对方按消息编号去重，不会重复。
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # else each start tells of its plugins
    stopped = Event()
    with migrated_database(os.environ.get("DATABASE_URL")) as engine:
        made = _worker(
            engine, name or socket.gethostname(), timedelta(seconds=lease), on or (SAMPLE_DAY if sample else None)
        )

        def stop(*_: object) -> None:
            made.stop()
            stopped.set()

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            if once:
                made.run_dry()
            else:
                made.run(stopped.wait)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    click.echo("已停止。" if stopped.is_set() else "现在能做的都做完了。")


def _worker(engine: Engine, name: str, lease: timedelta, on: date | None) -> Worker:
    from enterprises.dictionary import bundled
    from recommender.campaigns.worker import Worker
    from recommender.channels.configured import channels, settings_of
    from recommender.channels.gathering import gather
    from recommender.channels.quiet_days import load_calendar
    from web.cli.notify import members

    try:
        configured = channels(settings_of(os.environ), engine, members, Seal(keys_of()), system_clock)
    except (ValueError, BadKeys) as error:
        raise Failure(str(error)) from None
    day: Callable[[], date] = today if on is None else lambda: on
    return Worker(
        engine=engine,
        dictionary=bundled(),
        channels=configured,
        snapshots=snapshots_folder(files_folder(os.environ)),
        # Two processes never share a name: what one holds, the other must not take for its own.
        name=f"{name[:40]}:{os.getpid()}",
        now=system_clock,
        day=day,
        calendar=load_calendar,
        gather=gather,
        lease=lease,
    )
