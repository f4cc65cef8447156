// Cancelled tasks that stay in a list: the id stood twice in the ready list and two workers ran it; cancelled ids kept a bounded queue full.
import type { Hint } from '@mq/core'
import { expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

it('runs an id once that was cancelled and enqueued again', async () => {
  const queue = await lab.queue()
  const first = await queue.addOne({ id: 'mail', payload: '"old"', header: '{"id":"mail"}' })
  expect(await queue.cancel(first)).toBe('cancelled')
  await queue.ageEndedIds(61_000)
  await queue.dropOutcomes()
  const second = await queue.addOne({ id: 'mail', payload: '"new"', header: '{"id":"mail"}' })
  expect(second).not.toBe(first)
  // As where it was in the middle of a long list: both numbers stand in it.
  await queue.redis.lpush(queue.key('ready:4'), first)

  const claims = await Promise.all([queue.worker().claim(10), queue.worker().claim(10)])
  expect(claims.flat().map((task) => [task.n, task.payload])).toEqual([[second, '"new"']])
})

it('takes the cancelled task for the id for a while', async () => {
  const queue = await lab.queue()
  const n = await queue.addOne({ id: 'mail', payload: '1', header: '{"id":"mail"}' })
  await queue.driver.apply({ kind: 'cancel', task: { id: 'mail' }, reason: 'no' })
  await queue.ageEndedIds(59_000)
  expect(await queue.offer([{ id: 'mail', payload: '1' }])).toEqual([{ state: 'existing', n }])
  expect(await queue.worker().claim()).toEqual([])
})

// The port says that a header is opaque to the adapter and may be empty.
// Found in core's header only, such an id once stood for its cancelled task for ever.
it('forgets the id of a cancelled task whose header does not name it', async () => {
  const queue = await lab.queue()
  const [a, b] = [
    { id: 'a', payload: '1' },
    { id: 'b', payload: '1' },
  ]
  await queue.cancel(await queue.addOne(a))
  await queue.addOne(b)
  await queue.driver.apply({ kind: 'cancel', task: { id: 'b' }, reason: 'no' })
  await queue.ageEndedIds(61_000)
  await queue.dropOutcomes()
  expect(await queue.offer([b])).toMatchObject([{ state: 'accepted' }])
  // Cancelled by its number: the id is told by whoever asks for it next, and free 60 s later.
  expect(await queue.offer([a])).toMatchObject([{ state: 'existing' }])
  await queue.ageEndedIds(61_000)
  await queue.dropOutcomes()
  expect(await queue.offer([a])).toMatchObject([{ state: 'accepted' }])
})

// The same, where somebody deleted the record.
it('forgets the id of a task that is gone without a trace', async () => {
  const queue = await lab.queue()
  const task = { id: 'a', payload: '1' }
  const n = await queue.addOne(task)
  await lab.redis.hdel(queue.key('tasks'), n)
  expect(await queue.offer([task])).toEqual([{ state: 'existing', n }])
  await queue.ageEndedIds(59_000)
  expect(await queue.offer([task])).toEqual([{ state: 'existing', n }])
  await queue.ageEndedIds(2_000)
  expect(await queue.offer([task])).toMatchObject([{ state: 'accepted' }])
})

it('has room in a bounded queue whose tasks were cancelled', async () => {
  const queue = await lab.queue()
  const capacity = 10
  const tasks = Array.from({ length: capacity }, () => '1')
  for (let round = 0; round < 3; round++) {
    const receipts = await queue.offer(tasks, { capacity })
    expect(receipts.every(({ state }) => state === 'accepted')).toBe(true)
    expect(await queue.offer(['1'], { capacity })).toEqual([{ state: 'full' }])
    for (const receipt of receipts) await queue.cancel('n' in receipt ? receipt.n : '')
  }
  expect(await queue.stats()).toMatchObject({ waiting: 0 })
})

it('tells those who wait for room when a waiting task is cancelled', async () => {
  const queue = await lab.queue()
  const hints = await queue.hear()
  const n = await queue.addOne('1')
  expect(await queue.offer(['2'], { capacity: 1, awaitRoom: true })).toEqual([{ state: 'full' }])
  await queue.cancel(n)
  await eventually(() => hints.some(({ kind }) => kind === 'room'), 'a hint that there is room')
})

it('finds the one task behind thousands of cancelled ones, whatever it wants', async () => {
  const queue = await lab.queue()
  const cancelled = await queue.addMany(3_000)
  await Promise.all(cancelled.map((n) => queue.cancel(n)))
  await queue.redis.rpush(queue.key('ready:4'), ...cancelled)
  const n = await queue.addOne('1')
  const worker = queue.worker()
  for (;;) {
    const { claimed, nextDueInMs } = await worker.turn({ want: 1, awaitWork: true })
    if (claimed.length > 0) {
      expect(claimed.map((task) => task.n)).toEqual([n])
      break
    }
    // "Look again at once", or the worker would sleep before the task.
    expect(nextDueInMs).toBe(0)
  }
})

it('takes a running task from its worker at once, and its worker hears of it', async () => {
  const queue = await lab.queue()
  const other = await lab.queue(queue.name)
  const hints: Hint[] = await queue.hear()
  const n = await queue.addOne({ id: 'mail', payload: '1', header: '{"id":"mail"}' })
  const worker = queue.worker()
  const { lease } = await worker.claimOne()
  expect(await other.cancel(n)).toBe('cancelled')

  expect(await queue.driver.extend([lease], 30_000)).toEqual(['cancelled'])
  expect(await worker.settle({ kind: 'complete', lease, id: 'mail', result: '"late"' })).toEqual([0])
  expect(await worker.settle({ kind: 'release', lease })).toEqual([0])
  expect(await worker.claim()).toEqual([])
  expect(await other.cancel(n)).toBe('too-late')
  expect(await queue.read(n)).toMatchObject({ outcome: { state: 'cancelled', body: 'not needed' } })
  const heard = await eventually(() => hints.find(({ kind }) => kind === 'cancel'), 'a hint of the cancellation')
  expect(heard).toEqual({ kind: 'cancel', lease, reason: 'not needed' })
})

it('leaves nothing behind of a delayed, a retried and a crashed task that were cancelled', async () => {
  const queue = await lab.queue()
  const [delayed = '', retried = '', crashed = ''] = await queue.add({ delayMs: 60_000 }, 'retried', 'crashed')
  const worker = queue.worker()
  const [second, third] = await worker.claim(2)
  await worker.settle({ kind: 'retry', lease: second!.lease, delayMs: 60_000, charge: true })
  await queue.lapse(third!.lease)
  await worker.claimOne()
  for (const n of [delayed, retried, crashed]) expect(await queue.cancel(n)).toBe('cancelled')

  expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  expect(Object.keys(await dump(lab.redis, queue.name)).sort()).toEqual([
    'lanes',
    'meta',
    'order',
    'producers',
    'results',
  ])
})

it.each([0, 1, 999, 1_000])(
  'leaves no number of a cancelled task in a line of 2,000 (place %i from its ends)',
  async (place) => {
    const queue = await lab.queue()
    const numbers = await queue.addMany(2_000)
    await queue.cancel(numbers.at(place)!)
    await queue.cancel(numbers.at(-1 - place)!)
    const left = await queue.redis.lrange(queue.key('ready:4'), 0, -1)
    const expected = new Set([numbers.at(place), numbers.at(-1 - place)])
    expect(left).toEqual(numbers.filter((n) => !expected.has(n)))
  },
)

it('keeps the line of a bounded queue as short as its capacity, however many come and are cancelled', async () => {
  const queue = await lab.queue()
  await queue.addOne('stays')
  for (let round = 0; round < 20; round++) {
    const numbers = await queue.addMany(100)
    await Promise.all(numbers.map((n) => queue.cancel(n)))
  }
  expect(await queue.redis.llen(queue.key('ready:4'))).toBe(1)
})

it('leaves no number of a cancelled suspect', async () => {
  const queue = await lab.queue()
  const n = await queue.addOne('1')
  const worker = queue.worker()
  await queue.lapse((await worker.claimOne()).lease)
  await worker.claim(1, { suspectFrom: 1 })
  expect(await queue.redis.lrange(queue.key('suspects'), 0, -1)).toEqual([n])
  await queue.cancel(n)
  expect(await queue.redis.exists(queue.key('suspects'))).toBe(0)
})
