import { expect, it } from 'vitest'
import { testConsole } from '../test-console.ts'

it('lists workers, and quiets and resumes one', async () => {
  const { broker, get, post } = await testConsole()
  const worker = broker.queue('mails').process(() => undefined, { concurrency: 3 })
  await worker.ready()
  const { body } = await get('/workers')
  expect(body.workers).toMatchObject([{ queue: 'mails', concurrency: 3, running: 0, state: 'working' }])
  const path = `/workers/${body.workers[0].id}`
  expect((await post(`${path}/quiet`)).body).toEqual({ outcome: 'asked' })
  await expect.poll(async () => (await get('/workers')).body.workers[0].state, { timeout: 15_000 }).toBe('quiet')
  expect((await post(`${path}/resume`)).body).toEqual({ outcome: 'asked' })
  await expect.poll(async () => (await get('/workers')).body.workers[0].state, { timeout: 15_000 }).toBe('working')
  expect((await post('/workers/none/quiet')).body).toEqual({ outcome: 'unknown' })
  expect((await post('/workers/No-Id/quiet')).status).toBe(400)
})
