"""The list of events and handlers in docs/events.md, written from the code."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from kit.events.event import Event, fields_of, name_of
from kit.events.registry import event_classes, handlers_of

BEGIN = "<!-- events: written by `python manage.py list_events --write` -->"
END = "<!-- end of events -->"


def document() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "events.md"


def table() -> str:
    """A Markdown table of all events of the house: what each holds and means, and who hears of it."""
    rows = [_row(event) for event in event_classes() if not event.__module__.startswith("tests.")]
    return "\n".join(["| Event | Holds | Means | Heard by |", "|---|---|---|---|", *rows])


def with_table(text: str) -> str:
    """The document with the table as it is now. Raises ValueError when the marks are missing."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} … {END} to write between")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _row(event: type[Event]) -> str:
    # A dataclass without words of its own gets its signature; its name, in the past tense, says more.
    written = "" if (event.__doc__ or "").startswith(f"{event.__name__}(") else event.__doc__ or ""
    meaning = written.strip().partition("\n\n")[0] or f"{re.sub(r'(?<!^)(?=[A-Z])', ' ', event.__name__).capitalize()}."
    heard = ", ".join(
        f"`{one.name}`{'' if one.atomic else ' (calls outside)'}" for one in sorted(handlers_of(event), key=lambda one: one.name)
    )
    cells = (f"`{name_of(event)}`", ", ".join(fields_of(event)), " ".join(meaning.split()).replace("|", "\\|"), heard or "nobody yet")
    return f"| {' | '.join(cells)} |"
