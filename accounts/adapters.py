"""How allauth behaves here: our rules for names, our mails, our words."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.internal.httpkit import is_headless_request
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import Suspended
from accounts.models import User
from accounts.sealing import seal, unseal
from accounts.services.registration import register_person, release_unproved_claims
from accounts.services.usernames import is_free
from accounts.usernames import clean_username
from kit.errors import Unavailable
from kit.http import client_ip
from kit.mail import send_mail

logger = structlog.get_logger(__name__)

WRONG = _("The address or the password is not right.")
NOWHERE = "0.0.0.0"  # noqa: S104 - what is written down when a visitor has no address


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is suspended."),
        "cannot_remove_primary_email": _("This is your only address. Add another one first."),
        "duplicate_email": _("This is an address of yours already."),
        "email_password_mismatch": WRONG,
        "username_password_mismatch": WRONG,
        "enter_current_password": _("This is not your current password."),
        "incorrect_code": _("This code is not right. Look at the newest mail, or ask for another code."),
        "incorrect_password": _("This is not your password."),
        "invalid_or_expired_key": _("This link is not complete, has ended, or has been used."),
        "invalid_login": WRONG,
        "invalid_password_reset": _("This link is not complete, has ended, or has been used."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
        "same_as_current": _("This is the address that you have now."),
        "rate_limited": _("Too many tries. Wait a little, then try again."),
        "username_taken": _("This name is taken, or looks too much like one that is."),
    }

    # --- Names, addresses ---------------------------------------------------------------------------------------

    def clean_username(self, username: str, shallow: bool = False) -> str:
        name = clean_username(username)
        if not shallow and not is_free(name):
            raise self.validation_error("username_taken")
        return name

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        with transaction.atomic():
            if email_address.can_set_verified():
                release_unproved_claims(email_address)
            return super().confirm_email(request, email_address)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or NOWHERE

    # --- Where people go ------------------------------------------------------------------------------------------

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return _first_url("dashboard" if getattr(request.user, "is_creator", False) else "library", settings.LOGIN_REDIRECT_URL)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return _first_url("dashboard" if getattr(request.user, "is_creator", False) else "marketplace", settings.LOGIN_REDIRECT_URL)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """The password was right, so the person may read why she is kept out."""
        assert isinstance(user, User)
        if is_headless_request(request):
            raise Suspended(reason=user.suspension_reason)
        return render(request, "account/account_inactive.html", {"reason": user.suspension_reason}, status=403)

    # --- Mails ------------------------------------------------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send `emails/account/<mail>`; `template_prefix` is allauth's own name for it ("mfa/email/totp_activated").

        Raises `Unavailable` when the mail cannot be handed over: nobody is told to look for a mail that never left.
        """
        name = template_prefix.rpartition("/")[2]
        context = {key: value for key, value in context.items() if key != "request"}
        if name == "unknown_account" and (kept_out := _suspended_person(email)):
            name, context["reason"] = "account_suspended", kept_out.suspension_reason
        key = f"account:{name}:{uuid.uuid4()}"
        try:
            send_mail(f"account/{name}", to=email, context={**context, "email": email}, idempotency_key=key)
        except OSError as error:
            logger.exception("account_mail_failed", mail=name)
            raise Unavailable(_("We cannot send mail just now. Try again in a few minutes.")) from error

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """A notice about something that has been done already: that it cannot be sent must not undo it."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except Unavailable:
            return


class SocialAdapter(DefaultSocialAccountAdapter):
    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": _("Set a password first, or you could not sign in any more."),
        "disconnect_last": _("This is your only way to sign in. Set a password first."),
    }

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[SocialApp]:
        """Keys come from the environment alone: no table is asked."""
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """The form (always shown, SOCIALACCOUNT_AUTO_SIGNUP is off) says name and address; a proof of the provider's counts."""
        email = form.cleaned_data["email"].lower()
        proved = any(address.verified and address.email.lower() == email for address in sociallogin.email_addresses)
        with transaction.atomic():
            user = register_person(
                username=form.cleaned_data["username"],
                email=email,
                password=None,
                display_name=str(sociallogin.account.extra_data.get("name") or "")[:80],
                email_verified=proved,
            )
            sociallogin.user = user
            sociallogin.account.user = user
            sociallogin.account.save()
        return user


class MfaAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right, or it has been used."),
        "unverified_email": _("Confirm your new email address first, or cancel the change."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Key %(number)d") % {"number": number}

    def _get_site_name(self) -> str:
        return settings.SITE_NAME


def _suspended_person(email: str) -> User | None:
    return User.objects.filter(email=email.lower(), suspended_at__isnull=False, closed_at__isnull=True).first()


def _first_url(name: str, otherwise: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return otherwise
