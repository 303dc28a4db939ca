"""Refusals about accounts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict, DomainError, Forbidden


class UsernameTaken(Conflict):
    code = "username_taken"
    message = _("This name is taken, or looks too much like one that is.")


class UsernameRefused(DomainError):
    """The name breaks a rule; the message is the rule."""

    status_code = 422
    code = "username_refused"


class UsernameChangedLately(Conflict):
    code = "username_changed_lately"
    message = _("A username can be changed once in 30 days.")


class EmailTaken(Conflict):
    """Never shown to a stranger: it would tell who has an account here. Forms answer it with a mail to the address."""

    code = "email_taken"
    message = _("There is an account with this address.")


class CreatorsOnly(Forbidden):
    """`way_on` (URL name, label) is what the refusal's page offers besides going back."""

    code = "creators_only"
    message = _("Only creators allowed")
    way_on = ("become_creator", _("Begin to sell"))


class StaffOnly(Forbidden):
    code = "staff_only"
    message = _("This part is for the people who run the site.")


class Suspended(Forbidden):
    code = "suspended"
    message = _("This account is suspended.")


class CannotClose(Conflict):
    code = "cannot_close"
    message = _("This account cannot be closed yet.")


class WrongCredentials(DomainError):
    status_code = 401
    code = "invalid_credentials"
    message = _("The address or the password is not right.")


class EmailUnverified(Forbidden):
    code = "email_unverified"
    message = _("Confirm your email address first. We have sent you a mail with a link.")


class MfaRequired(DomainError):
    """The password was right, and the account asks for a second step; `extra` says which kinds, and holds the pending token."""

    status_code = 401
    code = "mfa_required"
    message = _("This account asks for a second step. Send a code to /auth/mfa.")


class WrongCode(DomainError):
    status_code = 401
    code = "incorrect_code"
    message = _("This code is not right, or it has been used.")


class BadToken(DomainError):
    status_code = 401
    code = "invalid_token"
    message = _("This token is not valid, has ended, or was used before. Sign in again.")


class ScopeMissing(Forbidden):
    code = "scope_missing"
    message = _("This token may not do that.")


class TooManyTokens(Conflict):
    code = "too_many_tokens"
    message = _("You have as many tokens as one person can have. Revoke one first.")


class FieldsRefused(DomainError):
    """`extra["errors"]` maps each field to the sentences about it."""

    status_code = 422
    code = "refused_fields"
    message = _("Something in what you sent has to be fixed.")
