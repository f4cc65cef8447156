import { createAppLogger } from '@mq/app-kit'
import type { AppLogger } from '@mq/app-kit'
import { createBroker, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it, onTestFinished, vi } from 'vitest'
import { buildApp } from '../src/app.ts'
import type { WebApp } from '../src/web-app.ts'

async function loggedWeb(): Promise<{ app: WebApp; logger: AppLogger; lines: string[] }> {
  const lines: string[] = []
  const logger = createAppLogger({ app: 'web', level: 'info', destination: { write: (line) => lines.push(line) } })
  const broker = createBroker(memoryAdapter(), { logger: silentLogger })
  const app = await buildApp({ broker, logger })
  onTestFinished(async () => {
    await app.close()
    await broker.close({ deadlineMs: 100 })
  })
  return { app, logger, lines }
}

it('logs an unexpected error with the number of its request, and answers without its details', async () => {
  const { app, lines } = await loggedWeb()
  app.get('/broken', () => {
    throw new Error('a secret')
  })
  const { statusCode, body } = await app.inject('/broken')
  expect(statusCode).toBe(500)
  expect(body).not.toContain('secret')
  const told = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'a request failed')
  expect(told).toMatchObject({ reqId: expect.stringMatching(/^req-/), err: { message: 'a secret' } })
})

it('logs what Fastify itself has to say of a request', async () => {
  const { app, lines } = await loggedWeb()
  app.get('/twice', (_request, reply) => void reply.send('one').send('two'))
  await app.inject('/twice')
  expect(lines.join('')).toContain('Reply was already sent')
})

it('makes no logger for a request', async () => {
  const { app, logger } = await loggedWeb()
  await app.ready()
  const child = vi.spyOn(logger, 'child')
  expect((await app.inject('/health/live')).statusCode).toBe(200)
  expect(child).not.toHaveBeenCalled()
})
