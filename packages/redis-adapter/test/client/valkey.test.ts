// What a program of a user does, on Valkey; where none can be had, the reason is the name of what is left out.
import { createBroker, defineChannel, defineQueue, retry, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { findValkey, startRedis } from '@mq/redis-server'
import type { RedisBinary } from '@mq/redis-server'
import { expect, it, onTestFinished } from 'vitest'
import { eventually } from '../lab/eventually.ts'

const found = await findValkey()
if (typeof found === 'string') it.skip(`Valkey: ${found}`)
else onValkey(found)

function onValkey(binary: RedisBinary): void {
  const args = ['--appendonly', 'yes', '--appendfsync', 'always']

  async function open(url: string): Promise<Broker> {
    const broker = createBroker(redisAdapter({ url }), { logger: silentLogger })
    onTestFinished(() => broker.close({ deadlineMs: 100 }))
    await broker.ready({ timeoutMs: 20_000 })
    return broker
  }

  it('does what a queue promises, and keeps it through a SIGKILL of Valkey', async () => {
    await using valkey = await startRedis({ binary, args })
    const definition = defineQueue({ name: 'orders', backoff: { kind: 'fixed', baseMs: 1 } })
    const queue = (await open(valkey.url)).queue(definition)
    const late = await queue.enqueue('late', { delayMs: 60_000 })
    const tasks = await Promise.all(
      Array.from({ length: 200 }, (_, i) => queue.enqueue(i, { id: `id-${i}`, priority: i % 10, delayMs: i % 3 })),
    )
    await valkey.kill()
    await valkey.restart()
    const worker = (await open(valkey.url)).queue(definition).process(async (payload, { attempt, progress }) => {
      progress(attempt)
      if (payload === 7 && attempt === 1) throw new Error('the first time')
      if (payload === 8 && attempt === 1) return retry({ delayMs: 1 })
      return payload
    })
    const results = await Promise.all(tasks.map((task) => task.result({ timeoutMs: 20_000 })))
    expect(results).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect(await late.cancel()).toBe('cancelled')
    expect(worker.stats()).toMatchObject({ completed: 200, stale: 0 })
  })

  it('brings messages to subscribers and groups, plain and sharded, without a gap', async () => {
    await using valkey = await startRedis({ binary, args })
    const history = { maxCount: 500, maxAgeMs: 60_000, maxBytes: 100_000 }
    const channels = [
      defineChannel({ name: 'plain' }),
      defineChannel({ name: 'sharded', sharded: true }),
      defineChannel({ name: 'kept', history }),
    ]
    const [listener, publisher] = [await open(valkey.url), await open(valkey.url)]
    const heard = new Map<string, unknown[]>()
    let gaps = 0
    const hear =
      (what: string) =>
      ({ payload }: { readonly payload: unknown }): void =>
        void heard.set(what, [...(heard.get(what) ?? []), payload])
    for (const channel of channels) {
      await listener.channel(channel).subscribe(hear(channel.name), { onGap: () => void gaps++ })
    }
    await listener.channel(channels[2]!).consume('audit', hear('audit'))
    const sent = Array.from({ length: 100 }, (_, i) => i)
    for (const channel of channels) for (const i of sent) await publisher.channel(channel).publish(i)
    await eventually(() => [...heard.values()].filter(({ length }) => length === 100).length === 4, 'all messages')
    for (const payloads of heard.values()) expect([...payloads].sort((a, b) => Number(a) - Number(b))).toEqual(sent)
    expect(gaps).toBe(0)
  })

  it('refuses a database that is not there', async () => {
    await using valkey = await startRedis({ binary, args: ['--databases', '4'] })
    const broker = createBroker(redisAdapter({ url: `${valkey.url}/4` }), { logger: silentLogger })
    onTestFinished(() => broker.close({ deadlineMs: 100 }))
    const refused = { code: 'server-unsupported', message: expect.stringContaining('database 4') as string }
    await expect(broker.ready({ timeoutMs: 20_000 })).rejects.toMatchObject(refused)
  })
}
