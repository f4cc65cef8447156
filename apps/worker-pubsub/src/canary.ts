import { orAbort } from '@mq/app-kit'
import { defineChannel } from '@mq/core'
import type { Broker, ChannelSubscription, Message } from '@mq/core'
import { EventEmitter, once } from 'node:events'
import { z } from 'zod'

const canary = defineChannel({ name: 'canary', message: z.object({ from: z.string(), n: z.number() }) })

export interface Canary {
  /** Publishes a message and resolves when it arrives: messages reach this process. Rejects when the signal aborts before. */
  ready(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** A message to oneself, over both connections. Subscribes when it is first asked. */
export function createCanary(broker: Broker, from: string): Canary {
  const channel = broker.channel(canary)
  const arrivals = new EventEmitter()
  let subscription: Promise<ChannelSubscription> | undefined
  const closing = new AbortController()
  let sent = 0

  const subscribe = (): Promise<ChannelSubscription> => {
    const onMessage = ({ payload }: Message<{ from: string; n: number }>): void => {
      if (payload.from === from) arrivals.emit(String(payload.n))
    }
    const subscribing = channel.subscribe(onMessage, { signal: closing.signal })
    subscribing.catch(() => (subscription = undefined)) // told to who asked; the next one tries again
    return subscribing
  }

  return {
    async ready(signal) {
      await orAbort(signal, (subscription ??= subscribe()))
      const n = ++sent
      const arrived = once(arrivals, String(n), { signal })
      await Promise.all([arrived, orAbort(signal, channel.publish({ from, n }))])
    },
    async close() {
      closing.abort()
      await subscription?.then(
        (open) => open.close(),
        () => undefined,
      )
    },
  }
}
