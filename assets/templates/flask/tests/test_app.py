import unittest

from app import app


class Pages(unittest.TestCase):
    def setUp(self):
        self.client = app.test_client()

    def test_home_shows_the_name(self):
        answer = self.client.get("/")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("my-app", answer.text)

    def test_health_is_well(self):
        self.assertEqual(self.client.get("/health").get_json(), {"ok": True})
