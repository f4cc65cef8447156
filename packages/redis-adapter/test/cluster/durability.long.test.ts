// On newer servers, WAIT waits for writes of its connection alone: any other command before it would confirm what no replica has.
import { env } from 'node:process'
import { findNewer, NEWER_SERVERS } from '@mq/redis-server'
import { it } from 'vitest'
import { withholdConfirmation } from '../lab/replicated-cluster.ts'

for (const server of NEWER_SERVERS) {
  const name = `${server.make} of Debian ${server.suite}`
  const binary = env['MQ_TEST_NEWER'] ? await findNewer(server) : 'MQ_TEST_NEWER=1 would fetch it'
  if (typeof binary === 'string') it.skip(`${name}: ${binary}`, () => undefined)
  else it(`${name}: a cluster confirms nothing that no replica has`, () => withholdConfirmation({ binary }))
}
