// How the tasks of a queue end, as a channel that a console shows: `queue:outcomes`.
import { bury, defineQueue, unchecked } from '@mq/core'
import { expect, it } from 'vitest'
import { testConsole } from '../test-console.ts'

const jobs = defineQueue({ name: 'jobs', payload: unchecked<number>(), attempts: 1, outcomes: { maxCount: 100 } })
const PATH = '/channels/jobs:outcomes/groups/audit'

it('groups of outcomes are listed, explained, paused and removed as those of a channel', async () => {
  const { broker, get, post, remove } = await testConsole()
  const member = await broker.queue(jobs).outcomes.consume('audit', () => undefined)
  const { workers } = (await get('/workers')).body
  expect(workers).toMatchObject([{ channel: 'jobs:outcomes', group: 'audit' }])
  await member.close()
  expect((await get('/channels/jobs:outcomes/groups')).body).toMatchObject({ groups: [{ name: 'audit', unread: 0 }] })
  expect((await get(`${PATH}/why`)).body).toMatchObject({ because: 'not-kept' })
  await broker.queue(jobs).enqueue(1, { delayMs: 60_000 })
  expect((await get(`${PATH}/why`)).body).toMatchObject({ because: 'caught-up' })
  expect((await get('/queues/jobs')).body).toMatchObject({ outcomes: true })
  expect((await post(`${PATH}/pause`)).body).toEqual({ changed: true })
  expect((await remove(`${PATH}?confirm=audit`)).status).toBe(204)
  expect((await get(PATH)).body).toMatchObject({ status: 404, code: 'unknown-group' })
  expect((await get('/channels')).body).toEqual({ channels: [] })
})

it('nobody publishes there, and only queues that there are have outcomes', async () => {
  const { broker, get, post } = await testConsole()
  await broker.queue(jobs).enqueue(1)
  expect((await post('/channels/jobs:outcomes/messages', { message: 1 })).status).toBe(400)
  expect((await get('/channels/none:outcomes/groups')).body).toMatchObject({ status: 404, code: 'unknown-queue' })
  expect((await get('/channels/jobs:other/groups')).status).toBe(400)
})

it('dead letters of such a group show results and errors as those of tasks: the texts are for operators', async () => {
  const redact = (value: unknown, { field, queue, id }: { field: string; queue?: string; id?: string }): unknown =>
    field === 'result' ? `${queue} ${id} ${String(value)}` : value
  const { broker, get } = await testConsole({
    redact: redact as never,
    auth: {
      tokens: [
        { token: 'operator-token-of-the-test', role: 'operator' },
        { token: 'viewer-token-of-the-tests', role: 'viewer' },
      ],
    },
  })
  const queue = broker.queue(jobs)
  const member = await queue.outcomes.consume('audit', () => bury('not liked'))
  const worker = queue.process((n) => {
    if (n === 2) throw new Error('secret of postgres://db')
    return n
  })
  await Promise.all([1, 2].map(async (n) => (await queue.enqueue(n, { id: `job-${n}` })).outcome()))
  const seen = async (token: string): Promise<unknown[]> => {
    const { letters } = (await get(`${PATH}/dead`, { authorization: `Bearer ${token}` })).body
    return (letters as { payload: { id: string } }[])
      .map(({ payload }) => payload)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }
  await expect.poll(async () => (await seen('operator-token-of-the-test')).length).toBe(2)
  const one = { id: 'job-1', state: 'completed', result: 'jobs job-1 1' }
  expect(await seen('operator-token-of-the-test')).toMatchObject([
    one,
    { error: { message: 'secret of postgres://db' } },
  ])
  const [, failed] = (await seen('viewer-token-of-the-tests')) as [unknown, { error: object }]
  expect([await seen('viewer-token-of-the-tests'), failed.error]).toMatchObject([
    [one, { state: 'dead' }],
    { name: 'Error' },
  ])
  expect(JSON.stringify(failed)).not.toContain('postgres')
  await Promise.all([member, worker].map((each) => each.close()))
})
