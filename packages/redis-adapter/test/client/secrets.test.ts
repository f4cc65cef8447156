// Nothing that is thrown or logged carries a user's password or a piece of it: in no field, own or inherited, at no depth.
import { inspect } from 'node:util'
import { createBroker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { RedisClient } from '@mq/redis-adapter'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { parseUrl } from '../../src/parse-url.ts'
import { FakeRedis } from '../lab/fake-redis.ts'
import { createDice } from '../lab/seeded.ts'

/** Three letters of it are enough to be found again in a text. */
const PIECE = 'Zq9'
const SIGNS = [...Array.from('@:/?#%[]\\&=+;,.!$^|~`\'"<>{}() \t\n'), 'é', '😀', '%4', '%zz', '/1', '?db=1', '@h:1']

/** Whatever can be reached from a value: fields of any kind and what is inherited, as a logger or a debugger would. */
function everything(root: unknown): string {
  const texts: string[] = []
  const seen = new Set<unknown>()
  const visit = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value)
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return
    seen.add(value)
    texts.push(inspect(value, { depth: 6, showHidden: true }))
    for (
      let owner = value;
      owner !== null && owner !== Object.prototype;
      owner = Object.getPrototypeOf(owner) as object
    ) {
      for (const key of Reflect.ownKeys(owner)) {
        try {
          visit((value as Record<PropertyKey, unknown>)[key])
        } catch {
          // A getter of a prototype that has no such value.
        }
      }
    }
  }
  visit(root)
  return texts.join('\n')
}

function passwords(): string[] {
  const dice = createDice(18)
  const pick = (): string => dice.oneOf(SIGNS)
  const drawn = Array.from({ length: 300 }, () =>
    Array.from({ length: 1 + dice.between(0, 3) }, () => `${dice.next() < 0.5 ? PIECE : ''}${pick()}${PIECE}`).join(''),
  )
  return [...SIGNS.map((sign) => `${PIECE}${sign}${PIECE}`), ...drawn]
}

const around: readonly ((password: string) => string)[] = [
  (password) => `redis://user:${password}@127.0.0.1:1/0`,
  (password) => `redis://:${password}@127.0.0.1:1`,
  (password) => `rediss://${password}:${password}@127.0.0.1:1/2?db=2`,
  (password) => `redis://user:${password}@127.0.0.1:1,127.0.0.1:2`,
  (password) => `http://user:${password}@127.0.0.1`,
  (password) => `unix://user:${password}@localhost/nowhere.sock`,
  (password) => `${password}@127.0.0.1`,
]

it('a url with an awkward password is read, or refused without a piece of it', () => {
  for (const password of passwords()) {
    for (const write of around) {
      const url = write(password)
      let said: unknown
      try {
        const { address, target } = parseUrl(url)
        // What is no secret is shown: it has to be what the user meant.
        said = [target, address.host, address.path, address.port, address.db, address.family]
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-options' })
        said = error
      }
      expect(everything(said), JSON.stringify(url)).not.toContain(PIECE)
    }
  }
})

interface Said {
  readonly all: unknown[]
  readonly ready: unknown
}

/** All that a program sees of a broker that never gets through. */
async function sayings(options: Parameters<typeof redisAdapter>[0]): Promise<Said> {
  const all: unknown[] = []
  const log = (fields: unknown, text: unknown): void => void all.push(fields, text)
  const logger = { debug: log, info: log, warn: log, error: log }
  const broker = createBroker(redisAdapter(options), {
    logger,
    onError: (error) => void all.push(error),
    operationTimeoutMs: 300,
  })
  const ready = await broker.ready({ timeoutMs: 500 }).catch((error: unknown) => error)
  all.push(ready)
  const queue = broker.queue('secrets')
  const calls = [queue.enqueue(1), queue.stats(), broker.channel('secrets').publish(1)]
  all.push(...(await Promise.allSettled(calls)))
  await broker.close({ deadlineMs: 10 })
  return { all, ready }
}

const WORDY = "-ERR unknown command 'AUTH', with args beginning with: 'user' 'Zq9-secret' \r\n"

it.each([
  ['nobody listens', () => ({ url: `redis://user:${PIECE}@127.0.0.1:1` })],
  ['the host has no address', () => ({ url: `redis://user:${PIECE}@nowhere.invalid` })],
  ['there is no socket', () => ({ url: `unix://user:${PIECE}@localhost/nowhere.sock` })],
  ['a client of its own', () => ({ connect: () => new Redis(`redis://user:${PIECE}@127.0.0.1:1`) as RedisClient })],
])('nothing says the password where %s', { timeout: 20_000 }, async (_what, options) => {
  const { all } = await sayings(options())
  expect(everything(all)).not.toContain(PIECE)
})

it('nothing says it where the server answers a command with its arguments', { timeout: 20_000 }, async () => {
  await using server = await FakeRedis.start('', { auth: WORDY, eval: WORDY, evalsha: WORDY, info: WORDY })
  const { all, ready } = await sayings({ url: server.url.replace('//', `//user:${PIECE}-secret@`) })
  expect(String(ready)).toContain('unknown command')
  expect(everything(all)).not.toContain(PIECE)
})
