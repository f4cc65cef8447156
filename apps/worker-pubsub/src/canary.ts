import { orAbort } from '@mq/app-kit'
import { defineChannel, MqError } from '@mq/core'
import type { Broker, ChannelSubscription } from '@mq/core'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'

const canary = defineChannel({ name: 'canary', message: z.uuid() })

export interface Canary {
  /**
   * Publishes a message and resolves when it arrives: messages reach this process. Rejects when the signal aborts
   * before.
   */
  ready(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** A message from this process to itself, over both connections. Subscribes at the first call. */
export function createCanary(broker: Broker): Canary {
  const channel = broker.channel(canary)
  const awaited = new Map<string, () => void>()
  const closing = new AbortController()
  let subscription: Promise<ChannelSubscription> | undefined

  const subscribe = (): Promise<ChannelSubscription> => {
    const subscribing = channel.subscribe(({ payload }) => awaited.get(payload)?.(), { signal: closing.signal })
    subscribing.catch(() => (subscription = undefined)) // whoever asked gets it; the next one tries again
    return subscribing
  }

  const send = async (id: string): Promise<boolean> => {
    try {
      await channel.publish(id)
      return true
    } catch (error) {
      // A full Redis still answers, and consumers can still take what it has.
      if (MqError.is(error, 'storage-full')) return false
      throw error
    }
  }

  return {
    async ready(signal) {
      await orAbort(signal, (subscription ??= subscribe()))
      const id = randomUUID()
      const arrived = new Promise<void>((resolve) => awaited.set(id, resolve))
      try {
        if (await orAbort(signal, send(id))) await orAbort(signal, arrived)
      } finally {
        awaited.delete(id)
      }
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
