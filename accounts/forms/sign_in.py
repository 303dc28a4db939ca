"""Forms of signing in and up: allauth's, with our fields and words."""

from __future__ import annotations

import zoneinfo
from typing import Any, cast

from allauth.account import forms as account_forms
from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from allauth.socialaccount import forms as social_forms
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.errors import EmailTaken
from accounts.models import User
from accounts.services.registration import register_person
from accounts.usernames import MOST

HONEYPOT = settings.ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD


class PlainWidgets:
    """Labels are labels: a placeholder that repeats them goes, and so does help that is markup."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field.widget, forms.PasswordInput):
                field.help_text = ""


class LoginForm(PlainWidgets, account_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Email or username")
        self.fields["login"].widget.attrs |= {"autocomplete": "username webauthn", "autocapitalize": "none", "spellcheck": "false"}
        self.fields["remember"].label = _("Keep me signed in on this device")


class SignupForm(PlainWidgets, account_forms.SignupForm):
    """A new account. `as_creator` registers somebody who sells at once."""

    as_creator = False
    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-time-zone": True}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username = cast(forms.CharField, self.fields["username"])
        # One more than fits, so that the form and not the browser says what the rule is.
        username.max_length = None
        username.validators = []
        username.widget.attrs.pop("minlength", None)
        username.widget.attrs |= {"maxlength": MOST + 10, "autocapitalize": "none", "spellcheck": "false"}
        username.help_text = _("Your address here: letters a to z, digits, hyphens and underscores.")
        self.fields["email"].help_text = _("We send you a link to confirm it.")
        self.fields[HONEYPOT].widget = forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
        self.fields[HONEYPOT].label = _("Leave this empty")

    def clean_time_zone(self) -> str:
        name = self.cleaned_data["time_zone"]
        return name if name in zoneinfo.available_timezones() else settings.TIME_ZONE

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Raises `UsernameTaken` when somebody was quicker. A known address is answered as a new one is, in as long a time."""
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])
        try:
            return super().try_save(request)
        except EmailTaken:
            return None, prevent_enumeration(request, email=self.cleaned_data["email"])

    def save(self, request: HttpRequest) -> User:
        return register_person(
            username=self.cleaned_data["username"],
            email=self.cleaned_data["email"],
            password=self.cleaned_data["password1"],
            creator=self.as_creator,
            time_zone=self.cleaned_data.get("time_zone") or settings.TIME_ZONE,
        )


class CreatorSignupForm(SignupForm):
    as_creator = True


class SocialSignupForm(PlainWidgets, social_forms.SignupForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username = cast(forms.CharField, self.fields["username"])
        username.max_length = None
        username.validators = []
        username.widget.attrs |= {"maxlength": MOST + 10, "autocapitalize": "none", "spellcheck": "false"}
        username.help_text = _("Your address here: letters a to z, digits, hyphens and underscores.")


class OnePassword(PlainWidgets):
    """A new password is typed once: the field can show it, so a second one proves nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["password1"].label = _("New password")
        if "oldpassword" in self.fields:
            self.fields["oldpassword"].label = _("Current password")


class ChangePasswordForm(OnePassword, account_forms.ChangePasswordForm):
    pass


class SetPasswordForm(OnePassword, account_forms.SetPasswordForm):
    pass


class ResetPasswordKeyForm(OnePassword, account_forms.ResetPasswordKeyForm):
    pass


class ResetPasswordForm(PlainWidgets, account_forms.ResetPasswordForm):
    pass


class AddEmailForm(PlainWidgets, account_forms.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New address")


class ReauthenticateForm(PlainWidgets, account_forms.ReauthenticateForm):
    pass


class RequestLoginCodeForm(PlainWidgets, account_forms.RequestLoginCodeForm):
    pass


CODE_ATTRIBUTES = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}


class ConfirmLoginCodeForm(PlainWidgets, account_forms.ConfirmLoginCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= CODE_ATTRIBUTES


class MfaAuthenticateForm(PlainWidgets, mfa_forms.AuthenticateForm):
    pass


class MfaReauthenticateForm(PlainWidgets, mfa_forms.ReauthenticateForm):
    pass


class ActivateTotpForm(PlainWidgets, totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from the app")
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}


class AddWebAuthnForm(PlainWidgets, webauthn_forms.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the key")
        self.fields["name"].widget.attrs["maxlength"] = 100
        self.fields["passwordless"].label = _("Sign in with this key alone (a passkey)")
        self.fields["passwordless"].help_text = _("Your device then asks for a fingerprint, a face or a PIN, and you need no password.")
        self.fields["passwordless"].initial = True
