import pathlib
import subprocess
import sys
import tempfile
import unittest


class Site(unittest.TestCase):
    def test_it_builds_without_a_warning(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder], check=True)
            self.assertIn("my-app", pathlib.Path(folder, "index.html").read_text())
