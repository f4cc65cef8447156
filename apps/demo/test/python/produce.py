"""Pushes elements to a list, as a program that knows nothing of mq."""
import sys

import redis

port, key, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
rcon = redis.Redis(port=port, db=5)
for i in range(count):
    rcon.lpush(key, i % 10)
print(count)
