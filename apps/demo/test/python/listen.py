"""Listens to a channel until there were enough messages, and prints them."""
import sys

import redis

port, channel, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ps = redis.Redis(port=port, db=5).pubsub()
ps.subscribe(channel)
got = []
for item in ps.listen():
    if item['type'] == 'subscribe':
        print('ready', flush=True)
    elif item['type'] == 'message':
        got.append(item['data'].decode())
        if len(got) == count:
            break
print(got)
