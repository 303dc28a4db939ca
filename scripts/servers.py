"""The two servers of the embedded default, each a child process of the keeper: Postgres and Valkey."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.console import Refusal
from scripts.layout import Layout, make_private_folder
from scripts.processes import command_line, end_with_parent, is_running, stop_child, stop_strangers, wait_until, working_in

LOG_BYTES = 5_000_000
RELAXED = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")


class Server:
    """One server process. `start` returns at once; `answers` tells whether it can be used."""

    name: str
    stop_signal: int

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.child: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make folders and whatever else must exist before the first start."""
        raise NotImplementedError

    def clear_the_way(self) -> None:
        """End what a killed keeper left behind, and remove lock files that name no living server."""
        raise NotImplementedError

    def command(self) -> Sequence[str | Path]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        self.clear_the_way()
        log = self.log_file
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            self.child = subprocess.Popen(
                [str(word) for word in self.command()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=end_with_parent(self.stop_signal),
                **self.as_owner(),
            )

    def has_ended(self) -> bool:
        return self.child is not None and self.child.poll() is not None

    def is_settled(self) -> bool:
        """Whether it is clear how the start went: it answers, or it has ended."""
        return self.has_ended() or self.answers()

    def stop(self) -> None:
        if self.child is not None:
            stop_child(self.child, self.stop_signal, 15)
            self.child = None

    @property
    def log_file(self) -> Path:
        return self.layout.logs / f"{self.name}.log"

    def last_words(self) -> str:
        """The end of the server's log, to tell why it does not run."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-5:])
        return ""

    def as_owner(self) -> dict[str, Any]:
        """How a process of the services is started: under their account, with nothing of our environment."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": str(self.layout.store)}
        options: dict[str, Any] = {"cwd": "/", "env": environment}
        owner = self.layout.owner
        if owner:
            options |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        return options


class Postgres(Server):
    """A cluster that listens on a socket in a private folder and nowhere else, so that it needs no password."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast shutdown": ends sessions, writes everything down, exits

    def __init__(self, layout: Layout, *, relaxed: bool = False) -> None:
        super().__init__(layout)
        self.relaxed = relaxed

    def prepare(self) -> None:
        cluster = self.layout.cluster
        if not cluster.exists():
            draft = cluster.with_name("postgres.draft")
            shutil.rmtree(draft, ignore_errors=True)  # an interrupted first start
            make_private_folder(draft, self.layout.owner)
            locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")  # the same order on every machine
            made = self._program("initdb", "-D", str(draft), "-U", "app", "--auth=trust", "-E", "UTF8", "-N", *locale)
            if made.returncode:
                raise Refusal(f"Postgres could not make its data folder {cluster}: {made.stderr.strip()}")
            draft.rename(cluster)
        make_private_folder(cluster, self.layout.owner)
        ours, theirs = self._version(), (cluster / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise Refusal(f"{cluster} was made by Postgres {theirs} and this is Postgres {ours}: see “Upgrades” in docs/operations.md.")

    def clear_the_way(self) -> None:
        cluster = self.layout.cluster
        left_behind = {pid for pid in self._recorded_pids() if is_running(pid) and str(cluster) in command_line(pid)}
        if left_behind:
            stop_strangers(left_behind, self.stop_signal, 15)
        # The children of a killed postmaster leave by themselves. Until they have, a second one must not touch the files.
        if not wait_until(lambda: not working_in(cluster), 10):
            stop_strangers(working_in(cluster), signal.SIGQUIT, 5)
        # What is left can only mislead: a pid that is a zombie, or that now belongs to another program, looks like a running server.
        for stale in (cluster / "postmaster.pid", self.layout.postgres_socket, self._socket_lock):
            stale.unlink(missing_ok=True)

    def command(self) -> Sequence[str | Path]:
        settings = ["-c", "shared_buffers=128MB", "-c", "max_connections=200", "-c", "timezone=UTC", "-c", "log_timezone=UTC"]
        program = self.layout.postgres_programs / "postgres"
        return [program, "-D", self.layout.cluster, "-k", self.layout.sockets, "-h", "", *settings, *(RELAXED if self.relaxed else ())]

    def answers(self) -> bool:
        return self._program("pg_isready", "-q", *self._address).returncode == 0

    def ensure_database(self) -> None:
        """Make the database `app` unless it is there."""
        there = self._program("psql", *self._address, "-Atc", "select 1 from pg_database where datname = 'app'")
        if "1" not in there.stdout:
            made = self._program("createdb", "-h", str(self.layout.sockets), "-U", "app", "-T", "template0", "app")
            if made.returncode:
                raise Refusal(f"Postgres could not make the database: {made.stderr.strip()}")

    @property
    def _address(self) -> list[str]:
        return ["-h", str(self.layout.sockets), "-U", "app", "-d", "postgres"]

    @property
    def _socket_lock(self) -> Path:
        return self.layout.postgres_socket.with_name(self.layout.postgres_socket.name + ".lock")

    def _recorded_pids(self) -> set[int]:
        pids = set()
        for file in (self.layout.cluster / "postmaster.pid", self._socket_lock):
            with contextlib.suppress(OSError, ValueError, IndexError):
                pids.add(int(file.read_text().splitlines()[0]))
        return pids

    def _version(self) -> str:
        return self._program("postgres", "--version").stdout.split()[-1].split(".")[0]

    def _program(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(self.layout.postgres_programs / name), *arguments], capture_output=True, text=True, **self.as_owner())


class Valkey(Server):
    """The broker and the cache: the protocol and the behaviour of Redis, on a socket in the same private folder."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    def prepare(self) -> None:
        make_private_folder(self.layout.queue, self.layout.owner)

    def clear_the_way(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            pid = int(self._pid_file.read_text())
            if is_running(pid) and str(self.layout.valkey_socket) in command_line(pid):
                stop_strangers({pid}, self.stop_signal, 15)
        self._pid_file.unlink(missing_ok=True)
        self.layout.valkey_socket.unlink(missing_ok=True)

    def command(self) -> Sequence[str | Path]:
        listening = ["--port", "0", "--unixsocket", str(self.layout.valkey_socket), "--unixsocketperm", "700"]
        keeping = ["--dir", str(self.layout.queue), "--appendonly", "yes", "--save", "", "--pidfile", str(self._pid_file)]
        return [self.layout.valkey_server, *listening, *keeping]

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.layout.valkey_socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    @property
    def _pid_file(self) -> Path:
        return self.layout.queue / "valkey.pid"
