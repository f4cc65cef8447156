import { createBroker, silentLogger } from '@mq/core'
import type { Adapter, Context, Queue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'
import { makeSuspects } from './make-suspect.ts'

const LEASE_MS = 1_000

type Handler = (payload: unknown, context: Context) => Promise<unknown>

/** A process that can be killed: nothing of it reaches the storage any more, and its handlers go no further. */
class Victim {
  dead = false
  readonly queue: Queue

  constructor({ adapter, clock }: BrokerBench) {
    this.queue = createBroker(this.#mortal(adapter), { clock, logger: silentLogger }).queue('q')
  }

  process(handler: Handler, concurrency: number): void {
    this.queue.process(
      async (payload, context) => {
        const answer = await handler(payload, context)
        if (this.dead) await new Promise(() => undefined)
        return answer
      },
      { concurrency, leaseMs: LEASE_MS },
    )
  }

  #mortal(inner: Adapter): Adapter {
    const unlessDead = <A extends unknown[], R>(call: (...given: A) => Promise<R>) => {
      return (...given: A): Promise<R> => (this.dead ? new Promise<R>(() => undefined) : call(...given))
    }
    return withQueue(inner, (driver) => ({
      settleAndClaim: unlessDead((turn) => driver.settleAndClaim(turn)),
      extend: unlessDead((leases, ms) => driver.extend(leases, ms)),
      note: unlessDead((notes) => driver.note(notes)),
    }))
  }
}

/** So many tasks of which two workers died, some of which kill their worker; a new worker comes for each that dies. */
async function survive(count: number, poison: readonly number[], concurrency: number) {
  const bench = brokerBench()
  const { broker, clock, pause } = bench
  const queue = broker.queue('q')
  await queue.enqueueAll(Array.from({ length: count }, (_, i) => ({ payload: i })))
  await makeSuspects(bench, count)
  const begun = clock.now()
  let deaths = 0
  let [running, most] = [0, 0]
  for (let victim = start(); ; await clock.advance(50)) {
    const { waiting, delayed, running: leased } = await queue.stats()
    if (waiting + delayed + leased === 0 || clock.now() - begun > 600_000) break
    if (!victim.dead) continue
    deaths++
    running = 0
    victim = start()
  }
  return { deaths, most, tookMs: clock.now() - begun, dead: await queue.dead.list() }

  function start(): Victim {
    const victim = new Victim(bench)
    victim.process(async (payload) => {
      most = Math.max(most, ++running)
      const kills = poison.includes(payload as number)
      await pause(kills ? 20 : 50)
      if (kills) victim.dead = true
      running--
    }, concurrency)
    return victim
  }
}

describe('many tasks that were all running when two workers were killed', () => {
  it('run together again, as soon as one of them did no harm', async () => {
    const { deaths, most, tookMs, dead } = await survive(300, [], 50)
    expect({ deaths, most, dead }).toEqual({ deaths: 0, most: 50, dead: [] })
    expect(tookMs).toBeLessThan(1_500)
  })

  it.each(Array.from({ length: 20 }, (_, i) => i))(
    'lose no innocent one to the one that killed them, number %i of 20, which takes one worker more at the most',
    async (poison) => {
      const { deaths, dead } = await survive(20, [poison], 10)
      expect(dead.map(({ payload, reason, crashes }) => [payload, reason, crashes])).toEqual([
        [poison, 'crash-limit', 3],
      ])
      expect(deaths).toBeLessThanOrEqual(2)
    },
  )

  it.each([
    ['at the head', [0, 1, 2, 3, 4]],
    ['spread over all', [49, 99, 149, 199, 249]],
    ['at the end', [295, 296, 297, 298, 299]],
  ])('lose no innocent one to five that kill their worker, %s, each of which takes two more', async (_, poison) => {
    const { deaths, tookMs, dead } = await survive(300, poison, 50)
    expect(dead.map(({ payload }) => payload as number).toSorted((a, b) => a - b)).toEqual(poison)
    expect(dead.map(({ reason, crashes }) => [reason, crashes])).toEqual(poison.map(() => ['crash-limit', 3]))
    expect(deaths).toBeLessThanOrEqual(2 * poison.length)
    // A lease for each that died, and the work itself.
    expect(tookMs).toBeLessThan(deaths * LEASE_MS + 1_500)
  })

  it('keep what they noted, and are marked among it', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    const tasks = await queue.enqueueAll(Array.from({ length: 4 }, (_, i) => ({ payload: i })))
    await makeSuspects(bench, 4)
    let steps = 0
    const handler: Handler = async (_, { once }) => {
      await once('step', () => ++steps)
      if (steps === 3) victim.dead = true
      return once('last', () => 'done')
    }
    const victim = new Victim(bench)
    victim.process(handler, 5)
    await clock.advance(LEASE_MS + 500)
    expect(victim.dead).toBe(true)
    new Victim(bench).process(handler, 5)
    await clock.advance(5_000)
    const outcomes = await Promise.all(tasks.map((task) => task.outcome({ timeoutMs: 0 })))
    expect(outcomes.map(({ state }) => state)).toEqual(Array(4).fill('completed'))
    expect(steps).toBeLessThanOrEqual(6)
  })
})
