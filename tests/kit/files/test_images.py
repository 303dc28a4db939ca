"""Pictures are drawn anew: what comes out is pixels."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from kit.images import RefusedImage, clean_image, thumbnail
from tests.kit.files import hostile as h


def opened(content: object) -> Image.Image:
    picture = Image.open(content)  # type: ignore[arg-type]
    picture.load()
    return picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_comes_out_smaller_and_of_our_own_type(kind: str) -> None:
    clean = clean_image(io.BytesIO(h.picture(kind, size=(1200, 800))), max_side=600)
    assert (clean.width, clean.height, clean.content_type, clean.extension) == (600, 400, "image/webp", ".webp")
    assert opened(clean.content).size == (600, 400)


def test_a_small_picture_is_not_blown_up() -> None:
    clean = clean_image(io.BytesIO(h.picture(size=(40, 30))), max_side=600)
    assert (clean.width, clean.height) == (40, 30)


def test_a_large_picture_keeps_its_shape_and_its_colours() -> None:
    tall = Image.new("RGBA", (1000, 3000), (200, 30, 30, 128))
    buffer = io.BytesIO()
    tall.save(buffer, "PNG")
    clean = clean_image(buffer, max_side=300)
    assert (clean.width, clean.height) == (100, 300)
    red, _green, _blue, alpha = opened(clean.content).convert("RGBA").getpixel((50, 299))  # type: ignore[misc]
    assert abs(red - 200) < 8
    assert abs(alpha - 128) < 4


def test_nothing_but_pixels_survives() -> None:
    for content in (h.png_with_script(), h.jpeg_with_exif_script(), h.picture("JPEG") + h.zipped({"evil.jar": b"x"})):
        clean = clean_image(io.BytesIO(content), max_side=600)
        body = clean.content.read()
        assert b"script" not in body
        assert b"PK\x03\x04" not in body
        assert not opened(io.BytesIO(body)).getexif()


def test_a_turned_photo_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    clean = clean_image(io.BytesIO(h.picture("JPEG", size=(300, 100), exif=exif)), max_side=600)
    assert (clean.width, clean.height) == (100, 300)


def test_a_face_is_cut_from_the_middle() -> None:
    face = thumbnail(io.BytesIO(h.picture("PNG", size=(900, 300))), width=128, height=128)
    assert (face.width, face.height) == (128, 128)


def test_transparency_becomes_paper_in_a_jpeg() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(buffer, "PNG")
    clean = clean_image(buffer, max_side=20, output="JPEG")
    assert min(opened(clean.content).getpixel((10, 10))) > 250  # type: ignore[type-var, arg-type]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<svg onload=alert(1)>", "not a picture"),
        (b"GIF89a" + b"\x00" * 100, "not a picture"),
        (h.pdf(), "not a picture"),
        (h.png_flood(), "pixels"),
        (h.true_png_flood(), "pixels"),
        (h.png_flood(10_000, 10_000), "pixels"),
        (h.png_flood(7_000, 7_000), "49|40 million"),
        (h.png_flood(600, 600), "cut off"),
        (h.picture("PNG", size=(600, 600))[:1500], "cut off"),
        (h.picture("JPEG", size=(600, 600))[:2000], "cut off"),
        (h.picture("WEBP", size=(600, 600))[:300], "cut off|not a picture"),
        (h.jpeg_of_many_scans(), "unusual"),
        (h.picture(size=(30, 300)), "at least 50"),
    ],
)
def test_what_is_no_picture_or_too_much_of_one_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(RefusedImage, match=words):
        clean_image(io.BytesIO(content), max_side=600, min_side=50)


def test_a_picture_over_the_limit_is_refused() -> None:
    with pytest.raises(RefusedImage, match="1 MB"):
        clean_image(io.BytesIO(b"\x89PNG" + b"\x00" * 2 * h.MB), max_side=600, max_bytes=h.MB)
