from django.db import models


class Item(models.Model):
    """A row of the floor's list; made from the products by benchmarks/load.py."""

    slug = models.SlugField(max_length=140, unique=True)
    title = models.CharField(max_length=120)
    maker = models.CharField(max_length=80)
    price_minor = models.PositiveIntegerField()
    rating = models.FloatField()
    description = models.TextField()
    published_at = models.DateTimeField()

    class Meta:
        db_table = "floor_item"
        managed = False

    def __str__(self) -> str:
        return self.title
