from tests.marketplace.listing.conftest import _no_limits_left_over, stores  # noqa: F401
