"""Which tests run in one process, one after the other, because what they share takes long to make.

By xdist's own groups it would be a mark, but pytest 9 no longer reads the names that xdist 3.8 gives its groups.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

TOGETHER: Final = {
    "tests/browser/test_school.py": "town",
    "tests/browser/test_main_job.py": "town",
    "tests/browser/test_pages.py": "pages",
    "tests/api/test_isolation.py": "isolation",
    "tests/api/test_schemathesis.py": "schemathesis",
}
"""Files whose tests are one piece of work; those of all others are pieces by themselves."""


class Sharing:
    """Registered where the tests are handed out, and only with xdist."""

    @pytest.hookimpl
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        from xdist.scheduler import LoadScopeScheduling

        class Scheduling(LoadScopeScheduling):
            def _split_scope(self, nodeid: str) -> str:
                return TOGETHER.get(nodeid.partition("::")[0], nodeid)

        return Scheduling(config, log)


def pytest_configure(config: pytest.Config) -> None:
    has_plugin: Callable[[str], bool] = config.pluginmanager.has_plugin
    if has_plugin("xdist") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Sharing())
