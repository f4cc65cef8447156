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
] as const
export type QueuePart = (typeof QUEUE_PARTS)[number]

/** Those of a channel. */
export const CHANNEL_PARTS = ['seq', 'publishers', 'log', 'readers', 'floors', 'alive', 'bells'] as const
export type ChannelPart = (typeof CHANNEL_PARTS)[number]

/** Those of a channel's consumer group. */
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

/** Those of what is listed of all queues and channels. */
export const REGISTRY_PARTS = ['names', 'seen', 'workers'] as const
export type RegistryPart = (typeof REGISTRY_PARTS)[number]

/** In place of a queue's name, which has no colon. */
export const REGISTRY = ':registry'

/** All of a queue but these: of scripts that touch nearly everything. */
export function queuePartsBut(...left: readonly QueuePart[]): readonly QueuePart[] {
  return QUEUE_PARTS.filter((part) => !left.includes(part))
}

/** All of a channel but these, and all of its group. */
export function groupPartsWithChannelBut(...left: readonly ChannelPart[]): readonly (ChannelPart | GroupPart)[] {
  return [...CHANNEL_PARTS.filter((part) => !left.includes(part)), ...GROUP_PARTS]
}

const LEVELS = 10

export type Part = QueuePart | ChannelPart | GroupPart | RegistryPart

/** How many keys a part is. */
export function widthOf(part: Part): number {
  return part === 'ready' || part === 'later' ? LEVELS : 1
}

export function keysOf(prefix: string, name: string, parts: readonly Part[]): string[] {
  return parts.flatMap((part) =>
    widthOf(part) === 1
      ? [`${prefix}:{${name}}:${part}`]
      : Array.from({ length: LEVELS }, (_, level) => `${prefix}:{${name}}:${part}:${level}`),
  )
}

function isOfChannel(part: string): boolean {
  return (CHANNEL_PARTS as readonly string[]).includes(part)
}

/** Those of a group, and those of its channel among them. */
export function groupKeysOf(prefix: string, channel: string, group: string, parts: readonly Part[]): string[] {
  return parts.map((part) => `${prefix}:{${channel}}:${isOfChannel(part) ? part : `group.${group}:${part}`}`)
}

/** What keeps those apart who share a server. Keys are in a database; topics are the server's, and have to name it. */
export interface Place {
  readonly prefix: string
  readonly db: number
}

/** Database 0 has none, so that its topics are those of older versions. */
function suffixOf(db: number): string {
  return db === 0 ? '' : `:${db}`
}

/**
 * Where all who listen to a queue, or to a group ("channel/group"), hear of cancellations and of a pause. Not a key:
 * pub/sub channels have a space of their own.
 */
export function queueTopic({ prefix, db }: Place, queue: string): string {
  return `${prefix}:{${queue}}:cancelled${suffixOf(db)}`
}

/** Where a channel's messages are published. */
export function channelTopic({ prefix, db }: Place, channel: string): string {
  return `${prefix}:{${channel}}:messages${suffixOf(db)}`
}

/** A glob for the topics of all channels that fit, and of some that do not: its `*` takes dots, too. */
export function patternTopic(place: Place, pattern: string): string {
  // Nothing else in a prefix or a pattern means anything in a glob.
  return channelTopic(place, pattern.replace('>', '*'))
}

/** Whose topic it is. */
export function channelOf(prefix: string, topic: string): string {
  return topic.slice(`${prefix}:{`.length, topic.lastIndexOf('}'))
}

/** Where one participant gets the markers of a sharded channel: in the channel's slot. */
export function markerTopic(prefix: string, channel: string, participant: string): string {
  return `${prefix}:{${channel}}:to:${participant}`
}

/** Where nobody listens: what is published here marks a place in the stream to the replicas. */
export function replicationTopic(prefix: string, participant: string): string {
  return `${participantTopic(prefix, participant)}:replicated`
}

/** Where one participant gets what only concerns it: work for an idle worker, an awaited outcome, a marker. */
export function participantTopic(prefix: string, participant: string): string {
  return `${prefix}:to:${participant}`
}
