"""How long it takes to foresee an item's effect: ``python -m bench.simulation --population FOLDER``.

For items of the library with thresholds, and for a made-up one that asks the whole population for its revenue: the pass
over all enterprises (cold: with all open items to compare with), then threshold curves from memory. Every curve is
checked: its point at the present threshold must be what the pass found.
"""

from __future__ import annotations

import resource
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import click
from rich.console import Console
from rich.table import Table

from enterprises.population import Population
from policies.benefits import Fixed, Pay, Quantity, Rate, Tiers
from policies.items import Item
from policies.library import Library, bundled_library
from policies.rules import All, Condition, Operator, RelativeYear
from recommender.simulation.levers import Lever, levers
from recommender.simulation.reach import Simulation, simulate

ON = date(2024, 6, 30)
ITEMS = (
    *("yanan-2023-private-economy.33", "yanan-2023-private-economy.15", "yanan-2023-private-economy.17b"),
    *("xian-2023-construction-market.1", "xian-2023-construction-market.7"),
)
POINTS = 50
ROUNDS = 20
WAN = 10**6


@click.command()
@click.option("--population", "folder", required=True, type=click.Path(exists=True, path_type=Path))
def main(folder: Path) -> None:
    """Measure and print."""
    console = Console(width=140)
    library = bundled_library()
    population = Population.open(folder, library.dictionary)
    console.print(f"{population.rows:,} enterprises, {len(library.published)} published items, on {ON}.")
    table = Table("item", "lever", "eligible", "undetermined", "points", "median", "p99", title="Warm curves")
    for item in (*(library.items[name] for name in ITEMS), *_made_up(library)):
        began = perf_counter()
        simulation = simulate(population, item, ON, library=library, levers=levers(item, library.dictionary))
        seconds = perf_counter() - began
        console.print(f"{item.id}: cold {seconds:.1f} s, {simulation.warm.nbytes / 1e6:.1f} MB kept for its curves")
        for lever in simulation.warm.levers:
            points, times = _time(simulation, lever)
            p99 = quantiles(times, n=100, method="inclusive")[98]
            cost = simulation.cost
            counts = f"{cost.eligible:,}", f"{cost.undetermined:,}", str(points)
            name = f"{lever.name} {lever.operator.value} {lever.figure(library.dictionary).show(lever.present)}"
            table.add_row(item.id, name, *counts, _milliseconds(median(times)), _milliseconds(p99))
    console.print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"Peak memory of the process, all of the above: {peak:,.0f} MB.")


def _made_up(library: Library) -> tuple[Item, ...]:
    """Nobody is left out by anything but the threshold: as many rows as can be move with it."""
    one = library.items[ITEMS[0]]
    year = RelativeYear.LAST
    revenue = Quantity("revenue", year)
    reach = Condition("revenue", Operator.AT_LEAST, (2000 * WAN,), year)
    grown = Condition("revenue_growth", Operator.AT_LEAST, (Fraction(1, 10),), year)
    first = Condition("revenue", Operator.FIRST_REACHES, (2000 * WAN,), year)
    old = Condition("years_registered", Operator.AT_LEAST, (3,))
    tiers = Tiers(revenue, Operator.FIRST_REACHES, ((2000 * WAN, 10 * WAN),), Pay.HIGHEST)
    return (
        replace(one, id="made-up.revenue", rule=reach, benefit=Rate(Fraction(1, 100), revenue, cap=100 * WAN)),
        replace(one, id="made-up.growth", rule=All((grown,)), benefit=Rate(Fraction(1, 100), revenue)),
        replace(one, id="made-up.first", rule=first, benefit=tiers),
        replace(one, id="made-up.years", rule=old, benefit=Fixed(WAN)),
    )


def _time(simulation: Simulation, lever: Lever) -> tuple[int, list[float]]:
    """The number of points, and seconds by round. Raises ``AssertionError`` where the curve is wrong."""
    values = simulation.warm.values(lever)[:POINTS]
    times = []
    for _ in range(ROUNDS):
        began = perf_counter()
        curve = simulation.warm.curve(lever, values)
        times.append(perf_counter() - began)
    present = [point.cost for point in curve.points if point.value == lever.present]
    if present and present != [simulation.cost]:
        raise AssertionError(f"the curve of {lever} differs from the pass")
    return len(curve.points), times


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
