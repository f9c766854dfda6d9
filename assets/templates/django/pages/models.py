from django.db import models


class Note(models.Model):
    """One line on the page; written in the admin."""

    text = models.CharField(max_length=200)

    def __str__(self):
        return self.text
