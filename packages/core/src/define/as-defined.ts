// Checks that a broker gets a definition: an unchecked object of options would lack the defaults.
import { messageOf } from '../errors.ts'
import { tryReading } from '../values/try-reading.ts'
import { show } from './check.ts'
import { invalidOption } from './check-call.ts'
import type { ChannelDefinition } from './define-channel.ts'
import { definePattern } from './define-pattern.ts'
import type { PatternDefinition } from './define-pattern.ts'
import type { QueueDefinition } from './define-queue.ts'

export function definedQueue(queue: QueueDefinition<any, any, any, any>): QueueDefinition<any, any, any, any> {
  if (tryReading(() => queue.backoff.kind) === undefined) {
    throw new TypeError(`broker.queue takes a name, or what defineQueue returned, not ${show(queue)}`)
  }
  return queue
}

export function definedChannel(channel: ChannelDefinition<any, any>): ChannelDefinition<any, any> {
  if (typeof tryReading(() => channel.sharded) !== 'boolean') {
    throw new TypeError(`broker.channel takes a name, or what defineChannel returned, not ${show(channel)}`)
  }
  return channel
}

export function definedPattern(pattern: PatternDefinition<any>): PatternDefinition<any> {
  if (typeof tryReading(() => pattern.pattern) !== 'string') {
    throw new TypeError(`broker.pattern takes a pattern, or what definePattern returned, not ${show(pattern)}`)
  }
  return pattern
}

/** A pattern that may come from a user of the program while it runs. */
export function undefinedPattern(pattern: string): PatternDefinition {
  try {
    return definePattern({ pattern })
  } catch (thrown) {
    throw invalidOption('pattern', messageOf(thrown), pattern)
  }
}
