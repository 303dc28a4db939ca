"""The embedded Postgres and Valkey, for real: started, shared, killed, and stopped, as root and as an ordinary user."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from scripts.console import Refusal
from scripts.layout import BASE, Layout, make_private_folder, plan_layout
from scripts.processes import is_running, wait_until
from scripts.servers import Postgres
from scripts.services import EmbeddedServices, services

pytestmark = pytest.mark.skipif(
    os.environ.get("ATELIER_PG_BIN", "") != "", reason="ATELIER_PG_BIN replaces the Postgres these tests are about"
)

AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]

USER = """
import os, signal, sys
from scripts.services import EmbeddedServices
with EmbeddedServices(os.environ):
    print("up", flush=True)
    sys.stdin.read()
print("down", flush=True)
"""


def environ_for(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"}}
    return {**kept, "ATELIER_DATA": str(data)}


@contextlib.contextmanager
def another_user_of(data: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", USER], cwd=BASE, env=environ_for(data), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    try:
        yield process
    finally:
        if process.poll() is None:
            process.communicate()


def connect(layout: Layout) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(layout.sockets), user="app", dbname="app", autocommit=True)


def server_pid(layout: Layout) -> int:
    return int((layout.cluster / "postmaster.pid").read_text().splitlines()[0])


def keeper_pid(layout: Layout) -> int:
    return int(layout.ready_mark.read_text())


def valkey(layout: Layout) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(layout.valkey_socket), db=1)


def test_a_killed_postgres_and_valkey_come_back_with_nothing_lost(data: Path) -> None:
    with EmbeddedServices(environ_for(data)) as running:
        layout = running.layout
        with connect(layout) as connection:
            connection.execute("create table sale (id int)")
            connection.execute("insert into sale select generate_series(1, 1000)")
        valkey(layout).set("kept", "yes")
        postmaster = server_pid(layout)
        queue_pid = int((layout.queue / "valkey.pid").read_text())
        os.kill(postmaster, signal.SIGKILL)
        os.kill(queue_pid, signal.SIGKILL)

        def answers_again() -> bool:
            try:
                with connect(layout) as connection:
                    return server_pid(layout) != postmaster and connection.execute("select 1").fetchone() == (1,)
            except (psycopg.OperationalError, OSError, IndexError, ValueError):
                return False

        assert wait_until(answers_again, 30)
        with connect(layout) as connection:
            assert connection.execute("select count(*), sum(id) from sale").fetchone() == (1000, 500500)
        assert wait_until(layout.valkey_socket.exists, 30)

        def kept() -> bool:
            try:
                return valkey(layout).get("kept") == b"yes"
            except redis.exceptions.RedisError:
                return False

        assert wait_until(kept, 30)


def test_two_users_share_one_set_and_the_first_to_leave_takes_nothing_away(data: Path) -> None:
    with another_user_of(data) as first, EmbeddedServices(environ_for(data)) as second:
        assert second.was_running
        keeper, postmaster = keeper_pid(second.layout), server_pid(second.layout)
        said, _ = first.communicate()
        assert said == "down\n"
        with connect(second.layout) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert keeper_pid(second.layout) == keeper
    assert not is_running(postmaster)
    assert wait_until(lambda: not is_running(keeper), 5)


def test_two_that_start_at_the_same_moment_get_one_set(data: Path) -> None:
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", USER], cwd=BASE, env=environ_for(data), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "up\n"
    postmaster = server_pid(plan_layout(environ_for(data)))
    for starter in starters:
        assert starter.communicate()[0] == "down\n"
        assert starter.returncode == 0
    assert not is_running(postmaster)


def test_two_data_folders_never_meet(data: Path) -> None:
    with EmbeddedServices(environ_for(data / "one")) as one, EmbeddedServices(environ_for(data / "two")) as two:
        assert one.layout.sockets != two.layout.sockets
        with connect(one.layout) as connection:
            connection.execute("create table only_here ()")
        with connect(two.layout) as connection:
            assert connection.execute("select to_regclass('only_here')").fetchone() == (None,)


def test_a_user_killed_outright_leaves_nothing_running(data: Path) -> None:
    with another_user_of(data) as only:
        layout = plan_layout(environ_for(data))
        postmaster, keeper = server_pid(layout), keeper_pid(layout)
        only.kill()
        assert wait_until(lambda: not is_running(postmaster) and not is_running(keeper), 20)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends the servers with their keeper")
def test_a_killed_keeper_is_replaced_and_the_data_is_there(data: Path) -> None:
    with EmbeddedServices(environ_for(data)) as running:
        layout = running.layout
        with connect(layout) as connection:
            connection.execute("create table kept as select 7 as number")
        postmaster, keeper = server_pid(layout), keeper_pid(layout)
        os.kill(keeper, signal.SIGKILL)
        assert wait_until(lambda: not is_running(postmaster), 20)
        running._looked_at = 0.0  # it looks every two seconds; this is one of those moments
        running.watch()
        assert keeper_pid(layout) != keeper
        with connect(layout) as connection:
            assert connection.execute("select number from kept").fetchone() == (7,)


def test_lock_files_that_name_another_living_program_do_not_stop_the_start(data: Path) -> None:
    """After a power cut the old pid may belong to anything. Postgres alone would take it for a running server."""
    with EmbeddedServices(environ_for(data)) as running:
        layout = running.layout
        with connect(layout) as connection:
            connection.execute("create table kept as select 7 as number")
    sleeper = subprocess.Popen(["sleep", "1000"], **Postgres(layout).as_owner())
    try:
        stale = f"{sleeper.pid}\n{layout.cluster}\n1700000000\n5432\n{layout.sockets}\n\n  123456  654321\nready\n"
        (layout.cluster / "postmaster.pid").write_text(stale)
        make_private_folder(layout.sockets, layout.owner)
        layout.postgres_socket.with_name(".s.PGSQL.5432.lock").write_text(stale)
        dead = socket.socket(socket.AF_UNIX)
        dead.bind(str(layout.postgres_socket))
        dead.close()
        with EmbeddedServices(environ_for(data)) as running, connect(running.layout) as connection:
            assert connection.execute("select number from kept").fetchone() == (7,)
        assert is_running(sleeper.pid)
    finally:
        sleeper.kill()
        sleeper.wait()


def test_an_interrupted_first_start_is_begun_again(data: Path) -> None:
    draft = data / "postgres.draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    with EmbeddedServices(environ_for(data)) as running, connect(running.layout) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert not draft.exists()


def test_a_cluster_of_another_postgres_is_refused_and_left_alone(data: Path) -> None:
    with EmbeddedServices(environ_for(data)) as running:
        version = running.layout.cluster / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(Refusal, match=r"made by Postgres 15 and this is Postgres \d+: see “Upgrades”"), EmbeddedServices(environ_for(data)):
        pytest.fail("started on data of another version")
    assert version.read_text() == "15\n"


def test_nobody_else_can_reach_the_services(data: Path) -> None:
    with EmbeddedServices(environ_for(data)) as running:
        for folder in (running.layout.sockets, running.layout.cluster, running.layout.queue):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with connect(running.layout) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert valkey(running.layout).config_get("port") == {"port": "0"}


def test_a_socket_folder_that_somebody_else_prepared_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with pytest.raises(Refusal, match="can be entered by other users"):
        make_private_folder(folder, None)
    folder.chmod(0o700)
    make_private_folder(folder, None)
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(Refusal, match="should be a folder"):
        make_private_folder(link, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_socket_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(Refusal, match="belongs to nobody, not to root"):
        make_private_folder(folder, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="this is what happens to root")
def test_root_in_a_closed_folder_keeps_its_databases_where_postgres_can_read_them(tmp_path: Path) -> None:
    closed = tmp_path / "closed"  # as root's home is on many machines
    closed.mkdir(mode=0o700)
    data = closed / "data"
    try:
        with EmbeddedServices(environ_for(data)) as running:
            layout = running.layout
            assert layout.store.parent == Path("/var/lib/atelier")
            with connect(layout) as connection:
                assert connection.execute("select 1").fetchone() == (1,)
            assert (layout.cluster / "PG_VERSION").stat().st_uid == 65534
    finally:
        shutil.rmtree(layout.store, ignore_errors=True)
        shutil.rmtree(data, ignore_errors=True)


def python_of_everybody() -> str | None:
    """A Python that an ordinary user can run and that is like ours; this one may lie in root's home."""
    asked = f"import os, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]} or not os.access(sys.executable, os.X_OK))"
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"):
        probe = [*AS_NOBODY, candidate, "-c", asked]
        if subprocess.run(probe, cwd="/", capture_output=True).returncode == 0:
            return candidate
    return None


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests already run as an ordinary user")
def test_an_ordinary_user_starts_the_services_too(data: Path) -> None:
    candidate = python_of_everybody() if shutil.which("setpriv") else None
    if candidate is None:
        pytest.skip("no Python here that an ordinary user may run")
    os.chown(data, 65534, 65534)
    packages = str(Path(psycopg.__file__).parent.parent)
    environ = {**environ_for(data), "PYTHONPATH": f"{BASE}:{packages}", "HOME": str(data), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*AS_NOBODY, candidate, "-c", USER],
        cwd="/",
        env=environ,
        input="",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "up\ndown\n", done.stderr
    assert (data / "postgres" / "PG_VERSION").stat().st_uid == 65534


def test_servers_that_the_environment_names_are_used_and_nothing_is_started(data: Path) -> None:
    named = {"DATABASE_URL": "postgres://h/d", "REDIS_URL": "redis://h/1", "CELERY_BROKER_URL": "redis://h/0"}
    with services({**named, "ATELIER_DATA": str(data / "unused")}) as running:
        assert running.urls == named
    assert not (data / "unused").exists()


def test_naming_only_some_of_the_servers_is_refused(data: Path) -> None:
    with pytest.raises(Refusal, match="set all three"), services({"DATABASE_URL": "postgres://h/d", "ATELIER_DATA": str(data)}):
        pytest.fail("started with half of the servers")
