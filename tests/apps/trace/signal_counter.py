"""Counts the SIGTERMs it gets in half a second after the first one, and ends with that number."""

import signal
import time

count = 0


def note(_number, _frame):
    global count
    count += 1


signal.signal(signal.SIGTERM, note)
print("ready", flush=True)
while count == 0:
    time.sleep(0.01)
time.sleep(0.5)
raise SystemExit(count)
