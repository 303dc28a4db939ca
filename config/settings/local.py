"""What `make run` uses: the whole product on one machine, nothing to sign up for."""

from config.settings.base import *  # noqa: F403

LOGGING = logging_settings(readable=True, level=LOG_LEVEL)  # noqa: F405
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *ALLOWED_HOSTS]  # noqa: F405
