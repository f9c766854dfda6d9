import pathlib
import re
import unittest

PUBLIC = pathlib.Path(__file__).parent.parent / "public"


class Pages(unittest.TestCase):
    def test_links_within_the_site_lead_somewhere(self):
        for page in PUBLIC.rglob("*.html"):
            for link in re.findall(r'(?:href|src)="/([^"#?]*)', page.read_text()):
                target = PUBLIC / link
                self.assertTrue((target / "index.html").is_file() or target.is_file(), f"{page.name} links to /{link}")
