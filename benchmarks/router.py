"""The router beside its peers, in one run, on equal work. See README.md in this folder.

``python -m benchmarks.router --sizes 6 25 --works field path refined --runs 5`` (sizes in million cells).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from benchmarks.cases import MADE, SEAS, Case, MadeSea
from benchmarks.measure import all_leaks, measure
from benchmarks.peers import WORKS
from benchmarks.report import as_markdown, comparable, document, last_results, publish, save, with_last

NO_PEER = "none"
QUICK_PEERS = ["peers' cells", "scikit-fmm", "xarray-spatial", "dijkstra3d"]
"""Measured on every seed; the others, which take ten to hundreds of times as long, on the first alone."""


def asked(words: Sequence[str] | None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=float, nargs="+", default=[1.0], help="million cells")
    parser.add_argument("--ours-alone", type=float, nargs="*", default=[], help="million cells, without peers")
    parser.add_argument("--cases", nargs="+", choices=sorted(SEAS), default=list(SEAS))
    parser.add_argument("--works", nargs="+", choices=sorted(WORKS), default=list(WORKS))
    parser.add_argument("--peers", nargs="*", default=[], help="parts of names; default: all that are installed")
    parser.add_argument(
        "--seeds", type=int, default=1, help="seas of each kind, of the seeds 1, 2, ...; slow peers on the first"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-memory", action="store_true", help="do not measure memory (a process for each row)")
    parser.add_argument("--no-save", action="store_true", help="print the table only")
    parser.add_argument(
        "--add", action="store_true", help="keep the rows of the last results, of the same code and machine"
    )
    return parser.parse_args(words)


def measured(options: argparse.Namespace) -> Iterator[list[dict[str, Any]]]:
    """All rows so far, after each sea; each row is told on standard error as soon as it is known."""
    began = time.monotonic()
    peers_of = [(size, options.peers) for size in options.sizes] + [(size, [NO_PEER]) for size in options.ours_alone]
    rows: list[dict[str, Any]] = []
    seen = set()
    seas = [(name, SEAS[name]) for name in options.cases]
    kinds = [name for name in options.cases if name in MADE]
    seas += [(f"{name} {seed}", partial(MADE[name], seed)) for name in kinds for seed in range(2, options.seeds + 1)]
    for name, make in seas:
        sea = make()
        first_seed = name in SEAS
        memory = name == MadeSea.name  # it is the same for every sea, and modelling the real one takes long
        for size, peers in peers_of if first_seed else [(size, options.peers or QUICK_PEERS) for size in options.sizes]:
            case = Case.of(sea, size * 1e6)
            if (name, case.grid) in seen:  # the real sea has whole fractions of its step only
                continue
            seen.add((name, case.grid))
            for row in measure(case, options.works, peers, options.runs, memory and not options.no_memory):
                rows.append(row)
                print(
                    f"[{(time.monotonic() - began) / 60:.1f} min] {row['case']} {row['cells']:,} {row['work']} "
                    f"{row['solver']}: {row['seconds_median']} s ({row['cpu_seconds_median']} s of the processor)",
                    file=sys.stderr,
                )
        yield rows


def main(words: Sequence[str] | None = None) -> None:
    """Measure, save after each sea, publish and print."""
    options = asked(words)
    leaks = all_leaks(options.peers) if "field" in options.works else {}
    made = document([], leaks)
    last = last_results() if options.add else None
    if last is not None and not comparable(last, made):
        last = None
    for rows in measured(options):
        made = document(rows, leaks)
        made = made if last is None else with_last(made, last)
        if not options.no_save:
            save(made)
    print(as_markdown(made) if options.no_save else publish(made))


if __name__ == "__main__":
    main()
