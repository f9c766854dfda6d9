"""The sample that ForgeBoard deploys: one page, its release message, and what a health check may ask."""

import os
import socket

from flask import Flask, jsonify, render_template

from message import MESSAGE

app = Flask(__name__)


@app.get("/")
def home():
    return render_template("home.html", message=MESSAGE, host=socket.gethostname(), pid=os.getpid())


@app.get("/health")
def health():
    return jsonify(ok=True, message=MESSAGE)
