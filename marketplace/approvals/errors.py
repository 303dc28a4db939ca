from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Conflict, DomainError, Forbidden
from marketplace.approvals.models import Decision


class AlreadyDecided(Conflict):
    """Another moderator was first, or its creator took it back."""

    code = "already_decided"
    message = gettext_lazy("This is no longer waiting for a decision: it was changed a moment ago. Look at it again.")

    def __init__(self, decision: Decision | None = None) -> None:
        if decision is None:
            super().__init__()
            return
        super().__init__(
            _("%(who)s was first: %(verdict)s. Look at it again.") % {"who": decision.by.name, "verdict": decision.get_verdict_display()}
        )


class ChangedAgain(Conflict):
    """What was looked at is not what stands there now."""

    code = "changed_again"
    message = gettext_lazy("It was changed again, or decided about, since you opened it. Look once more.")


class OwnWork(Forbidden):
    code = "own_work"
    message = gettext_lazy("This is your own work. Somebody else has to decide about it.")


class RuleNeeded(DomainError):
    status_code = 422
    code = "rule_needed"
    message = gettext_lazy("Name the rule.")


class NoteNeeded(DomainError):
    status_code = 422
    code = "note_needed"
    message = gettext_lazy("Say what exactly has to change.")
