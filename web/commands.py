"""Commands that speak Chinese: click's own words (usage, options, errors) as the people who read them say them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

import click

from enterprises.calendar import parse_day
from enterprises.source_text import BadText, Problem, Problems


class Failure(click.ClickException):
    """What ends a command with exit status 1: the words in Chinese, and the context where its use was the mistake."""

    def __init__(self, message: str, context: click.Context | None = None) -> None:
        super().__init__(message)
        self.context = context

    def show(self, file: IO[Any] | None = None) -> None:
        """The error, after how the command is used where that was the mistake."""
        if self.context is not None:
            click.echo(f"{self.context.get_usage()}\n说明：{self.context.command_path} --help\n", file=file, err=True)
        click.echo(f"错误：{self.message}", file=file, err=True)


class WrongInput(Failure):
    """What was given is wrong: exit status 2."""

    exit_code = 2


class Formatter(click.HelpFormatter):
    """The help of a command, with Chinese headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or "用法：")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], *sizes: int, **more: int) -> None:
        super().write_dl([(name, _REMARKS.sub(_remarks, said)) for name, said in rows], *sizes, **more)


_HEADINGS = {"Options": "选项", "Commands": "命令"}
_REMARKS = re.compile(r" *\[((?:required|default: |[^;\[\]]*x[<>])[^\[\]]*)\]$")
"""What click appends to what an option is for."""


def _remarks(found: re.Match[str]) -> str:
    said = []
    for remark in found[1].split("; "):
        if remark == "required":
            said.append("必填")
        elif default := re.fullmatch(r"default: \(?(.*?)\)?", remark):
            said.append(f"默认 {default[1]}")
    return f"（{'，'.join(said)}）" if said else ""


class Day(click.ParamType[date]):
    """A day in Asia/Shanghai."""

    name = "日期"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return parse_day(str(value))
        except BadText as error:
            self.fail(str(error), param, ctx)


class _Context(click.Context):
    formatter_class = Formatter


class Command(click.Command):
    """A command whose help is in Chinese."""

    context_class = _Context

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", **settings})

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _described(super().get_help_option(ctx))


class Group(click.Group):
    """A group of such commands; mistakes in data and in how a command is called end with Chinese words."""

    context_class = _Context
    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", "subcommand_metavar": "命令 [参数]", **settings})

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _described(super().get_help_option(ctx))

    def make_context(self, *args: Any, **settings: Any) -> click.Context:
        with _in_chinese():
            return super().make_context(*args, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        with _in_chinese():
            return super().invoke(ctx)


library_option = click.option(
    "--library",
    "folder",
    metavar="文件夹",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="用这个文件夹里的政策库，不用随程序安装的。",
)
"""Of commands that take another library than the one that ships."""

day_option = click.option(
    "--on", type=Day(), default=None, help="按哪一天判断，例如 2024-06-30；不写就是今天（北京时间）。"
)
"""Of commands that decide as of a day."""


def _described(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = "显示这段说明。"
    return option


@contextmanager
def _in_chinese() -> Iterator[None]:
    try:
        yield
    except (Problem, Problems) as problem:
        raise WrongInput(str(problem)) from None
    except (Failure, click.exceptions.NoArgsIsHelpError):
        raise
    except (KeyboardInterrupt, click.Abort):
        raise Failure("已中断") from None
    except click.UsageError as error:
        raise WrongInput(_translated(error.format_message()), error.ctx) from None
    except click.ClickException as error:
        raise Failure(error.format_message()) from None


def _translated(message: str) -> str:
    for english, chinese in _SAYINGS:
        message = english.sub(chinese, message)
    return message


_SAYINGS = tuple(
    (re.compile(english), chinese)
    for english, chinese in (
        (r"Invalid value for (.+?): ", r"\1："),
        (r"Missing argument '(.+)'\.", r"缺少参数 \1。"),
        (r"Missing option (.+?)\.", r"缺少选项 \1。"),
        (r"Missing command\.", "没有写命令。"),
        (r"No such option:? (\S+?)\.?(?=\s|$)", r"没有选项 \1。"),
        (r"No such command (.+?)\.(?=\s|$)", r"没有命令 \1。"),
        (r" ?\(Did you mean one of: (.+)\?\)", r"是否想写其中之一：\1？"),
        (r" ?Did you mean (.+?)\?", r"是否想写 \1？"),
        (r" ?\(Possible options: (.+)\)", r"是否想写 \1？"),
        (r"Got unexpected extra arguments? \((.+)\)", r"多出的参数：\1"),
        (r"Option (.+?) requires an argument\.", r"选项 \1 后面要写值。"),
        (r"Option (.+?) does not take a value\.", r"选项 \1 后面不写值。"),
        (r"(?:File|Directory|Path) (.+?) does not exist\.", r"\1 不存在。"),
        (r"(?:File|Directory|Path) (.+?) is a directory\.", r"\1 是文件夹，这里要文件。"),
        (r"(?:File|Directory|Path) (.+?) is a file\.", r"\1 是文件，这里要文件夹。"),
        (r"(?:File|Directory|Path) (.+?) is not readable\.", r"\1 不能读取。"),
        (r"(\S+) is not in the range (\S+?)\.", r"\1 不在范围 \2 之内。"),
        (r"(\S+) is not a valid integer(?: range)?\.", r"\1 不是整数。"),
        (r"(\S+) is not one of (.+?)\.", r"\1 不可用，可以写：\2。"),
    )
)
"""What click says, and how it is said here; what is not listed stays as click says it."""
