"""What is skipped on a second start and what is not, and how `.env` is read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.console import Refusal
from scripts.dotenv import read_env_file
from scripts.installation import Installation, Stamp

NPM = """#!/bin/sh
echo "$1 $2" >> {calls}
[ "$1" = ci ] && mkdir -p node_modules
[ "$1" = run ] && mkdir -p static/dist
exit {code}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose package managers only write down that they were called."""
    for folder in ("static/src", "templates", "kit", ".venv/bin", "var"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "requirements.txt").write_text("one==1\n")
    (tmp_path / "requirements-dev.txt").write_text("one==1\ntwo==2\n")
    (tmp_path / "static" / "src" / "app.css").write_text("body {}")
    write_program(tmp_path, "npm", NPM.format(calls=tmp_path / "calls", code=0))
    write_program(tmp_path, "uv", f'#!/bin/sh\nfor last; do :; done\necho "sync $(basename $last)" >> {tmp_path}/calls\n')
    write_program(tmp_path, "python", "#!/bin/sh\n")
    Stamp(tmp_path / ".venv" / ".made", [str((tmp_path / ".venv").resolve()), sys.version]).write()
    return tmp_path


def write_program(checkout: Path, name: str, text: str) -> None:
    program = checkout / ".venv" / "bin" / name
    program.write_text(text)
    program.chmod(0o755)


def calls(checkout: Path) -> list[str]:
    log = checkout / "calls"
    made = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return made


def test_the_second_installation_does_nothing(checkout: Path) -> None:
    Installation(checkout).install(development=False)
    assert calls(checkout) == ["sync requirements.txt", "ci --no-audit", "run --silent"]
    Installation(checkout).install(development=False)
    assert calls(checkout) == []


def test_only_what_changed_is_done_again(checkout: Path) -> None:
    Installation(checkout).install(development=False)
    calls(checkout)
    (checkout / "templates" / "page.html").write_text('<p class="new">')
    Installation(checkout).install(development=False)
    assert calls(checkout) == ["run --silent"]
    (checkout / "package-lock.json").write_text('{"changed": true}')
    Installation(checkout).install(development=False)
    assert calls(checkout) == ["ci --no-audit", "run --silent"]
    (checkout / "requirements.txt").write_text("one==2\n")
    Installation(checkout).install(development=False)
    assert calls(checkout) == ["sync requirements.txt"]


def test_running_after_testing_keeps_what_the_tests_need(checkout: Path) -> None:
    Installation(checkout).install(development=True)
    assert calls(checkout)[0] == "sync requirements-dev.txt"
    Installation(checkout).install(development=False)
    assert calls(checkout) == []
    (checkout / "requirements.txt").write_text("one==2\n")
    Installation(checkout).install(development=False)
    assert calls(checkout) == ["sync requirements-dev.txt"]


def test_a_failed_step_is_told_and_tried_again(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_program(checkout, "npm", NPM.format(calls=checkout / "calls", code=7))
    with pytest.raises(Refusal, match=r"Could not install the Node packages: .* ended with code 7"):
        Installation(checkout).install(development=False)
    write_program(checkout, "npm", NPM.format(calls=checkout / "calls", code=0))
    calls(checkout)
    Installation(checkout).install(development=False)
    assert calls(checkout) == ["ci --no-audit", "run --silent"]


def test_a_folder_that_was_moved_gets_a_new_virtual_environment(checkout: Path) -> None:
    moved = checkout.with_name("moved")
    checkout.rename(moved)
    made_from = [str((moved / ".venv").resolve()), sys.version]
    assert not Stamp(moved / ".venv" / ".made", made_from).is_current()
    moved.rename(checkout)


def test_an_env_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# a comment\n\nPORT=8010\nexport SITE_NAME='Our # shop'\n"
        'EMAIL_URL = smtp://host:25 # the old one\nEMPTY=\nSECRET="a=b c"  # quoted\n'
    )
    assert read_env_file(file) == {
        "PORT": "8010",
        "SITE_NAME": "Our # shop",
        "EMAIL_URL": "smtp://host:25",
        "EMPTY": "",
        "SECRET": "a=b c",
    }
    assert read_env_file(tmp_path / "none") == {}


def test_a_line_that_is_no_setting_is_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=8010\nwhat is this\n")
    with pytest.raises(Refusal, match=r"\.env, line 2, is neither"):
        read_env_file(file)


def test_the_makefile_has_each_command_that_the_documents_name() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text()
    for target in ("run", "test", "check", "fmt", "lock", "manage", "bench", "clean"):
        assert f"\n{target}:" in makefile


def test_the_launcher_needs_nothing_but_the_standard_library() -> None:
    """It installs everything else, so it runs before anything else is there."""
    asked = "import sys; import scripts.commands, scripts.keeper, scripts.prepare; "
    asked += "print(sorted(name for name in sys.modules if name.split('.')[0] in {'django', 'environ', 'psycopg', 'redis', 'celery'}))"
    environ = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r}); {asked}"],
        env=environ,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[]\n", done.stderr
