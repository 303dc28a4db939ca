"""What follows once a listing's change is committed."""

from kit.events import subscribe
from kit.storage import private, public
from marketplace.events import FileReleased
from marketplace.models import Asset, GalleryImage, Product


@subscribe(FileReleased, atomic=False)
def delete_unheld_file(event: FileReleased) -> None:
    """Versions and copies share stored files, so the last one to let go takes the file away. Safe to run twice."""
    if event.store == "private":
        if not Asset.objects.filter(file=event.name).exists():
            private().delete(event.name)
    elif not GalleryImage.objects.filter(image=event.name).exists() and not Product.objects.filter(cover=event.name).exists():
        public().delete(event.name)
