// Orders to a whole queue, in each moment of a change of its partitions, whose process may be gone after each step.
import { expect, it } from 'vitest'
import { SteppedProcesses } from './stepped-processes.ts'
import type { Queue, Told } from './stepped-processes.ts'

const HOUR_MS = 3_600_000
const LIMITS = { perKey: { concurrency: 3 } }

type Order = 'pause' | 'resume' | 'set' | 'reset' | 'hold'
const ORDERS: readonly Order[] = ['pause', 'resume', 'set', 'reset', 'hold']

/** As `queue.limits` does. */
async function setLimits(queue: Queue, override: Told['override']): Promise<void> {
  for (;;) {
    const { version, override: had } = await queue.limits()
    if (JSON.stringify(had) === JSON.stringify(override)) return
    const after = await queue.setLimits({ override, version })
    if (JSON.stringify(after.override) === JSON.stringify(override)) return
  }
}

async function give(queue: Queue, order: Order): Promise<void> {
  if (order === 'pause' || order === 'resume') await queue.apply({ kind: order })
  else if (order === 'hold') await queue.setLimits({ version: 0, holdForMs: HOUR_MS })
  else await setLimits(queue, order === 'set' ? LIMITS : undefined)
}

/** What is so after it. */
const AFTER: Record<Order, Partial<Told>> = {
  pause: { paused: true },
  resume: { paused: false },
  set: { override: LIMITS },
  reset: { override: undefined },
  hold: { held: true },
}
/** What was said before it, and what may be said after it in its place. */
const BEFORE: Record<Order, readonly Order[]> = {
  pause: ['pause', 'resume'],
  resume: ['pause', 'resume', 'pause'],
  set: ['set', 'reset'],
  reset: ['set', 'reset', 'set'],
  hold: [],
}
const BACK: Partial<Record<Order, Order>> = { pause: 'resume', resume: 'pause', set: 'reset', reset: 'set' }
const [DIVIDER, OPERATOR, OTHER] = [0, 1, 2] as const

const SAID = { paused: false, override: undefined, held: false }

interface Begun {
  readonly processes: SteppedProcesses
  readonly queues: readonly [Queue, Queue, Queue]
}

const THEN = ['goes on', 'gone', 'gone, and the order is taken back', 'published, gone, and the order is taken back']

/** `isUsed`: former partitions have something for a day. */
async function begun(isUsed: boolean, before: readonly Order[] = []): Promise<Begun> {
  const processes = new SteppedProcesses()
  const queues = [processes.open(DIVIDER), processes.open(OPERATOR), processes.open(OTHER)] as const
  for (const queue of queues) await queue.stats()
  for (let seq = 1; isUsed && seq <= 2; seq++) {
    const task = { level: 4, delayMs: 24 * HOUR_MS, header: '', payload: '1' }
    await queues[OTHER].enqueue({ lane: 'producer.0', seq, atomic: false, tasks: [task] })
  }
  for (const order of before) await give(queues[OTHER], order)
  return { processes, queues }
}

/** Somebody uses the queue, and so goes on with what was left. */
async function goOn(processes: SteppedProcesses, queue: Queue): Promise<void> {
  await queue.stats()
  await processes.clock.advance(130_000)
}

for (const order of ORDERS) {
  it(`${order}: given between any two steps of a change, it is known in all partitions`, async () => {
    for (const isUsed of [true, false]) {
      for (const then of isUsed ? THEN : THEN.slice(0, 2)) {
        if (then.endsWith('back') && BACK[order] === undefined) continue
        for (let calls = 0, isOver = false; !isOver; calls++) {
          const { processes, queues } = await begun(isUsed, BEFORE[order])
          const [divider, operator, other] = queues
          let done = 0
          isOver = true
          await processes.run([() => divider.divide(5), () => give(operator, order)], (able) => {
            if (able.includes(DIVIDER) && done < calls) return (done++, DIVIDER)
            if (able.includes(OPERATOR)) return OPERATOR
            isOver = false
            if (then === 'goes on' || (then.startsWith('published') && processes.changes === 0)) return DIVIDER
            processes.kill(DIVIDER)
            return undefined
          })
          const what = `${isUsed ? 'used' : 'empty'}, ${then} after ${calls} calls`
          const back = then.endsWith('back') ? BACK[order] : undefined
          if (back !== undefined) await give(other, back)
          if (then !== 'goes on') await goOn(processes, other)
          for (const told of await processes.told()) expect(told, what).toMatchObject(AFTER[back ?? order])
          expect(processes.errors).toEqual([])
        }
      }
    }
  })

  it(`${order}: given while the queue is divided between any two steps of that, it is known in all partitions`, async () => {
    for (const isUsed of [true, false]) {
      for (let calls = 0, isOver = false; !isOver; calls++) {
        const { processes, queues } = await begun(isUsed, BEFORE[order])
        const [divider, operator] = queues
        let done = 0
        isOver = true
        await processes.run([() => divider.divide(5), () => give(operator, order)], (able) => {
          if (able.includes(OPERATOR) && done < calls) return (done++, OPERATOR)
          if (able.includes(DIVIDER)) return DIVIDER
          isOver = false
          return OPERATOR
        })
        const what = `${isUsed ? 'used' : 'empty'}, after ${calls} calls`
        for (const told of await processes.told()) expect(told, what).toMatchObject(AFTER[order])
        expect(processes.errors).toEqual([])
      }
    }
  })

  it(`${order}: given before a change, it is known in new partitions as soon as there are some`, async () => {
    const { processes, queues } = await begun(true, BEFORE[order])
    await give(queues[OPERATOR], order)
    const seen: Promise<Told[]>[] = []
    await processes.run([() => queues[DIVIDER].divide(5)], () => {
      seen.push(processes.told())
      return DIVIDER
    })
    const all = await Promise.all(seen)
    expect(all.at(-1)).toHaveLength(7)
    for (const told of all.flat()) expect(told).toMatchObject(AFTER[order])
  })
}

/** Of two operators, while two others divide the queue; each may be gone before it is done. */
async function anything(seed: number): Promise<void> {
  const random = randomOf(seed)
  const any = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  // Where nothing is left to go on with, who is gone half way leaves it so.
  const isUsed = seed % 3 > 0
  const { processes, queues } = await begun(isUsed)
  const [divider, operator] = queues
  const others = [processes.open(3), processes.open(4)]
  for (const queue of others) await queue.stats()
  const survivor = processes.open(5)
  await survivor.stats()
  let step = 0
  const given: { readonly order: Order; readonly from: number; to: number }[] = []
  const gives = (queue: Queue) => async (): Promise<void> => {
    for (let i = 0; i < 2; i++) {
      const one = { order: any(ORDERS), from: step, to: Number.POSITIVE_INFINITY }
      given.push(one)
      await give(queue, one.order)
      one.to = step
    }
  }
  const acts = [
    () => divider.divide(any([3, 5])),
    // Two of one process, at the same time.
    () => Promise.all([gives(operator)(), gives(operator)()]),
    gives(queues[OTHER]),
    () => others[0]!.divide(any([3, 5])),
    gives(others[1]!),
  ]
  const gone = new Set<number>()
  let current = 0
  const next = (able: readonly number[]): number | undefined => {
    step++
    const left = able.filter((process) => !gone.has(process))
    if (left.length === 0) return undefined
    // Long runs of one, too.
    if (!left.includes(current) || random() < 0.3) current = any(left)
    if (isUsed && random() < 0.004) {
      processes.kill(current)
      gone.add(current)
      return left.length === 1 ? undefined : any(left.filter((process) => process !== current))
    }
    return current
  }
  await processes.run(acts, next, (count) => Math.floor(random() * count))
  await goOn(processes, survivor)
  expect(processes.errors, `seed ${seed}`).toEqual([])
  const [first, ...rest] = await processes.told()
  for (const told of rest) expect({ ...told, place: first!.place }, `seed ${seed}`).toEqual(first)
  // Each is the last of its kind, or was given at the same time as that.
  for (const kind of [['pause', 'resume'], ['set', 'reset'], ['hold']] as const) {
    const its = given.filter(({ order }) => (kind as readonly Order[]).includes(order))
    const done = its.filter(({ to }) => Number.isFinite(to))
    const last = its.filter(({ to }) => !done.some(({ from }) => from > to))
    const may = [...last.map(({ order }) => AFTER[order]), ...(done.length > 0 ? [] : [pick(SAID, kind[0])])]
    const fits = may.some((expected) => matches(first!, expected))
    expect(fits, `seed ${seed}: ${JSON.stringify([first, its])}`).toBe(true)
  }
}

function pick(said: typeof SAID, of: Order): Partial<Told> {
  if (of === 'pause') return { paused: said.paused }
  return of === 'set' ? { override: said.override } : { held: said.held }
}

function matches(told: object, expected: object): boolean {
  return Object.entries(expected).every(
    ([name, value]) => JSON.stringify(Reflect.get(told, name)) === JSON.stringify(value),
  )
}

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

const RUNS = 150

it('orders of several at once, and changes of which any may end half way: all partitions were told the same last', async () => {
  for (let seed = 1; seed <= RUNS; seed++) await anything(seed)
})
