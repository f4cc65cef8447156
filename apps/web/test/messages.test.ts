import { expect, it, vi } from 'vitest'
import { listen, testWeb } from './test-web.ts'

it('POST /channels/:channel/messages publishes to all who subscribe', async () => {
  const { app, broker } = await testWeb()
  const [one, other] = [await listen(broker), await listen(broker)]
  const response = await app.inject({ method: 'POST', url: '/channels/pubsub/messages', payload: { payload: 7 } })
  expect(response.statusCode).toBe(202)
  expect(response.json()).toEqual({ epoch: expect.any(String), n: 1 })
  await vi.waitFor(() => expect([one, other]).toEqual([[7], [7]]))
})
