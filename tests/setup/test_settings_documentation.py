"""R33: `.env.example` names every setting that is read, and none that is not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from scripts.layout import BASE

READERS = {"str", "int", "bool", "list", "choice", "url", "db", "email_url"}
NOT_SETTINGS = {
    "TEST_DATABASE",  # between one run of the tests and its settings
    "PYTEST_XDIST_WORKER",
    "PATH",
    "ATELIER_STARTED_AT",  # between the two halves of one command
}


def settings_read_by_the_site() -> set[str]:
    """Every name given to `env.<reader>("NAME")`, or asked for by `"NAME" in env`, in config/."""
    names = set()
    for file in (BASE / "config").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name("env"), attr=reader), args=[ast.Constant(name), *_]) if reader in READERS:
                    names.add(name)
                case ast.Compare(left=ast.Constant(name), ops=[ast.In() | ast.NotIn()], comparators=[ast.Name("env")]):
                    names.add(name)
    return names


def settings_read_by_the_launcher() -> set[str]:
    """Every `environ.get("NAME")` in scripts/, and every `${NAME:-…}` in the Procfile."""
    names = set(re.findall(r"\$\{([A-Z_]+):-", (BASE / "Procfile").read_text()))
    for file in (BASE / "scripts").glob("*.py"):
        names |= set(re.findall(r"""environ\.get\(\s*"([A-Z_]+)""", file.read_text()))
    return names


def documented_settings() -> list[str]:
    return re.findall(r"^# ([A-Z][A-Z0-9_]*)=", (BASE / ".env.example").read_text(), re.MULTILINE)


def test_every_setting_that_is_read_is_documented() -> None:
    read = settings_read_by_the_site() | settings_read_by_the_launcher()
    assert read - NOT_SETTINGS - set(documented_settings()) == set()
    assert len(read) > 30  # the search itself finds what there is


def test_every_documented_setting_is_read_and_named_once() -> None:
    documented = documented_settings()
    assert set(documented) - settings_read_by_the_site() - settings_read_by_the_launcher() == set()
    assert sorted(documented) == sorted(set(documented))


def test_each_documented_setting_has_a_sentence_above_it() -> None:
    lines = (BASE / ".env.example").read_text().splitlines()
    unexplained = []
    for number, line in enumerate(lines):
        if re.match(r"# [A-Z][A-Z0-9_]*=", line):
            above = lines[number - 1]
            if not above.startswith("# ") or (re.match(r"# [A-Z][A-Z0-9_]*=", above) and not lines[number - 2].startswith("# ")):
                unexplained.append(line)
    assert unexplained == []


def test_only_the_configuration_reads_the_environment() -> None:
    """The apps get what they need from the settings."""
    readers = []
    for app in ("accounts", "kit", "marketplace", "payments"):
        readers += [
            str(file) for file in Path(BASE / app).rglob("*.py") if re.search(r"os\.environ|os\.getenv|import environ", file.read_text())
        ]
    assert readers == []
