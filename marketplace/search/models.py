"""The vocabulary of what is on sale: what a mistyped word may have meant."""

from __future__ import annotations

from django.db import models


class Word(models.Model):
    """A word of a live work's title, summary, tags or maker's name: in lower case, without accents.

    `works` says in how many works it stood when it was last counted; it only weighs one correction against another.
    """

    text = models.CharField(max_length=60, primary_key=True)
    works = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(name="search_word_not_empty", condition=~models.Q(text=""))]

    def __str__(self) -> str:
        return self.text
