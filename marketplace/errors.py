"""Refusals about listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Conflict, DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import TextChoices


class WrongState(Conflict):
    """The listing is not where this is possible. Somebody may have moved it meanwhile."""

    code = "wrong_state"

    def __init__(self, *, verb: str | Promise, state: TextChoices) -> None:
        super().__init__(
            _("This cannot be %(verb)s now. Where it stands: %(state)s.") % {"verb": verb, "state": state.label}, state=str(state.value)
        )


class NotEditable(Conflict):
    code = "not_editable"
    message = gettext_lazy("This is with our reviewers. Take it back first, then change it.")


class InArchive(NotEditable):
    message = gettext_lazy("This is in the archive. Put it back first, then change it.")


class TitleTaken(Conflict):
    """`slug` of the one that has the title."""

    code = "title_taken"

    def __init__(self, *, kind: str, title: str, slug: str = "") -> None:
        super().__init__(
            _("You already sell one called “%(title)s” (%(kind)s). Choose another title, or edit that one.")
            % {"kind": kind, "title": title},
            field="title",
            slug=slug,
        )


class Incomplete(DomainError):
    """Something has to be there before it can be submitted or stay on sale. `missing` lists field and sentence."""

    status_code = 422
    code = "incomplete"
    message = gettext_lazy("Something is missing before this can be submitted.")

    def __init__(self, missing: Sequence[Any]) -> None:
        sentences = " ".join(str(entry.sentence) for entry in missing)
        super().__init__(
            _("Not yet: %(sentences)s") % {"sentences": sentences},
            missing=[{"field": entry.field, "sentence": str(entry.sentence)} for entry in missing],
        )


class BadListing(DomainError):
    """A value of the listing that cannot be kept; `field` names it."""

    status_code = 422
    code = "bad_listing"


class TooManyFiles(Conflict):
    code = "too_many_files"


class NoRoom(Conflict):
    code = "no_room"


class FileNameTaken(Conflict):
    code = "file_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("There is a file called “%(name)s” in this version. Replace it, or rename yours.") % {"name": name}, field="file"
        )


class VersionClosed(Conflict):
    code = "version_closed"
    message = gettext_lazy("This version is published and stays as it is, so that its buyers can fetch what they bought. Start a new one.")


class DraftExists(Conflict):
    code = "draft_exists"
    message = gettext_lazy("A new version is being prepared already. Publish or drop that one first.")


class LabelTaken(Conflict):
    code = "label_taken"

    def __init__(self, label: str) -> None:
        super().__init__(_("There is a version %(label)s already. Choose another number.") % {"label": label}, field="label")


class EmptyVersion(DomainError):
    status_code = 422
    code = "empty_version"
    message = gettext_lazy("This version has no files yet. Add one first.")


class NotMadeOfFiles(Conflict):
    """Versions and files are asked for where something else is sold."""

    code = "not_made_of_files"
    message = gettext_lazy("A course has no files and versions of its own: change its lessons, and publish them in the course builder.")


class NotCopyable(Conflict):
    code = "not_copyable"
    message = gettext_lazy("A course is not copied with its listing. Export it, then import it as a new course.")


class KeptOnRecord(Conflict):
    code = "kept_on_record"
    message = gettext_lazy("This was taken down, so the record of it stays. Write to us if you want it gone.")
