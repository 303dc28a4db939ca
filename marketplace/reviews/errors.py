from django.utils.translation import gettext_lazy as _

from kit.errors import DomainError, Forbidden, NotFound


class MayNotReview(Forbidden):
    code = "may_not_review"
    message = _("Reviews are by people who have the work. Once it is in your library you can write one.")


class BadRating(DomainError):
    code = "bad_rating"
    message = _("Choose one to five stars.")


class NoSuchReview(NotFound):
    code = "no_such_review"
    message = _("This review is not there any more.")


class OwnReview(Forbidden):
    code = "own_review"
    message = _("Others decide whether your review is helpful.")
