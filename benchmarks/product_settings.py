"""The product as it runs in production (JSON log lines, hashed static files), on this machine over plain HTTP."""

import os

from config.settings.base import *  # noqa: F403

ALLOWED_HOSTS = ["127.0.0.1"]
PAGE_CACHE_SECONDS = float(os.environ.get("BENCH_PAGE_CACHE_SECONDS", "0"))
CACHES["default"]["KEY_PREFIX"] = "bench"  # noqa: F405
