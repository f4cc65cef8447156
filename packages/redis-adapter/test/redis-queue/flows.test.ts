// Flows in Redis: what they leave behind, what they take, and what becomes of them when whoever does a chore dies amid it.
import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()
const { redis } = lab

const edgeOf = (parent: string, child: string, index = 0, queue = 'children') => ({
  parent,
  child: { queue, n: child, index },
})

async function complete(port: QueuePort, count: number, keepResults = true): Promise<void> {
  const worker = port.worker()
  const { claimed } = await worker.turn({ want: count })
  await worker.turn({
    keepResults,
    settlements: claimed.map(({ lease }) => ({ kind: 'complete', lease, result: '1' })),
  })
}

describe('what flows leave behind', () => {
  it('children of tasks of which nothing is kept are forgotten', async () => {
    const port = await lab.queue()
    const { flows } = port.driver
    const parents = await port.addMany(300)
    for (const n of parents) await flows!.link([edgeOf(n, '1'), edgeOf(n, '2')])
    expect(await redis.zcard(port.key('edges'))).toBe(900)
    await complete(port, 300, false)
    for (let taken = 1; taken > 0;) {
      const chores = await flows!.chores(1_000)
      await flows!.finish(chores)
      taken = chores.length
    }
    const [live] = await port.addMany(1)
    for (let i = 0; i < 1_000; i++) await flows!.link([edgeOf(live!, '1')])
    expect(await redis.zcard(port.key('edges'))).toBeLessThan(100)
  })

  it('a flow that ended, and one that was cancelled, leave no chore behind', async () => {
    const broker = createBroker(redisAdapter({ url: lab.server.url }), { logger: silentLogger })
    lab.defer(() => broker.close({ deadlineMs: 100 }))
    const [parents, children] = [broker.queue('left-parents'), broker.queue('left-children')]
    const done = await children.enqueue(1, { after: [await parents.enqueue(1), await parents.enqueue(2)] })
    const root = await parents.enqueue(3, { delayMs: 60_000 })
    const cancelled = await children.enqueue(1, { after: root })
    await root.cancel({ tree: true })
    for (const queue of [parents, children]) queue.process(() => 1)
    await done.result({ timeoutMs: 20_000 })
    expect((await cancelled.outcome()).state).toBe('cancelled')
    const left = async (): Promise<unknown[]> => {
      const keys = ['left-parents', 'left-children'].map((name) => `mq:{${name}}`)
      const fields = await Promise.all(keys.map((key) => redis.hkeys(`${key}:kin`)))
      return [
        ...(await Promise.all(keys.map((key) => redis.zcard(`${key}:chores`)))),
        fields.flat().filter((field) => /^!|\./.test(field)),
      ]
    }
    await eventually(async () => JSON.stringify(await left()) === '[0,0,[]]', 'an end of all chores')
  })

  it('a task with ten thousand parents keeps nothing of them when it is done', async () => {
    const port = await lab.queue()
    const flows = port.driver.flows!
    const numbers = Array.from({ length: 10_000 }, (_, i) => String(1_000_000 + i))
    const after = { depth: 1, onDead: 'run', parents: numbers.map((n) => ({ queue: 'parents', n })) } as const
    const [child] = (await port.offer([{ after }])).map((receipt) => ('n' in receipt ? receipt.n : ''))
    const end = { state: 'completed', endedAt: 1, body: '1', why: '' } as const
    for (let at = 0; at < 10_000; at += 1_000) {
      const children = Array.from({ length: 1_000 }, (_, i) => ({ n: child!, index: at + i, end: 0 }))
      expect((await flows.tell({ ends: [end], children })).every(Boolean)).toBe(true)
    }
    await flows.finish([{ kind: 'check', n: child!, token: '0' }])
    expect(await redis.hlen(port.key('kin'))).toBe(10_002)
    await complete(port, 1)
    await flows.chores(1)
    expect(await redis.hkeys(port.key('kin')).then((fields) => fields.filter((field) => field.includes('.')))).toEqual(
      [],
    )
    expect(await redis.zcard(port.key('chores'))).toBe(0)
  })
})

describe('whoever does a chore dies amid it', () => {
  /** So many calls of flows are answered, then none. */
  const STEPS = ['chores', 'tell', 'finish', 'link', 'family'] as const

  it.each(STEPS.flatMap((step) => [[step, 'before'] as const, [step, 'after'] as const]))(
    '%s: dies %s it, and another does it',
    async (step, when) => {
      const name = `amid-${step}-${when}`
      const dying = createBroker(dyingAt(step, when), { logger: silentLogger, operationTimeoutMs: 500 })
      lab.defer(() => dying.close({ deadlineMs: 0 }).catch(() => undefined))
      await dying.ready({ timeoutMs: 20_000 })
      const parents = dying.queue(`${name}-p`)
      const parent = await parents.enqueue('parent')
      const child = await dying.queue(`${name}-c`).enqueue('child', { after: parent })
      parents.process(() => 'done')
      await parent.result({ timeoutMs: 20_000 })
      const other = createBroker(redisAdapter({ url: lab.server.url }), { logger: silentLogger })
      lab.defer(() => other.close({ deadlineMs: 100 }))
      let runs = 0
      other.queue(`${name}-p`).process(() => 1)
      other.queue(`${name}-c`).process(() => ++runs)
      expect(await other.queue(`${name}-c`).task(child.id).result({ timeoutMs: 30_000 })).toBe(1)
    },
  )

  /** An adapter whose flows have no answer any more, from this call on. */
  function dyingAt(step: (typeof STEPS)[number], when: 'before' | 'after'): ReturnType<typeof redisAdapter> {
    const adapter = redisAdapter({ url: lab.server.url })
    let dead = false
    const dies = (): Promise<never> => new Promise(() => undefined)
    return {
      ...adapter,
      open(environment) {
        const storage = adapter.open(environment)
        return new Proxy(storage, {
          get(target, member) {
            if (member !== 'queue') return bound(target, member)
            return (name: string) => {
              const driver = target.queue(name)
              const flows = new Proxy(driver.flows!, {
                get: (inner, verb) => async (argument: never) => {
                  if (dead) return dies()
                  if (verb !== step) return (bound(inner, verb) as (argument: never) => unknown)(argument)
                  dead = true
                  if (when === 'after') await (bound(inner, verb) as (argument: never) => unknown)(argument)
                  return dies()
                },
              })
              return new Proxy(driver, { get: (inner, verb) => (verb === 'flows' ? flows : bound(inner, verb)) })
            }
          },
        })
      },
    }
  }

  function bound(target: object, member: string | symbol): unknown {
    const value: unknown = Reflect.get(target, member)
    return typeof value === 'function' ? value.bind(target) : value
  }
})
