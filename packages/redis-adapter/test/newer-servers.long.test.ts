// The suite of all adapters on servers that are newer than the one at hand; what is left out says why in its title.
import { env } from 'node:process'
import { NEWER_SERVERS, findNewer } from '@mq/redis-server'
import { it } from 'vitest'
import { conformanceOn } from './lab/conformance-on.ts'

for (const server of NEWER_SERVERS) {
  const name = `${server.make} of Debian ${server.suite}`
  const found = env['MQ_TEST_NEWER'] ? await findNewer(server) : 'MQ_TEST_NEWER=1 would fetch it'
  if (typeof found === 'string') it.skip(`${name}: ${found}`, () => undefined)
  else await conformanceOn(`redisAdapter on ${name}`, found)
}
