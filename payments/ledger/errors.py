"""What the ledger refuses. These are faults of the caller, so they speak to engineers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict, DomainError


class Unbalanced(DomainError):
    """A transaction that does not sum to zero in each currency, or has a side missing."""

    status_code = 500
    code = "unbalanced"
    message = _("The books do not balance. Nothing was written.")


class ConflictingPosting(Conflict):
    """The same cause was posted before, with other entries."""

    status_code = 500
    code = "conflicting_posting"
    message = _("This was written into the books before, with other amounts. Nothing was changed.")
