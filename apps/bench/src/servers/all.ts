import { beanstalkd } from './beanstalkd.ts'
import { memory } from './memory.ts'
import { nats } from './nats.ts'
import { postgres } from './postgres.ts'
import { rabbitmq } from './rabbitmq.ts'
import { redis } from './redis.ts'
import type { Server, ServerName } from './server.ts'

const SERVERS: readonly Server[] = [redis, postgres, rabbitmq, nats, beanstalkd, memory]

export function findServer(name: ServerName): Server {
  return SERVERS.find((server) => server.name === name)!
}
