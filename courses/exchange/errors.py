"""What bringing a course along, or taking one home, refuses."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict, DomainError, Gone, NotFound


class ImportNotFound(NotFound):
    code = "import_not_found"
    message = _("There is no such import, or it is not yours.")


class ImportEnded(Gone):
    code = "import_ended"
    message = _("This import is over: it waited for its confirmation too long, or its course was deleted. Send the file again.")


class ImportHasProblems(DomainError):
    """Nothing is made while the report names a problem."""

    status_code = 422
    code = "import_has_problems"
    message = _("The file has problems, so nothing was imported. Correct them, then send it again.")


class ImportUnderWay(Conflict):
    code = "import_under_way"
    message = _("This is being imported already.")


class ExportNotFound(NotFound):
    code = "export_not_found"
    message = _("There is no such export, or its time is over. Start a new one.")


class BadLinks(DomainError):
    """The links to videos cannot be used. `field` names the form's field."""

    status_code = 422
    code = "bad_links"
    message = _("These links cannot be used.")


class VideoServiceAway(DomainError):
    """YouTube or Vimeo did not answer, or not as agreed."""

    status_code = 503
    code = "video_service_away"
    message = _("The video service does not answer just now. Try again in a minute.")
