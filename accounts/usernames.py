"""Which names people may take (R8).

A username is part of an address (`/@ada/`) and of what buyers trust, so two names must not look the same. Letters are
plain ASCII, which leaves no room for the look-alikes of other scripts; what still looks alike in ASCII (0 and o; 1, l
and i; rn and m; vv and w; hyphens and underscores) is folded to one shape, and no two people may have names of one
shape. The database computes the same shape in a generated column (`User.lookalike`) and holds it unique.
"""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Lower, Replace
from django.utils.translation import gettext_lazy as _

LEAST, MOST = 2, 30
CLOSED_PREFIX = "closed-"

_SHAPE = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?", re.ASCII)
_FOLD = str.maketrans({"0": "o", "1": "l", "i": "l", "-": None, "_": None})

# First segments of our own addresses, now and foreseeable, and words that sound like the house speaking. A test
# compares the list with the URL resolver.
_WORDS = """
about account accounts admin administrator ads announcements anonymous api app apps assets atelier atom auth author
authors avatar badge badges billing blog bot bundles buy buyer career careers cart categories category certificate
certificates checkout closed collections community contact cookie cookies copyright course course-format courses covers creator
creators credits customer dashboard data deleted demo dev developer developers discover dmca docs domain download
downloads earnings edit editor editorial email everyone example explore faq favicon feed feedback feeds fees files
finance follow following forum fraud generate gift gifts guest guidelines healthz hello help home host hostmaster image
images img imprint inbox index info invoice invoices jobs join js json learn legal library licence license login logout
lounge mail mailer manager manifest market marketplace me media member members messages metrics mod moderation
moderator moderators money mypurchases news newsletter no-reply nobody none noreply notifications null oauth official
ops order orders owner pages partner partners password pay payment payments payout payouts people policy postmaster
press preview pricing privacy product products profile profiles public purchases readyz receipt receipts refund refunds
register registration report reports review reviews robots root rss rules sales sandbox search secure security sell
seller sellers service services session sessions settings setup shop signin signout signup site sitemap sitemaps smtp
ssl staff static stats status store studio style styleguide subscribe support suspended sys sysadmin system tag tags
tax team terms test tests token tokens tools trending trust undefined unknown unsubscribe update upload uploads user
username users verified verify video videos void webhook webhooks webmaster welcome well-known wiki work works www you
"""
RESERVED = frozenset(_WORDS.split())


def lookalike(username: str) -> str:
    """The shape that a name shares with all names that could be taken for it."""
    return username.lower().translate(_FOLD).replace("rn", "m").replace("vv", "w")


def lookalike_of(field: str) -> models.Expression:
    """`lookalike` as an SQL expression of a column, for the generated column."""
    folded = Func(Lower(F(field)), Value("01i-_"), Value("oll"), function="translate", output_field=models.CharField())
    return Replace(Replace(folded, Value("rn"), Value("m")), Value("vv"), Value("w"))


_RESERVED_SHAPES = frozenset(lookalike(word) for word in RESERVED)


def clean_username(typed: str) -> str:
    """The name in the form in which it is stored (lower case). Raises ValidationError with the rule that it breaks.

    Whether somebody has the name already is for the service to say, under a lock.
    """
    name = typed.strip().removeprefix("@").lower()
    if not LEAST <= len(name) <= MOST:
        raise ValidationError(_("A username has %(least)d to %(most)d characters."), code="length", params={"least": LEAST, "most": MOST})
    if not _SHAPE.fullmatch(name):
        raise ValidationError(
            _("Use the letters a to z, digits, hyphens and underscores, and begin and end with a letter or digit."), code="characters"
        )
    if not any(character.isalpha() for character in name):
        raise ValidationError(_("A username needs at least one letter."), code="letters")
    if name.startswith(CLOSED_PREFIX) or lookalike(name) in _RESERVED_SHAPES:
        raise ValidationError(_("This name is kept for the site itself. Choose another."), code="reserved")
    return name
