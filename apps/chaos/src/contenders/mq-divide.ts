import { createBroker, MqError, silentLogger } from '@mq/core'
import type { Adapter, Storage } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { Place } from '../place.ts'
import { lasting } from '../until.ts'
import { QUEUE } from './contender.ts'
import { waysTo } from './ways-to.ts'

const TRIES = 30
const PAUSE_MS = 200

/** Its calls end with that one, as those of a process that is killed: what was called before may have happened. */
function killable(adapter: Adapter, killedAt: number, onKilled: () => void): Adapter {
  let calls = 0
  const opened: Storage[] = []
  const watched = <T extends object>(verbs: T): T =>
    new Proxy(verbs, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function' || name === 'listen') return member
        return (...given: unknown[]): unknown => {
          if (++calls < killedAt) return Reflect.apply(member, target, given)
          if (calls === killedAt) {
            // It was sent, and nobody waits for the answer.
            const sent = Promise.resolve(Reflect.apply(member, target, given)).catch(() => undefined)
            void sent.then(() => Promise.all(opened.map((storage) => storage.close())))
            onKilled()
          }
          return new Promise(() => undefined)
        }
      },
    })
  return {
    ...adapter,
    open(environment) {
      const storage = adapter.open(environment)
      const { widths } = storage
      opened.push(storage)
      const own: Storage = {
        ...storage,
        queue: (name, options) => watched(storage.queue(name, options)),
        widths: widths && watched(widths),
      }
      return own
    },
  }
}

/** Gives the queue another number of partitions. Undefined: it was killed before it had an answer. */
export async function divide(
  place: Place,
  of: number,
  killedAt = Number.POSITIVE_INFINITY,
): Promise<readonly number[] | undefined> {
  let kill = (): void => undefined
  const killed = new Promise<undefined>((resolve) => (kill = () => resolve(undefined)))
  const adapter = killable(redisAdapter(waysTo(place)), killedAt, kill)
  const broker = createBroker(adapter, { logger: silentLogger, onError: () => undefined })
  const divided = async (): Promise<readonly number[]> => {
    for (let tries = 1; ; tries++) {
      try {
        return (await broker.queue(QUEUE).repartition(of, { preview: true })).former
      } catch (error) {
        if (tries === TRIES || MqError.is(error, 'partitions-busy')) throw error
        await lasting(PAUSE_MS)
      }
    }
  }
  const former = await Promise.race([divided(), killed])
  if (former !== undefined) await broker.close({ deadlineMs: 0 })
  return former
}
