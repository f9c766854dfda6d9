"""Shows what the worker counted: both have the same data folder."""

import os
from pathlib import Path

from flask import Flask

app = Flask(__name__)


@app.get("/")
def home():
    count = Path(os.environ["DATA_DIR"], "count")
    return f"Hello from a Procfile: the worker counted to {count.read_text() if count.exists() else 'nothing yet'}"
