"""The static checks of `make check`, each one a command whose silence means that all is well."""

import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.console import say
from scripts.layout import BASE


@dataclass(frozen=True)
class Check:
    """One command, run with `extra` added to the environment."""

    name: str
    command: Sequence[str]
    extra: Mapping[str, str] = field(default_factory=dict)


def all_checks() -> list[Check]:
    """In the order of how fast they fail."""
    python = sys.executable
    programs = Path(python).parent
    return [
        Check("ruff", [python, "-m", "ruff", "check", "--quiet", "--output-format", "concise", "."]),
        Check("djlint", [python, "-m", "djlint", "--quiet", "--lint", "templates"]),
        Check("import-linter", [str(programs / "lint-imports"), "--no-cache"]),
        Check("makemigrations --check", [python, "manage.py", "makemigrations", "--check", "--dry-run"]),
        Check("check --deploy", [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production_example()),
        Check("mypy", [python, "-m", "mypy", "."]),
    ]


def run_checks(environ: Mapping[str, str]) -> list[str]:
    """Run them all and return the names of those that failed, having shown what they said."""
    failed = []
    for check in all_checks():
        began = time.monotonic()
        done = subprocess.run(
            list(check.command), cwd=BASE, env={**environ, **check.extra}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        verdict = "ok" if done.returncode == 0 else f"failed (code {done.returncode})"
        say(f"{check.name}: {verdict}, {time.monotonic() - began:.1f} s")
        if done.returncode:
            failed.append(check.name)
            print(done.stdout, flush=True)
    return failed


def production_example() -> dict[str, str]:
    """A complete production environment that reaches nothing: for checking the production settings."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "atelier.example",
        "SITE_URL": "https://atelier.example",
        "DATABASE_URL": "postgres://atelier:secret@127.0.0.1:9/atelier",
        "REDIS_URL": "redis://127.0.0.1:9/1",
        "CELERY_BROKER_URL": "redis://127.0.0.1:9/0",
        "EMAIL_URL": "smtp+tls://mailer:secret@127.0.0.1:9",
        "DEFAULT_FROM_EMAIL": "Atelier <hello@atelier.example>",
        "ATELIER_DATA": "/srv/atelier",
        "PAYMENT_GATEWAY": "none",
    }
