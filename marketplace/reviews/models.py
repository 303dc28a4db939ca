"""What buyers think of what they have (R51, R249)."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.models import Product


class Review(models.Model):
    """One to five stars and, if she likes, words; one per person and product."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews")
    stars = models.PositiveSmallIntegerField(_("stars"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    title = models.CharField(_("title"), max_length=120, blank=True)
    text = models.TextField(_("review"), max_length=5000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    helpful_count = models.PositiveIntegerField(_("found helpful by"), default=0, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["product", "author"], name="review_once"),
            models.CheckConstraint(name="review_stars", condition=Q(stars__gte=1, stars__lte=5)),
        ]
        indexes = [
            models.Index(fields=["product", "-created_at", "-id"], name="review_of_product"),
            models.Index(fields=["product", "-helpful_count", "-created_at", "-id"], name="review_most_helpful"),
        ]

    def __str__(self) -> str:
        return f"{self.stars} for {self.product}"


class HelpfulVote(models.Model):
    """Somebody found a review helpful (R128). `Review.helpful_count` is their number."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="votes")
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "voter"], name="helpful_vote_once")]

    def __str__(self) -> str:
        return f"{self.voter} on {self.review}"
