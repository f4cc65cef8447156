import type { Attributes } from '@opentelemetry/api'

/** Of a task's place, by the conventions for messaging: `channel/group` is a destination and a consumer group. */
export function placeOf(queue: string): Attributes {
  const at = queue.indexOf('/')
  const place = { 'messaging.system': 'mq', 'messaging.destination.name': at < 0 ? queue : queue.slice(0, at) }
  return at < 0 ? place : { ...place, 'messaging.consumer.group.name': queue.slice(at + 1) }
}

export const ENQUEUE: Attributes = { 'messaging.operation.name': 'enqueue', 'messaging.operation.type': 'send' }
export const RUN: Attributes = { 'messaging.operation.name': 'run', 'messaging.operation.type': 'process' }
