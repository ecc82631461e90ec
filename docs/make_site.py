"""Build the site of the documentation: ``python docs/make_site.py [FOLDER]`` (default: build/site).

The pages are those of ``docs/``; the reference of the API, the commands, the keys of a study and the layers comes from
the code, and the gallery from its scripts. Links that lead nowhere, and whatever else mkdocs warns of, are errors.
"""

from __future__ import annotations

import html
import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SOURCE = ROOT / "build" / "site_source"
PROJECT = ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
"""Pages of the checkout that pages of ``docs`` link to."""
ROOMS = {
    "transcaspian": "the public face: what stays",
    "transcaspian.core.grid": "raster frames",
    "transcaspian.core.geodesy": "distances, bearings and areas on WGS 84",
    "transcaspian.core.linear_reference": "KP along a line",
    "transcaspian.core.old_names": "names that a version retired",
    "transcaspian.routing": "fields, paths, bounds, zones, alternatives",
    "transcaspian.seabed": "depth with its error, criteria, walls, cost",
    "transcaspian.rpl.model": "the Route Position List",
    "transcaspian.rpl.qa": "figures of a list that do not hold",
    "transcaspian.rpl.compare": "two lists KP to KP",
    "transcaspian.engineering": "from a line to a route that can be laid",
    "transcaspian.study": "the study file as frozen models",
    "transcaspian.runs.library": "runs from Python",
}
"""Modules whose public names the reference shows."""
FROM_CODE = """
## From the code
[Python](reference/api.md), [commands](reference/commands.md), [keys of a study](reference/study-keys.md),
[layers](reference/data-dictionary.md), and a [gallery](gallery.md) of short scripts.
"""
SECTION = re.compile(r"(?m)^(\w[\w ]*)\n-{3,}\n")
GALLERY_TITLE = re.compile(r'^"""(.*?)\n\n(.*?)"""\n', re.S)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def main(folder: Path) -> int:
    """Write the pages, then the site."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    for path in sorted(DOCS.rglob("*")):
        if path.suffix in (".md", ".png") and "gallery" not in path.relative_to(DOCS).parts[:-1]:
            put(path.relative_to(DOCS).as_posix(), path.read_bytes())
    for name in PROJECT:
        put(f"project/{name}", (ROOT / name).read_bytes())
    for page, text in generated().items():
        put(page, text.encode())
    put("README.md", (DOCS / "README.md").read_bytes() + FROM_CODE.encode())
    for page in SOURCE.rglob("*.md"):
        page.write_text(within_site(page, page.read_text(encoding="utf-8")), encoding="utf-8")
    words = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "-f",
        str(ROOT / "mkdocs.yml"),
        "-d",
        str(folder),
    ]
    code = subprocess.run(words, check=False, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}).returncode
    return code or outside(folder)


def put(name: str, data: bytes) -> None:
    """A file of the pages."""
    path = SOURCE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def generated() -> dict[str, str]:
    """The pages that come from the code, by their place."""
    pages = {f"reference/api/{name}.md": module_page(name, what) for name, what in ROOMS.items()}
    rows = "".join(f"| [`{name}`](api/{name}.md) | {what} |\n" for name, what in ROOMS.items())
    pages["reference/api.md"] = f"# Python\n\n| module | what |\n|---|---|\n{rows}"
    pages["reference/commands.md"] = commands_page()
    pages["reference/study-keys.md"] = study_page()
    pages["gallery.md"] = gallery_page()
    return pages


def within_site(page: Path, text: str) -> str:
    """Links of a page, each to where its target is in the site; one that the site does not have becomes its name."""

    def linked(match: re.Match[str]) -> str:
        label, target, anchor = match[1], match[2], match[3] or ""
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        there = (page.parent / target).resolve()
        name = Path(target).name
        if not there.exists() and name in PROJECT:
            there = SOURCE / "project" / name
        if not there.exists() and there.is_relative_to(SOURCE.resolve()) is False and name.endswith(".md"):
            inner = re.search(r"(?:^|/)docs/(.+)$", target)
            there = SOURCE / inner[1] if inner else there
        elif not there.exists() and target.startswith("docs/"):
            there = SOURCE / target.removeprefix("docs/")
        if not there.is_file():
            return f"{label} (`{target}`)"
        return f"[{label}]({os.path.relpath(there.resolve(), page.parent.resolve())}{anchor})"

    parts = re.split(r"(```.*?```)", text, flags=re.S)
    return "".join(
        part if part.startswith("```") else re.sub(r"\[([^\]]+)\]\(([^)#\s]+)(#[^)]*)?\)", linked, part)
        for part in parts
    )


def public_names(module: Any) -> list[str]:
    """What a module shows: its ``__all__``, else the functions and classes that are defined in it."""
    if hasattr(module, "__all__"):
        return [name for name in module.__all__ if not name.startswith("_")]
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__ and callable(value)
    ]


def module_page(name: str, what: str) -> str:
    """The page of a module: what it says, then each public name with its signature."""
    module = importlib.import_module(name)
    parts = [f"# {name}\n\n*{what}*\n\n{as_markdown(inspect.getdoc(module) or '')}"]
    for public in public_names(module):
        value = getattr(module, public)
        if callable(value):
            parts.append(
                f"## `{public}`\n\n```python\n{signature(public, value)}\n```\n\n"
                f"{as_markdown(inspect.getdoc(value) or '')}"
            )
    return "\n\n".join(parts) + "\n"


def signature(name: str, value: Any) -> str:
    """How a function or class is called; one line where that is short."""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return f"class {name}"
    parameters = [str(one) for one in found.parameters.values()]
    gives = "" if inspect.isclass(value) or found.return_annotation is found.empty else f" -> {found.return_annotation}"
    short = f"{name}({', '.join(parameters)}){gives}".replace("'", "")
    return (
        short
        if len(short) <= 100
        else (f"{name}(\n    " + ",\n    ".join(parameters) + f",\n){gives}").replace("'", "")
    )


def as_markdown(text: str) -> str:
    """A numpydoc docstring: headings of sections in bold, their entries as a list, examples as code."""
    head, *rest = SECTION.split(text)
    parts = [prose(head)]
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        shown = examples(body) if title == "Examples" else prose(body) if title == "Notes" else entries(body)
        parts.append(f"**{title}**\n\n{shown}")
    return "\n\n".join(part for part in parts if part.strip())


def entries(body: str) -> str:
    """Names, each with what is said of it below and further in."""
    found = []
    for line in body.rstrip().splitlines():
        if line and not line.startswith(" "):
            found.append([line, ""])
        elif found:
            found[-1][1] += f"{line.strip()} "
        else:
            found.append(["", line.strip()])
    return "\n".join(f"- `{name}`: {prose(said.strip())}" for name, said in found)


def prose(text: str) -> str:
    """Text with its double backticks as code, and examples within it as code blocks."""
    text = re.sub(r"``(.+?)``", r"`\1`", re.sub(r":\w+:`", "`", text))
    return re.sub(
        r"(?m)(?:^>>> .*\n?(?:^(?!>>>)(?!\s*$).*\n?)*)+", lambda m: f"```python\n{m[0].rstrip()}\n```\n", text
    )


def examples(body: str) -> str:
    """Lines of an interpreter."""
    return f"```python\n{body.strip()}\n```"


def commands_page() -> str:
    """The help of every command."""
    from transcaspian import cli

    parts = [
        "# Commands\n\nExit codes stand in [what stays](compatibility.md) and in [revisions](../how-to/revisions.md)."
    ]
    for words, command in commands(cli.command, "transcaspian"):
        context = click.Context(command, info_name=words, terminal_width=100, max_content_width=100)
        parts.append(f"## `{words}`\n\n```text\n{COLOURS.sub('', command.get_help(context))}\n```")
    return "\n\n".join(parts) + "\n"


def commands(command: click.Command, words: str) -> Iterator[tuple[str, click.Command]]:
    """A command and those below it that help shows, with the words that call them."""
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=words)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from commands(below, f"{words} {name}")


def study_page() -> str:
    """Every table of a study with its keys, from the JSON schema."""
    from transcaspian.study import study_schema

    schema = study_schema()
    schema["required"] = schema["anyOf"][0]["required"]
    parts = [
        "# Keys of a study\n\n`transcaspian schema` prints them as a JSON schema for editors; how a study is written: "
        "[your own study](../how-to/own-study.md). Below the name of a table stands its heading in the file: double "
        "brackets for each of a list, NAME for a name such as a type of cable."
    ]
    places: dict[str, list[str]] = {}
    find_places(schema, schema, "", places)
    parts += [
        table_section("the study", schema, ()),
        *(table_section(name, schema["$defs"][name], where) for name, where in sorted(places.items())),
    ]
    return "\n\n".join(parts) + "\n"


def find_places(schema: Mapping[str, Any], table: Mapping[str, Any], within: str, places: dict[str, list[str]]) -> None:
    """Add where the tables inside a table stand in a study, by their names, as TOML writes their headings."""
    for key, one in table["properties"].items():
        for name, heading in () if one.get("deprecated") else tables_of(one, f"[{within}{key}]"):
            if heading not in places.setdefault(name, []):
                places[name].append(heading)
                find_places(schema, schema["$defs"][name], f"{heading.strip('[]')}.", places)


def tables_of(one: Mapping[str, Any], heading: str) -> Iterator[tuple[str, str]]:
    """The tables that a key leads to, each with its heading: a list in double brackets, and NAME for a name."""
    if "$ref" in one:
        yield one["$ref"].rpartition("/")[2], heading
    for choice in (*one.get("anyOf", ()), *one.get("oneOf", ())):
        yield from tables_of(choice, heading)
    if isinstance(one.get("items"), dict):
        yield from tables_of(one["items"], f"[{heading}]")
    if isinstance(one.get("additionalProperties"), dict):
        yield from tables_of(one["additionalProperties"], f"{heading[:-1]}.NAME]")


def table_section(name: str, table: Mapping[str, Any], places: Sequence[str]) -> str:
    """One table: where it stands, what it is, and a row for each key."""
    rows = [
        f"| `{key}` | {kind_of(one)} | {'yes' if key in table.get('required', ()) else ''} | {default_of(one)} "
        f"| {cell(one.get('description', ''))} |"
        for key, one in table["properties"].items()
    ]
    head = "| key | type | required | default | meaning |\n|---|---|---|---|---|\n"
    where = "".join(f"`{place}`  \n" for place in places)
    text = as_markdown(textwrap.dedent(table.get("description", "")))
    return f"## {name}\n\n{where}\n{text}\n\n{head}" + "\n".join(rows)


def kind_of(one: Mapping[str, Any]) -> str:
    """The type of a key in words, with a link to its table."""
    if "$ref" in one:
        name = one["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in one or "const" in one:
        return ", ".join(f"`{value}`" for value in one.get("enum", [one.get("const")]))
    choices = [*one.get("anyOf", ()), *one.get("oneOf", ())]
    if choices:
        return " or ".join(dict.fromkeys(kind_of(choice) for choice in choices if choice.get("type") != "null"))
    if one.get("type") == "array":
        return f"list of {kind_of(one.get('items', {}))}"
    limits = [
        f"{sign} {one[key]:g}"
        for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        if key in one
    ]
    return " ".join([str(one.get("type", "any")), *limits])


def default_of(one: Mapping[str, Any]) -> str:
    """What stands in where a key is not given; a whole table is not written out."""
    value = one.get("default")
    return "" if value is None else "see the table" if isinstance(value, dict) and value else f"`{value}`"


def cell(text: str) -> str:
    """A text for a cell of a table."""
    return html.escape(" ".join(text.split()), quote=False).replace("|", "\\|")


def gallery_page() -> str:
    """Each script of the gallery with its picture, drawn now."""
    parts = [
        "# Gallery\n\nShort scripts on the public names; each runs in seconds from the checkout, and draws its picture."
    ]
    for script in sorted((DOCS / "gallery").glob("*.py")):
        text = script.read_text(encoding="utf-8")
        picture = SOURCE / "gallery" / f"{script.stem}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, str(script), str(picture)], cwd=ROOT, check=True)
        title, said = GALLERY_TITLE.match(text).groups()  # type: ignore[union-attr]
        code = GALLERY_TITLE.sub("", text).strip()
        parts.append(
            f"## {title.rstrip('.')}\n\n{said.strip()}\n\n![{title}](gallery/{picture.name})\n\n```python\n{code}\n```"
        )
    return "\n\n".join(parts) + "\n"


def outside(folder: Path) -> int:
    """Say which pages load a script, style, font or picture from another host."""
    loads = re.compile(
        r"<(?:script|img|iframe)[^>]*\ssrc=\"https?://[^\"]+"
        r"|<link[^>]*rel=\"(?:stylesheet|preconnect|icon)\"[^>]*href=\"https?://[^\"]+"
    )
    found = [
        f"{page}: {match[0]}"
        for page in folder.rglob("*.html")
        for match in loads.finditer(page.read_text(encoding="utf-8"))
    ]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build" / "site"))
