"""Staff decide about listings, by the rules that everybody can read."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.errors import StaffOnly
from accounts.models import User
from kit.events.models import OutboxEvent
from kit.events.testing import deliver_all
from marketplace.approvals.errors import AlreadyDecided, NoteNeeded, OwnWork, RuleNeeded
from marketplace.approvals.models import Decision
from marketplace.approvals.rules import RULES
from marketplace.approvals.selectors import changed_products, decisions_about
from marketplace.approvals.services import decisions as services
from marketplace.delivery.closures import closed_because
from marketplace.models import Product, State
from marketplace.services import products
from marketplace.services.gallery import add_picture, describe_picture, remove_picture
from marketplace.services.products import submit_product
from tests.factories import make_product, make_user
from tests.kit.files import hostile
from tests.marketplace.listing.works import make_draft, only_asset, upload


@pytest.fixture
def submitted(ada: User) -> Product:
    return submit_product(make_draft(ada), by=ada)


@pytest.fixture
def desk(mo: User) -> Client:
    client = Client()
    client.force_login(mo)
    return client


def state_of(product: Product) -> str:
    return Product.objects.values_list("state", flat=True).get(pk=product.pk)


def test_approval_puts_it_on_sale_and_the_creator_hears_of_it(submitted: Product, mo: User) -> None:  # R56, R89
    decision = services.approve_product(submitted, by=mo, note="A pleasure.")
    submitted.refresh_from_db()
    assert (submitted.state, decision.verdict, decision.by) == (State.LIVE, "approved", mo)
    assert submitted.published_at is not None
    assert submitted.versions.published().count() == 1
    deliver_all()
    assert [message.subject for message in mail.outbox] == ["“Grids that hold” is on sale"]
    assert "A pleasure." in mail.outbox[0].body
    assert mail.outbox[0].to == ["ada@example.com"]


def test_an_approved_one_waits_if_its_creator_wished_so(ada: User, mo: User) -> None:
    product = submit_product(make_draft(ada, publish_on_approval=False), by=ada)
    services.approve_product(product, by=mo)
    assert state_of(product) == State.APPROVED
    deliver_all()
    assert "is approved" in mail.outbox[0].subject


def test_a_rejection_names_the_rule_in_the_mail_and_on_the_page(submitted: Product, ada: User, mo: User) -> None:
    services.reject_product(submitted, by=mo, rule="rights", note="Chapter two is from “Tom & Jerry”.")
    deliver_all()
    body = mail.outbox[0].body
    assert "It is yours to sell" in body
    assert "Chapter two is from “Tom & Jerry”." in body
    assert reverse("product_edit", args=[submitted.slug]) in body
    client = Client()
    client.force_login(ada)
    url = reverse("product_decisions", args=[submitted.slug])
    fragment = client.get(url, headers={"HX-Request": "true"}).content.decode()
    page = client.get(url).content.decode()
    for shown in (fragment, page):
        assert "It is yours to sell" in shown
        assert "Tom &amp; Jerry" in shown
        assert not re.search(r"\bMo\b", shown)
    assert "<html" not in fragment


@pytest.mark.parametrize(
    ("given", "error"), [({"rule": ""}, RuleNeeded), ({"rule": "taste"}, RuleNeeded), ({"rule": "rights", "note": "  "}, NoteNeeded)]
)
def test_a_refusal_needs_its_rule_and_where_asked_a_note(submitted: Product, mo: User, given: dict[str, str], error: type) -> None:
    with pytest.raises(error):
        services.reject_product(submitted, by=mo, **given)
    assert state_of(submitted) == State.SUBMITTED
    assert not Decision.objects.exists()


def test_taking_down_and_putting_back_keep_where_it_was(ada: User, mo: User) -> None:
    for state in ("live", "archived", "approved"):
        product = make_product(ada, state=state, archived_at=None)
        if state == "archived":
            product.archived_at = product.published_at
            product.save()
        services.remove_product(product, by=mo, rule="finished")
        assert state_of(product) == State.REMOVED
        services.restore_product(product, by=mo)
        assert state_of(product) == state
    deliver_all()
    assert sorted(message.subject.rpartition("”")[2].strip() for message in mail.outbox) == ["is back"] * 3 + ["was taken down"] * 3


def test_only_the_rule_of_law_closes_files_for_buyers(ada: User, mo: User) -> None:
    product = make_product(ada)
    services.remove_product(product, by=mo, rule="rights", note="x")
    product.refresh_from_db()
    assert closed_because(product) == ""
    services.restore_product(product, by=mo)
    services.remove_product(product, by=mo, rule="unlawful", note="x")
    product.refresh_from_db()
    assert "law" in closed_because(product)


@pytest.mark.parametrize("steps", [("submit",), ("submit", "withdraw"), ("submit", "withdraw", "archive"), ("submit", "reject")])
def test_no_step_of_its_creator_opens_what_the_law_closed(ada: User, mo: User, steps: tuple[str, ...]) -> None:
    product = services.remove_product(_sold(ada), by=mo, rule="unlawful", note="x").product
    for step in steps:
        {
            "submit": lambda: products.submit_product(product, by=ada),
            "withdraw": lambda: products.withdraw_product(product, by=ada),
            "archive": lambda: products.archive_product(product, by=ada),
            "reject": lambda: services.reject_product(product, by=mo, rule="finished"),
        }[step]()
    product.refresh_from_db()
    assert "law" in closed_because(product)


def test_staff_open_it_again_by_approving_it(ada: User, mo: User) -> None:
    product = services.remove_product(_sold(ada, publish_on_approval=False), by=mo, rule="unlawful", note="x").product
    services.approve_product(products.submit_product(product, by=ada), by=mo)
    product.refresh_from_db()
    assert (product.state, closed_because(product)) == (State.APPROVED, "")


def test_what_was_taken_down_is_not_deleted_by_way_of_a_draft(ada: User, mo: User) -> None:
    product = services.remove_product(_sold(ada), by=mo, rule="rights", note="x").product
    products.withdraw_product(products.submit_product(product, by=ada), by=ada)
    assert products.delete_product(product, by=ada) == "archived"
    assert Decision.objects.filter(product=product, verdict="removed").exists()
    assert product.versions.filter(assets__isnull=False).exists()


def _sold(creator: User, **listing: Any) -> Product:
    """A complete work that went on sale."""
    product = submit_product(make_draft(creator, **listing), by=creator)
    services.approve_product(product, by=make_user("olga", staff=True))
    if listing.get("publish_on_approval") is False:
        products.publish_product(product, by=creator)
    return product


def test_who_comes_second_is_told_who_was_first(submitted: Product, mo: User) -> None:
    other = make_user("nora", staff=True)
    services.approve_product(submitted, by=mo)
    with pytest.raises(AlreadyDecided, match="Mo was first: Approved"):
        services.reject_product(submitted, by=other, rule="finished")
    assert state_of(submitted) == State.LIVE
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("state", ["draft", "rejected", "live", "approved", "archived", "removed"])
def test_only_what_waits_is_approved(ada: User, mo: User, state: str) -> None:
    product = make_product(ada, state=state)
    with pytest.raises(AlreadyDecided):
        services.approve_product(product, by=mo)
    assert state_of(product) == state
    assert not OutboxEvent.objects.exists()


def test_nobody_decides_about_her_own_work(mo: User) -> None:
    from django.utils import timezone

    mo.creator_since = timezone.now()
    mo.save()
    product = submit_product(make_draft(mo), by=mo)
    with pytest.raises(OwnWork):
        services.approve_product(product, by=mo)
    assert state_of(product) == State.SUBMITTED
    mo.is_superuser = True
    mo.save()
    services.approve_product(product, by=mo)
    assert state_of(product) == State.LIVE


def test_only_staff_decide(submitted: Product, ben: User, ada: User) -> None:
    for person in (ben, ada):
        for decide in (services.approve_product, services.restore_product):
            with pytest.raises(StaffOnly):
                decide(submitted, by=person)
        client = Client()
        client.force_login(person)
        asset = only_asset(submitted)
        for name, args in [("moderation", []), ("moderation_product", [submitted.slug]), ("moderation_file", [submitted.slug, asset.pk])]:
            assert client.get(reverse(name, args=args)).status_code == 403
        for verb in ("approve", "reject", "remove", "restore"):
            assert client.post(reverse(f"moderation_{verb}", args=[submitted.slug]), {"refusal-rule": "finished"}).status_code == 403
    assert Client().get(reverse("moderation")).status_code == 302
    assert state_of(submitted) == State.SUBMITTED
    assert not Decision.objects.exists()


def test_a_suspended_creator_gets_no_mail_and_a_deleted_listing_no_error(submitted: Product, mo: User) -> None:
    services.reject_product(submitted, by=mo, rule="finished")
    Product.objects.filter(pk=submitted.pk).delete()
    deliver_all()
    assert mail.outbox == []


# --- The desk -----------------------------------------------------------------------------------------------------------


def test_what_was_changed_after_the_approval_waits_for_a_look(ada: User, mo: User) -> None:
    product = submit_product(make_draft(ada), by=ada)
    services.approve_product(product, by=mo)
    assert not changed_products().exists()
    product.refresh_from_db()
    products.change_product(product, by=ada, listing=replace(products.Listing.of(product), summary="Now about something else."))
    assert list(changed_products()) == [product]


def test_what_was_looked_at_waits_no_longer_until_it_changes_again(desk: Client, ada: User, mo: User) -> None:
    product = submit_product(make_draft(ada), by=ada)
    services.approve_product(product, by=mo)

    def change(summary: str) -> None:
        product.refresh_from_db()
        products.change_product(product, by=ada, listing=replace(products.Listing.of(product), summary=summary))

    change("Now about something else.")
    address = reverse("moderation_product", args=[product.slug])
    seen = re.search(r'name="as_of" value="([^"]+)"', desk.get(address).content.decode())
    assert seen is not None
    change("And again.")
    look = reverse("moderation_look", args=[product.slug])
    assert desk.post(look, {"as_of": seen[1]}).status_code == 409, "that is not what stands there now"
    assert list(changed_products()) == [product]
    seen = re.search(r'name="as_of" value="([^"]+)"', desk.get(address).content.decode())
    assert seen is not None
    assert desk.post(look, {"as_of": seen[1]}).headers["Location"] == f"{reverse('moderation')}?tab=changed"
    assert not changed_products().exists()
    assert "in order" not in desk.get(address).content.decode()
    assert [decision.verdict for decision in decisions_about(product)] == ["approved"], "its creator is not told"
    change("Once more.")
    assert list(changed_products()) == [product]


def test_a_change_between_the_approval_and_going_live_is_seen_too(ada: User, mo: User) -> None:
    untouched = submit_product(make_draft(ada, publish_on_approval=False), by=ada)
    changed = submit_product(make_draft(ada, publish_on_approval=False, title="Another one"), by=ada)
    for product in (untouched, changed):
        services.approve_product(product, by=mo)
    changed.refresh_from_db()
    products.change_product(changed, by=ada, listing=replace(products.Listing.of(changed), summary="Now about something else."))
    for product in (untouched, changed):
        products.publish_product(product, by=ada)
    assert list(changed_products()) == [changed]


@pytest.mark.parametrize("step", ["add", "describe", "remove"])
def test_a_picture_of_a_live_work_is_a_change_too(ada: User, mo: User, step: str) -> None:
    product = make_draft(ada)
    old = add_picture(product, upload("old.png", hostile.picture(size=(300, 300))), by=ada)
    services.approve_product(submit_product(product, by=ada), by=mo)
    assert not changed_products().exists()
    {
        "add": lambda: add_picture(product, upload("new.png", hostile.picture(size=(320, 300))), by=ada),
        "describe": lambda: describe_picture(old, by=ada, alt="Something else"),
        "remove": lambda: remove_picture(old, by=ada),
    }[step]()
    assert list(changed_products()) == [product]


def test_the_queue_shows_the_oldest_first(desk: Client, ada: User) -> None:
    from datetime import timedelta

    from django.utils import timezone

    now = timezone.now()
    make_product(ada, state="submitted", title="Came later", submitted_at=now - timedelta(hours=1))
    make_product(ada, state="submitted", title="Came first", submitted_at=now - timedelta(days=3))
    page = desk.get(reverse("moderation")).content.decode()
    assert page.index("Came first") < page.index("Came later")
    assert "3\xa0days" in page
    for tab in ("changed", "removed", "decided", "nonsense"):
        assert desk.get(reverse("moderation") + f"?tab={tab}").status_code == 200


def test_the_review_page_shows_all_of_it_and_decides(desk: Client, submitted: Product) -> None:
    url = reverse("moderation_product", args=[submitted.slug])
    page = desk.get(url).content.decode()
    for words in ("About grids.", "for people who set type", "part-1.md", "Approve, and put it on sale", "It is yours to sell"):
        assert words in page
    answer = desk.post(reverse("moderation_reject", args=[submitted.slug]), {"refusal-rule": "rights", "refusal-note": ""})
    assert answer.status_code == 422
    assert "needs a word on what exactly is meant" in answer.content.decode()
    assert state_of(submitted) == State.SUBMITTED
    answer = desk.post(reverse("moderation_reject", args=[submitted.slug]), {"refusal-rule": "rights", "refusal-note": "Page 3"})
    assert answer["Location"] == reverse("moderation")
    assert state_of(submitted) == State.REJECTED
    second = desk.post(reverse("moderation_approve", args=[submitted.slug]), {"approval-note": ""})
    assert second.status_code == 409


def test_a_draft_is_its_creators_own_matter(desk: Client, ada: User) -> None:
    product = make_draft(ada)
    assert desk.get(reverse("moderation_product", args=[product.slug])).status_code == 404
    assert desk.get(reverse("moderation_file", args=[product.slug, only_asset(product).pk])).status_code == 404


def test_staff_fetch_a_file_by_a_link_that_ends(desk: Client, submitted: Product, ada: User) -> None:
    link = desk.get(reverse("moderation_file", args=[submitted.slug, only_asset(submitted).pk]))["Location"]
    answer = Client().get(link)
    assert b"".join(answer) == b"# Book\n"
    assert answer["Content-Disposition"].startswith("attachment")
    other = make_product(ada)
    assert desk.get(reverse("moderation_file", args=[other.slug, only_asset(submitted).pk])).status_code == 404


def test_the_published_rules_are_the_ones_that_decisions_name(client: Client, db: None) -> None:
    page = client.get(reverse("about_rules")).content.decode()
    for rule in RULES:
        assert f'id="{rule.slug}"' in page
    assert len({rule.slug for rule in RULES}) == len(RULES)


def _count_queries(client: Client, url: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize(("tab", "state"), [("waiting", "submitted"), ("changed", "live"), ("removed", "removed")])
def test_the_queue_asks_as_many_questions_for_one_as_for_thirty(desk: Client, ada: User, tab: str, state: str) -> None:
    url = reverse("moderation") + f"?tab={tab}"
    make_product(ada, state=state)
    one = _count_queries(desk, url)
    for number in range(29):
        make_product(make_user(f"maker{number}", creator=True), state=state)
    assert _count_queries(desk, url) == one
    assert one <= 8


def test_the_admin_approves_and_shows_decisions(submitted: Product, ada: User) -> None:
    root = make_user("root", staff=True, is_superuser=True)
    client = Client()
    client.force_login(root)
    live = make_product(ada)
    chosen: dict[str, Any] = {"action": "approve", "_selected_action": [submitted.pk, live.pk]}
    answer = client.post(reverse("admin:marketplace_product_changelist"), chosen, follow=True)
    page = answer.content.decode()
    assert "Grids that hold: done." in page
    assert f"{live.title}: " in page
    assert state_of(submitted) == State.LIVE
    answer = client.post(reverse("admin:marketplace_product_changelist"), {"action": "decide_at_desk", "_selected_action": [live.pk]})
    assert answer["Location"] == reverse("moderation_product", args=[live.slug])
    assert client.get(reverse("admin:approvals_decision_changelist") + "?q=root").status_code == 200
    decision = Decision.objects.get()
    assert client.post(reverse("admin:approvals_decision_delete", args=[decision.pk]), {"post": "yes"}).status_code == 403
    assert Decision.objects.count() == 1
