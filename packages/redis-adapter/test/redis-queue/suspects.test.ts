// Neighbours of a poison task: tasks in flight beside a poison task collected its crashes and would have been buried with it.
import type { Broker } from '@mq/core'
import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const CONCURRENCY = 100
const lab = await Lab.start()

/** A process: all its connections go at once, and whatever it does afterwards reaches nobody. */
class Victim {
  readonly broker: Broker
  readonly #end: () => void
  dead = false

  static async start(): Promise<Victim> {
    const { createBroker, silentLogger } = await import('@mq/core')
    const { redisAdapter } = await import('@mq/redis-adapter')
    const { Redis } = await import('ioredis')
    const clients: { disconnect(): void }[] = []
    let dead = false
    const connect = () => {
      // Once it is dead it reaches for a port where nobody listens.
      const client = new Redis(dead ? 1 : lab.server.port, '127.0.0.1', {
        enableOfflineQueue: false,
        retryStrategy: null,
      })
      clients.push(client)
      return client as never
    }
    const broker = createBroker(redisAdapter({ connect }), { logger: silentLogger })
    lab.defer(() => broker.close({ deadlineMs: 0 }))
    await broker.ready()
    return new Victim(broker, () => {
      dead = true
      for (const client of clients) client.disconnect()
    })
  }

  private constructor(broker: Broker, end: () => void) {
    this.broker = broker
    this.#end = end
  }

  die(): void {
    this.dead = true
    this.#end()
  }
}

it('a poison task is buried at last, and none of 99 neighbours in flight with it is', async () => {
  const name = lab.freshName()
  const queue = (await lab.broker()).queue(name)
  const tasks = await queue.enqueueAll(
    Array.from({ length: CONCURRENCY }, (_, i) => ({ payload: i === 50 ? 'poison' : `old ${i}` })),
  )
  const done = new Map<unknown, number>()
  /** With which suspects it died. */
  const beside: unknown[][] = []
  let deaths = 0
  const process = async (): Promise<void> => {
    const victim = await Victim.start()
    const running = new Set<unknown>()
    victim.broker.queue(name).process(
      async (payload) => {
        running.add(payload)
        if (payload === 'poison') {
          // All that were claimed with it have begun: this is the moment in which most are hit.
          await new Promise((resolve) => setImmediate(resolve))
          if (deaths >= 2) beside.push([...running])
          deaths++
          victim.die()
          return new Promise(() => undefined)
        }
        // In flight as long as the poison task may start beside it.
        if (deaths < 2) await new Promise(() => undefined)
        if (victim.dead) return new Promise(() => undefined)
        done.set(payload, (done.get(payload) ?? 0) + 1)
        running.delete(payload)
        return undefined
      },
      { concurrency: CONCURRENCY, leaseMs: 1_000, prefetch: false },
    )
    const isOver = async (): Promise<boolean> => done.size === 2 * CONCURRENCY - 1 && (await queue.stats()).dead === 1
    await eventually(async () => victim.dead || isOver(), 'a death, or an end of all work')
    if (victim.dead) return process()
  }
  const all = process()
  await eventually(() => deaths === 2, 'two deaths with all in flight')
  // These come when the poison task is known as a suspect: it must not run beside them.
  await queue.enqueueAll(Array.from({ length: CONCURRENCY }, (_, i) => ({ payload: `new ${i}` })))
  await all

  // Once with other suspects, perhaps, and then alone.
  expect(beside.at(-1)).toEqual(['poison'])
  expect(beside.length).toBeLessThanOrEqual(2)
  expect(beside.flat().filter((payload) => String(payload).startsWith('new'))).toEqual([])
  await eventually(async () => (await queue.stats()).dead === 1, 'a dead letter')
  expect((await queue.dead.list()).map(({ payload, reason, crashes }) => [payload, reason, crashes])).toEqual([
    ['poison', 'crash-limit', 3],
  ])
  expect(done.size).toBe(2 * CONCURRENCY - 1)
  // Those that had ended beside it, and were not settled yet, run again.
  expect([...done.values()].every((times) => times <= 2)).toBe(true)
  expect(await tasks[50]!.outcome()).toMatchObject({ state: 'dead', reason: 'crash-limit' })
})
