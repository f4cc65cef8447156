import { AppWorkers, deadlineOf, findHandlers, orAbort } from '@mq/app-kit'
import type { Service } from '@mq/app-kit'
import { createAnnouncer } from '@mq/contracts'
import { createCanary } from './canary.ts'
import { isListener } from './listen.ts'
import type { Listener, ListenerParts, Open } from './listen.ts'

export interface SubscribersOptions extends Omit<ListenerParts, 'announce'> {
  readonly signal: AbortSignal
  /** Default: those of the files in `handlers/`. */
  readonly listeners?: readonly Listener[] | undefined
}

/** From `src` and from `dist` alike. */
const HANDLERS = new URL('handlers/', import.meta.url)

/**
 * Listens to each channel that has a handler. Resolves once messages will arrive, however long the storage is
 * unavailable.
 */
export async function startSubscribers({ signal, listeners, ...given }: SubscribersOptions): Promise<Service> {
  const { broker, logger } = given
  const found = listeners ?? (await findHandlers(HANDLERS, isListener))
  const parts = { ...given, announce: createAnnouncer(broker, logger) }
  const members = new AppWorkers({ logger, word: 'member', deadlineMs: deadlineOf(given.env.GRACE_PERIOD_MS) })
  const start = async (listener: Listener): Promise<Open> => {
    const { onStop, take } = members.place()
    const open = await listener.start(parts, { onStop })
    if (open.kind === 'member') take(open.member)
    return open
  }
  const open = await orAbort(signal, Promise.all(found.map(start)))
  const canary = createCanary(broker)
  return {
    ready: async (enough) => void (await Promise.all([members.ready(enough), canary.ready(enough)])),
    ended: members.ended(),
    close: async ({ deadlineMs }) => {
      const closing = open.map(async (each) => each.kind === 'subscription' && each.subscription.close())
      await Promise.all([...closing, members.close(deadlineMs), canary.close()])
    },
  }
}
