import { partitionName } from '@mq/core/adapter'
import type { Partition } from '@mq/core/adapter'
import { SLOTS, slotOf } from './cluster/slot.ts'

/**
 * The only place that builds keys. All keys of a queue or channel share one hash tag, so they live in one cluster slot,
 * and their number is fixed: nothing a caller passes becomes part of a key, except the (checked) names.
 */

/** Parts of a queue, in no order. `ready` and `later` are ten keys each, one for each level 0–9. */
export const QUEUE_PARTS = [
  'meta',
  'tasks',
  'ready',
  'later',
  'suspects',
  'moved',
  'leases',
  'runs',
  'crashes',
  'failures',
  'ids',
  'ended',
  'producers',
  'lanes',
  'results',
  'order',
  'dead',
  'graves',
  'idle',
  'waiters',
  'room',
  'notes',
  'keyed',
  'ring',
  'paced',
  'busy',
  'places',
  'kin',
  'edges',
  'chores',
] as const
export type QueuePart = (typeof QUEUE_PARTS)[number]

/** Those of keys: only scripts that may meet tasks with keys need them. */
export const KEYED_PARTS = ['keyed', 'ring', 'paced', 'busy', 'places'] as const

/** Those of flows: only scripts that may meet tasks of some need them. */
export const FLOW_PARTS = ['kin', 'edges', 'chores'] as const

export function isOfFlow(part: Part): boolean {
  return (FLOW_PARTS as readonly Part[]).includes(part)
}

/** Parts of a queue's history: no script that tasks pass through needs them. */
export const HISTORY_PARTS = ['samples', 'ticks', 'hours'] as const
export type HistoryPart = (typeof HISTORY_PARTS)[number]

/** Parts of a queue's schedules: no script that other tasks pass through needs them. */
export const SCHEDULE_PARTS = ['schedules', 'due'] as const
export type SchedulePart = (typeof SCHEDULE_PARTS)[number]

/**
 * The list of other programs that a queue takes tasks from: its key is theirs, and stands where this part would be.
 */
export const INBOX_PARTS = ['inbox'] as const
type InboxPart = (typeof INBOX_PARTS)[number]

/** Parts of a queue's outcomes, a channel in its slot: by their names in scripts of the queue, those of a channel. */
const OF_OUTCOMES = {
  outcomeSeq: 'seq',
  outcomeLog: 'log',
  outcomeReaders: 'readers',
  outcomeFloors: 'floors',
  outcomeAlive: 'alive',
  outcomeBells: 'bells',
} as const
export type OutcomePart = keyof typeof OF_OUTCOMES
export const OUTCOME_PARTS = Object.keys(OF_OUTCOMES) as readonly OutcomePart[]

/** The name of a part of outcomes in scripts of a channel; undefined of another. */
export function channelPartOf(part: Part): string | undefined {
  return part in OF_OUTCOMES ? OF_OUTCOMES[part as OutcomePart] : undefined
}

/** Parts of a channel. */
export const CHANNEL_PARTS = ['seq', 'publishers', 'log', 'readers', 'floors', 'alive', 'bells'] as const
export type ChannelPart = (typeof CHANNEL_PARTS)[number]

/** Parts of a channel's consumer group. */
export const GROUP_PARTS = [
  'meta',
  'leases',
  'hands',
  'held',
  'open',
  'returned',
  'back',
  'suspects',
  'delays',
  'lanes',
  'idle',
  'dead',
  'graves',
  'notes',
] as const
export type GroupPart = (typeof GROUP_PARTS)[number]

/** Those of an ordered group: no script that other messages pass through needs them. */
export const ORDER_PARTS = ['named', 'tails', 'behind', 'firsts', 'blocked', 'unnamed'] as const
export type OrderPart = (typeof ORDER_PARTS)[number]

/** Those of what is listed of all queues and channels. */
export const REGISTRY_PARTS = ['names', 'seen', 'workers', 'orders'] as const
export type RegistryPart = (typeof REGISTRY_PARTS)[number]

/** In place of a queue's name, which has no colon. */
export const REGISTRY = ':registry'

/** Behind the name of a queue, in place of a channel's name, which has no colon. */
export const OUTCOMES = ':outcomes'

/** All parts of a queue except these: for scripts that need nearly all. */
export function queuePartsBut(...left: readonly QueuePart[]): readonly QueuePart[] {
  return QUEUE_PARTS.filter((part) => !left.includes(part))
}

/** All parts of a channel except these, and all of its group. */
export function groupPartsWithChannelBut(...left: readonly ChannelPart[]): readonly (ChannelPart | GroupPart)[] {
  return [...CHANNEL_PARTS.filter((part) => !left.includes(part)), ...GROUP_PARTS]
}

/** In the middle of the topics of hints that are sharded. */
export const HINTS = ':hints:'

const LEVELS = 10

export type Part =
  | QueuePart
  | InboxPart
  | HistoryPart
  | SchedulePart
  | OutcomePart
  | ChannelPart
  | GroupPart
  | OrderPart
  | RegistryPart

/** The number of keys of a part. */
export function widthOf(part: Part): number {
  return part === 'ready' || part === 'later' ? LEVELS : 1
}

export function keysOf(prefix: string, name: string, parts: readonly Part[]): string[] {
  const scope = `${prefix}:${scopeOf(name)}`
  return parts.flatMap((part) => {
    if (part in OF_OUTCOMES) return [`${scope}${OUTCOMES}:${OF_OUTCOMES[part as OutcomePart]}`]
    if (widthOf(part) === 1) return [`${scope}:${part}`]
    return Array.from({ length: LEVELS }, (_, level) => `${scope}:${part}:${level}`)
  })
}

/**
 * A partition is a queue of its own, whose name ends with a number that brings it into the middle of its part of the
 * slots: of n, the i-th n-th. So partitions are spread evenly over nodes that have equal shares, and are found again
 * without asking.
 */
export function queueOfPartition(queue: string, partition: Partition): string {
  const { index, of } = partition
  for (let tag = 0; ; tag++) {
    const name = `${partitionName(queue, partition)}~${tag}`
    const place = (slotOf(`{${name}}`) * of) / SLOTS - index
    if (place >= 3 / 8 && place < 5 / 8) return name
  }
}

/**
 * Where the number of partitions is kept beside `queue` itself: a third, and two thirds of the slots further. So one
 * node that is lost takes not all of them, where nodes have their slots in a row.
 */
export function witnessesOf(queue: string): string[] {
  const home = slotOf(`{${queue}}`)
  return [1, 2].map((third) => {
    for (let tag = 0; ; tag++) {
      const name = `${queue}~n${third}~${tag}`
      const apart = (slotOf(`{${name}}`) - home + SLOTS) % SLOTS
      if (Math.abs(apart - (SLOTS * third) / 3) < SLOTS / 16) return name
    }
  })
}

/** Where scripts of a queue's number of partitions find what says that it is there, of a channel. */
const OF_CHANNEL_WIDTH: { readonly [Part in QueuePart | SchedulePart]?: ChannelPart } = {
  meta: 'seq',
  tasks: 'log',
  producers: 'publishers',
  lanes: 'readers',
  schedules: 'alive',
}

/** The keys of a channel, for scripts of the number of partitions of a queue. */
export function channelWidthKeysOf(prefix: string, channel: string, parts: readonly Part[]): string[] {
  return keysOf(
    prefix,
    channel,
    parts.map((part) => OF_CHANNEL_WIDTH[part as QueuePart] ?? part),
  )
}

/** The hash tag is the name alone: outcomes are in the slot of their queue. */
function scopeOf(name: string): string {
  return name.endsWith(OUTCOMES) ? `{${name.slice(0, -OUTCOMES.length)}}${OUTCOMES}` : `{${name}}`
}

function isOfChannel(part: string): boolean {
  return (CHANNEL_PARTS as readonly string[]).includes(part)
}

/** The keys of a group, including those of its channel. */
export function groupKeysOf(prefix: string, channel: string, group: string, parts: readonly Part[]): string[] {
  const scope = `${prefix}:${scopeOf(channel)}`
  return parts.map((part) => `${scope}:${isOfChannel(part) ? part : `group.${group}:${part}`}`)
}

/**
 * Separates users of one server. Keys belong to a database; topics belong to the server, so they have to name the
 * database.
 */
export interface Place {
  readonly prefix: string
  readonly db: number
}

/** Database 0 has no suffix, so that its topics are the same as in older versions. */
function suffixOf(db: number): string {
  return db === 0 ? '' : `:${db}`
}

/**
 * The topic on which all listeners of a queue, or of a group ("channel/group"), get cancellations and pauses. It is not
 * a key: pub/sub channels have a namespace of their own.
 */
export function queueTopic({ prefix, db }: Place, queue: string): string {
  return `${prefix}:{${queue}}:cancelled${suffixOf(db)}`
}

/** The topic of a channel's messages. */
export function channelTopic({ prefix, db }: Place, channel: string): string {
  return `${prefix}:${scopeOf(channel)}:messages${suffixOf(db)}`
}

/** A glob for the topics of all channels that match, and of some that do not: its `*` matches dots, too. */
export function patternTopic(place: Place, pattern: string): string {
  // No other character of a prefix or a pattern has a meaning in a glob.
  return channelTopic(place, pattern.replace('>', '*'))
}

/** The channel of a topic. */
export function channelOf(prefix: string, topic: string): string {
  return topic.slice(`${prefix}:{`.length, topic.lastIndexOf('}'))
}

/** The topic on which one participant gets the markers of a sharded channel, in the channel's slot. */
export function markerTopic(prefix: string, channel: string, participant: string): string {
  return `${prefix}:{${channel}}:to:${participant}`
}

/**
 * The topic on which one participant gets hints about a queue, or a group ("channel/group", "queue:outcomes/group"), in
 * its slot. Scripts know by its middle that it is sharded.
 */
export function hintTopic(prefix: string, queue: string, participant: string): string {
  return `${prefix}:{${/^[^:/]*/.exec(queue)![0]}}${HINTS}${participant}`
}

/** A topic without listeners: publishing to it marks a place in the replication stream. */
export function replicationTopic(prefix: string, participant: string): string {
  return `${participantTopic(prefix, participant)}:replicated`
}

/** The same at a node of a cluster, which does not replicate what is published: a key that is gone after a second. */
export function markKey(prefix: string, tag: string): string {
  return `${prefix}:{${tag}}:replicated`
}

/** The topic of one participant: work for an idle worker, an awaited outcome, a marker. */
export function participantTopic(prefix: string, participant: string): string {
  return `${prefix}:to:${participant}`
}
