"""A small inhabited world, made through the real services: for tests that walk over all addresses."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import ApiToken, User
from accounts.services.tokens import create_token
from kit.events.testing import deliver_all
from marketplace.approvals.rules import RULES
from marketplace.approvals.services.decisions import approve_product, reject_product
from marketplace.models import Asset, Product
from marketplace.orders.models import Order
from marketplace.orders.services.refunds import refund_order
from marketplace.reviews.models import Review
from marketplace.reviews.services.rating import rate_product
from marketplace.services.assets import add_asset
from marketplace.services.products import archive_product, submit_product
from tests.factories import make_user
from tests.factories.school import School, make_school
from tests.marketplace.listing.works import make_draft, upload
from tests.marketplace.orders.shop import buy, order, start_paying

FIRST_ID = 9001
"""ada's; the others follow in the order of `World`."""


@dataclass(frozen=True, kw_only=True)
class World:
    """ada sells, eve sells too; ben bought `live` and `archived`, rated `live`, and has an order that waits to be paid; dan got his
    money for `live` back; cleo has nothing; mo is staff."""

    ada: User
    eve: User
    ben: User
    dan: User
    cleo: User
    mo: User
    live: Product
    free: Product
    pwyw: Product
    draft: Product
    submitted: Product
    rejected: Product
    archived: Product
    eves: Product
    asset: Asset
    draft_asset: Asset
    submitted_asset: Asset
    paid: Order
    waiting: Order
    refunded: Order
    checkout: str
    review: Review
    token: ApiToken
    school: School

    @property
    def people(self) -> dict[str, User]:
        return {name: getattr(self, name) for name in ("ada", "eve", "ben", "dan", "cleo", "mo")}

    @property
    def products(self) -> list[Product]:
        return [value for field in fields(self) if isinstance(value := getattr(self, field.name), Product)]


def make_live(by: User, mo: User, title: str, **changes: object) -> Product:
    """On sale, with a PDF, after a review by staff."""
    product = make_draft(by, title, files=0, **changes)
    add_asset(product, SimpleUploadedFile("book.pdf", make_pdf(title)), by=by)
    submit_product(product, by=by)
    approve_product(product, by=mo)
    deliver_all()
    product.refresh_from_db()
    return product


def make_pdf(title: str, pages: int = 2) -> bytes:
    """A real one, with `title` in it."""
    import io

    from pypdf import PdfWriter

    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(200, 280)
    writer.add_metadata({"/Title": title})
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def only_asset(product: Product) -> Asset:
    return Asset.objects.get(version__product=product)


def make_world() -> World:
    people = {
        name: make_user(name, creator=name in ("ada", "eve"), staff=name == "mo", id=FIRST_ID + n)
        for n, name in enumerate(("ada", "eve", "ben", "dan", "cleo", "mo"))
    }
    ada, ben, dan, mo = people["ada"], people["ben"], people["dan"], people["mo"]
    live = make_live(ada, mo, "Grids that hold")
    archived = make_live(ada, mo, "Old grids")
    other = make_live(ada, mo, "Later grids")
    draft = make_draft(ada, "Unfinished grids")
    submitted, rejected = (make_draft(ada, title) for title in ("Submitted grids", "Poor grids"))
    submit_product(submitted, by=ada)
    submit_product(rejected, by=ada)
    reject_product(rejected, by=mo, rule=RULES[0].slug, note="The file on page one does not open.")
    paid = buy(ben, live)
    buy(ben, archived)
    archive_product(archived, by=ada)
    refunded = buy(dan, live)
    refund_order(refunded, by=mo, reason="Not what it said.")
    waiting = order(ben, other)
    checkout = start_paying(waiting).gateway_id
    review = rate_product(live, by=ben, stars=4, title="Good", text="It holds.")
    token, _secret = create_token(ben, name="shelf", scopes=["read"], expires_at=None)
    deliver_all()
    world = World(
        **people,
        live=live,
        archived=archived,
        draft=draft,
        submitted=submitted,
        rejected=rejected,
        free=make_live(ada, mo, "Given grids", pricing="free", price_minor=0),
        pwyw=make_live(ada, mo, "Fair grids", pricing="pwyw", price_minor=300, suggested_minor=900),
        eves=make_draft(people["eve"], "Eve's own", kind="prompt"),
        asset=only_asset(live),
        draft_asset=only_asset(draft),
        submitted_asset=only_asset(submitted),
        paid=paid,
        waiting=waiting,
        refunded=refunded,
        checkout=checkout,
        review=review,
        token=token,
        school=make_school(ada=ada, ben=ben, dan=dan, mo=mo),
    )
    for product in world.products:
        product.refresh_from_db()
    return world


__all__ = ["World", "make_live", "make_pdf", "make_world", "upload"]
