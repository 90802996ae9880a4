"""A web application whose workers share a socket: each answer says which one it was."""
import asyncio
import os

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def index():
    await asyncio.sleep(0.02)  # the work of a request
    return {"pid": os.getpid()}
