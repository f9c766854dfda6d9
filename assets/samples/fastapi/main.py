"""An ASGI app: FastAPI answers JSON, a WebSocket echoes."""

import os

from fastapi import FastAPI, WebSocket

app = FastAPI(title="ForgeBoard sample")


@app.get("/")
async def home():
    return {"message": "Hello from FastAPI", "pid": os.getpid()}


@app.websocket("/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)
