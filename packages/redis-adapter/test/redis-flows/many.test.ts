// Ten thousand before one task, and after one: each runs once, for a bounded number of commands, and leaves little behind.
import { defineQueue, unchecked } from '@mq/core'
import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const MANY = 10_000
const BULK = 1_000
const CONCURRENCY = 100

const fresh = () => defineQueue({ name: lab.freshName(), payload: unchecked<number>() })

/** Commands that Redis has done, those in scripts counted, and requests that it was sent for them. */
async function work(): Promise<{ commands: number; requests: number }> {
  const stats = await lab.redis.info('commandstats')
  let [commands, requests] = [0, 0]
  for (const [, name = '', calls] of stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (/^(?:info|config|client|ping|hello|subscribe)/.test(name)) continue
    commands += Number(calls)
    if (name.startsWith('eval')) requests += Number(calls)
  }
  return { commands, requests }
}

async function bytes(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await lab.redis.info('memory'))![1])
}

/** Does it, says what it took, and answers that: a task. */
async function measured(what: string, act: () => Promise<void>): Promise<{ commands: number; requests: number }> {
  const [before, beganAt] = [await work(), performance.now()]
  await act()
  const after = await work()
  const took = {
    commands: (after.commands - before.commands) / MANY,
    requests: (after.requests - before.requests) / MANY,
  }
  const ms = Math.round(performance.now() - beganAt)
  console.log(`${what}: ${ms} ms, ${took.commands.toFixed(2)} commands and ${took.requests.toFixed(4)} requests a task`)
  return took
}

async function addMany(add: (payloads: readonly number[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < MANY; from += BULK) await add(Array.from({ length: BULK }, (_, i) => from + i))
}

const leftOf = async (name: string): Promise<[number, number, number]> => {
  const key = `mq:{${name}}`
  const fields = await lab.redis.hkeys(`${key}:kin`)
  return [
    await lab.redis.zcard(`${key}:chores`),
    fields.filter((field) => field.startsWith('!')).length,
    fields.filter((field) => field.includes('.')).length,
  ]
}

it('one task runs once, after ten thousand others', async () => {
  const broker = await lab.broker()
  const [parents, children] = [broker.queue(fresh()), broker.queue(fresh())]
  const memory = await bytes()
  const handles: { queue: string; id: string }[] = []
  await measured('ten thousand parents enqueued', () =>
    addMany(async (payloads) => {
      const tasks = await parents.enqueueAll(payloads.map((payload) => ({ payload })))
      handles.push(...tasks.map(({ queue, id }) => ({ queue, id })))
    }),
  )
  let child = parents.task('none')
  const added = await measured('one after them', async () => {
    child = await children.enqueue(0, { after: handles })
  })
  // Ten looks and ten links, of a thousand each.
  expect(added.requests * MANY).toBeLessThanOrEqual(30)
  let ran = 0
  const seen = new Set<number>()
  const ended = await measured('all of them run', async () => {
    children.process(async (_, context) => {
      ran++
      const ends = await context.parents()
      return [seen.size, ends.length, ends.every((end, i) => end.state === 'completed' && end.result === i)]
    })
    parents.process((payload) => (seen.add(payload), payload), { concurrency: CONCURRENCY })
    expect(await child.result({ timeoutMs: 60_000 })).toEqual([MANY, MANY, true])
  })
  expect(ended.commands).toBeLessThan(15)
  expect(ended.requests).toBeLessThan(0.15)
  await eventually(async () => String(await leftOf(children.name)) === '0,0,0', 'nothing to be left of its parents')
  await eventually(async () => String(await leftOf(parents.name)) === '0,0,0', 'no chore to be left')
  expect(ran).toBe(1)
  const grown = (await bytes()) - memory
  console.log(`what is kept of ten thousand and one: ${Math.round(grown / MANY)} bytes a task`)
  expect(grown / MANY).toBeLessThan(1_000)
})

it('ten thousand tasks run once each, after one', async () => {
  const broker = await lab.broker()
  const [parents, children] = [broker.queue(fresh()), broker.queue(fresh())]
  const memory = await bytes()
  const parent = await parents.enqueue(7)
  const added = await measured('ten thousand after one', () =>
    addMany((payloads) => children.enqueueAll(payloads.map((payload) => ({ payload, after: parent })))),
  )
  expect(added.requests * MANY).toBeLessThanOrEqual(60)
  expect(await children.stats()).toMatchObject({ delayed: MANY, blocked: MANY })
  const times = new Map<number, number>()
  const ended = await measured('all of them run', async () => {
    parents.process((payload) => payload)
    children.process(
      (payload) => {
        times.set(payload, (times.get(payload) ?? 0) + 1)
      },
      { concurrency: CONCURRENCY },
    )
    await eventually(() => times.size === MANY, 'all of them to run')
    await children.drain({ timeoutMs: 60_000 })
  })
  expect([...times.values()].every((count) => count === 1)).toBe(true)
  expect(ended.commands).toBeLessThan(15)
  expect(ended.requests).toBeLessThan(0.1)
  await eventually(async () => String(await leftOf(children.name)) === '0,0,0', 'nothing to be left of their parent')
  const grown = (await bytes()) - memory
  console.log(`what is kept of one and ten thousand: ${Math.round(grown / MANY)} bytes a task`)
  expect(grown / MANY).toBeLessThan(1_000)
})
