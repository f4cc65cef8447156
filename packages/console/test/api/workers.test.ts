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
  await expect.poll(async () => (await get('/workers')).body.workers[0].state).toBe('quiet')
  expect((await post(`${path}/resume`)).body).toEqual({ outcome: 'asked' })
  await expect.poll(async () => (await get('/workers')).body.workers[0].state).toBe('working')
  expect((await post('/workers/none/quiet')).body).toEqual({ outcome: 'unknown' })
  expect((await post('/workers/No-Id/quiet')).status).toBe(400)
})

it('stops a worker, which learns who asked, and has a line for it in the list of changes', async () => {
  const heard: unknown[] = []
  const auth = { tokens: [{ token: 'ada-0123456789abcdef', role: 'operator', name: 'ada' }] } as const
  const { broker, get, post } = await testConsole({ auth })
  const ada = { authorization: 'Bearer ada-0123456789abcdef' }
  const worker = broker.queue('mails').process(() => undefined, { onStop: (stop) => heard.push(stop) })
  await worker.ready()
  const { body } = await get('/workers', ada)
  const target = `workers/${body.workers[0].id}/stop`
  expect((await post(`/${target}`)).status).toBe(401)
  expect((await post(`/${target}`, undefined, ada)).body).toEqual({ outcome: 'asked' })
  await expect.poll(async () => (await get('/workers', ada)).body.workers).toEqual([])
  expect(heard).toEqual([{ by: 'ada' }])
  expect((await post(`/${target}`, undefined, ada)).body).toEqual({ outcome: 'unknown' })
  expect((await get('/audit', ada)).body.entries[1]).toMatchObject({ who: 'ada', action: 'stopWorker', target })
})
