"""Programs that build and learn, with the stores and limits of the other tests of the API."""

from tests.api.conftest import _unused_limits, api, stores  # noqa: F401
