import type { AppLogger } from '@mq/app-kit'
import type { Sighting } from '@mq/contracts'
import type { Broker, ChannelDefinition, ChannelSubscription, ConsumeOptions, Gap, Message, Worker } from '@mq/core'
import type { WorkerPubsubEnv } from './env.ts'

/** What a handler may need of the process that it runs in. */
export interface ListenerParts {
  readonly broker: Broker
  readonly logger: AppLogger
  /** The name of this process. */
  readonly instance: string
  readonly env: Pick<WorkerPubsubEnv, 'CONCURRENCY' | 'LEASE_MS' | 'GROUP' | 'GRACE_PERIOD_MS' | 'RAW_CHANNEL'>
  /** Reports to the page which process got which element. Does not fail or delay a message. */
  readonly announce: (sighting: Sighting) => void
}

/** A channel, and who hears it: the default export of a file in `handlers/` that is named after the channel. */
export interface Listener {
  readonly name: string
  start(parts: ListenerParts, options?: Pick<ConsumeOptions, 'onStop'>): Promise<Open>
}

/** What `start` has opened. */
export type Open =
  | { readonly kind: 'subscription'; readonly subscription: ChannelSubscription }
  | { readonly kind: 'member'; readonly member: Worker }

interface Subscriber<Out> {
  onMessage(message: Message<Out>): void | Promise<void>
  onGap(gap: Gap): void
}

interface Member<Out> {
  onMessage(message: Message<Out>): void | Promise<void>
  onLost(size: number): void
}

const listeners = new WeakSet<object>()

/**
 * Declares a subscriber of a channel: each process gets each message that is published while it listens. `define` may
 * make it one of other programs.
 */
export function subscribeTo<In, Out>(
  channel: ChannelDefinition<In, Out>,
  create: (parts: ListenerParts) => Subscriber<Out>,
  define: (env: ListenerParts['env']) => typeof channel = () => channel,
): Listener {
  return noted({
    name: channel.name,
    start: async (parts) => {
      const { onMessage, onGap } = create(parts)
      const open = parts.broker.channel(define(parts.env))
      return { kind: 'subscription', subscription: await open.subscribe(onMessage, { onGap }) }
    },
  })
}

/**
 * Declares a member of the group GROUP of a channel with history: each message goes to one process of the group.
 * `options` come before CONCURRENCY and LEASE_MS.
 */
export function joinGroupOf<In, Out>(
  channel: ChannelDefinition<In, Out>,
  create: (parts: ListenerParts) => Member<Out>,
  options: Omit<ConsumeOptions, 'onStop' | 'signal' | 'onLost'> = {},
): Listener {
  return noted({
    name: channel.name,
    start: async (parts, more) => {
      const { GROUP, CONCURRENCY: concurrency, LEASE_MS: leaseMs } = parts.env
      const { onMessage, onLost } = create(parts)
      const given = { concurrency, leaseMs, ...options, ...more, onLost }
      return { kind: 'member', member: await parts.broker.channel(channel).consume(GROUP, onMessage, given) }
    },
  })
}

export function isListener(value: unknown): value is Listener {
  return typeof value === 'object' && value !== null && listeners.has(value)
}

function noted(listener: Listener): Listener {
  listeners.add(listener)
  return listener
}
