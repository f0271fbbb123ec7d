"""One event loop on a thread of its own, for everybody: gRPC serves only one loop well."""
import asyncio
import threading

LOOP = asyncio.new_event_loop()
threading.Thread(target=LOOP.run_forever, daemon=True).start()


def run(coroutine, seconds=None):
    """Runs it there and returns what it returns."""
    return asyncio.run_coroutine_threadsafe(coroutine, LOOP).result(seconds)
