// A balancer that asks for readiness has the producer replaced under a steady load, and no request is refused.
import { createBroker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Program } from './program.ts'

/** The balancer's interval: a fiftieth of DRAIN_MS, so it has looked before the listener goes, on a slow machine, too. */
const PROBE_MS = 100

/** What became of a request: its status, or why it failed. */
function post(url: string, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' }
    const sent = request(`${url}/queues/prodcons/tasks`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    sent.end('{"payload":3}')
  })
}

it('refuses nothing of a steady load while it stops, and is not ready first', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const start = () => new Program('web', { REDIS_URL: redis.url, PREFIX: 'shop', DRAIN_MS: '5000' })
  const apps = [start(), start()]
  const urls = await Promise.all(apps.map((app) => app.url()))
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  onTestFinished(() => agent.destroy())

  // The balancer: probes each, and sends to those that were ready at the last look.
  const done = new AbortController()
  onTestFinished(() => done.abort())
  const ready = new Set<string>()
  const seen = new Set<number>()
  const probing = urls.map(async (url) => {
    while (!done.signal.aborted) {
      const status = await fetch(`${url}/health/ready`).then(
        (answer) => answer.status,
        () => 0,
      )
      if (url === urls[0]) seen.add(status)
      if (status === 200) ready.add(url)
      else ready.delete(url)
      await sleep(PROBE_MS)
    }
  })
  await vi.waitFor(() => expect(ready.size).toBe(2))

  const answers: (number | string)[] = []
  const load = Array.from({ length: 10 }, async (_, i) => {
    for (let n = i; !done.signal.aborted; n++) {
      const open = [...ready]
      answers.push(await post(open[n % open.length]!, agent))
    }
  })
  await vi.waitFor(() => expect(answers.length).toBeGreaterThan(100))
  apps[0]!.signal('SIGTERM')
  expect(await apps[0]!.end()).toBe(0)
  const before = answers.length
  await vi.waitFor(() => expect(answers.length).toBeGreaterThan(before + 100))
  done.abort()
  await Promise.all([...load, ...probing])

  expect([...new Set(answers)]).toEqual([202])
  const queues = (prefix: string): Promise<readonly string[]> => {
    const broker = createBroker(redisAdapter({ url: redis.url, prefix }))
    onTestFinished(() => broker.close())
    return broker.queues()
  }
  expect([await queues('shop'), await queues('mq')]).toEqual([['prodcons'], []])
  expect([...seen]).toEqual([200, 503, 0])
})
