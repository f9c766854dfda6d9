"""my-app: an API, its documentation at /docs, and what a health check asks."""

from fastapi import FastAPI

app = FastAPI(title="my-app")


@app.get("/")
async def home():
    return {"name": "my-app", "documentation": "/docs"}


@app.get("/health")
async def health():
    """Asked before a release takes over: say here what the app cannot do without."""
    return {"ok": True}
