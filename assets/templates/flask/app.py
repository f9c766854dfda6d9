"""my-app: one page, and what a health check asks."""

from flask import Flask, render_template

app = Flask(__name__)


@app.get("/")
def home():
    return render_template("home.html", name="my-app")


@app.get("/health")
def health():
    """Asked before a release takes over: say here what the app cannot do without."""
    return {"ok": True}
