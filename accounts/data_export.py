"""Everything that we know about a person, for that person.

Each app above registers what it keeps about people in its `AppConfig.ready()`:

    register_exporter("orders", orders_of)

An exporter takes the user and yields dicts of JSON-able values (dates, decimals and UUIDs are written as text). It must
not yield what belongs to other people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from accounts.models import User

Exporter = Callable[[User], Iterable[Mapping[str, Any]]]

_exporters: dict[str, Exporter] = {}


def register_exporter(name: str, exporter: Exporter) -> None:
    """`name` becomes the file `<name>.json` in the archive. Raises ValueError for a name in use by another function."""
    if _exporters.setdefault(name, exporter) is not exporter:
        raise ValueError(f"the exporter {name!r} is registered twice")


def exporters() -> dict[str, Exporter]:
    return dict(sorted(_exporters.items()))
