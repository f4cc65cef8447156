import { WORKER_GONE_MS } from '@mq/core'
import type { Broker, Channel, Clock, GroupStats, MessageSource, Queue, WorkerEntry } from '@mq/core'
import { flowOfGroup } from './flow-of-group.ts'
import { groupStats } from './group-stats.ts'
import { summaryOfGroup } from './group-summary.ts'
import type { JudgedGroup } from './overview-of.ts'
import type { Unreadable } from './overview.ts'
import { Rates } from './rates.ts'
import { readable } from './readable.ts'
import type { WorkersSeen } from './workers-seen.ts'

export interface GroupReadingsParts {
  readonly broker: Broker
  readonly queueNamed: (name: string) => Queue
  readonly channelNamed: (name: string) => Channel
  readonly workersSeen: WorkersSeen
  readonly clock: Clock
}

export interface ReadGroups {
  readonly read: readonly JudgedGroup[]
  readonly unreadable: readonly Unreadable[]
  /** There are groups that are not looked at. */
  readonly more: boolean
}

export interface Circumstances {
  /** Undefined where they cannot be read: then nobody is said to be missing. */
  readonly workers: readonly WorkerEntry[] | undefined
  /** Of the queues whose outcomes may have groups. */
  readonly outcomes: readonly string[]
  /** Since the storage answered again after it had been away, ms. */
  readonly upForMs: number
}

interface Place {
  readonly channel: string
  readonly name: string
  readonly source: MessageSource
}

interface Listed {
  readonly places: readonly Place[]
  readonly unreadable: readonly Unreadable[]
  readonly more: boolean
}

const MOST_CHANNELS = 200
const MOST_GROUPS = 200
/** Which groups there are changes seldom. */
const NAMES_FRESH_MS = 5_000
const NONE: ReadGroups = { read: [], unreadable: [], more: false }
const NO_TOTALS = { enqueued: 0, completed: 0, failed: 0 }

/** Reads the consumer groups of all channels, and of the outcomes of queues. */
export class GroupReadings {
  readonly #parts: GroupReadingsParts
  readonly #rates = new Rates()
  /** By the clock, when each group that has had a member was last seen with one. */
  #aliveAtMs: ReadonlyMap<string, number> = new Map()
  #listed: (Listed & { readonly atMs: number; readonly of: string }) | undefined

  constructor(parts: GroupReadingsParts) {
    this.#parts = parts
  }

  async read(circumstances: Circumstances): Promise<ReadGroups> {
    if (!this.#parts.broker.capabilities.groups) return NONE
    const { places, unreadable: others, more } = await this.#list(circumstances.outcomes)
    const found = await Promise.all(places.map(({ source, name }) => readable(groupStats(source.group(name)))))
    const aliveAtMs = new Map<string, number>()
    const read = places.flatMap((place, i) => {
      const stats = found[i]!.value
      return stats === undefined ? [] : [this.#judge(place, stats, circumstances, aliveAtMs)]
    })
    this.#aliveAtMs = aliveAtMs
    const unreadable = places.flatMap(({ channel, name }, i): Unreadable[] => {
      const { fault } = found[i]!
      return fault === undefined ? [] : [{ what: 'group', name, channel, code: fault.code }]
    })
    return { read, unreadable: [...others, ...unreadable], more }
  }

  async #list(outcomes: readonly string[]): Promise<Listed> {
    const now = this.#parts.clock.now()
    const of = outcomes.join()
    if (this.#listed?.of === of && now - this.#listed.atMs < NAMES_FRESH_MS) return this.#listed
    const { broker, channelNamed, queueNamed } = this.#parts
    const channels = await readable(broker.channels({ limit: MOST_CHANNELS + 1 }))
    const names = channels.value ?? []
    const sources = [
      ...names.slice(0, MOST_CHANNELS).map((name) => [name, channelNamed(name)] as const),
      ...outcomes.map((queue) => [`${queue}:outcomes`, queueNamed(queue).outcomes] as const),
    ]
    const found = await Promise.all(sources.map(([, source]) => readable(source.groups())))
    const places = sources.flatMap(([channel, source], i) =>
      (found[i]!.value ?? []).map((name): Place => ({ channel, name, source })),
    )
    const unreadable = sources.flatMap(([channel], i): Unreadable[] => {
      const { fault } = found[i]!
      return fault === undefined ? [] : [{ what: 'groups', channel, code: fault.code }]
    })
    if (channels.fault !== undefined) unreadable.push({ what: 'channels', code: channels.fault.code })
    const more = names.length > MOST_CHANNELS || places.length > MOST_GROUPS
    this.#listed = { places: places.slice(0, MOST_GROUPS), unreadable, more, atMs: now, of }
    return this.#listed
  }

  #judge(
    { channel, name }: Place,
    stats: GroupStats,
    given: Circumstances,
    aliveAtMs: Map<string, number>,
  ): JudgedGroup {
    const { clock, workersSeen } = this.#parts
    const { upForMs, workers } = given
    const key = `${channel} ${name}`
    const own = (workers ?? []).filter((one) => one.channel === channel && one.group === name)
    const here = own.filter((one) => !workersSeen.isGone(one))
    // A live one that reconnects is there.
    const alive = here.filter((one) => one.alive || one.connected === false)
    const seenAtMs = alive.length > 0 ? clock.now() : this.#aliveAtMs.get(key)
    if (seenAtMs !== undefined) aliveAtMs.set(key, seenAtMs)
    const areGone = own.length > 0 && here.length === 0
    const waiting = stats.unread + stats.returned
    const flow = flowOfGroup({
      channel,
      name,
      stats,
      alive,
      // Nobody could report itself while the storage was away.
      isAlone: workers !== undefined && alive.length === 0 && (areGone || upForMs > WORKER_GONE_MS),
      aloneMs: clock.now() - (seenAtMs ?? Number.NEGATIVE_INFINITY),
      growsPerMinute: this.#rates.note(key, { waiting, totals: NO_TOTALS }, clock.now()).growsPerMinute,
    })
    return { summary: summaryOfGroup({ channel, name }, stats, alive.length), flow }
  }
}
