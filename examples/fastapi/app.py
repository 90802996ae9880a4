"""A web application that declares its jobs at start-up. uvicorn runs it in
several worker processes; each of them declares the same job, and each due time
is run once, by the daemon."""

import fastapi

import jobs


def start() -> None:
    jobs.declare("orders", trigger="interval", seconds=1, func="tasks:sync_orders", args=["berlin"], max_instances=1)


app = fastapi.FastAPI(on_startup=[start])


@app.get("/orders")
def orders() -> object:
    """How the job stands, and its last runs."""
    return {"job": jobs.call("GET", "/jobs/orders"), "runs": jobs.call("GET", "/runs?job=orders&limit=5")}


@app.post("/orders")
def run_now() -> object:
    """Run it now, beside its schedule."""
    return jobs.call("POST", "/jobs/orders/run")
