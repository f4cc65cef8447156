// How tasks end, for programs that neither enqueued nor did them: a board that is looked at now, an invoice for each.
import { setTimeout as pause } from 'node:timers/promises'
import { bury, createBroker, defineQueue, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const rides = defineQueue({
  name: 'rides',
  payload: z.object({ km: z.number() }),
  result: z.object({ cents: z.int() }),
  outcomes: { maxAgeMs: 86_400_000, maxCount: 100_000 },
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
const queue = broker.queue(rides)

// Who listens now: each end, in order, at most once, with a report of what was missed.
const states: string[] = []
const board = await queue.outcomes.subscribe(({ payload: { id, state } }) => void states.push(`${id} ${state}`), {
  onGap: ({ size }) => console.warn(`${size ?? 'some'} ends were missed`),
})

const worker = queue.process(({ km }) => (km < 100 ? { cents: 200 + 150 * km } : bury('too far')))
const [, , cancelled] = await queue.enqueueAll([
  { payload: { km: 4 }, id: 'ann' },
  { payload: { km: 400 }, id: 'ben' },
  { payload: { km: 7 }, id: 'cid', delayMs: 3_600_000 },
])
await cancelled!.cancel({ reason: 'took the train' })

// Who comes later: a group is given each end that is kept, at least once, with attempts and dead letters.
const invoices: string[] = []
const member = await queue.outcomes.consume(
  'invoices',
  ({ payload: outcome }) => {
    if (outcome.state === 'completed') invoices.push(`${outcome.id} pays ${outcome.result.cents}`)
    else if (outcome.state === 'dead' || outcome.state === 'cancelled') {
      invoices.push(`${outcome.id} pays nothing: ${outcome.reason}`)
    }
  },
  { from: 'earliest' },
)
while (states.length < 3 || invoices.length < 3) await pause(10)
await member.close()
console.log(states.toSorted().join(', '))
console.log(invoices.toSorted().join('\n'))
console.log(await queue.outcomes.groups(), await queue.outcomes.group('invoices').lag())

await board.close()
await worker.close()
await broker.close()
