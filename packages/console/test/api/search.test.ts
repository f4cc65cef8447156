import type { Broker } from '@mq/core'
import { expect, it } from 'vitest'
import type { ConsoleOptions } from '../../src/index.ts'
import { testConsole } from '../test-console.ts'
import type { TestConsole } from '../test-console.ts'

async function search(
  get: TestConsole['get'],
  query: string,
): Promise<{ ids: string[]; pages: number; scanned: number[] }> {
  const ids: string[] = []
  const scanned: number[] = []
  let after: string | undefined
  do {
    const { body, status } = await get(`/queues/mails/tasks/search?${query}${after ? `&after=${after}` : ''}`)
    expect(status).toBe(200)
    ids.push(...body.tasks.map(({ id }: { id: string }) => id))
    scanned.push(body.scanned)
    after = body.next
  } while (after)
  return { ids, pages: scanned.length, scanned }
}

async function fill(broker: Broker, count: number): Promise<void> {
  for (let from = 0; from < count; from += 1_000) {
    const some = Array.from({ length: Math.min(1_000, count - from) }, (_, i) => from + i)
    await broker
      .queue('mails')
      .enqueueAll(some.map((n) => ({ payload: { to: `Person-${n}@example.com` }, id: `t${n}` })))
  }
}

it('finds a task by its id at once, whatever its state', async () => {
  const { broker, get } = await testConsole()
  await fill(broker, 10)
  await broker.queue('mails').task('t5').cancel()
  expect((await search(get, 'text=t5')).ids[0]).toBe('t5')
})

it('finds payloads, reasons and errors, in any case of letters', async () => {
  const { broker, get } = await testConsole()
  await fill(broker, 20)
  const queue = broker.queue('mails')
  const worker = queue.process(() => Promise.reject(new Error('The bank is closed')))
  await queue.enqueue('x', { id: 'dead', attempts: 1, priority: 9 }).then((task) => task.outcome())
  await worker.close()
  expect((await search(get, 'text=bank%20IS')).ids).toContain('dead')
  expect((await search(get, 'text=person-17@')).ids).toEqual(['t17'])
  expect((await search(get, 'text=nobody')).ids).toEqual([])
})

it('looks at 500 tasks a call, goes on where it ended, and returns no more than asked for', async () => {
  const { broker, get } = await testConsole()
  await fill(broker, 5_000)
  const all = await search(get, 'text=example&state=waiting&limit=200')
  expect(new Set(all.ids).size).toBe(5_000)
  expect(all.ids).toHaveLength(5_000)
  const one = await search(get, 'text=person-4999@')
  expect(one.ids).toEqual(['t4999'])
  expect(one.scanned.filter((count) => count > 0)).toEqual(Array.from({ length: 10 }, () => 500))
})

it('looks at a MiB a call, so that a search among large payloads does not occupy the storage', async () => {
  const { broker, get } = await testConsole()
  for (let n = 0; n < 40; n++) await broker.queue('mails').enqueue(`${n} ${'x'.repeat(1_000_000)}`, { id: `t${n}` })
  const { ids, scanned } = await search(get, 'text=x&state=waiting&limit=200')
  expect(new Set(ids).size).toBe(40)
  expect(Math.max(...scanned)).toBeLessThanOrEqual(2)
}, 120_000)

it('refuses a place to go on that is none of its own', async () => {
  const { broker, get } = await testConsole()
  await fill(broker, 1)
  for (const after of [
    'rubbish',
    Buffer.from('["dead"]').toString('base64url'),
    Buffer.from('["waiting","x",null]').toString('base64url'),
  ]) {
    expect((await get(`/queues/mails/tasks/search?text=a&after=${after}`)).status).toBe(400)
  }
})

it('finds nothing by what this client may not see', async () => {
  const tokens = [
    { token: 'the-viewer-has-this-one', role: 'viewer' },
    { token: 'the-operator-has-this-one', role: 'operator' },
  ] as const
  const redact: ConsoleOptions['redact'] = (value, { field }) => (field === 'payload' ? { to: 'hidden' } : value)
  const { broker, get } = await testConsole({ auth: { tokens }, redact })
  const queue = broker.queue('mails')
  const worker = queue.process(() => Promise.reject(new Error('password swordfish')))
  await queue.enqueue({ to: 'ann' }, { id: 'dead', attempts: 1 }).then((task) => task.outcome())
  await worker.close()
  const found = async (text: string, token: string): Promise<number> => {
    const { body } = await get(`/queues/mails/tasks/search?text=${text}`, { authorization: `Bearer ${token}` })
    return body.tasks.length
  }
  expect(await found('swordfish', tokens[0].token)).toBe(0)
  expect(await found('swordfish', tokens[1].token)).toBe(1)
  for (const { token } of tokens) {
    expect(await found('ann', token)).toBe(0)
    expect(await found('hidden', token)).toBe(1)
  }
  const { body } = await get('/queues/mails/tasks/dead', { authorization: `Bearer ${tokens[0].token}` })
  expect(body.task).toMatchObject({ payload: { to: 'hidden' }, error: { name: 'Error' } })
  expect(JSON.stringify(body)).not.toMatch(/swordfish|ann/)
})
