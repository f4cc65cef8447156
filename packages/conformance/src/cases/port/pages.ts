import type { ListedTask, PageQuery, PendingTask, QueueAdmin } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode, assertRefused, payloads } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

type Pages = Pick<QueueAdmin, 'page'>

/** All of a state, by pages of so many. */
async function all(driver: Pages, state: PageQuery['state'], limit: number): Promise<ListedTask[]> {
  const found: ListedTask[] = []
  let after: string | undefined
  do {
    const { tasks, next } = await driver.page({ state, limit, after })
    assert.ok(tasks.length <= limit, `${tasks.length} on a page of ${limit}`)
    assert.ok(found.length < 1_000, 'it does not end')
    found.push(...tasks)
    after = next
  } while (after !== undefined)
  return found
}

async function pending(driver: Pages, query: PageQuery): Promise<PendingTask[]> {
  const { tasks } = await driver.page(query)
  return tasks.map((task) => {
    assert.equal(task.outcome, undefined)
    return task as PendingTask
  })
}

const numbersOf = (tasks: readonly ListedTask[]): string[] => tasks.map(({ n }) => n)

export function pages(test: Test): void {
  test('are empty, and the only ones, of an empty queue', async (scene) => {
    const queue = await scene.queue()
    for (const state of ['waiting', 'delayed', 'blocked', 'running', 'ended'] as const) {
      assert.deepEqual(await queue.driver.page({ state, limit: 10 }), { tasks: [] })
    }
  })

  test('list the waiting as they are claimed, whatever the size of a page', async (scene) => {
    const queue = await scene.queue()
    const low = await queue.add(...payloads(3), { level: 0 })
    const high = await queue.add({ level: 9 }, { level: 9 })
    const expected = [...high, ...low.slice(0, 3), low[3]!]
    for (const limit of [1, 2, 3, 5, 6, 100]) {
      assert.deepEqual(numbersOf(await all(queue.driver, 'waiting', limit)), expected, `by ${limit}`)
    }
  })

  test('list the delayed by time', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add(
      { delayMs: 30_000 },
      { delayMs: 10_000, level: 0 },
      { delayMs: 20_000, level: 9 },
      { delayMs: 20_000, level: 9 },
      'waits',
    )
    const expected = [numbers[1], numbers[2], numbers[3], numbers[0]]
    for (const limit of [1, 2, 3, 4, 100]) {
      assert.deepEqual(numbersOf(await all(queue.driver, 'delayed', limit)), expected, `by ${limit}`)
    }
    const [first] = await pending(queue.driver, { state: 'delayed', limit: 1 })
    assert.equal(first!.dueAt, first!.enqueuedAt + 10_000)
  })

  test('list the running, also while their leases are prolonged', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add(...payloads(5))
    const claimed = await queue.worker().claim(5, { leaseMs: 10_000 })
    const [first, second] = await pending(queue.driver, { state: 'running', limit: 2 })
    assert.ok(first && second)
    const { next } = await queue.driver.page({ state: 'running', limit: 2 })
    await queue.driver.extend(
      claimed.map(({ lease }) => lease),
      30_000,
    )
    const rest = await queue.driver.page({ state: 'running', limit: 10, after: next })
    assert.deepEqual([first.n, second.n, ...numbersOf(rest.tasks)].sort(), [...numbers].sort())
    const [later] = rest.tasks as readonly PendingTask[]
    assert.ok(later!.leaseEndsAt! - first.leaseEndsAt! > 15_000, 'when its lease ends')
  })

  test('say of a task what it went through, and show its payload only where it is asked for', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ payload: '{"a":"ü"}', header: '{"id":"x"}', id: 'x', level: 7 })
    const worker = queue.worker()
    await worker.settle({ kind: 'retry', lease: (await worker.claimOne()).lease, id: 'x', delayMs: 0, charge: true })
    const [bare] = await pending(queue.driver, { state: 'waiting', limit: 10 })
    const { header, payload, level, failures, crashes, bytes } = bare!
    assert.deepEqual(
      { header, payload, level, failures, crashes, bytes },
      { header: '{"id":"x"}', payload: '', level: 7, failures: 1, crashes: 0, bytes: 20 },
    )
    const [whole] = await pending(queue.driver, { state: 'waiting', limit: 10, payloads: true })
    assert.deepEqual(whole, { ...bare, payload: '{"a":"ü"}' })
  })

  test('list what ended, the newest first, and not the dead', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add(...payloads(5))
    const worker = queue.worker()
    const leases = (await worker.claim(4)).map(({ lease }) => lease)
    await worker.settle({ kind: 'complete', lease: leases[0]!, result: '"done"' })
    await worker.settle({ kind: 'bury', lease: leases[1]!, reason: 'bad', detail: '' })
    await worker.settle({ kind: 'expire', lease: leases[2]! })
    await worker.settle({ kind: 'complete', lease: leases[3]! })
    await queue.cancel(numbers[4]!, 'not needed')
    for (const limit of [1, 2, 3, 4, 100]) {
      const ended = await all(queue.driver, 'ended', limit)
      assert.deepEqual(numbersOf(ended), [numbers[4], numbers[3], numbers[2], numbers[0]], `by ${limit}`)
    }
    const bare = await queue.driver.page({ state: 'ended', limit: 10 })
    assert.deepEqual(
      bare.tasks.map(({ outcome, bytes }) => [outcome?.state, outcome?.body, bytes > 0]),
      [
        ['cancelled', 'not needed', true],
        ['completed', undefined, false],
        ['expired', undefined, false],
        ['completed', undefined, true],
      ],
    )
    const whole = await queue.driver.page({ state: 'ended', limit: 10, payloads: true })
    assert.equal(whole.tasks.at(-1)!.outcome?.body, '"done"')
  })

  test('miss nothing that stays, and end, while others are claimed, cancelled and added', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add(...payloads(30))
    const worker = queue.worker()
    const first = await queue.driver.page({ state: 'waiting', limit: 10 })
    // The last one of the page goes, and everything before it.
    await worker.claim(12)
    await queue.add(...payloads(10))
    const second = await queue.driver.page({ state: 'waiting', limit: 10, after: first.next })
    await queue.cancel(numbers[21]!)
    await worker.claim(3)
    const rest = [...second.tasks]
    for (let { next } = second, pages = 0; next !== undefined; pages++) {
      assert.ok(pages < 10, 'it does not end')
      const page = await queue.driver.page({ state: 'waiting', limit: 10, after: next })
      await queue.add(...payloads(10))
      rest.push(...page.tasks)
      next = page.next
    }
    const seen = new Set(numbersOf(rest))
    assert.deepEqual(
      numbers.slice(15).filter((n) => n !== numbers[21] && !seen.has(n)),
      [],
    )
  })

  test('come to a task that was set aside meanwhile', async (scene) => {
    const queue = await scene.queue()
    const [suspect] = await queue.add('"suspect"')
    const worker = queue.worker()
    for (let crash = 0; crash < 2; crash++) {
      const { lease } = await worker.claimOne({ leaseMs: 50 })
      await queue.driver.note([{ lease, kind: 'start', body: '' }])
      await scene.pass(60)
    }
    const [first] = await queue.add({ level: 9 })
    const page = await queue.driver.page({ state: 'waiting', limit: 1 })
    assert.deepEqual(numbersOf(page.tasks), [first])
    await worker.claim(10, { suspectFrom: 2 })
    const rest = await queue.driver.page({ state: 'waiting', limit: 10, after: page.next })
    assert.deepEqual(numbersOf(rest.tasks), [suspect])
  })

  test('refuse a cursor that is none of theirs', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(3))
    for (const state of ['waiting', 'delayed', 'blocked', 'running', 'ended'] as const) {
      for (const after of ['', 'x y', 'é', '4:1:', '::::', 'a'.repeat(301), '4:1:1:{}', '-', '1:-', '%', '1\n', '٤']) {
        await assertCode(queue.driver.page({ state, limit: 10, after }), 'invalid-options')
      }
    }
  })

  test('are of a state that there is, and of 1 to 1,000 tasks', async (scene) => {
    const queue = await scene.queue()
    for (const limit of [0, -1, 1.5, 1_001, Number.NaN, '10' as never]) {
      await assertRefused(queue.driver.page({ state: 'waiting', limit }))
    }
    for (const state of ['dead', 'Waiting', '', 'completed']) {
      await assertRefused(queue.driver.page({ state: state as never, limit: 1 }))
    }
  })
}
