"""Everything that a fresh clone needs: virtual environment, Python packages, Node packages, built CSS and JavaScript.

Runs under the system's Python, before any package exists. Each step leaves a stamp of what it was made from and is skipped
while that has not changed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from scripts.console import Refusal, say
from scripts.layout import BASE
from scripts.locks import exclusive

HOUSE = ("accounts", "courses", "kit", "marketplace", "payments")
STATIC_SOURCES = ("static/src", "templates", "package.json", "package-lock.json", *HOUSE)


class Installation:
    """One checkout and what is installed into it. Nothing is written outside the checkout but the package managers' caches."""

    def __init__(self, base: Path = BASE) -> None:
        self.base = base
        self.venv = base / ".venv"
        self.python = self.venv / "bin" / "python"
        self.uv = self.venv / "bin" / "uv"
        self.npm = self.venv / "bin" / "npm"

    def install(self, *, development: bool) -> None:
        """Bring everything up to date. Two at once wait for each other. Raises `Refusal` when a step fails."""
        with exclusive(self.base / "var" / "locks" / "install.lock"):
            self._make_virtual_environment()
            self._install_python_packages(development=development)
            self._install_node_packages()
            self._build_static()

    def _make_virtual_environment(self) -> None:
        # A virtual environment holds absolute paths: one that was moved or copied, or whose Python has gone, is made again.
        made_from = [str(self.venv.resolve()), sys.version]
        stamp = Stamp(self.venv / ".made", made_from)
        if self.python.exists() and stamp.is_current():
            return
        if self.venv.exists():
            shutil.rmtree(self.venv)
        self._run([_python_outside_environments(), "-m", "venv", str(self.venv)], "make the virtual environment", hint=self._venv_hint())
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        self._run([*pip, "-r", "requirements-setup.txt"], "install uv, which installs the rest")
        stamp.write()
        say("virtual environment made")

    def _install_python_packages(self, *, development: bool) -> None:
        runtime, everything = self.base / "requirements.txt", self.base / "requirements-dev.txt"
        # The development lock holds the runtime lock whole, so a checkout that has tests installed keeps them.
        mark = self.venv / ".development"
        development = development or mark.exists()
        sources = [runtime, everything] if development else [runtime]
        stamp = Stamp(self.venv / ".python-packages", [source.read_text() for source in sources])
        if stamp.is_current():
            return
        command = [str(self.uv), "pip", "sync", "-q", "--require-hashes", "--compile-bytecode", "--python", str(self.python)]
        self._run([*command, str(sources[-1])], "install the Python packages")
        if development:
            mark.touch()
        stamp.write()
        say("python packages installed")

    def _install_node_packages(self) -> None:
        manifests = [self.base / "package.json", self.base / "package-lock.json"]
        stamp = Stamp(self.base / "node_modules" / ".installed", [manifest.read_text() for manifest in manifests])
        if stamp.is_current():
            return
        self._run([str(self.npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], "install the Node packages")
        stamp.write()
        say("node packages installed")

    def _build_static(self) -> None:
        sources = _files_below(self.base / name for name in STATIC_SOURCES)
        stamp = Stamp(self.base / "static" / "dist" / ".built", [f"{file.relative_to(self.base)}:{digest(file)}" for file in sources])
        if stamp.is_current():
            return
        self._run([str(self.npm), "run", "--silent", "build"], "build the CSS and JavaScript", quiet=True)
        stamp.write()
        say("css and javascript built")

    def _run(self, command: Sequence[str], what: str, *, hint: str = "", quiet: bool = False) -> None:
        environment = {**os.environ, "PATH": f"{self.venv / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
        environment.pop("PYTHONHOME", None)
        try:
            done = subprocess.run(
                command,
                cwd=self.base,
                env=environment,
                text=True,
                stdout=subprocess.PIPE if quiet else None,
                stderr=subprocess.STDOUT if quiet else None,
            )
        except OSError as error:
            raise Refusal(f"Could not {what}: {error}.") from None
        if done.returncode:
            if quiet:
                sys.stderr.write(done.stdout)
            said = f"Could not {what}: `{' '.join(command)}` ended with code {done.returncode}; its messages are above."
            raise Refusal(f"{said} {hint}".rstrip())

    @staticmethod
    def _venv_hint() -> str:
        return "On Debian and Ubuntu the part of Python that makes virtual environments is the package python3-venv."


class Stamp:
    """Remembers in a file what something was made from."""

    def __init__(self, path: Path, made_from: Iterable[str]) -> None:
        self.path = path
        self.key = hashlib.sha256(json.dumps(list(made_from)).encode()).hexdigest()

    def is_current(self) -> bool:
        try:
            return self.path.read_text() == self.key
        except OSError:
            return False

    def write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.key)


def _files_below(roots: Iterable[Path]) -> list[Path]:
    """Every file the build may read, in a stable order: templates and styles, and the Python that names CSS classes."""
    found = []
    for root in roots:
        candidates = root.rglob("*") if root.is_dir() else [root]
        found += [file for file in candidates if file.is_file() and "__pycache__" not in file.parts and "migrations" not in file.parts]
    return sorted(found)


def digest(file: Path) -> str:
    """The SHA-256 of a file's content."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _python_outside_environments() -> str:
    return str(getattr(sys, "_base_executable", None) or sys.executable)
