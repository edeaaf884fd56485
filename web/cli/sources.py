"""Where the command line takes enterprises from: the database, or a population (企业库快照).

Importing this module is cheap; what it calls loads SQLModel or Arrow.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from enterprises import credit_code, regions
from enterprises.dictionary import Dictionary
from enterprises.profiles import Profile
from enterprises.source_text import suggest
from web.commands import WrongInput
from web.stored import reading_database


def find_region(text: str) -> str:
    """The code of a region that is given by its code or, in Shaanxi, by its name. Raises ``WrongInput``."""
    if regions.is_region_code(text):
        return text
    named = [region.code for region in regions.regions() if text in (region.name, regions.full_name(region.code))]
    if named:  # no two bear the same name
        return named[0]
    known = [region.code if text.isdigit() else region.name for region in regions.regions()]
    remedy = suggest(text, known, "请写 6 位行政区划代码，例如 610602，或写名称，例如 宝塔区")
    raise WrongInput(f"没有地区“{text}”。{remedy}")


def profiles_in(region: str, population: Path | None, dictionary: Dictionary) -> Iterator[Profile]:
    """Everyone who is or may be in a region, of the population in a folder or, without one, of the database."""
    if population is not None:
        return population_profiles(population, region, dictionary)
    return stored_profiles(os.environ.get("DATABASE_URL"), region, dictionary)


def stored_profile(url: str | None, code: str, dictionary: Dictionary) -> Profile:
    """What is stored of an enterprise. Raises ``WrongInput`` where nothing is, ``Failure`` on a database in trouble."""
    from enterprises.tables import load_profile

    try:
        code = credit_code.check(code)
    except credit_code.InvalidCreditCode as error:
        raise WrongInput(f"{error}。请核对营业执照上的统一社会信用代码") from None
    with reading_database(url) as session:
        profile = load_profile(session, code, dictionary)
    if profile is None:
        raise WrongInput(f"数据库里没有统一社会信用代码为 {code} 的企业。请先导入，或给出企业的 JSON 文件")
    return profile


def stored_profiles(url: str | None, region: str, dictionary: Dictionary) -> Iterator[Profile]:
    """Everyone stored who is or may be in a region: those known to be there, then those of whom it is not known.

    In bounded memory. Raises ``Failure`` for a database in trouble.
    """
    from sqlmodel import col, select

    from enterprises.tables import UNKNOWN, EnterpriseRow, load_profile, stream_profiles

    with reading_database(url) as session:
        yield from stream_profiles(session, dictionary, region=region)
        above = [each.code for each in regions.regions() if regions.nested(each.code, region) is None]
        place = col(EnterpriseRow.region)
        unplaced = select(EnterpriseRow.credit_code).where(place.in_([UNKNOWN, *above]))
        for code in session.exec(unplaced.order_by(col(EnterpriseRow.credit_code))).all():
            profile = load_profile(session, code, dictionary)
            if profile is not None:
                yield profile


def population_profiles(folder: Path, region: str, dictionary: Dictionary) -> Iterator[Profile]:
    """Everyone of a population who is or may be in a region, part by part. Raises ``WrongInput``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from enterprises.population import DamagedPopulation, Population, profiles_of

    try:
        population = Population.open(folder)
        for part in population.parts:
            places = population.read(part, ["region"])
            wanted = None
            if "region" in places.column_names:
                codes = places.column("region").cast(pa.string())
                maybe = [code for code in codes.unique().to_pylist() if code is None or _may_be_in(code, region)]
                if not maybe:
                    continue
                wanted = pc.is_in(codes, value_set=pa.array(maybe, pa.string()))
            rows = population.read(part)
            for batch in (rows if wanted is None else rows.filter(wanted)).to_batches(_BATCH):
                yield from profiles_of(pa.Table.from_batches([batch]), dictionary)
    except DamagedPopulation as error:
        raise WrongInput(str(error)) from None


_BATCH = 2048
"""So many rows become profiles at once: a part as a whole would take gigabytes."""


def _may_be_in(code: str, region: str) -> bool:
    return regions.nested(code, region) is not False


def counted(profiles: Iterable[Profile]) -> Iterator[Profile]:
    """The same profiles; where somebody watches a terminal, how many there have been so far is shown."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("已判断 {task.completed:,.0f} 家"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        for profile in profiles:
            yield profile
            progress.advance(task)
