from django.test import TestCase

from .models import Note


class Pages(TestCase):
    def test_home_shows_notes(self):
        Note.objects.create(text="buy <milk>")
        self.assertContains(self.client.get("/"), "buy &lt;milk&gt;")

    def test_health_counts_notes(self):
        self.assertEqual(self.client.get("/health").json(), {"ok": True, "notes": 0})
