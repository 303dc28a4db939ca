"""What certificates refuse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict, DomainError, Gone, NotFound


class CertificateNotFound(NotFound):
    code = "certificate_not_found"
    message = _("There is no certificate with this number. Look whether the whole address was copied.")


class CertificateWithdrawn(Gone):
    code = "certificate_withdrawn"
    message = _("Its holder has taken this certificate off the web. Ask them for the credential: a copy of it can still be verified.")


class NothingToCertify(DomainError):
    """The course is not finished, or gives no certificate."""

    status_code = 409
    code = "nothing_to_certify"
    message = _("There is no certificate for this course yet.")


class AlreadyRevoked(Conflict):
    code = "already_revoked"
    message = _("This certificate has been revoked already.")


class NoReason(DomainError):
    status_code = 422
    code = "no_reason"
    message = _("Say why, in a sentence of 200 characters at most. Whoever holds the certificate reads it.")


class CannotRename(Conflict):
    code = "cannot_rename"
    message = _("The name on a certificate can be changed once, to the one in your profile, while it is valid.")
