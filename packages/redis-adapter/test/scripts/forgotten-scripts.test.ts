// A server forgets its scripts at a restart, a failover, a SCRIPT FLUSH, and (from 7.4) where others run many of their own. What is
// under way then is sent again, and must take effect once, in its place.
import { createBroker, defineChannel, silentLogger, systemClock } from '@mq/core'
import type { HistoryLimits, Storage } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { forgetfulClient } from '../lab/forgetful-client.ts'
import type { Around } from '../lab/forgetful-client.ts'
import { rollDice } from '../lab/seeded.ts'
import { KEPT } from '../lab/furnished-group.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()
const NOTHING: Around = { forgets: false, loadsAgain: false }

/** A participant, and a way to say what happens around its next calls by digest. */
async function forgetful(): Promise<{ storage: Storage; next: (...around: Around[]) => void }> {
  const script: Around[] = []
  const connect = (): ReturnType<typeof forgetfulClient> =>
    forgetfulClient(lab.server.url, () => script.shift() ?? NOTHING)
  const onError = (error: Error): void => void lab.errors.push(error)
  const storage = redisAdapter({ connect }).open({ clock: systemClock, logger: silentLogger, onError })
  lab.defer(() => storage.close())
  await storage.ready()
  return { storage, next: (...around) => void script.push(...around) }
}

const FORGOTTEN: Around = { forgets: true, loadsAgain: true }
const HELD_BACK: Around = { ...NOTHING, isHeldBack: true }
const histories: [string, HistoryLimits | undefined][] = [
  ['without history', undefined],
  ['with history', KEPT],
]

const behind: [string, Around[]][] = Object.entries({
  'when the first finds no script and the second does': [FORGOTTEN, NOTHING],
  'when the second finds none': [NOTHING, FORGOTTEN],
  'when neither does': [FORGOTTEN, { forgets: true, loadsAgain: false }],
  'when the first two do not and the third does': [FORGOTTEN, FORGOTTEN, NOTHING],
  'when its client holds the first back': [HELD_BACK, NOTHING],
  'when its client holds all but one back': [HELD_BACK, HELD_BACK, NOTHING, HELD_BACK],
})

describe.each(histories)('publishes that are under way together, %s,', (kind, history) => {
  it.each(behind)(`are all done, once and in order, ${kind}, %s`, async (_what, around) => {
    const { storage, next } = await forgetful()
    const channel = storage.channel(lab.freshName())
    const heard: string[] = []
    await channel.subscribe({
      onFrame: ({ bodies }) => void heard.push(...bodies),
      onMalformed: () => undefined,
      onInterruption: () => undefined,
    })
    const { n } = await channel.publish(['first'], history)
    next(...around)
    const rest = ['a', 'b', 'c', 'd']
    const positions = await Promise.all(rest.map((body) => channel.publish([body], history)))
    expect(positions.map((position) => position.n - n)).toEqual([1, 2, 3, 4])
    await eventually(() => heard.length === 5, 'all messages')
    expect(heard).toEqual(['first', ...rest])
  })
})

describe.each(behind)('enqueues that are under way together', (what, around) => {
  it(`are all done, once and in order, ${what}`, async () => {
    const { storage, next } = await forgetful()
    const queue = storage.queue(lab.freshName())
    const seqs = [0, 0]
    const enqueue = async (payload: string, i: number): Promise<unknown> => {
      const task = { level: 4, delayMs: 0, header: '', payload }
      const batch = { lane: `producer.${i % 2}`, seq: ++seqs[i % 2]!, tasks: [task], atomic: false }
      return queue.enqueue(batch)
    }
    await enqueue('first', 0)
    next(...around)
    const rest = ['a', 'b', 'c', 'd']
    await Promise.all(rest.map((payload, i) => enqueue(payload, i + 1)))
    const claimed = await new WorkerLane(queue).claim(10)
    expect(claimed.map(({ payload }) => payload)).toEqual(['first', ...rest])
  })
})

describe('while the server forgets its scripts again and again,', () => {
  it('nothing is refused, lost or done twice, and each publisher keeps its order', async () => {
    const dice = rollDice('forgotten scripts')
    const storm = (): Around => ({
      forgets: dice.next() < 0.2,
      loadsAgain: dice.next() < 0.5,
      isHeldBack: dice.next() < 0.02,
    })
    let calm = false
    const connect = (): ReturnType<typeof forgetfulClient> =>
      forgetfulClient(lab.server.url, () => (calm ? NOTHING : storm()))
    const brokers = [0, 1, 2].map(() => {
      const broker = createBroker(redisAdapter({ connect }), {
        logger: silentLogger,
        onError: (error) => void lab.errors.push(error),
      })
      lab.defer(() => broker.close({ deadlineMs: 100 }))
      return broker
    })
    await Promise.all(brokers.map((broker) => broker.ready()))
    const definition = defineChannel({ name: lab.freshName(), history: { maxCount: 100_000 } })
    const [plain, tasks] = [lab.freshName(), lab.freshName()]
    const [heard, kept, consumed, done]: string[][] = [[], [], [], []]
    const note = (into: string[] | undefined) => (payload: unknown) => void into!.push(String(payload))
    await brokers[0]!.channel(plain).subscribe(({ payload }) => note(heard)(payload), { buffer: 100_000 })
    await brokers[0]!.channel(definition).subscribe(({ payload }) => note(kept)(payload), { buffer: 100_000 })
    await brokers[1]!.channel(definition).consume('g', ({ payload }) => note(consumed)(payload))
    const worker = brokers[1]!.queue(tasks).process((payload) => note(done)(payload))

    const names: string[] = []
    const refusals: unknown[] = []
    for (let round = 0; round < 100; round++) {
      const calls = brokers.flatMap((broker, b) => {
        const name = `${b}-${round}`
        names.push(name)
        return [
          broker.channel(plain).publish(name),
          broker.channel(definition).publish(name),
          broker.queue(tasks).enqueue(name),
        ]
      })
      const all = Promise.all(calls).catch((thrown: unknown) => refusals.push(thrown))
      // Several are under way at once, but not always.
      if (round % 4 === 0) await all
      else await new Promise(setImmediate)
    }
    await eventually(() => [heard, kept, consumed, done].every((each) => each!.length >= names.length), 'all to arrive')
    calm = true
    expect(refusals).toEqual([])
    for (const each of [heard, kept]) {
      for (const b of [0, 1, 2]) {
        const own = (list: readonly string[]): string[] => list.filter((name) => name.startsWith(`${b}-`))
        expect(own(each!)).toEqual(own(names))
      }
    }
    for (const each of [consumed, done]) expect([...each!].sort()).toEqual([...names].sort())
    expect(worker.stats()).toMatchObject({ failed: 0, stale: 0 })
    expect(lab.errors).toEqual([])
  })
})
