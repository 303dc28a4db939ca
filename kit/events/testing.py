"""For tests: deliver what was published, here and now."""

from __future__ import annotations

from django.db.models.functions import Now

from kit.events.delivery import deliver, pending


def deliver_all(*, at_most: int = 1000) -> int:
    """Run the handlers of all pending deliveries, and of what those publish in turn, oldest first.

    Real handlers, each in its own transaction, as a worker would. A handler's exception is raised. Returns how
    many were delivered. Raises AssertionError when handlers go on publishing without end.
    """
    delivered = tries = 0
    while (row := pending().order_by("pk").first()) is not None:
        tries += 1
        assert tries <= at_most, f"still not done after {at_most} deliveries: do handlers publish in a circle?"
        pending().filter(pk=row.pk).update(due_at=Now())
        delivered += deliver(row.pk, reraise=True)
        row.refresh_from_db()
        assert row.state != row.State.DEAD, f"{row}: {row.last_error}"
    return delivered
