"""A production start with a setting that is missing or wrong stops with one sentence that says which, in the real process."""

from __future__ import annotations

import sys

import pytest

from scripts.checks import production_example
from tests.setup.conftest import Run

GOOD = {**production_example(), "SECRET_KEY": "k7Qz-4mWf9_TbR2xVn8Lc3JpYd6HsGaE0uKiXo1BvMtNwZrPyDqSfUeAhCj5"}

REFUSED = [
    pytest.param({"SECRET_KEY": ""}, "SECRET_KEY is missing", id="no secret key"),
    pytest.param({"SECRET_KEY": "too-short-Zq83"}, "SECRET_KEY is too short", id="a short secret key"),
    pytest.param({"SECRET_KEY": "ab" * 40}, "SECRET_KEY repeats", id="a repeating secret key"),
    pytest.param(
        {"SECRET_KEY": "insecure-only-for-tests-and-local-work-0123456789abcdef"}, "SECRET_KEY is the example", id="the example secret key"
    ),
    pytest.param({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is missing", id="no hosts"),
    pytest.param({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS is *", id="every host"),
    pytest.param({"SITE_URL": ""}, "SITE_URL is missing", id="no address"),
    pytest.param({"SITE_URL": "http://atelier.example"}, "SITE_URL must begin with https://", id="an unencrypted address"),  # R27
    pytest.param({"SITE_URL": "https://atelier.example/shop"}, "SITE_URL must be the site's root", id="an address below the root"),
    pytest.param(
        {"SITE_URL": "https://other.example"}, "SITE_URL names the host other.example", id="an address that is not a host of ours"
    ),
    pytest.param({"SITE_URL": "atelier.example"}, "SITE_URL must begin with https://", id="an address without a scheme"),
    pytest.param({"DATABASE_URL": ""}, "DATABASE_URL is missing", id="no database"),
    pytest.param({"DATABASE_URL": "sqlite:///db.sqlite3"}, "DATABASE_URL must be an address", id="another kind of database"),
    pytest.param(
        {"DATABASE_URL": "postgres://user:hunter2@host:5432/"}, "DATABASE_URL must end with the name", id="a database without a name"
    ),
    pytest.param({"DATABASE_URL": "postgres://user:hunter2@host:port/app"}, "DATABASE_URL must be", id="a database at no port"),
    pytest.param({"REDIS_URL": ""}, "REDIS_URL is missing", id="no cache"),
    pytest.param({"REDIS_URL": "memcached://host"}, "REDIS_URL must be an address", id="another kind of cache"),
    pytest.param({"CELERY_BROKER_URL": ""}, "CELERY_BROKER_URL is missing", id="no queue"),
    pytest.param({"CELERY_BROKER_URL": "amqp://host"}, "CELERY_BROKER_URL must be an address", id="another kind of queue"),
    pytest.param({"CELERY_BROKER_URL": "redis://127.0.0.1:9/1"}, "name the same database", id="cache and queue in one database"),
    pytest.param({"EMAIL_URL": ""}, "EMAIL_URL is missing", id="no mail server"),
    pytest.param({"EMAIL_URL": "consolemail://"}, "EMAIL_URL does not name a mail server", id="mail to the console"),
    pytest.param({"EMAIL_URL": "smtp+tls://"}, "EMAIL_URL", id="a mail server without a host"),
    pytest.param({"DEFAULT_FROM_EMAIL": ""}, "DEFAULT_FROM_EMAIL is missing", id="no sender"),
    pytest.param({"DEFAULT_FROM_EMAIL": "Atelier <hello@example.com>"}, "DEFAULT_FROM_EMAIL must be", id="the example sender"),
    pytest.param({"PAYMENT_GATEWAY": "sandbox"}, "PAYMENT_GATEWAY is sandbox", id="pretended money"),
    pytest.param({"PAYMENT_GATEWAY": "barter"}, "PAYMENT_GATEWAY must be one of", id="an unknown gateway"),
    pytest.param({"ATELIER_DATA": ""}, "ATELIER_DATA is missing", id="nowhere to keep files"),
    pytest.param({"ATELIER_DATA": "var"}, "ATELIER_DATA must be an absolute path", id="a relative data folder"),
    pytest.param({"S3_BUCKET": "atelier"}, "S3_REGION is missing", id="a bucket without a region"),
    pytest.param(
        {"S3_BUCKET": "atelier", "S3_REGION": "eu-central-1", "S3_ACCESS_KEY_ID": "AKIA"},
        "S3_SECRET_ACCESS_KEY is missing",
        id="a key without its secret",
    ),
    pytest.param(
        {"S3_BUCKET": "atelier", "S3_REGION": "eu-central-1", "S3_SECRET_ACCESS_KEY": "hunter2"},
        "S3_ACCESS_KEY_ID is missing",
        id="a secret without its key",
    ),
    pytest.param({"S3_REGION": "eu-central-1"}, "S3_BUCKET is missing", id="a region without a bucket"),
    pytest.param(
        {"S3_BUCKET": "atelier", "S3_REGION": "eu-central-1", "S3_ENDPOINT_URL": "s3.local"}, "S3_ENDPOINT_URL must be", id="a bad endpoint"
    ),
    pytest.param({"EARNINGS_HOLD_DAYS": "a week"}, "EARNINGS_HOLD_DAYS must be a whole number", id="a number in words"),
    pytest.param({"PLATFORM_FEE_BPS": "-1"}, "PLATFORM_FEE_BPS must be 0 or more", id="a negative fee"),
    pytest.param({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be one of", id="an unknown log level"),
]


@pytest.mark.parametrize(("changed", "sentence"), REFUSED)
def test_a_bad_setting_stops_the_start_with_one_sentence(python: Run, changed: dict[str, str], sentence: str) -> None:
    ended = python("-c", "import django; django.setup()", environ=GOOD | changed)
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines() == [ended.stderr.strip()], ended.stderr
    assert ended.stderr.startswith("Atelier cannot start: ")
    assert sentence in ended.stderr
    assert "hunter2" not in ended.stderr


def test_everything_that_is_missing_is_named_at_once(python: Run) -> None:
    ended = python("-c", "import django; django.setup()", environ={"DJANGO_SETTINGS_MODULE": "config.settings.production"})
    lines = ended.stderr.strip().splitlines()
    named = [line.removeprefix("Atelier cannot start: ").split()[0] for line in lines]
    assert ended.returncode == 1
    assert named == [
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SITE_URL",
        "DATABASE_URL",
        "REDIS_URL",
        "CELERY_BROKER_URL",
        "EMAIL_URL",
        "DEFAULT_FROM_EMAIL",
        "ATELIER_DATA",
    ]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["manage.py", "migrate", "--noinput"], id="release"),
        pytest.param(["-m", "gunicorn", "config.wsgi", "--config", "config/gunicorn.py"], id="web"),
        pytest.param(["-m", "celery", "-A", "config", "worker", "-Q", "default", "-c", "1"], id="worker"),
        pytest.param(["-m", "celery", "-A", "config", "beat"], id="beat"),
    ],
)
def test_each_process_of_the_procfile_stops_with_the_sentence(python: Run, command: list[str]) -> None:
    ended = python(*command, environ={**GOOD, "SECRET_KEY": "", "PORT": "8129"})
    assert ended.returncode != 0
    assert "Atelier cannot start: SECRET_KEY is missing" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_deployment_check_finds_nothing_with_a_complete_environment(python: Run) -> None:
    ended = python("manage.py", "check", "--deploy", "--fail-level", "WARNING", environ=GOOD)
    assert ended.returncode == 0, ended.stderr
    assert "no issues" in ended.stdout


def test_production_without_a_gateway_sells_nothing(python: Run) -> None:
    asked = "from django.conf import settings; print(settings.PAYMENT_GATEWAY)"
    without = {name: value for name, value in GOOD.items() if name != "PAYMENT_GATEWAY"}
    assert python("-c", asked, environ=without).stdout.strip() == "none"


def test_a_complete_s3_configuration_is_accepted_and_signs_with_sigv4(python: Run) -> None:
    asked = """
import django; django.setup()
from django.core.files.storage import storages
print(storages["default"].url("2026/01/book", parameters={"ResponseContentType": "application/pdf"}, expire=60))
print(storages["public"].url("covers/one.webp"))
from django.conf import settings
print(" ".join(settings.FILE_ORIGINS))
"""
    environ = GOOD | {"S3_BUCKET": "sold", "S3_PUBLIC_BUCKET": "shown", "S3_REGION": "eu-central-1"}
    environ |= {"S3_ACCESS_KEY_ID": "AKIAEXAMPLE", "S3_SECRET_ACCESS_KEY": "hunter2"}
    done = python("-c", asked, environ=environ)
    private, public, origins = done.stdout.splitlines()
    assert private.startswith("https://sold.s3.eu-central-1.amazonaws.com/private/2026/01/book?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in private
    assert "X-Amz-Expires=60" in private
    assert "eu-central-1%2Fs3%2Faws4_request" in private
    assert public == "https://shown.s3.eu-central-1.amazonaws.com/public/covers/one.webp"
    assert "https://sold.s3.eu-central-1.amazonaws.com" in origins.split()
    assert "https://shown.s3.eu-central-1.amazonaws.com" in origins.split()
    behind_a_cdn = python(
        "-c", asked, environ=environ | {"S3_ENDPOINT_URL": "https://s3.example", "S3_PUBLIC_URL": "https://cdn.example/a"}
    )
    private, public, origins = behind_a_cdn.stdout.splitlines()
    assert private.startswith("https://s3.example/sold/private/2026/01/book?")
    assert public == "https://cdn.example/a/public/covers/one.webp"
    assert origins.split() == ["https://cdn.example", "https://s3.example"]


def test_an_old_python_is_told_what_to_do() -> None:
    source = (pytest.importorskip("scripts.layout").BASE / "run.py").read_text()
    compile(source, "run.py", "exec", dont_inherit=True)
    pretended = source.replace("MINIMUM = (3, 11)", f"MINIMUM = ({sys.version_info[0]}, {sys.version_info[1] + 1})")
    with pytest.raises(SystemExit, match="needs Python"):
        exec(compile(pretended, "run.py", "exec"), {"__name__": "run", "__file__": "run.py"})
