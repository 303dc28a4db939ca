"""The house stands (docs/architecture.md): the contracts hold, and each of them breaks when somebody breaks it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["config", "kit", "accounts", "courses", "payments", "marketplace"]

STOREYS = "Storeys: marketplace over courses | payments over studio over accounts over kit"
MARKETPLACE = "Rooms of the marketplace over its hall"
COURSES = "Rooms of the courses over their hall"
PAYMENTS = "Rooms of the payments over their hall"
SDK = "Only gateways import a payment SDK"

# (contract, file that is made worse, line that does it)
VIOLATIONS = [
    (STOREYS, "kit/money.py", "import accounts.models"),
    (STOREYS, "accounts/models/user.py", "import payments.models"),
    (STOREYS, "payments/models/payment.py", "import marketplace.models"),
    (STOREYS, "marketplace/models/product.py", "import config.urls"),
    (STOREYS, "payments/books.py", "if TYPE_CHECKING:\n    from marketplace.models import Product  # a type-only import counts"),
    (MARKETPLACE, "marketplace/models/product.py", "import marketplace.orders.models"),
    (MARKETPLACE, "marketplace/orders/models/order.py", "import marketplace.delivery.models"),
    (MARKETPLACE, "marketplace/reviews/models.py", "import marketplace.approvals.models"),
    (MARKETPLACE, "marketplace/delivery/models.py", "import marketplace.storefront.urls"),
    (PAYMENTS, "payments/models/payment.py", "import payments.ledger.models"),
    (PAYMENTS, "payments/ledger/models.py", "import payments.gateways.models"),
    (STOREYS, "courses/models/course.py", "import payments.models"),
    (STOREYS, "payments/models/payment.py", "import courses.models"),
    (STOREYS, "courses/learning/models/enrolment.py", "import marketplace.models"),
    (MARKETPLACE, "marketplace/courseware/models.py", "import marketplace.library.selectors"),
    (COURSES, "courses/models/course.py", "import courses.learning.models"),
    (COURSES, "courses/learning/models/enrolment.py", "import courses.certificates.models"),
    (COURSES, "courses/certificates/models.py", "import courses.teaching.urls"),
    (COURSES, "courses/video/models/asset.py", "import courses.learning.models"),
    (COURSES, "courses/exchange/models.py", "import courses.builder.forms"),
    (COURSES, "courses/builder/forms.py", "import courses.exchange.models"),
    (SDK, "payments/models/payment.py", "import stripe"),
    (SDK, "marketplace/models/product.py", "import stripe"),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", "pyproject.toml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy_of_the_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources alone, to be spoiled."""
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, folder / package, ignore=lambda _dir, names: [n for n in names if n == "__pycache__" or n.endswith(".md")]
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_contracts_hold(copy_of_the_house: Path) -> None:
    result = lint_imports(copy_of_the_house)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("contract", "file", "line"), VIOLATIONS, ids=[f"{file}: {line.splitlines()[-1].strip()[:50]}" for _c, file, line in VIOLATIONS]
)
def test_a_planted_violation_breaks_its_contract(copy_of_the_house: Path, contract: str, file: str, line: str) -> None:
    target = copy_of_the_house / file
    before = target.read_text()
    target.write_text(f"{before}\n{line}\n")
    try:
        result = lint_imports(copy_of_the_house)
    finally:
        target.write_text(before)
    assert result.returncode == 1, result.stdout
    assert f"{contract} BROKEN" in result.stdout.replace("\n", " ")


def test_a_module_that_is_in_no_layer_breaks_the_contract(copy_of_the_house: Path) -> None:
    stray = copy_of_the_house / "marketplace" / "helpers.py"
    stray.write_text("")
    try:
        result = lint_imports(copy_of_the_house)
    finally:
        stray.unlink()
    assert result.returncode == 1
    assert f"{MARKETPLACE} BROKEN" in result.stdout


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "misc"])
def test_no_module_has_a_name_that_says_nothing(word: str) -> None:
    found = [path for package in PACKAGES for path in (ROOT / package).rglob(f"{word}*") if "__pycache__" not in path.parts]
    assert found == []
