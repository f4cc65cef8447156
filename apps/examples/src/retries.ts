// Which failures are worth another attempt, and when. What is not worth one, or has had its last, waits as a dead
// letter.
import { createBroker, defineQueue, retry, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

class BankError extends Error {
  override readonly name = 'BankError'
  readonly code: string
  constructor(code: string) {
    super(`the bank says: ${code}`)
    this.code = code
  }
}

const payments = defineQueue({
  name: 'payments',
  payload: z.object({ card: z.string(), cents: z.int().positive() }),
  attempts: 3,
  retryIf: (error) => !(error instanceof BankError && error.code === 'card-refused'),
  backoff: (failures, error) => (error instanceof BankError && error.code === 'busy' ? 50 * failures : 10),
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const onError = (error: Error): void => console.log(error.message)
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { onError, logger: silentLogger })
const queue = broker.queue(payments)
let isHoliday = true

queue.process(({ card, cents }, { attempt, attempts }) => {
  if (card === 'stolen') throw new BankError('card-refused')
  if (card === 'foreign') throw new BankError('busy')
  if (isHoliday) {
    isHoliday = false
    return retry({ delayMs: 20, countsAsAttempt: false }) // not a failure: the bank is closed
  }
  return { paid: cents, attempt, attempts }
})

for (const card of ['mine', 'foreign', 'stolen']) {
  const task = await queue.enqueue({ card, cents: 1_999 }, { id: card })
  const outcome = await task.outcome()
  console.log(card, outcome.state, outcome.state === 'completed' ? outcome.result : '')
}
// One task may have its own rules: they are stored with it.
const once = await queue.enqueue({ card: 'foreign', cents: 5 }, { id: 'only-once', attempts: 1 })
console.log('only-once', (await once.outcome()).state)

for (const { id, reason, failures } of await queue.dead.list())
  console.log(`dead letter ${id}: ${reason}`, { failures })

await broker.close()
