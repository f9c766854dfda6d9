"""A web process of the standard library alone, on the port that it is given."""

import argparse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"Hello from a command"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Handler).serve_forever()
