"""What the jobs do. The daemon's Python workers import this module; the web
application only names its functions."""

import datetime
import os


def sync_orders(shop: str) -> dict:
    """Append one line for each run, so that anybody can count them."""
    with open(os.environ.get("ORDERS_LOG", "orders.log"), "a") as log:
        log.write(f"{shop} {datetime.datetime.now().isoformat(timespec='milliseconds')}\n")
    print("synchronised", shop)
    return {"shop": shop}
