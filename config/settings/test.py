"""Settings for the test suite: real Postgres, quick password hashing, mail in memory."""

from config.env import env
from config.settings.base import *

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Otherwise each test's client walks over all static files once: most of the suite's time.
WHITENOISE_AUTOREFRESH = True
# Keys of one test process never meet another's.
CACHES["default"]["KEY_PREFIX"] = f"test-{env.str('TEST_DATABASE', 'test_app')}-{env.str('PYTEST_XDIST_WORKER', '')}"
# Nor do its messages reach another's worker.
CELERY_BROKER_TRANSPORT_OPTIONS = {**CELERY_BROKER_TRANSPORT_OPTIONS, "global_keyprefix": f"{CACHES['default']['KEY_PREFIX']}:"}
DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE", "test_app")}
DATABASES["default"]["OPTIONS"].pop("pool", None)
# The ledger refuses to be emptied; the test runner, which empties all tables after a test, may.
DATABASES["default"]["OPTIONS"]["options"] = "-c atelier.ledger_may_be_emptied=yes"
# What a test changes it sees; tests of the page cache turn it on.
PAGE_CACHE_SECONDS = 0
COUNTS_HELD_SECONDS = 0
