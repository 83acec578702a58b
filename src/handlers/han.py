#!/usr/bin/env python3
"""han in Python: greets the client, stays for five seconds, and exits. stdin and stdout are the client's socket."""

import time

# flush: on a socket, Python holds output back until its buffer is full or the program exits; the client would wait.
print("Welcome to Server, from Han!", flush=True)
time.sleep(5)
