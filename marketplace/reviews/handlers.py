from kit.events import subscribe
from marketplace.models import Product
from marketplace.orders.access import has_access
from marketplace.orders.events import ProductRevoked
from marketplace.reviews.models import Review
from marketplace.reviews.services.rating import delete_review


@subscribe(ProductRevoked)
def take_back_review(event: ProductRevoked) -> None:
    """What somebody gave back she no longer rates; unless she has it again by now."""
    review = Review.objects.select_related("author", "product").filter(product_id=event.product_id, author_id=event.user_id).first()
    if review is not None and not has_access(review.author, review.product):
        delete_review(Product(pk=event.product_id), by=review.author)
