"""Listing by the API (R41, R57, R58, R116, R118)."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from PIL import Image

from accounts.models import User
from marketplace.models import Asset, Product
from tests.api.caller import Caller, refusal
from tests.factories.world import make_live, make_pdf
from tests.marketplace.listing.works import make_draft

pytestmark = pytest.mark.django_db


def picture(side: int = 600) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "PNG")
    return SimpleUploadedFile("cover.png", buffer.getvalue(), "image/png")


def test_what_is_left_out_of_a_change_stays(api: Caller, ada: User) -> None:
    work = make_draft(ada)
    changed = api.of(ada).patch(f"/creator/products/{work.slug}", {"summary": "Better."}).json()
    assert (changed["summary"], changed["title"], changed["price_minor"]) == ("Better.", work.title, 1900)


def test_a_rule_that_is_broken_names_its_field(api: Caller, ada: User) -> None:
    work = make_draft(ada)
    caller = api.of(ada)
    wrong = caller.patch(f"/creator/products/{work.slug}", {"category": "nowhere"})
    assert (refusal(wrong), wrong.json()["field"]) == ((422, "bad_listing"), "category")
    taken = caller.post("/creator/products", {"kind": "ebook", "title": work.title})
    assert (refusal(taken), taken.json()["field"]) == ((409, "title_taken"), "title")
    assert Product.objects.count() == 1


def test_a_cover_can_be_sent_and_taken_back(api: Caller, ada: User) -> None:
    work = make_draft(ada)
    caller = api.of(ada)
    drawn = caller.get(f"/creator/products/{work.slug}").json()["cover_url"]
    sent = caller.upload(f"/creator/products/{work.slug}/cover", file=picture()).json()["cover_url"]
    assert "/media/covers/" in sent
    assert caller.upload(f"/creator/products/{work.slug}/cover", file=picture(40)).status_code in (400, 422)
    assert caller.get(f"/creator/products/{work.slug}").json()["cover_url"] == sent
    assert caller.delete(f"/creator/products/{work.slug}/cover").json()["cover_url"] == drawn


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("book.pdf", b"<!DOCTYPE html><script>alert(1)</script>"),
            ("empty.pdf", b""),
            ("book.exe", b"MZ" + b"\x00" * 200),
        ],
    )
    def test_what_is_not_what_it_says_is_refused(self, api: Caller, ada: User, name: str, content: bytes) -> None:
        work = make_draft(ada, files=0)
        answer = api.of(ada).upload(f"/creator/products/{work.slug}/files", file=SimpleUploadedFile(name, content))
        assert refusal(answer) == (422, "refused_file")
        assert not Asset.objects.exists()

    def test_one_that_is_too_large_is_thrown_away_while_it_arrives(self, api: Caller, ada: User) -> None:
        work = make_draft(ada, files=0)
        with override_settings(MAX_ASSET_BYTES=1000):
            answer = api.of(ada).upload(f"/creator/products/{work.slug}/files", file=SimpleUploadedFile("book.md", b"# x\n" * 500))
        assert refusal(answer) == (413, "too_large")
        assert not Asset.objects.exists()

    def test_one_that_was_cut_off_is_refused(self, api: Caller, ada: User) -> None:
        work = make_draft(ada, files=0)
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="book.md"\r\n\r\n# Book, first half'
        answer = api.of(ada).post(
            f"/creator/products/{work.slug}/files",
            CONTENT_TYPE="multipart/form-data; boundary=b",
            **{"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body) + 500)},
        )
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
        assert not Asset.objects.exists()

    def test_a_path_in_the_name_is_only_a_name(self, api: Caller, ada: User) -> None:
        work = make_draft(ada, kind="template", files=0, title="Sheets")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("sheet.md", "# Sheet")
        upload = SimpleUploadedFile("x.zip", archive.getvalue())
        upload._name = "../../etc/sheets.zip"  # the attribute: its setter would clean what a hostile client would send
        stored = api.of(ada).upload(f"/creator/products/{work.slug}/files", file=upload).json()
        assert stored["name"] == "sheets.zip"


def test_a_new_version_is_prepared_and_published(api: Caller, ada: User, mo: User) -> None:
    work = make_live(ada, mo, "Grids that hold")
    caller = api.of(ada)
    path = f"/creator/products/{work.slug}"
    started = caller.post(f"{path}/versions", {"label": "1.1.0", "changelog": "A chapter more."}).json()
    assert (started["state"], [file["name"] for file in started["files"]]) == ("draft", ["book.pdf"])
    assert refusal(caller.post(f"{path}/versions", {"label": "1.2.0"}))[0] == 409
    assert caller.delete(f"{path}/files/{started['files'][0]['id']}").status_code == 204
    assert refusal(caller.post(f"{path}/versions/publication"))[0] in (409, 422)
    caller.upload(f"{path}/files", file=SimpleUploadedFile("second.pdf", make_pdf("Second")))
    assert caller.post(f"{path}/versions/publication").json()["state"] == "published"
    assert [version["label"] for version in caller.get(f"{path}/versions").json()] == ["1.1.0", "1.0.0"]


def test_off_sale_and_on_again(api: Caller, ada: User, mo: User) -> None:
    work = make_live(ada, mo, "Grids that hold")
    caller = api.of(ada)
    assert caller.delete(f"/creator/products/{work.slug}/publication").json()["state"] == "archived"
    assert api.get(f"/marketplace/products/{work.slug}").status_code == 404
    assert caller.post(f"/creator/products/{work.slug}/publication").json()["state"] == "live"
    assert refusal(caller.post(f"/creator/products/{work.slug}/submission")) == (409, "wrong_state")


def test_a_draft_that_nobody_has_is_deleted(api: Caller, ada: User) -> None:
    work = make_draft(ada)
    assert api.of(ada).delete(f"/creator/products/{work.slug}").json() == {"outcome": "deleted"}
    assert not Product.objects.exists()


def test_figures_are_of_the_days_asked_for(api: Caller, ada: User) -> None:  # R124
    caller = api.of(ada)
    for days in (7, 30, 90):
        assert len(caller.get(f"/creator/statistics?days={days}").json()["days"]) == days
    assert refusal(caller.get("/creator/statistics?days=8")) == (422, "malformed")
