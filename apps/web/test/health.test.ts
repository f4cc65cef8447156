import { expect, it } from 'vitest'
import { testWeb } from './test-web.ts'

it('is live and ready on a storage that answers', async () => {
  const { app } = await testWeb()
  expect((await app.inject('/health/live')).json()).toEqual({ status: 'ok' })
  expect((await app.inject('/health/ready')).json()).toEqual({ status: 'ok' })
})
