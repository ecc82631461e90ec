"""How many faults of the code do the tests catch: seeded faults, one at a time, in copies of the tree.

``python -m tests.soak.mutants [--count 200] [--seed 1] [--part 0:50] [--record]`` takes faults by lot from five rooms,
a fifth of them from each and every kind alike: a comparison, an operator, a constant or a boolean is another one, a
value is not returned, a call is left out. Each is judged by the cheap tests that run its line, then by those that run
its function, as many as ``--seconds`` allow; a survivor is printed with its place and its difference, and the exit code
is 1 where fewer than 80 % are caught. A fault that changes no result stands in ``equivalent_mutants.toml`` with the
reason: it is printed, not judged and not counted.

Which test runs which line is recorded once, in ``build/mutants_by_line.json``; ``--record`` does so again. What numba
compiled is not traced: for a function that no test is seen to run, those count that run what names it in the same room.
Of kernels only those are compiled again that import the faulty module.
The lot depends on the seed and on the faulty lines alone, so that a change elsewhere leaves the sample as it was.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import multiprocessing
import os
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import cache_from_source
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from transcaspian.core import kernel_cache

ROOT = Path(__file__).parents[2]
PACKAGE = Path("pipeline/transcaspian")
ROOMS = ("routing", "engineering", "rpl", "runs", "ingest")
RECORD = ROOT / "build" / "mutants_by_line.json"
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
RECORDED = (
    "tests/unit",
    *(
        f"tests/integration/test_{name}.py"
        for name in (
            "own_line",
            "own_lists_again",
            "check_rpl",
            "postgis",
            "bad_input",
            "hostile_files",
            "several_seabeds",
        )
    ),
)
"""What judges: unit tests, what refuses bad files, and of whole runs those that see what no unit test does."""
WHOLE_RUNS = {"default_run", "coarse_values", "warmed"}
"""Fixtures that take longer than a fault may."""
GOAL = 0.8
MAX_TEST_S = 12.0
MAX_CPU_S = 180
"""A process that takes longer does not end: that is caught, too. Kernels that depend on a fault are compiled in it."""
CALLERS_DEPTH = 4
SERVER = multiprocessing.get_context("forkserver")
"""Processes begin with what takes long to load; only the main thread has run there."""
SERVER.set_forkserver_preload(
    [
        "__main__",
        "hypothesis",
        "fiona",
        "geopandas",
        "numba",
        "openpyxl",
        "pydantic",
        "rasterio",
        "scipy.ndimage",
        "xarray",
    ]
)

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

    @cached_property
    def why_equivalent(self) -> str:
        """Why it changes no result; empty where it does."""
        becomes = next(line[5:].strip() for line in self.difference.splitlines() if line.startswith("    +"))
        place = (self.module.removeprefix(f"{PACKAGE}/"), self.function, becomes)
        return equivalent().get(place, "")

    def source(self, tree: Path) -> str:
        """The module with the fault, of a tree in which it has none."""
        data = (tree / self.module).read_bytes()
        return (data[: self.start] + self.text.encode() + data[self.stop :]).decode()


@cache
def equivalent() -> dict[tuple[str, str, str], str]:
    """Reasons of the faults that change no result, by module, function and the line as it becomes."""
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["fault"]
    return {(one["module"], one["function"], one["becomes"]): one["why"] for one in listed}


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
_seconds: dict[str, float] = {}
_failed: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the processor time of a test."""
    if report.when == "teardown":
        _seconds[report.nodeid] = sum(seconds for name, seconds in report.user_properties if name == "cpu_s")
    if report.outcome != "passed":
        _failed.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write it down, where not a process of xdist's but the one that asked for them ends."""
    if not hasattr(session.config, "workerinput"):
        text = json.dumps({name: seconds for name, seconds in _seconds.items() if name not in _failed})
        Path("seconds.json").write_text(text, encoding="utf-8")


def record() -> None:
    """Run the cheap tests once, traced, and write down how long each takes and which lines it runs."""
    with tempfile.TemporaryDirectory() as place:
        tree = copied(Path(place))
        command = ["nice", sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile"]
        command += ["-p", "tests.soak.mutants", "--cov-context=test", "--cov-report="]
        command += [*(f"--cov={PACKAGE / room}" for room in ROOMS), *RECORDED]
        subprocess.run(command, cwd=tree, env=os.environ | environment(tree), stdout=subprocess.DEVNULL)
        RECORD.parent.mkdir(exist_ok=True)
        RECORD.write_text(json.dumps(recorded_in(tree)), encoding="utf-8")


def recorded_in(tree: Path) -> dict[str, Any]:
    """What was recorded in a copy of the tree: seconds of tests, and by module and function who runs which line.

    A line is known by its text, which stays when others move it; tests by their places among those with seconds.
    """
    from coverage import CoverageData

    seconds = json.loads((tree / "seconds.json").read_text(encoding="utf-8"))
    number = {test: place for place, test in enumerate(seconds)}
    files = defaultdict(list)
    for test in seconds:
        files[test.partition("::")[0]].append(number[test])
    data = CoverageData(str(tree / ".coverage"))
    data.read()
    runs: dict[str, dict[str, Any]] = {}
    for file in data.measured_files():
        functions, lines = function_at(Path(file)), Path(file).read_text(encoding="utf-8").splitlines()
        found: dict[str, Any] = defaultdict(lambda: {"lines": defaultdict(set), "beside": set()})
        for line, contexts in data.contexts_by_lineno(file).items():
            function = found[functions.get(line, "")]
            for context in filter(None, contexts):
                test, _, phase = context.rpartition("|")
                if test in number:
                    function["lines"][lines[line - 1].strip()].add(number[test])
                # what a fixture of a module runs is there for all its tests
                function["beside"].update(files[test.partition("::")[0]] if phase == "setup" else ())
        runs[Path(file).relative_to(tree).as_posix()] = {
            name: {
                "lines": {text: sorted(tests) for text, tests in function["lines"].items()},
                "beside": sorted(function["beside"]),
            }
            for name, function in found.items()
        }
    return {"seconds": seconds, "runs": runs}


def function_at(path: Path) -> dict[int, str]:
    """Of each line of a body the innermost function or class."""
    found: dict[int, str] = {}
    for node in ast.walk(ast.parse(path.read_bytes())):  # from the outside in
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found |= dict.fromkeys(range(node.body[0].lineno, (node.end_lineno or 0) + 1), node.name)
    return found


@cache
def _test_text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).exists() else ""


def is_there(test: str) -> bool:
    """Whether a test that was recorded is there still: pytest fails where one of those it is given is not."""
    return f"def {test.partition('[')[0].rpartition('::')[2]}(" in _test_text(test.partition("::")[0])


class Record:
    """Which tests run what, and how long each takes."""

    def __init__(self) -> None:
        told = json.loads(RECORD.read_text(encoding="utf-8"))
        self.seconds: dict[str, float] = told["seconds"]
        tests = [*self.seconds]
        self.lines: dict[tuple[str, str], dict[str, list[str]]] = {}
        self.runs: dict[str, dict[str, tuple[set[str], set[str]]]] = defaultdict(dict)
        for module, functions in told["runs"].items():
            for function, ran in functions.items():
                lines = {
                    text: [tests[place] for place in places if is_there(tests[place])]
                    for text, places in ran["lines"].items()
                }
                self.lines[module, function] = lines
                itself = set().union(*lines.values())
                beside = {tests[place] for place in ran["beside"] if is_there(tests[place])}
                self.runs[module][function] = itself, beside - itself
        self.breadth = Counter(test for module in self.runs.values() for ran, _ in module.values() for test in ran)
        self.named: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for path in sorted((ROOT / PACKAGE).rglob("*.py")):
            module = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.FunctionDef):
                    for name in set(re.findall(r"\w+", ast.unparse(node.body))):  # type: ignore[arg-type]
                        self.named[name].add((module, node.name))

    def tests(self, fault: Fault, seconds: float) -> list[str]:
        """Tests that run the function of a fault, as many as the seconds allow, at least one.

        Those that run its line come before those that run another of the function, and these before those of a file
        whose fixture does; among them those that run few functions before others: they look closest. Of one with
        parameters the first case comes before the second of any.
        """
        names = [fault.function] if fault.function else re.findall(r"[A-Za-z_]\w+", fault.difference)
        found = self.running(fault.module, names, set(), 0)
        if not any(
            name in self.runs.get(fault.module, {}) for name in names
        ):  # as all kernels: who imports it comes first
            found = dict.fromkeys(found, 1) | dict.fromkeys(self.importing(Path(fault.module).stem), 0)
        line = (ROOT / fault.module).read_text(encoding="utf-8").splitlines()[fault.line - 1].strip()
        found |= dict.fromkeys(self.lines.get((fault.module, fault.function), {}).get(line, ()), -1)
        case: Counter[tuple[int, str]] = Counter()
        order: dict[str, tuple[int, int, int]] = {}
        for test in sorted(found):
            same = found[test], test.partition("[")[0]
            case[same] += 1
            order[test] = found[test], case[same], self.breadth[test]
        chosen: list[str] = []
        for test in sorted(order, key=lambda test: order[test]):
            if self.seconds[test] <= seconds:
                chosen.append(test)
                seconds -= self.seconds[test]
        return chosen or sorted(found, key=lambda test: self.seconds[test])[:1]

    def importing(self, stem: str) -> Iterator[str]:
        """Tests in files that import a module by its name."""
        imports = re.compile(rf"(?m)^(from|import) .*\b{stem}\b")
        files = {test.partition("::")[0] for test in self.seconds}
        there = {file for file in files if imports.search((ROOT / file).read_text(encoding="utf-8"))}
        yield from (test for test in self.seconds if test.partition("::")[0] in there and is_there(test))

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


def environment(tree: Path, kernels: Path | None = None) -> dict[str, str]:
    """Variables of a process that runs a copy of the tree."""
    return {
        "PYTHONPATH": f"{tree / 'pipeline'}{os.pathsep}{tree}",
        "XDG_CACHE_HOME": str(tree.parent / "cache"),
        "NUMBA_CACHE_DIR": str(kernels or kernel_cache.wanted_folder().parent),
    }


def run_tests(tree: Path, tests: Sequence[str], kernels: Path | None) -> int:
    """The exit code of pytest in a copy of the tree; negative where it was ended."""
    process = SERVER.Process(target=_run_tests, args=(tree, tests, environment(tree, kernels)))
    process.start()
    process.join(20 * MAX_CPU_S)
    if process.exitcode is None:
        os.killpg(process.pid or 0, signal.SIGKILL)
        process.join()
    return process.exitcode or 0


def _run_tests(tree: Path, tests: Sequence[str], variables: dict[str, str]) -> None:
    """Run tests in this process, which has loaded what they need of others, and nothing of ours that it keeps."""
    os.setsid()
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("transcaspian", "tests")]:
        del sys.modules[name]
    os.environ.update(variables)
    os.chdir(tree)
    left = {str(ROOT), str(ROOT / "pipeline"), ""}
    sys.path[:] = [*variables["PYTHONPATH"].split(os.pathsep), *(path for path in sys.path if path not in left)]
    os._exit(pytest.main(["-p", "no:cacheprovider", "-x", "-n", "0", *tests]))


def kernels_of(tree: Path) -> list[str]:
    """Modules of kernels, by their paths in a tree."""
    found = (path for pattern in kernel_cache.KERNELS for path in (tree / PACKAGE).glob(pattern))
    return sorted(path.relative_to(tree).as_posix() for path in found)


def give_kernels(faulty: str, tree: Path, place: Path) -> None:
    """Put into a folder what was compiled of the kernels without fault, but for those that import a faulty one.

    numba keeps beside each function the version of its source: here it becomes that of the tree.
    """
    texts = {Path(module).stem: (ROOT / module).read_text(encoding="utf-8") for module in kernels_of(ROOT)}
    other, found = set(), {Path(faulty).stem}
    while found:
        other |= found
        names = re.compile(rf"(?m)^from transcaspian\S*(?:\.| import .*)\b({'|'.join(other)})\b")
        found = {stem for stem, text in texts.items() if names.search(text)} - other
    command = [sys.executable, "-c", "from transcaspian.core import kernel_cache; print(kernel_cache.version())"]
    env = os.environ | environment(tree)
    version = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.strip()
    (place / version).mkdir()
    for path in kernel_cache.wanted_folder().glob("*.nb[ic]"):
        if path.name.partition(".")[0] in other:
            continue
        with path.open("rb") as file, (place / version / path.name).open("wb") as copy:
            if path.suffix == ".nbi":
                pickle.dump(pickle.load(file), copy)
                pickle.dump((version, pickle.load(file)[1]), copy)
            else:
                shutil.copyfileobj(file, copy)


def judged(fault: Fault, tests: Sequence[str], tree: Path) -> str:
    """What became of a fault."""
    if not tests:
        return "NO TEST"
    module = tree / fault.module
    sound, compiled = module.read_bytes(), Path(cache_from_source(str(module)))
    is_kernel = fault.module in kernels_of(ROOT)
    with tempfile.TemporaryDirectory() as kernels:
        try:
            module.write_text(fault.source(tree), encoding="utf-8")
            compiled.unlink(missing_ok=True)
            if is_kernel:
                give_kernels(fault.module, tree, Path(kernels))
            code = run_tests(tree, tests, Path(kernels) if is_kernel else None)
        finally:
            module.write_bytes(sound)
            compiled.unlink(missing_ok=True)
    # a package that cannot be imported is a catch; a test that is not there any more is none
    if code == pytest.ExitCode.USAGE_ERROR and run_tests(tree, ["--collect-only", *tests], None) == code:
        return "NOT JUDGED: RECORD AGAIN"
    return "SURVIVED" if code == 0 else "caught" if code > 0 else "caught: does not end"


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
    if not (kernel_cache.wanted_folder() / "complete").exists():
        subprocess.run([sys.executable, "-m", kernel_cache.COMPILE], check=True)
    first, _, last = asked.part.partition(":")
    chosen = [*enumerate(sample(asked.count, asked.seed))][int(first or 0) : int(last or asked.count)]
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        trees: Queue[Path] = Queue()
        for number in range(asked.processes):
            trees.put(copied(Path(place) / str(number)))

        def judge(fault: Fault) -> tuple[str, int]:
            if fault.why_equivalent:
                return "equivalent", 0
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
                if outcome == "equivalent":
                    print(f"{number} equivalent, {fault.why_equivalent}: {fault.module}:{fault.line}", flush=True)
                    continue
                if asked.show or outcome.isupper():
                    where = f"{fault.module}:{fault.line} {fault.function}"
                    print(f"{number} {outcome} ({tests} tests): {fault.kind}, {where}\n{fault.difference}", flush=True)
    caught = sum(count for outcome, count in found.items() if outcome.startswith("caught"))
    print(f"{caught} of {len(chosen)} caught: " + ", ".join(f"{count} {outcome}" for outcome, count in found.items()))
    return int(caught < GOAL * (len(chosen) - found["equivalent"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
