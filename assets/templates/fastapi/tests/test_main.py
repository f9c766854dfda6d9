import unittest

from fastapi.testclient import TestClient

from main import app


class Answers(unittest.TestCase):
    def setUp(self):
        self.client = TestClient(app)

    def test_home_says_its_name(self):
        self.assertEqual(self.client.get("/").json()["name"], "my-app")

    def test_health_is_well(self):
        self.assertEqual(self.client.get("/health").json(), {"ok": True})
