import { redactUrl } from '@mq/app-kit'
import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'

export type FoundStorage = {
  /** For people. */
  readonly place: string
  readonly close: () => Promise<void>
} & ({ readonly kind: 'redis'; readonly url: string } | { readonly kind: 'memory' })

const ANSWER_WITHIN_MS = 2_000

/** The Redis that `REDIS_URL` names, else one of our own, else none. */
export async function findStorage(url: string | undefined, say: (text: string) => void): Promise<FoundStorage> {
  if (url !== undefined) {
    const place = redactUrl(url)
    if (await answers(url)) return { kind: 'redis', url, place, close: nothing }
    say(`no answer from ${place}, which REDIS_URL names: looking for another`)
  }
  try {
    const server = await startRedis()
    return { kind: 'redis', url: server.url, place: `a Redis of its own, ${server.url}`, close: () => server.stop() }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return { kind: 'memory', place: 'no Redis: everything in one process, in memory', close: nothing }
  }
}

/** Somebody else's stays. */
const nothing = async (): Promise<void> => undefined

async function answers(url: string): Promise<boolean> {
  const broker = createBroker(redisAdapter({ url }), { logger: silentLogger })
  try {
    await broker.ready({ timeoutMs: ANSWER_WITHIN_MS })
    return true
  } catch {
    return false // said by the caller
  } finally {
    await broker.close()
  }
}
