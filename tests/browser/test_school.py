"""A course from its first module to a certificate that a stranger verifies, on the whole product as `make run` starts it.

A new creator builds three modules, nine lessons of every kind and two quizzes beside the one in a lesson, by mouse and by keyboard;
is told what is missing, mends it, looks at it as a visitor, publishes and submits; staff approve. A stranger takes the free lesson;
a newly registered buyer pays in the sandbox, learns on a phone to the end, fails quizzes and takes them again, and gets the
certificate.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import time
from pathlib import Path

import jwt
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.checks import sideways
from tests.browser.gestures import PASTE, await_outline, drag, row
from tests.browser.town import DEADLINE, PASSWORD, Town, register, sign_in, text_of

pytestmark = [pytest.mark.browser, pytest.mark.worker]

DESK, PHONE = 1440, 390
SAVED = re.compile(r"^Saved at \d\d:\d\d$")
PROSE = "What to know of it.\n\n" + "A sheet remembers every fold, so fold it once and fold it right. " * 20
FIRST = "Why paper has a grain"


def outline(folding: list[str], sewing: list[str]) -> list[tuple[str, list[str]]]:
    return [("Before you fold", [FIRST, "Seeing it", "Which way does it bend?"]), ("Folding", folding), ("Sewing", sewing)]


WHOLE = outline(["The bone folder", "A sheet in eight", "Fold a signature"], ["The thread", "The stitch", "Ending knots"])


# The creator ------------------------------------------------------------------------------------------------------------


def list_course(page: Page, title: str) -> str:
    """A course with its listing, still empty; its slug."""
    page.goto("/dashboard/products/new/")
    page.get_by_role("main").get_by_role("link", name="Course").click()
    page.locator("input[name=title]").fill(title)
    page.locator("input[name=summary]").fill("Fold and sew a book that lies open.")
    page.locator("textarea[name=description]").fill("From a sheet to a sewn book.\n\n- the grain\n- the fold\n- the thread")
    page.locator("select[name=category]").select_option(label="Craft and making")
    page.locator("input[name=tags]").fill("paper, bookbinding")
    page.get_by_text("Fixed price").click()
    page.locator("input[name=price]").fill("29.00")
    page.get_by_role("button", name="Save and build it").click()
    page.wait_for_url("**/builder/")
    page.wait_for_load_state("networkidle")
    page.wait_for_function("window.htmx !== undefined")
    return page.url.split("/")[-3]


def add_by_keyboard(page: Page, module: str, parts: list[tuple[str, str]]) -> None:
    """Without touching the mouse: a module's name, Enter, and its lessons one after the other in the field that has the focus."""
    page.get_by_label("New module", exact=True).focus()
    page.keyboard.type(module)
    page.keyboard.press("Enter")
    adder = page.get_by_label(f"New lesson or quiz in {module}")
    for title, kind in parts:
        expect(adder).to_be_focused()
        page.keyboard.type(title)
        if kind != "Text":
            page.keyboard.press("Tab")
            page.keyboard.type(kind)
            page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(row(page, title)).to_be_visible()
        expect(adder).to_have_value("")


def build_outline(page: Page) -> None:
    add_by_keyboard(page, "Before you fold", [(FIRST, "Text"), ("Seeing it", "Video from"), ("Which way does it bend?", "Quiz in")])
    add_by_keyboard(page, "Sewing", [("The thread", "Text"), ("The stitch", "Text")])
    folding = [("A sheet in eight", "Text"), ("Knots", "Text"), ("The bone folder", "Text"), ("Fold a signature", "Exercise")]
    add_by_keyboard(page, "Folding", [*folding, ("Proof of folding", "Quiz at")])
    page.get_by_label("New final assessment").fill("The whole book")
    page.keyboard.press("Enter")
    expect(row(page, "The whole book")).to_be_visible()

    # By mouse: from module to module, within one, and a whole module. Folded, modules are in sight together.
    start, sewing = WHOLE[0], ("Sewing", ["Knots", "The thread", "The stitch"])
    drag(page, row(page, "Knots").locator("[data-grip]"), row(page, "The thread"))
    await_outline(page, [start, sewing, ("Folding", ["A sheet in eight", "The bone folder", "Fold a signature"])])
    drag(page, row(page, "The bone folder").locator("[data-grip]"), row(page, "A sheet in eight"))
    await_outline(page, [start, sewing, WHOLE[1]])
    for module in ("Before you fold", "Sewing", "Folding"):
        page.get_by_role("link", name=module, exact=True).click()
    modules = page.locator("#modules > li")
    with page.expect_response(lambda answer: answer.url.endswith("/place/")):
        drag(page, modules.nth(2).locator("[data-grip]").first, modules.nth(1))
    page.reload()
    page.wait_for_load_state("networkidle")
    await_outline(page, [start, WHOLE[1], sewing])

    # By keyboard: two steps down, renamed in place, removed and brought back.
    for _ in range(2):
        page.get_by_role("button", name="Move Knots down").press("Enter")
    await_outline(page, outline(WHOLE[1][1], ["The thread", "The stitch", "Knots"]))
    page.get_by_role("link", name="Knots", exact=True).press("F2")
    page.keyboard.type("Ending knots")
    page.keyboard.press("Enter")
    await_outline(page, WHOLE)
    page.get_by_role("link", name="More for The stitch").press("Enter")
    page.get_by_role("button", name="Remove").press("Enter")
    await_outline(page, outline(WHOLE[1][1], ["The thread", "Ending knots"]))
    page.get_by_role("button", name="Undo").press("Enter")
    await_outline(page, WHOLE)


def open_lesson(page: Page, title: str) -> None:
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.locator("#pane").get_by_label("Title")).to_have_value(title)


def saved(page: Page) -> None:
    """Until the server has what stands in the lesson's pane."""
    page.keyboard.press("Control+s")
    expect(page.locator("#lesson-form [name=stamp]")).not_to_have_value("0")
    expect(page.locator("[data-save-state]")).to_have_text(SAVED)


def write_first_lesson(page: Page) -> None:
    """Bold by its key, a formula, a callout and code by the tools, a picture pasted; seen beside it as learners will."""
    open_lesson(page, FIRST)
    pane, keys = page.locator("#pane"), page.keyboard
    pane.get_by_role("button", name="Side by side").click()
    text = pane.get_by_label("Text", exact=True).last
    text.focus()
    keys.press("Control+b")
    keys.type("Paper")
    keys.press("End")
    keys.type(" has a grain.\n\n")
    keys.press("Control+Shift+m")
    keys.type(r"s = \frac{p}{4}")
    keys.press("Control+End")
    keys.type("\n\n")
    pane.get_by_role("toolbar").get_by_label("Callout").click()
    pane.get_by_role("button", name="Tip", exact=True).click()
    keys.type("Wet one corner.")
    keys.press("Control+End")
    keys.type("\n\n")
    pane.get_by_role("toolbar").get_by_label("Code block with a language").click()
    keys.type("python")
    keys.press("ArrowDown")
    keys.type("sheets = pages / 4")
    keys.press("Control+End")
    keys.type("\n\n")
    text.evaluate(PASTE)
    shows_first_lesson(pane.locator(".editor-preview"))
    pane.get_by_label("Key takeaways").fill("Fold along the grain.")
    pane.get_by_label("Estimated minutes").fill("8")
    pane.get_by_label("Free preview").check()
    expect(text).to_have_value(re.compile(r"!\[stem\]\(/media/"))
    saved(page)
    expect(row(page, FIRST)).to_contain_text("Free")


def shows_first_lesson(place: Locator) -> None:
    """The same in the preview and in the player."""
    expect(place.locator("strong").first).to_have_text("Paper")
    expect(place.locator(".math .katex-html")).to_be_visible()
    expect(place.locator(".callout-tip")).to_contain_text("Wet one corner.")
    expect(place.locator("pre code")).to_contain_text("sheets = pages / 4")
    expect(place.locator("img[alt=stem]")).to_be_visible()


def write_other_lessons(page: Page) -> None:
    pane = page.locator("#pane")
    open_lesson(page, "Seeing it")
    pane.get_by_label("Link to the video").fill("https://youtu.be/dQw4w9WgXcQ?t=42")
    saved(page)
    open_lesson(page, "Fold a signature")
    pane.get_by_label("Text", exact=True).last.fill("Fold four sheets, one into the other, and photograph the fold.")
    pane.get_by_label("What learners hand in").select_option(label="A file")
    pane.get_by_label("Check yourself").fill("The fold is sharp.\nThe edges meet.")
    saved(page)
    for title in ("The bone folder", "A sheet in eight", "The thread", "The stitch", "Ending knots"):
        open_lesson(page, title)
        pane.get_by_label("Text", exact=True).last.fill(PROSE)
        saved(page)


def ask(page: Page, kind: str, question: str, answers: list[str], right: list[int]) -> None:
    """A question in the quiz that is open, with the numbers of its right answers; none for true or false."""
    page.get_by_role("button", name=kind).click()
    words = page.get_by_label("Question", exact=True).last
    expect(words).to_be_focused()
    words.fill(question)
    for number, answer in enumerate(answers, 1):
        if number > 2:
            page.get_by_role("button", name="Add an answer").last.click()
        page.get_by_label(f"Answer {number}", exact=True).last.fill(answer)
    for number in right:
        page.get_by_label(f"Answer {number} is right").last.check()


def write_quizzes(page: Page) -> None:
    """The last question stays without its right answer."""
    row(page, "Which way does it bend?").get_by_role("link", name="0 questions").click()
    expect(page.get_by_text("Inside the lesson")).to_be_visible()
    ask(page, "One right answer", "A sheet bends more easily…", ["along its grain", "across its grain"], [1])
    expect(row(page, "Which way does it bend?")).to_contain_text("1 question")
    page.get_by_role("link", name="Proof of folding", exact=True).click()
    expect(page.get_by_text("At the end of “Folding”")).to_be_visible()
    ask(page, "Several right answers", "What folds a sheet well?", ["A bone folder", "A thumb nail", "A hammer"], [1, 2])
    page.get_by_label("Part of the points for part of the answers").check()
    ask(page, "True or false", "Fold against the grain.", [], [])
    page.get_by_label("False", exact=True).last.check()
    expect(page.get_by_text("Before it can be published")).to_have_count(0)
    page.get_by_role("link", name="The whole book", exact=True).click()
    expect(page.get_by_text("Final assessment", exact=True)).to_be_visible()
    ask(page, "One right answer", "What holds a book together?", ["Glue alone", "Thread through the folds"], [])
    with page.expect_response(lambda answer: "/questions/" in answer.url and answer.request.method == "POST"):
        page.get_by_label("Explanation").fill("Thread lets it lie open.")
    expect(page.get_by_text("mark the right answer")).to_be_visible()


def mend_and_publish(page: Page, slug: str) -> None:
    page.get_by_role("link", name="Publish", exact=True).click()
    missing = page.get_by_role("region", name="Before it can be published").get_by_role("link")
    expect(missing).to_have_text(["Say what one learns in this course.", "“The whole book”, question 1: mark the right answer."])
    expect(page.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    missing.first.click()
    expect(page.get_by_label("What one learns")).to_be_focused()
    page.get_by_label("What one learns").fill("Find the grain of any paper\nSew a book with one thread")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()

    # The other from a phone, where each part has a page of its own.
    page.set_viewport_size({"width": PHONE, "height": 900})
    page.goto(f"/dashboard/courses/{slug}/publications/")
    missing.click()
    page.wait_for_url("**/quizzes/**")
    page.get_by_role("link", name=re.compile("^Edit")).click()
    page.get_by_label("Answer 2 is right").check()
    expect(page.get_by_text("mark the right answer")).to_have_count(0)
    assert sideways(page) == []
    page.set_viewport_size({"width": DESK, "height": 900})


def look_as_visitor(page: Page, slug: str) -> None:
    page.goto(f"/dashboard/courses/{slug}/preview/?as=visitor")
    expect(page.get_by_role("region", name="Preview")).to_contain_text("as a visitor sees it")
    page.get_by_role("link", name="Start").click()
    shows_first_lesson(page.locator("#main"))
    page.get_by_role("link", name="Next").first.click()
    expect(page.locator("#main")).to_contain_text("This lesson is for those who have the course.")
    page.get_by_role("link", name="Back to the builder").click()
    expect(page.locator("#pane").get_by_label("Title")).to_have_value("Seeing it")


def put_on_sale(town: Town, creator: Page, title: str, email: str) -> None:
    creator.get_by_role("link", name="Publish", exact=True).click()
    creator.get_by_role("button", name="Publish", exact=True).click()
    expect(creator.locator("main")).to_contain_text("3 modules · 9 lessons · 3 quizzes · 48 min")
    creator.get_by_role("button", name="Submit for review").click()
    expect(creator.locator("main")).to_contain_text("Submitted")
    staff = town.enter(DESK)
    sign_in(staff, "mo@example.com", "demo-pass-1234")
    staff.goto("/moderation/")
    staff.get_by_role("link", name=title).first.click()
    expect(staff.locator("main")).to_contain_text("Every lesson opens for you")
    staff.get_by_role("button", name=re.compile("Approve")).click()
    town.letter(email, title)


# The learner ------------------------------------------------------------------------------------------------------------


def take_free_lesson(page: Page, slug: str) -> None:
    """From the course's page, without an account; the next one is locked, and says why and what it costs."""
    page.goto(f"/marketplace/{slug}/")
    page.get_by_role("main").get_by_role("link", name=FIRST).click()
    shows_first_lesson(page.locator("#main"))
    assert sideways(page) == []
    page.locator("#marks").get_by_role("link", name="Next").click()
    expect(page.locator("#main")).to_contain_text("This lesson is for those who have the course.")
    expect(page.locator("#main")).to_contain_text("€29.00")


def buy(page: Page, slug: str) -> None:
    page.goto(f"/marketplace/{slug}/")
    page.get_by_role("button", name=re.compile("Buy")).first.click()
    page.wait_for_url("**/checkout/**")
    page.get_by_role("button", name=re.compile("Pay")).click()
    page.wait_for_url("**/sandbox/checkout/**")
    page.get_by_role("button", name=re.compile("Pay")).click()
    page.wait_for_url("**/success/**")
    expect(page.get_by_role("link", name="Start the course")).to_be_visible(timeout=DEADLINE * 1000)


def go_on(page: Page, title: str) -> None:
    page.locator("#marks").get_by_role("link", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def mark_done(page: Page, count: int) -> None:
    page.get_by_role("button", name="Mark as done").click()
    expect(page.locator("#course-progress")).to_have_text(f"{count} of 9 done")


def is_report(answer: Response) -> bool:
    return answer.url.endswith("/beats/") and answer.status == 204


def take_quiz(page: Page, answers: list[str], result: str) -> None:
    """Start or start again, answer, hand in."""
    page.locator("#quiz-panel").get_by_role("button", name=re.compile("^(Start|Take it again)$")).click()
    for answer in answers:
        page.get_by_label(answer, exact=True).check()
    expect(page.locator("#quiz-saved")).to_contain_text("saved")
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("#quiz-title")).to_have_text(result)


def learn_first_module(page: Page, start: str) -> None:
    with page.expect_response(is_report):
        page.goto(start)
    shows_first_lesson(page.locator("#main"))
    page.get_by_role("button", name="Bookmark").click()
    expect(page.locator("#mark-bookmark")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Add a note").fill("Wet *one* corner first.")
    page.locator("#notes").get_by_role("button", name="Save").click()
    expect(page.locator("#notes li em")).to_have_text("one")
    mark_done(page, 1)
    # What was spent on the page is told when it is left.
    with page.expect_response(is_report):
        go_on(page, "Seeing it")
    expect(page.get_by_text("Play from YouTube")).to_be_visible()
    mark_done(page, 2)
    go_on(page, "Which way does it bend?")
    take_quiz(page, ["along its grain"], "Passed with 100%")
    # The lesson is done with its quiz, and the page says so at once.
    expect(page.locator("#course-progress")).to_have_text("3 of 9 done")
    expect(page.locator("#marks")).to_contain_text("Done")
    assert sideways(page) == []


def learn_second_module(page: Page, photograph: Path) -> None:
    go_on(page, "The bone folder")
    mark_done(page, 4)
    go_on(page, "A sheet in eight")
    mark_done(page, 5)
    go_on(page, "Fold a signature")
    page.locator("#exercise input[type=file]").set_input_files(str(photograph))
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("#exercise")).to_contain_text("Waiting for feedback")
    expect(page.locator("#course-progress")).to_have_text("6 of 9 done")
    go_on(page, "Proof of folding")
    take_quiz(page, ["A bone folder", "A hammer", "True"], "Not passed: 0%")
    take_quiz(page, ["A bone folder", "False"], "Passed with 75%")
    assert sideways(page) == []
    page.get_by_role("link", name="On with the course").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The thread")


def learn_last_module(page: Page, *, began: float) -> None:
    mark_done(page, 7)
    go_on(page, "The stitch")
    mark_done(page, 8)
    go_on(page, "Ending knots")
    mark_done(page, 9)
    go_on(page, "The whole book")
    take_quiz(page, ["Glue alone"], "Not passed: 0%")
    expect(page.locator("#quiz-panel")).to_contain_text("Thread lets it lie open.")
    take_quiz(page, ["Thread through the folds"], "Passed with 100%")
    expect(page.locator("#quiz-panel").get_by_role("link", name="Answers")).to_be_visible()  # of the first attempt
    page.get_by_role("link", name="On with the course").click()
    expect(page.locator("main")).to_contain_text("You have finished this course.")
    expect(page.locator("main")).to_contain_text("100% · 9 of 9 lessons done")
    (taken,) = page.request.get("/api/v1/learn/courses").json()["items"]
    assert taken["completed_at"]
    assert 0 < taken["seconds_spent"] <= time.monotonic() - began


def verify(town: Town, address: str, learner: str, title: str) -> None:
    """A stranger, by the page and without it: from published bytes, with PyJWT."""
    page = town.enter(DESK)
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(learner)
    page.get_by_role("link", name="Verify it now").click()
    expect(page.get_by_role("status").filter(has_text="Valid")).to_contain_text(f"{learner} finished “{title}”. It is not revoked.")
    plain = page.request.get(f"{address.rstrip('/')}.json").json()
    assert {"VerifiableCredential", "OpenBadgeCredential"} <= set(plain["type"])
    token = page.request.get(f"{address.rstrip('/')}.jwt").text()
    keys = jwt.PyJWKSet.from_json(page.request.get("/certificates/keys.json").text())
    claims = jwt.decode(token, keys[jwt.get_unverified_header(token)["kid"]].key, algorithms=["EdDSA"], issuer=plain["issuer"]["id"])
    assert claims["credentialSubject"] == plain["credentialSubject"]
    assert claims["credentialSubject"]["achievement"]["name"] == title
    assert json.dumps(learner) in json.dumps(claims)
    pdf = page.request.get(f"{address.rstrip('/')}.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body().startswith(b"%PDF")


def test_from_the_first_module_to_a_certificate_that_a_stranger_verifies(town: Town, tmp_path: Path) -> None:
    mark = secrets.token_hex(3)
    maker, reader, title = f"binder{mark}", f"pupil{mark}", f"Paper that folds {mark}"
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(picture, "PNG")
    photograph = tmp_path / "fold.png"
    photograph.write_bytes(picture.getvalue())

    creator = town.enter(DESK)
    register(town, creator, "/register/creator/", maker)
    slug = list_course(creator, title)
    build_outline(creator)
    write_first_lesson(creator)
    write_other_lessons(creator)
    write_quizzes(creator)
    mend_and_publish(creator, slug)
    look_as_visitor(creator, slug)
    put_on_sale(town, creator, title, f"{maker}@example.org")

    learner = town.enter(PHONE)
    take_free_lesson(learner, slug)
    refused = [fault for fault in town.faults if "403 (Forbidden)" in fault]
    assert town.faults == refused, "the console says that the locked lesson is locked, and nothing else"
    town.faults.clear()
    register(town, learner, "/register/", reader)
    buy(learner, slug)
    welcome = text_of(town.letter(f"{reader}@example.org", "is open for you"))
    start = re.search(r"https?://\S+/learn/\S+", welcome)
    assert start, welcome
    began = time.monotonic()
    learn_first_module(learner, start[0])

    # Another device goes on where the first one stopped.
    elsewhere = town.enter(DESK)
    sign_in(elsewhere, f"{reader}@example.org", PASSWORD)
    elsewhere.goto("/library/")
    elsewhere.get_by_role("main").get_by_role("link", name="Continue").click()
    expect(elsewhere.get_by_role("heading", level=1)).to_have_text("The bone folder")

    learn_second_module(learner, photograph)
    learn_last_module(learner, began=began)
    letter = text_of(town.letter(f"{reader}@example.org", "you finished"))
    address = re.search(r"https?://\S+/certificates/\S+", letter)
    assert address, letter
    learner.goto("/library/")
    learner.get_by_role("link", name="Your certificate").click()
    verify(town, address[0], reader, title)

    creator.goto(f"/dashboard/courses/{slug}/learners/")
    expect(creator.get_by_role("row").filter(has_text=reader)).to_contain_text("Finished")
    creator.get_by_role("link", name="Handed in").click()
    expect(creator.locator("main")).to_contain_text("fold.png")
    assert town.faults == []
