#!/usr/bin/env python3
"""han in Python: greets, stays for five seconds, ends. stdin and stdout are the client's socket."""

import time

# flush: on a socket Python keeps what it prints until its buffer is full or the program ends: the client would wait.
print("Welcome to Server, from Han!", flush=True)
time.sleep(5)
