"""Publishes elements."""
import sys

import redis

port, channel, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
rcon = redis.Redis(port=port, db=5)
print(sum(rcon.publish(channel, i % 10) for i in range(count)))
