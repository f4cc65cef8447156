// What a broker leaves of a queue or channel that another one obliterated, once it is closed: no key.
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const brokers: Broker[] = []
const FORCE = { force: true }

async function open(): Promise<Broker> {
  const broker = createBroker(redisAdapter({ url: lab.server.url }), { logger: silentLogger })
  brokers.push(broker)
  await broker.ready({ timeoutMs: 20_000 })
  return broker
}

afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close({ deadlineMs: 1_000 })))
})

const keysOf = (name: string): Promise<string[]> => lab.redis.keys(`mq:{${name}}*`)

describe('a queue that was obliterated by another broker', () => {
  it('its producer leaves no key', async () => {
    const [one, other, name] = [await open(), await open(), lab.freshName()]
    await Promise.all([one.queue(name).enqueue(1), one.queue(name).enqueueAll([{ payload: 2 }])])
    await other.queue(name).obliterate(FORCE)
    await one.close()
    expect(await keysOf(name)).toEqual([])
  })

  it('its sleeping worker leaves no key', async () => {
    const [one, other, name] = [await open(), await open(), lab.freshName()]
    let done = 0
    one.queue(name).process(() => void done++)
    await other.queue(name).enqueue(1)
    await eventually(() => done === 1, 'the task done')
    await eventually(async () => (await lab.redis.zcard(`mq:{${name}}:idle`)) === 1, 'a worker asleep')
    await other.queue(name).obliterate(FORCE)
    await one.close()
    expect(await keysOf(name)).toEqual([])
  })

  it('its busy worker leaves no key, though it went on', async () => {
    const [one, other, name] = [await open(), await open(), lab.freshName()]
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let began = 0
    const worker = one.queue(name).process(async () => {
      began++
      await held
    })
    await other.queue(name).enqueueAll([{ payload: 1 }, { payload: 2 }])
    await eventually(() => began > 0, 'a task begun')
    await other.queue(name).obliterate(FORCE)
    const { turns } = worker.stats()
    release()
    await eventually(() => worker.stats().turns > turns, 'its settlement refused')
    await one.close()
    expect(await keysOf(name)).toEqual([])
  })

  it('a worker that never had a queue leaves no key', async () => {
    const [one, name] = [await open(), lab.freshName()]
    await one
      .queue(name)
      .process(() => undefined)
      .ready()
    await one.close()
    expect(await keysOf(name)).toEqual([])
  })
})

describe('a channel that was obliterated by another broker', () => {
  it('a member of its group leaves no key', async () => {
    const [one, other] = [await open(), await open()]
    const definition = defineChannel({ name: lab.freshName(), history: { maxCount: 10 } })
    let heard = 0
    await one.channel(definition).consume('audit', () => void heard++)
    await other.channel(definition).publish(1)
    await eventually(() => heard === 1, 'the message consumed')
    await other.channel(definition).obliterate(FORCE)
    await one.close()
    expect(await keysOf(definition.name)).toEqual([])
  })

  it('a publisher whose last publish is unknown leaves no key', async () => {
    const [one, other, name] = [await open(), await open(), lab.freshName()]
    await one.channel(name).publish(1)
    await lab.redis.call('CLIENT', 'PAUSE', '300', 'ALL')
    const unknown = one
      .channel(name)
      .publish(2)
      .catch(() => undefined)
    await lab.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').catch(() => undefined)
    await unknown
    await one.ready({ timeoutMs: 20_000 })
    await other.ready({ timeoutMs: 20_000 })
    await other.channel(name).obliterate(FORCE)
    await one.close()
    expect(await keysOf(name)).toEqual([])
  })
})
