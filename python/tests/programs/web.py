"""A program for APScheduler and FastAPI, as people write it; tests run it with several workers."""

import os

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from fastapi import FastAPI

app = FastAPI()
scheduler = AsyncIOScheduler(job_defaults={"misfire_grace_time": None, "max_instances": 20})


async def tick():
    import watchkeeper  # for the due time that the test counts

    line = "%s %d\n" % (watchkeeper.current_run().scheduled_at, os.getpid())
    log = os.open(os.environ["TICKS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, line.encode())
    os.close(log)


@app.on_event("startup")
async def begin():
    scheduler.add_job(tick, "interval", seconds=1, id="tick", watchkeeper={"on_lost": "rerun"})
    scheduler.start()


@app.on_event("shutdown")
async def end():
    scheduler.shutdown()
