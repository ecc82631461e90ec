"""How many faults of the code do the tests catch: seeded faults, one at a time, in copies of the tree.

``python -m tests.soak.mutants [--count 200] [--seed 1] [--part 0:50] [--record]`` takes faults by lot from five rooms,
a fifth of them from each and every kind alike: a comparison, an operator, a constant or a boolean is another one, a
value is not returned, a call is left out. Each is judged by the cheap tests that run the function it lies in, as many
as ``--seconds`` allow; a survivor is printed with its place and its difference, and the exit code is 1 where fewer than
80 % are caught.

Which test runs which function is recorded once, in ``build/mutants.json``; ``--record`` does so again. What numba
compiled is not traced: for a function that no test is seen to run, those count that run what names it in the same room.
The lot depends on the seed and on the faulty lines alone, so that a change elsewhere leaves the sample as it was.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib.util import cache_from_source
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from transcaspian.core import kernel_cache

ROOT = Path(__file__).parents[2]
PACKAGE = Path("pipeline/transcaspian")
ROOMS = ("routing", "engineering", "rpl", "runs", "ingest")
RECORD = ROOT / "build" / "mutants.json"
RECORDED = (
    "tests/unit",
    *(f"tests/integration/test_{name}.py" for name in ("own_line", "own_lists_again", "check_rpl", "postgis")),
)
"""What judges: unit tests, and of whole runs those that see what no unit test does."""
WHOLE_RUNS = {"default_run", "coarse_values", "warmed"}
"""Fixtures that take longer than a fault may."""
GOAL = 0.8
MAX_TEST_S = 6.0
MAX_CPU_S = 180
"""A process that takes longer does not end: that is caught, too. Kernels are compiled again in it."""
CALLERS_DEPTH = 4

OTHER: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Add,),
    ast.Pow: (ast.Mult,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
"""What may stand in place of an operator."""


@dataclass(frozen=True)
class Fault:
    """One fault: a piece of a module, from byte to byte, and what stands there instead."""

    module: str
    function: str
    kind: str
    line: int
    start: int
    stop: int
    text: str

    @cached_property
    def difference(self) -> str:
        """The lines before and after."""
        before = (ROOT / self.module).read_text(encoding="utf-8")
        lines = difflib.unified_diff(before.splitlines(), self.source(ROOT).splitlines(), n=0, lineterm="")
        return "\n".join(f"    {line}" for line in list(lines)[3:])

    def source(self, tree: Path) -> str:
        """The module with the fault, of a tree in which it has none."""
        data = (tree / self.module).read_bytes()
        return (data[: self.start] + self.text.encode() + data[self.stop :]).decode()


def faults_in(path: Path) -> Iterator[Fault]:
    """Every fault that could be put in a module."""
    data = path.read_bytes()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, function in walk(ast.parse(data), ""):
        for kind, other in changes_of(node):
            begin, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
            yield Fault(path.relative_to(ROOT).as_posix(), function, kind, node.lineno, begin, end, other)


def walk(node: ast.AST, function: str) -> Iterator[tuple[Any, str]]:
    """Nodes below a node in which a fault may lie, with the function around each; no texts, types or decorators."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params", "msg"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(
                child, ast.JoinedStr | ast.Raise | ast.Import | ast.ImportFrom
            ):
                continue
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            named = isinstance(child, ast.FunctionDef | ast.ClassDef)
            yield child, function
            yield from walk(child, child.name if named else function)


def changes_of(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Kind and text of what could stand in place of a node."""
    match node:
        case ast.Compare(left, [operator], comparators):
            for other in OTHER[type(operator)]:
                yield "comparison", f"({ast.unparse(ast.Compare(left, [other()], comparators))})"
        case ast.BinOp(left, operator, right) if type(operator) in OTHER and not isinstance(left, ast.JoinedStr):
            yield "arithmetic", f"({ast.unparse(ast.BinOp(left, OTHER[type(operator)][0](), right))})"
        case ast.BoolOp(operator, values):
            yield "boolean", f"({ast.unparse(ast.BoolOp(OTHER[type(operator)][0](), values))})"
        case ast.UnaryOp(ast.Not(), operand):
            yield "boolean", f"bool({ast.unparse(operand)})"
        case ast.Constant(bool(value)):
            yield "boolean", str(not value)
        case ast.Constant(int(value) | float(value)):
            yield "constant", repr(value + 1 if isinstance(value, int) else value * 1.5 or 1.0)
        case ast.Return(value) if value is not None and ast.unparse(value) != "None":
            yield "return", "return None"
        case ast.Expr(ast.Call()):
            yield "removed call", "pass"


def sample(count: int, seed: int) -> list[Fault]:
    """Faults by lot, rooms and kinds in turn."""
    lots: dict[str, dict[str, list[Fault]]] = {room: defaultdict(list) for room in ROOMS}
    for room in ROOMS:
        for path in sorted((ROOT / PACKAGE / room).rglob("*.py")):
            for fault in faults_in(path):
                lots[room][fault.kind].append(fault)
        for kind in lots[room].values():
            kind.sort(key=lambda fault: lot(seed, fault))
    chosen: list[Fault] = []
    turn = 0
    while len(chosen) < count:
        for room in ROOMS:
            kinds = sorted(lots[room])
            chosen.append(lots[room][kinds[turn % len(kinds)]].pop(0))
        turn += 1
    return chosen[:count]


def lot(seed: int, fault: Fault) -> str:
    """The lot of a fault: the same as long as its own lines are."""
    return hashlib.sha256(
        f"{seed} {fault.module} {fault.function} {fault.kind} {fault.difference.split('@@')[-1]}".encode()
    ).hexdigest()


# ----- which test runs which function -----


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long; this module is a plug-in of pytest while it records."""
    items[:] = [
        item
        for item in items
        if not WHOLE_RUNS & set(getattr(item, "fixturenames", ()))
        and not any(item.get_closest_marker(name) for name in ("whole_run", "prefect"))
    ]


def _timed() -> Callable[[pytest.Item], Iterator[None]]:
    """A hook around a phase of a test that adds its processor time to what is told of the test."""

    @pytest.hookimpl(wrapper=True)
    def timed(item: pytest.Item) -> Iterator[None]:
        begun = time.process_time()
        try:
            return (yield)
        finally:
            item.user_properties.append(("cpu_s", time.process_time() - begun))

    return timed


pytest_runtest_setup, pytest_runtest_call = _timed(), _timed()
_seconds: dict[str, float] = defaultdict(float)
_failed: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the processor time of a test, over its parameters."""
    test = without_parameters(report.nodeid)
    if report.when == "teardown":
        _seconds[test] += sum(seconds for name, seconds in report.user_properties if name == "cpu_s")
    if report.outcome != "passed":
        _failed.add(test)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write it down, where not a process of xdist's but the one that asked for them ends."""
    if not hasattr(session.config, "workerinput"):
        text = json.dumps({name: seconds for name, seconds in _seconds.items() if name not in _failed})
        Path("seconds.json").write_text(text, encoding="utf-8")


def without_parameters(test: str) -> str:
    return test.partition("[")[0]


def record() -> None:
    """Run the cheap tests once, traced, and write down how long each takes and which functions it runs."""
    from coverage import CoverageData

    with tempfile.TemporaryDirectory() as place:
        tree = copied(Path(place))
        run_tests(
            tree,
            ["-n", "2", "--dist", "loadfile", "-p", "tests.soak.mutants", "--cov-context=test", "--cov-report="]
            + [f"--cov={PACKAGE / room}" for room in ROOMS]
            + [*RECORDED],
            seconds=0,
        )
        seconds = json.loads((tree / "seconds.json").read_text(encoding="utf-8"))
        files = defaultdict(list)
        for test in seconds:
            files[test.partition("::")[0]].append(test)
        data = CoverageData(str(tree / ".coverage"))
        data.read()
        runs: dict[str, dict[str, tuple[list[str], list[str]]]] = {}
        for file in data.measured_files():
            module = Path(file).relative_to(tree)
            functions = function_at(ROOT / module)
            found: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
            for line, contexts in data.contexts_by_lineno(file).items():
                itself, beside = found[functions.get(line, "")]
                for context in filter(None, contexts):
                    test, _, phase = context.rpartition("|")
                    itself.add(without_parameters(test))
                    # what a fixture of a module runs is there for all its tests
                    beside.update(files[test.partition("::")[0]] if phase == "setup" else ())
            runs[module.as_posix()] = {
                function: (sorted(itself & seconds.keys()), sorted(beside - itself))
                for function, (itself, beside) in found.items()
            }
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps({"seconds": seconds, "runs": runs}), encoding="utf-8")


def function_at(path: Path) -> dict[int, str]:
    """Of each line of a body the innermost function or class."""
    found: dict[int, str] = {}
    for node in ast.walk(ast.parse(path.read_bytes())):  # from the outside in
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found |= dict.fromkeys(range(node.body[0].lineno, (node.end_lineno or 0) + 1), node.name)
    return found


class Record:
    """Which tests run what, and how long each takes."""

    def __init__(self) -> None:
        told = json.loads(RECORD.read_text(encoding="utf-8"))
        self.seconds: dict[str, float] = told["seconds"]
        self.runs: dict[str, dict[str, tuple[list[str], list[str]]]] = told["runs"]
        self.breadth = Counter(test for module in self.runs.values() for tests, _ in module.values() for test in tests)
        self.named: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for path in sorted((ROOT / PACKAGE).rglob("*.py")):
            module = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.FunctionDef):
                    for name in set(re.findall(r"\w+", ast.unparse(node.body))):  # type: ignore[arg-type]
                        self.named[name].add((module, node.name))

    def tests(self, fault: Fault, seconds: float) -> list[str]:
        """Tests that run the function of a fault, as many as the seconds allow, at least one.

        Those that run it themselves come before those of a file whose fixture does, and those that run few functions
        before others: they look closest.
        """
        names = [fault.function] if fault.function else re.findall(r"[A-Za-z_]\w+", fault.difference)
        found = self.running(fault.module, names, set(), 0)
        if not any(
            name in self.runs.get(fault.module, {}) for name in names
        ):  # as all kernels: who imports it comes first
            found = dict.fromkeys(found, 1) | dict.fromkeys(self.importing(Path(fault.module).stem), 0)
        chosen: list[str] = []
        for test in sorted(found, key=lambda test: (found[test], self.breadth[test], test)):
            if self.seconds[test] <= seconds:
                chosen.append(test)
                seconds -= self.seconds[test]
        return chosen or sorted(found, key=lambda test: self.seconds[test])[:1]

    def importing(self, stem: str) -> Iterator[str]:
        """Tests in files that import a module by its name."""
        imports = re.compile(rf"(?m)^(from|import) .*\b{stem}\b")
        files = {test.partition("::")[0] for test in self.seconds}
        there = {file for file in files if imports.search((ROOT / file).read_text(encoding="utf-8"))}
        yield from (test for test in self.seconds if test.partition("::")[0] in there)

    def running(self, module: str, names: Sequence[str], seen: set[tuple[str, str]], depth: int) -> dict[str, int]:
        """Tests seen to run functions of a module, or what names them: 0; 1 where a fixture of their file does."""
        found: dict[str, int] = {}
        for name in names:
            itself, beside = self.runs.get(module, {}).get(name, ((), ()))
            if itself or depth == CALLERS_DEPTH:
                found |= dict.fromkeys(beside, 1) | found | dict.fromkeys(itself, 0)
                continue
            room = "/".join(module.split("/")[:3])
            for caller in {one for one in self.named[name] if one[0].startswith(room)} - seen:
                seen.add(caller)
                found = self.running(caller[0], [caller[1]], seen, depth + 1) | found
        return found


# ----- one fault after the other -----


def copied(place: Path) -> Path:
    """A copy of the tree, without what was made in it."""
    tree = place / "tree"
    left = shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__", "build", "processed")
    shutil.copytree(ROOT, tree, ignore=left)
    return tree


def run_tests(tree: Path, options: Sequence[str], seconds: int, kernels: Path | None = None) -> int:
    """The exit code of pytest in a copy of the tree; -1 where it was ended."""
    env = os.environ | {
        "PYTHONPATH": f"{tree / 'pipeline'}{os.pathsep}{tree}",
        "XDG_CACHE_HOME": str(tree.parent / "cache"),
        "NUMBA_CACHE_DIR": str(kernels or kernel_cache.wanted_folder().parent),
    }
    limit = f'ulimit -t {seconds or "unlimited"}; exec "$@"'
    command = ["nice", "sh", "-c", limit, "sh", sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    process = subprocess.Popen(
        command, cwd=tree, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        code = process.wait(timeout=20 * seconds or None)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return -1
    return max(code, -1)


def judged(fault: Fault, tests: Sequence[str], tree: Path) -> str:
    """What became of a fault."""
    if not tests:
        return "NO TEST"
    module = tree / fault.module
    sound, compiled = module.read_bytes(), Path(cache_from_source(str(module)))
    is_kernel = any(module in (tree / PACKAGE).glob(pattern) for pattern in kernel_cache.KERNELS)
    with tempfile.TemporaryDirectory() as kernels:
        try:
            module.write_text(fault.source(tree), encoding="utf-8")
            compiled.unlink(missing_ok=True)
            code = run_tests(tree, ["-x", "-n", "0", *tests], MAX_CPU_S, Path(kernels) if is_kernel else None)
        finally:
            module.write_bytes(sound)
            compiled.unlink(missing_ok=True)
    return {0: "SURVIVED", -1: "caught: does not end"}.get(code, "caught")


def main(arguments: Sequence[str]) -> int:
    """Judge the faults; 1 where too few are caught."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default=":", help="of the faults those from one number to another, as 0:50")
    parser.add_argument("--seconds", type=float, default=MAX_TEST_S, help="of tests for a fault")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--record", action="store_true", help="see again which test runs which function")
    parser.add_argument("--show", action="store_true", help="print the caught ones, too")
    asked = parser.parse_args(arguments)
    if asked.record or not RECORD.exists():
        record()
    known = Record()
    first, _, last = asked.part.partition(":")
    chosen = [*enumerate(sample(asked.count, asked.seed))][int(first or 0) : int(last or asked.count)]
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        trees: Queue[Path] = Queue()
        for number in range(asked.processes):
            trees.put(copied(Path(place) / str(number)))

        def judge(fault: Fault) -> tuple[str, int]:
            tree, tests = trees.get(), known.tests(fault, asked.seconds)
            try:
                return judged(fault, tests, tree), len(tests)
            finally:
                trees.put(tree)

        with ThreadPoolExecutor(asked.processes) as pool:
            for (number, fault), (outcome, tests) in zip(
                chosen, pool.map(judge, (one for _, one in chosen)), strict=True
            ):
                found[outcome] += 1
                if asked.show or outcome.isupper():
                    where = f"{fault.module}:{fault.line} {fault.function}"
                    print(f"{number} {outcome} ({tests} tests): {fault.kind}, {where}\n{fault.difference}", flush=True)
    caught = sum(count for outcome, count in found.items() if not outcome.isupper())
    print(f"{caught} of {len(chosen)} caught: " + ", ".join(f"{count} {outcome}" for outcome, count in found.items()))
    return int(caught < GOAL * len(chosen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
