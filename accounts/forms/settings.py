"""Forms of the settings pages."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Profile, Scope, User
from accounts.networks import NETWORKS, clean_link
from accounts.services.usernames import is_free
from accounts.usernames import MOST, clean_username

PROFILE_FIELDS = ("display_name", "bio", "location", "website", "time_zone")
PICTURE_BYTES = 10 * 1024 * 1024


def time_zones() -> list[tuple[str, str]]:
    """Zones that are named after places, as people look for them; UTC first."""
    places = ("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    names = sorted(name for name in zoneinfo.available_timezones() if name.startswith(places))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class ProfileForm(forms.ModelForm):
    """What a person shows, and the zone in which she reads dates."""

    picture = forms.FileField(
        label=_("Picture"), required=False, help_text=_("JPEG, PNG or WebP, up to 10 MB. We make it 512 pixels wide.")
    )
    remove_picture = forms.BooleanField(label=_("Remove the picture"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones, help_text=_("Dates and times are shown in this zone."))
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https", max_length=200)

    class Meta:
        model = Profile
        fields = PROFILE_FIELDS
        labels = {"display_name": _("Name"), "bio": _("About you"), "location": _("Place")}
        help_texts = {"display_name": _("As it stands beside your work. Your username is shown where this is empty.")}
        widgets = {"bio": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, network in NETWORKS.items():
            self.fields[f"link_{key}"] = forms.CharField(
                label=network.label, required=False, max_length=200, initial=self.instance.social_links.get(key, "")
            )
        self.fields["display_name"].widget.attrs["autocomplete"] = "name"
        current = self.instance.time_zone
        zones = time_zones()
        if current not in dict(zones):
            cast(forms.ChoiceField, self.fields["time_zone"]).choices = [(current, current), *zones]

    @property
    def links(self) -> list[forms.BoundField]:
        return [self[f"link_{key}"] for key in NETWORKS]

    def clean_display_name(self) -> str:
        return " ".join(self.cleaned_data["display_name"].split())

    def clean_website(self) -> str:
        website = self.cleaned_data["website"]
        if website and not website.startswith(("https://", "http://")):
            raise ValidationError(_("An address on the web begins with https://."))
        return website

    def clean_picture(self) -> Any:
        picture = self.cleaned_data["picture"]
        if picture and picture.size > PICTURE_BYTES:
            raise ValidationError(_("A picture can have 10 MB at most."))
        return picture

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        links: dict[str, str] = {}
        for key in NETWORKS:
            try:
                link = clean_link(key, cleaned.get(f"link_{key}", ""))
            except ValidationError as error:
                self.add_error(f"link_{key}", error)
                continue
            if link:
                links[key] = link
        cleaned["social_links"] = links
        return cleaned

    @property
    def changes(self) -> dict[str, Any]:
        """What `change_profile` is to write."""
        return {name: self.cleaned_data[name] for name in (*PROFILE_FIELDS, "social_links")}


class UsernameForm(forms.Form):
    username = forms.CharField(label=_("Username"), max_length=MOST + 10)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].initial = user.username
        self.user = user
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "username"}

    def clean_username(self) -> str:
        name = clean_username(self.cleaned_data["username"])
        if name == self.user.username:
            raise ValidationError(_("This is the name that you have now."))
        if not is_free(name, for_user=self.user):
            raise ValidationError(_("This name is taken, or looks too much like one that is."))
        return name


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("What is it for?"), max_length=60, help_text=_("A name by which you know it again, such as the program's.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the token may do.")},
    )
    days = forms.TypedChoiceField(
        label=_("It ends after"),
        coerce=int,
        initial=90,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("a year")), (0, _("never"))],
    )

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None


class CloseAccountForm(forms.Form):
    understood = forms.BooleanField(
        label=_("I understand that this cannot be undone."),
        error_messages={"required": _("Tick the box if you want to close your account.")},
    )
