"""What a public site needs before it may start (R27): asked once, when the production settings are read."""

from collections.abc import Callable, Iterator
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from config.env import Environment, SettingError

LEAST_KEY_LENGTH = 50
LEAST_KEY_VARIETY = 10
GATEWAYS = ("none",)
"""The payment gateways that take real money; `none` sells nothing and gives away what is free."""


def require_production_environment(env: Environment) -> None:
    """Stop the start, naming everything that is missing or wrong at once. Raises `SettingError`."""
    problems = list(production_problems(env))
    if problems:
        raise SettingError(problems)


def production_problems(env: Environment) -> Iterator[str]:
    """One sentence for each thing that is missing or wrong, without repeating a secret."""
    yield from _secret_key(env)
    yield from _address(env)
    yield from _servers(env)
    yield from _mail(env)
    yield from _money(env)
    yield from _files(env)


def _secret_key(env: Environment) -> Iterator[str]:
    key = env.str("SECRET_KEY")
    if not key:
        yield "SECRET_KEY is missing: sessions and links are signed with it; set it to at least 50 random characters and keep it."
    elif "insecure" in key:
        yield "SECRET_KEY is the example for local work, which everybody knows: set it to at least 50 random characters."
    elif len(key) < LEAST_KEY_LENGTH:
        yield f"SECRET_KEY is too short to be safe: it has {len(key)} characters and needs at least {LEAST_KEY_LENGTH}."
    elif len(set(key)) < LEAST_KEY_VARIETY:
        yield "SECRET_KEY repeats a few characters and could be guessed: set it to at least 50 random characters."


def _address(env: Environment) -> Iterator[str]:
    hosts = env.list("ALLOWED_HOSTS")
    if not hosts:
        yield "ALLOWED_HOSTS is missing: list the host names that the site answers to, separated by commas."
    elif "*" in hosts:
        yield "ALLOWED_HOSTS is *, which lets a stranger choose the host name in our mails and links: list the real host names."
    url = env.str("SITE_URL")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        yield "SITE_URL is not an address: it looks like https://atelier.example."
        return
    if not url:
        yield "SITE_URL is missing: mails and links begin with it, for example https://atelier.example."
    elif parts.scheme != "https" or not host:
        yield "SITE_URL must begin with https:// and name the host: passwords and downloads do not travel unencrypted."
    elif parts.path.strip("/") or parts.query or parts.fragment:
        yield "SITE_URL must be the site's root: https://, the host name, and nothing behind it."
    elif hosts and "*" not in hosts and not any(_matches(host, pattern) for pattern in hosts):
        yield f"SITE_URL names the host {host}, which ALLOWED_HOSTS does not list: the site would refuse its own links."


def _servers(env: Environment) -> Iterator[str]:
    for name, what, schemes in (
        ("DATABASE_URL", "the Postgres database, for example postgres://user:password@host:5432/atelier", ("postgres", "postgresql")),
        (
            "REDIS_URL",
            "the Redis or Valkey that holds the cache and the rate limits, for example redis://host:6379/1",
            ("redis", "rediss", "unix"),
        ),
        (
            "CELERY_BROKER_URL",
            "the Redis or Valkey that holds the task queue, for example redis://host:6379/0",
            ("redis", "rediss", "redis+socket"),
        ),
    ):
        if name not in env:
            yield f"{name} is missing: set it to the address of {what}."
        elif name == "DATABASE_URL":
            yield from _refusal_of(partial(env.db, name, ""))
        else:
            yield from _refusal_of(partial(env.url, name, schemes=schemes))
    if env.str("REDIS_URL") and _same_redis(env.str("REDIS_URL"), env.str("CELERY_BROKER_URL")):
        yield (
            "REDIS_URL and CELERY_BROKER_URL name the same database: clearing the cache would empty the task queue; "
            "use two numbers, such as /1 and /0."
        )


def _mail(env: Environment) -> Iterator[str]:
    if "EMAIL_URL" not in env:
        yield "EMAIL_URL is missing: sign-up and receipts need a mail server, for example smtp+tls://user:password@host:587."
    elif not env.str("EMAIL_URL").startswith("smtp"):
        yield "EMAIL_URL does not name a mail server (smtp://, smtp+tls:// or smtp+ssl://): nobody would receive a mail."
    else:
        refusals = list(_refusal_of(partial(env.email_url, "EMAIL_URL", "")))
        yield from refusals
        if not refusals and not urlsplit(env.str("EMAIL_URL")).hostname:
            yield "EMAIL_URL names no host: it looks like smtp+tls://user:password@host:587."
    sender = parseaddr(env.str("DEFAULT_FROM_EMAIL"))[1]
    if not sender:
        yield "DEFAULT_FROM_EMAIL is missing: mails need a sender, for example Atelier <hello@atelier.example>."
    elif "@" not in sender or sender.endswith("@example.com"):
        yield "DEFAULT_FROM_EMAIL must be an address of your own, for example Atelier <hello@atelier.example>."


def _money(env: Environment) -> Iterator[str]:
    gateway = env.str("PAYMENT_GATEWAY", "none")
    if gateway == "sandbox":
        yield (
            "PAYMENT_GATEWAY is sandbox, which gives goods away for pretended money: a public site cannot use it; "
            "leave it unset to offer free products only."
        )
    elif gateway not in GATEWAYS:
        yield f"PAYMENT_GATEWAY must be one of {', '.join(GATEWAYS)}, but is {gateway!r}."


def _files(env: Environment) -> Iterator[str]:
    others = ("S3_PUBLIC_BUCKET", "S3_PUBLIC_URL", "S3_ENDPOINT_URL", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
    if "S3_BUCKET" not in env:
        named = [name for name in others if name in env]
        if named:
            yield f"S3_BUCKET is missing although {named[0]} is set: name the bucket for private files, or set neither."
        elif "ATELIER_DATA" not in env:
            yield "ATELIER_DATA is missing: set it to the folder in which uploaded files are kept, or set S3_BUCKET and its companions."
        elif not Path(env.str("ATELIER_DATA")).is_absolute():
            yield "ATELIER_DATA must be an absolute path: every process has to find the same folder."
        return
    if "S3_REGION" not in env:
        yield "S3_REGION is missing although S3_BUCKET is set: links are signed for a region, for example eu-central-1."
    for name, other in (("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"), ("S3_SECRET_ACCESS_KEY", "S3_ACCESS_KEY_ID")):
        if name not in env and other in env:
            yield f"{name} is missing although {other} is set: set both, or neither to use the machine's own role."
    for name in ("S3_ENDPOINT_URL", "S3_PUBLIC_URL"):
        yield from _refusal_of(partial(env.url, name))


def _refusal_of(read: Callable[[], object]) -> Iterator[str]:
    try:
        read()
    except SettingError as refusal:
        yield str(refusal).removeprefix("Atelier cannot start: ")


def _matches(host: str, pattern: str) -> bool:
    return host == pattern.lower() or (pattern.startswith(".") and (host.endswith(pattern.lower()) or host == pattern[1:].lower()))


def _same_redis(cache: str, queue: str) -> bool:
    return _redis_database(cache) == _redis_database(queue)


def _redis_database(url: str) -> tuple[str, str]:
    """Server and database number of a Redis address, in the spelling of the cache (unix://) or of the queue (redis+socket://)."""
    try:
        parts = urlsplit(url)
        port = parts.port or 6379
    except ValueError:
        return url, ""
    query = dict(item.split("=", 1) for item in parts.query.split("&") if "=" in item)
    if parts.scheme in {"unix", "redis+socket"}:
        return parts.path, query.get("db") or query.get("virtual_host") or "0"
    return f"{parts.hostname}:{port}", parts.path.strip("/") or query.get("db") or "0"
