"""How long things take, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _


def duration(minutes: int) -> str:
    """Whole minutes as one says them: "4 h 21 min", "3 h", "45 min", "0 min". No line breaks between a number and its unit."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d\u00a0min") % {"minutes": rest}
    if not rest:
        return _("%(hours)d\u00a0h") % {"hours": hours}
    return _("%(hours)d\u00a0h %(minutes)d\u00a0min") % {"hours": hours, "minutes": rest}


def duration_of_seconds(seconds: int) -> str:
    """`duration` of seconds; a begun minute counts."""
    return duration(-(-seconds // 60))
