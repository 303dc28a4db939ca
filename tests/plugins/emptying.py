"""Emptying all tables after a test that commits, without making anew what never changes.

Django truncates every table and then has its apps write their content types and permissions again, which takes most of that time.
Here these two tables are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.core.management.commands import flush
from django.db import connection

KEPT: Final = ("django_content_type", "auth_permission")


@pytest.fixture(scope="session", autouse=True)
def _kept_tables() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", _all_but_kept)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_kwargs: None)
        yield


def _all_but_kept(style: Any, _connection: Any, *, reset_sequences: bool, allow_cascade: bool) -> list[str]:
    tables = [name for name in connection.introspection.django_table_names(only_existing=True, include_views=False) if name not in KEPT]
    return connection.ops.sql_flush(style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)
