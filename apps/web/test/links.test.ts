import { prodcons } from '@mq/contracts'
import { describe, expect, it, vi } from 'vitest'
import { listen, taskCount, testWeb } from './test-web.ts'

describe('the two links of the page', () => {
  it('/prodcons enqueues an element from 0 to 9 and leads back', async () => {
    const { app, broker } = await testWeb()
    const response = await app.inject('/prodcons')
    expect(response.statusCode).toBe(302)
    expect(response.headers).toMatchObject({ location: '/', 'cache-control': 'no-store' })
    expect(await taskCount(broker)).toBe(1)

    const taken = new Promise<number>((resolve) => {
      broker.queue(prodcons).process((element) => {
        resolve(element)
        return { element, square: element ** 2, worker: 'test', tookMs: 0 }
      })
    })
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(await taken)
  })

  it('/pubsub publishes an element from 0 to 9 and leads back', async () => {
    const { app, broker } = await testWeb()
    const heard = await listen(broker)
    const response = await app.inject('/pubsub')
    expect(response.statusCode).toBe(302)
    expect(response.headers['location']).toBe('/')
    await vi.waitFor(() => expect(heard).toHaveLength(1))
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(heard[0])
  })

  it('every element turns up', async () => {
    const { app, broker } = await testWeb()
    const heard = await listen(broker)
    await Promise.all(Array.from({ length: 300 }, () => app.inject('/pubsub')))
    await vi.waitFor(() => expect(heard).toHaveLength(300))
    expect(new Set(heard).size).toBe(10)
  })

  const refused = [
    ['a link on another site', { 'sec-fetch-site': 'cross-site' }, 'cross-site'],
    ['a prefetch', { 'sec-purpose': 'prefetch' }, 'prefetch'],
    ['a prerendering', { 'sec-purpose': 'prefetch;prerender' }, 'prefetch'],
    ['a prefetch as older browsers say it', { purpose: 'prefetch' }, 'prefetch'],
  ] as const

  describe.each(['/prodcons', '/pubsub'])('%s', (url) => {
    it.each(refused)('is refused to %s, and nothing is produced', async (_who, headers, code) => {
      const { app, broker } = await testWeb()
      const heard = await listen(broker)
      const response = await app.inject({ url, headers })
      expect(response.statusCode).toBe(403)
      expect(response.json()).toEqual({ code, message: expect.any(String) })
      expect(await taskCount(broker)).toBe(0)
      expect(heard).toEqual([])
    })

    it.each(['same-origin', 'none'])('is for Sec-Fetch-Site: %s', async (site) => {
      const { app } = await testWeb()
      expect((await app.inject({ url, headers: { 'sec-fetch-site': site } })).statusCode).toBe(302)
    })

    it('answers HEAD as GET, and produces nothing', async () => {
      const { app, broker } = await testWeb()
      const heard = await listen(broker)
      const response = await app.inject({ method: 'HEAD', url })
      expect(response.statusCode).toBe(302)
      expect(response.headers['location']).toBe('/')
      expect(await taskCount(broker)).toBe(0)
      expect(heard).toEqual([])
    })
  })
})
