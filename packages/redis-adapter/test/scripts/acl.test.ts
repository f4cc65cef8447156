// The rights that docs/connections.md names are enough, and hold every command that a script runs.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const page = readFileSync(join(import.meta.dirname, '../../../../docs/connections.md'), 'utf8')
const rule = /ACL SETUSER ([^`]*?)\n```/
  .exec(page)![1]!
  .replace(/\s*\\\n\s*/g, ' ')
  .split(' ')

it('the documented rights hold all that scripts do', () => {
  const folder = join(import.meta.dirname, '../../src/scripts')
  const text = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
  const used = [...text.matchAll(/redis\.p?call\('(\w+)'/g)].map(([, command]) => `+${command!.toLowerCase()}`)
  expect(used.length).toBeGreaterThan(50)
  const isHeld = (right: string): boolean => rule.some((held) => held.split('|')[0] === right)
  expect([...new Set(used)].filter((right) => !isHeld(right))).toEqual([])
})

it('a user with these rights does everything', async () => {
  await lab.redis.call('ACL', ['SETUSER', ...rule])
  const [user, password] = [rule[0]!, rule.find((part) => part.startsWith('>'))!.slice(1)]
  const errors: Error[] = []
  const url = `redis://${user}:${password}@127.0.0.1:${lab.server.port}/1`
  const onError = (error: Error): void => void errors.push(error)
  const broker = createBroker(redisAdapter({ url }), { logger: silentLogger, onError })
  lab.defer(() => broker.close({ deadlineMs: 100 }))
  await broker.ready({ timeoutMs: 20_000 })
  const queue = broker.queue('allowed')
  const worker = queue.process((payload) => {
    if (payload === 'bad') throw new Error('a handler')
    return payload
  })
  expect(await (await queue.enqueue(1, { id: 'a', priority: 9 })).result({ timeoutMs: 10_000 })).toBe(1)
  const later = await queue.enqueue(2, { delayMs: 60_000 })
  expect(await later.cancel()).toBe('cancelled')
  await queue.pause()
  await queue.resume()
  await queue.stats()
  for (const state of ['waiting', 'delayed', 'running', 'ended', 'dead'] as const) await queue.tasks({ state }).first()
  await worker.close()
  await queue.enqueue(3)
  await queue.purge()
  const channel = broker.channel(
    defineChannel({ name: 'allowed', history: { maxCount: 10, maxAgeMs: 60_000, maxBytes: 10_000 } }),
  )
  const heard: unknown[] = []
  await channel.subscribe(({ payload }) => void heard.push(payload))
  await broker.channel(defineChannel({ name: 'shard', sharded: true })).subscribe(() => undefined)
  const group = await channel.consume('audit', ({ payload }) => void heard.push(payload))
  await channel.publish(1)
  await eventually(() => heard.length === 2, 'the message, twice')
  await group.close()
  expect(errors).toEqual([])
  // Patterns need every topic: Redis compares a pattern with the rights literally.
  await expect(broker.pattern('a.*').subscribe(() => undefined)).rejects.toMatchObject({
    code: 'server-unsupported',
    message: expect.stringContaining(user) as string,
  })
  const client = new Redis(url)
  await expect(client.get('other')).rejects.toThrow(/NOPERM/)
  client.disconnect()
})
