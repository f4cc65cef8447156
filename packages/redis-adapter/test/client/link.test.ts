import { EventEmitter } from 'node:events'
import { silentLogger, systemClock } from '@mq/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RedisClient } from '../../src/client.ts'
import { Link } from '../../src/link.ts'

/** Ready, and never answers. */
class SilentClient extends EventEmitter {
  status = 'ready'
  ended = 0
  call = async (): Promise<unknown> => new Promise(() => undefined)
  ping = this.call
  quit = this.call
  disconnect = (): void => void this.ended++
}

let made: SilentClient[]
let errors: Error[]

function open(owned: boolean): Link {
  const make = (): RedisClient => {
    const client = new SilentClient()
    made.push(client)
    return client as unknown as RedisClient
  }
  const environment = { clock: systemClock, logger: silentLogger, onError: (error: Error) => void errors.push(error) }
  return new Link({ role: 'command', target: 'a test', make, owned, environment, prepare: async () => undefined })
}

beforeEach(() => {
  made = []
  errors = []
  vi.useFakeTimers({
    toFake: ['setTimeout', 'setImmediate', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'],
  })
})
afterEach(() => vi.useRealTimers())

describe('a connection on which many commands get no reply', () => {
  it('is given up once, is replaced at once, and its loss is reported once', async () => {
    const link = open(true)
    await link.whenUp()
    const calls = Array.from({ length: 30 }, (_, i) =>
      link.run(`call ${i}`, (client) => client.call('get', [])).catch((error: unknown) => error),
    )
    await vi.advanceTimersByTimeAsync(5_010)
    expect(made).toHaveLength(2)
    expect(made.map(({ ended }) => ended)).toEqual([1, 0])
    expect(link.up).toBe(true)
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'unavailable' })
    expect(errors).toMatchObject([{ code: 'unavailable', details: { role: 'command' } }])
    void link.close()
    await vi.advanceTimersByTimeAsync(1_000)
  })

  it('is tried again and never ended where it is lent', async () => {
    const link = open(false)
    await link.whenUp()
    for (let i = 0; i < 30; i++) link.run('call', (client) => client.call('get', [])).catch(() => undefined)
    await vi.advanceTimersByTimeAsync(5_010)
    expect(link.up).toBe(true)
    expect(made.map(({ ended }) => ended)).toEqual([0])
    await link.close()
  })
})
