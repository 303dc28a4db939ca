from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import DomainError


class RefusedFile(DomainError):
    """The file cannot be taken. The message says why, and what to do instead."""

    status_code = 422
    code = "refused_file"
    message = _("We cannot take this file.")
