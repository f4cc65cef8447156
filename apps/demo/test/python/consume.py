"""Pops elements from a list until there were enough, and prints how many of each came."""
import sys

import redis

port, key, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
rcon = redis.Redis(port=port, db=5)
print('ready', flush=True)
got = {}
for _ in range(count):
    task = rcon.blpop(key, 100)
    if task is None:
        break
    element = task[1].decode()
    got[element] = got.get(element, 0) + 1
print(sorted(got.items()))
