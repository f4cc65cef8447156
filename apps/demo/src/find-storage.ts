import { redactUrl, StartError } from '@mq/app-kit'
import { createBroker, MqError, silentLogger } from '@mq/core'
import type { Adapter } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'

export type FoundStorage = {
  /** For people. */
  readonly place: string
  readonly close: () => Promise<void>
} & ({ readonly kind: 'redis'; readonly url: string } | { readonly kind: 'memory' })

const ANSWER_WITHIN_MS = 2_000

/**
 * The Redis of `REDIS_URL`, or one that the demo starts, or none. A Redis that answers and cannot be used is an error.
 */
export async function findStorage(url: string | undefined, say: (text: string) => void): Promise<FoundStorage> {
  if (url !== undefined) {
    const place = redactUrl(url)
    const reason = await askFor(url, place)
    if (reason === undefined) return { kind: 'redis', url, place, close: nothing }
    say(`no answer from ${place}, which REDIS_URL names (${reason}): looking for another`)
  }
  try {
    const server = await startRedis()
    return { kind: 'redis', url: server.url, place: `a Redis of its own, ${server.url}`, close: () => server.stop() }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return { kind: 'memory', place: 'no Redis: everything in one process, in memory', close: nothing }
  }
}

/** A Redis that was not started here is not stopped. */
const nothing = async (): Promise<void> => undefined

/** The reason why no server answers there, if none does. */
async function askFor(url: string, place: string): Promise<string | undefined> {
  const broker = createBroker(adapterOf(url), { logger: silentLogger })
  try {
    await broker.ready({ timeoutMs: ANSWER_WITHIN_MS })
    return undefined
  } catch (error) {
    if (MqError.is(error, 'server-unsupported')) throw new StartError(`${place} cannot be used: ${error.message}`)
    return MqError.is(error) && MqError.is(error.cause) ? error.cause.message : 'no reason is known'
  } finally {
    await broker.close()
  }
}

function adapterOf(url: string): Adapter {
  try {
    return redisAdapter({ url })
  } catch (error) {
    throw MqError.is(error, 'invalid-options') ? new StartError(`REDIS_URL: ${error.message}`) : error
  }
}
