"""Why a file is not handed out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import Forbidden, NotFound


class NoSuchFile(NotFound):
    code = "no_such_file"
    message = _("There is no such file, or it is not in your library.")


class AccessEnded(Forbidden):
    code = "access_ended"
    message = _("Your access to this has ended.")


class FileWithheld(Forbidden):
    """Staff had to stop handing it out, to its buyers too. The status says that it is for reasons of law."""

    status_code = 451
    code = "file_withheld"
    message = _("We may not hand this out any more. Write to us: your purchase is on record.")


class ReasonNeeded(Forbidden):
    code = "reason_needed"
    message = _("Staff who look into somebody’s files say why. Give a reason.")
