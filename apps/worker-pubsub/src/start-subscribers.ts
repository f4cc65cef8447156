import { cutOffWhile, findHandlers, orAbort } from '@mq/app-kit'
import type { Service } from '@mq/app-kit'
import { createAnnouncer } from '@mq/contracts'
import { createCanary } from './canary.ts'
import { isListener } from './listen.ts'
import type { Listener, ListenerParts } from './listen.ts'

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
  const open = await orAbort(signal, Promise.all(found.map((listener) => listener.start(parts))))
  const members = open.flatMap((each) => (each.kind === 'member' ? each.member : []))
  const canary = createCanary(broker)
  return {
    ready: async (enough) => {
      await Promise.all([...members.map((member) => member.ready({ signal: enough })), canary.ready(enough)])
    },
    close: async (deadline) => {
      const closing = open.map(async (each) => {
        if (each.kind === 'subscription') return each.subscription.close()
        const { member } = each
        const report = await cutOffWhile(member.queue, () => member.close(deadline))
        logger.info({ queue: member.queue, ...report }, 'member closed')
      })
      await Promise.all([...closing, canary.close()])
    },
  }
}
