// What Redis holds of a partition that is sealed.
import type { NewTask } from '@mq/core'
import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()

const keyed = (key: string, more: Partial<NewTask> = {}): Partial<NewTask> => ({
  key,
  header: JSON.stringify({ key }),
  ...more,
})
const SEALS = { seals: true }

async function stateOf(port: QueuePort, task: Partial<NewTask>): Promise<string> {
  const [receipt] = await port.offer([task])
  return receipt!.state
}

async function bury(port: QueuePort, ...tasks: (string | Partial<NewTask>)[]): Promise<string[]> {
  const numbers = await port.add(...tasks)
  const worker = port.worker()
  const bury = { kind: 'bury', reason: 'bad', detail: '', charge: false } as const
  await worker.settle(...(await worker.claim()).map(({ lease }) => ({ ...bury, lease })))
  return numbers
}

async function awayOf(port: QueuePort): Promise<string[]> {
  const fields = await port.redis.hkeys(port.key('meta'))
  return fields.filter((field) => field.startsWith('away:')).toSorted()
}

const retire = async (port: QueuePort): Promise<number> => (await port.driver.apply({ kind: 'retire' })).changed

it('notes which keys of letters that are redriven are elsewhere, and of no others', async () => {
  const port = await lab.queue()
  const letters = await bury(port, keyed('gone'), keyed('here'), '"plain"')
  await port.add(keyed('here'))
  await port.offer([keyed('other')], SEALS)
  expect(await awayOf(port)).toEqual([])
  const tasks = letters.map((n) => ({ n, delayMs: 0 }))
  expect(await port.driver.apply({ kind: 'redrive', tasks })).toEqual({ changed: 3, refused: [] })
  expect(await awayOf(port)).toEqual(['away:4:gone'])
  expect(await port.redis.hget(port.key('meta'), 'looked')).toBe('1')
})

it('lets keys go of which tasks may be delayed, once more are than one call may look through', async () => {
  const port = await lab.queue()
  await port.offer([keyed('busy'), keyed('late', { delayMs: 60_000 })])
  const many = Array.from({ length: 1_000 }, () => keyed('busy', { delayMs: 60_000 }))
  await port.offer([keyed('busy')], SEALS)
  const [first] = await port.offer([keyed('gone')])
  expect(first).toEqual({ state: 'moved' })
  for (let i = 0; i < 9; i++) await port.offer(many)
  expect(await stateOf(port, keyed('late', { delayMs: 60_000 }))).toBe('accepted')
  expect(await stateOf(port, keyed('gone'))).toBe('moved')
  for (let i = 0; i < 2; i++) await port.offer(many)
  for (let i = 0; i < 2; i++) expect(await stateOf(port, keyed('late'))).toBe('moved')
  expect(await stateOf(port, keyed('busy'))).toBe('accepted')
  expect(await awayOf(port)).toEqual(['away:4:late'])
})

it('takes tasks of any key, where more are delayed from the beginning than it looks through', async () => {
  const port = await lab.queue()
  await port.offer(Array.from({ length: 1_000 }, () => keyed('busy', { delayMs: 60_000 })))
  await port.offer([keyed('busy', { delayMs: 60_000 })])
  const [receipt] = await port.offer([keyed('other')], SEALS)
  expect(receipt!.state).toBe('accepted')
})

it('is not retired before the rate of each of its keys is over', async () => {
  const port = await lab.queue()
  await port.add(keyed('a'), keyed('b'))
  const worker = port.worker()
  const limits = { perKey: { rate: { count: 1, perMs: 3_000, burst: 1 } } }
  const tasks = await worker.claim(2, { limits })
  await worker.turn({
    settlements: tasks.map(({ lease }) => ({ kind: 'complete', lease }) as const),
    keepResults: false,
  })
  expect(await retire(port)).toBe(0)
  // As an earlier version wrote it.
  await port.redis.hset(port.key('meta'), 'sealed', 1)
  expect(await retire(port)).toBe(0)
  await eventually(async () => (await retire(port)) === 1, 'its end')
})

it('is retired a minute after it was sealed, which is asked for anew when a failover lost that', async () => {
  const port = await lab.queue()
  const meta = port.key('meta')
  await port.offer(['1'], SEALS)
  const sealedAt = Number(await port.redis.hget(meta, 'sealed'))
  expect(Math.abs(Date.now() - sealedAt)).toBeLessThan(10_000)
  expect(await retire(port)).toBe(0)
  await port.redis.hset(meta, 'sealed', sealedAt - 61_000)
  await port.redis.hdel(meta, 'sealed')
  const hints = await port.hear()
  expect(await retire(port)).toBe(0)
  await eventually(() => hints.some(({ kind }) => kind === 'sealed'), 'a hint')
  expect(Number(await port.redis.hget(meta, 'sealed'))).toBeGreaterThanOrEqual(sealedAt)
  // A clock that was put back.
  await port.redis.hset(meta, 'sealed', sealedAt + 3_600_000)
  expect(await retire(port)).toBe(0)
  expect(Number(await port.redis.hget(meta, 'sealed'))).toBeLessThan(sealedAt + 60_000)
  await port.redis.hset(meta, 'sealed', sealedAt - 61_000)
  expect(await retire(port)).toBe(1)
  expect(await port.redis.hgetall(meta)).toEqual({ layout: '2', sealed: String(sealedAt - 61_000) })
  expect(await port.redis.pttl(meta)).toBeGreaterThan(80_000_000)
  expect((await port.offer(['2']))[0]).toEqual({ state: 'moved' })
  expect(await retire(port)).toBe(1)
})

it('keeps nothing of producers that end after it was retired, and did not know it', async () => {
  const port = await lab.queue()
  expect(await retire(port)).toBe(0)
  await port.redis.hset(port.key('meta'), 'sealed', Date.now() - 61_000)
  expect(await retire(port)).toBe(1)
  await port.driver.endLanes([{ lane: 'late', seq: 1 }])
  expect(await port.redis.exists(port.key('producers'))).toBe(0)
})

it('notes the end of producers while it is only sealed', async () => {
  const port = await lab.queue()
  await port.add('1')
  await port.offer(['2'], SEALS)
  await port.redis.unlink(port.key('producers'))
  await port.driver.endLanes([{ lane: 'late', seq: 1 }])
  expect(await port.redis.hkeys(port.key('producers'))).toEqual(['late'])
})
