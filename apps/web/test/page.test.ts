import { describe, expect, it } from 'vitest'
import { testWeb } from './test-web.ts'

describe('the page', () => {
  it('has both modes of the article, in Chinese and English, as links', async () => {
    const { app } = await testWeb()
    const { body, headers, statusCode } = await app.inject('/')
    expect(statusCode).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    for (const text of ['生产消费者模式', '发布订阅者模式', 'href="/prodcons"', 'href="/pubsub"'])
      expect(body).toContain(text)
  })

  it('is allowed nothing but its own files, and has no inline script or style that would be blocked', async () => {
    const { app } = await testWeb()
    const { body, headers } = await app.inject('/')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(body).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*src=)/)
  })

  it('finds every file that it names, and each keeps in the browser until it changes', async () => {
    const { app } = await testWeb()
    const { body } = await app.inject('/')
    const files = [...body.matchAll(/(?:src|href)="(\/[^"]+\.(?:css|js|svg))"/g)].map(([, file]) => String(file))
    expect(files.length).toBeGreaterThanOrEqual(3)
    for (const url of files) {
      const first = await app.inject(url)
      expect(first.statusCode).toBe(200)
      const again = await app.inject({ url, headers: { 'if-none-match': String(first.headers['etag']) } })
      expect([again.statusCode, again.body]).toEqual([304, ''])
    }
  })

  it('is not the only answer with headers that keep browsers safe: all have them', async () => {
    const { app } = await testWeb()
    const answers = await Promise.all([
      app.inject('/nowhere'),
      app.inject({ method: 'PUT', url: '/' }),
      app.inject({ url: '/', headers: { host: 'evil.example' } }),
      app.inject({ method: 'POST', url: '/queues/prodcons/tasks', payload: { payload: 7 } }),
    ])
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 405, 403, 202])
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
      })
      expect(headers).not.toHaveProperty('strict-transport-security')
    }
  })

  it('puts nothing in as markup', async () => {
    const { app } = await testWeb()
    const { body } = await app.inject('/page.js')
    expect(body).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/)
  })
})
