import type { NotedWorker, WorkingReport } from '../ports/registry.ts'
import { OUTCOMES } from '../define/history.ts'
import { isName } from '../define/is-name.ts'
import { tryReading } from '../values/try-reading.ts'
import { VERSION } from '../version.ts'
import { cleaned } from '../values/cleaned.ts'
import type { WorkerFacts } from '../engine/worker-parts.ts'
import type { OwnProcess } from './own-process.ts'

/** A worker of any process, as it reported itself within the last minute. */
export interface WorkerEntry {
  /** Unique. */
  readonly id: string
  /** What it works on: a queue, or a group of a channel. Of a queue's outcomes the channel is `queue:outcomes`. */
  readonly queue?: string | undefined
  readonly channel?: string | undefined
  readonly group?: string | undefined
  /** The name of its machine or container; '' where that is not known. */
  readonly host: string
  /** 0 where that is not known. */
  readonly pid: number
  /** How many handlers may run at once: of batches, how many calls. */
  readonly concurrency: number
  /** The most tasks of a call, where its handler gets batches; undefined where it gets single tasks. */
  readonly batchSize?: number | undefined
  /** Handlers that were running. */
  readonly running: number
  /** `quiet`: it claims nothing any more, and will close. `paused`: its queue or group is paused. */
  readonly state: WorkerFacts['state']
  /** Of its `@mq/core`. */
  readonly version: string
  /** ms since 1970, the storage's clock. */
  readonly startedAt: number
  readonly lastSeenAt: number
  /**
   * Whether its process has a connection to the storage just now. False for one that was killed, at once, and for a
   * moment while a live one reconnects. Undefined where the storage cannot say: in memory, and in a cluster.
   */
  readonly connected?: boolean | undefined
  /**
   * Whether its process is there, as far as the storage can say: it reported itself within 15 s, or within 2 s where
   * it has no connection just now.
   */
  readonly alive: boolean
}

/**
 * Every worker reports itself each 10 s, whatever it does; some time more for a process that is busy. One that has not
 * is gone.
 */
export const WORKER_GONE_MS = 15_000
/** One that has just begun, or lost its connection, has one again sooner. */
const CONNECTED_WITHIN_MS = 2_000

const STATES: readonly string[] = ['working', 'paused', 'quiet'] satisfies readonly WorkerFacts['state'][]
const ID = /^[0-9a-z]{1,64}$/
const VERSION_TEXT = /^[0-9A-Za-z.+-]{1,64}$/
const MOST_HOST = 255

/**
 * The report of a worker: how long it has run, not since when, because only the storage's clock is common to all
 * processes.
 */
export function describeWorker(facts: WorkerFacts, { host, pid }: OwnProcess): WorkingReport {
  const { id, name, concurrency, batchSize, running, state, aliveMs } = facts
  const said = {
    name,
    host: cleaned(host, MOST_HOST),
    pid,
    concurrency,
    batchSize,
    running,
    state,
    version: VERSION,
    aliveMs,
  }
  return { id, about: JSON.stringify(said) }
}

export function isWorkerId(id: unknown): boolean {
  return typeof id === 'string' && ID.test(id)
}

/** Undefined when another program wrote something else there. */
export function readWorker({ id, about, seenAt, seenAgoMs, connected }: NotedWorker): WorkerEntry | undefined {
  const said = tryReading(() => JSON.parse(about) as Readonly<Record<string, unknown>> | null)
  if (typeof said !== 'object' || said === null || !isWorkerId(id)) return undefined
  if (!isCount(seenAt) || !isCount(seenAgoMs)) return undefined
  const { name, host, pid, concurrency, batchSize, running, state, version, aliveMs } = said
  const worksOn = typeof name === 'string' ? readName(name) : undefined
  if (worksOn === undefined || typeof host !== 'string') return undefined
  if (!isCount(pid) || !isCount(concurrency) || !isCount(running) || !isCount(aliveMs)) return undefined
  if (typeof state !== 'string' || !STATES.includes(state)) return undefined
  if (typeof version !== 'string' || !VERSION_TEXT.test(version)) return undefined
  return {
    id,
    ...worksOn,
    host: cleaned(host, MOST_HOST),
    pid,
    concurrency,
    ...(isCount(batchSize) && { batchSize }),
    running,
    state: state as WorkerFacts['state'],
    version,
    startedAt: Math.max(0, seenAt - aliveMs),
    lastSeenAt: seenAt,
    ...(typeof connected === 'boolean' && { connected }),
    alive: seenAgoMs <= (connected === false ? CONNECTED_WITHIN_MS : WORKER_GONE_MS),
  }
}

function readName(text: string): Pick<WorkerEntry, 'queue' | 'channel' | 'group'> | undefined {
  const names = text.split('/')
  const [first, group] = names
  const source = group !== undefined && first?.endsWith(OUTCOMES) ? first.slice(0, -OUTCOMES.length) : first
  if (names.length > 2 || !isName(source!) || (group !== undefined && !isName(group))) return undefined
  return group === undefined ? { queue: first! } : { channel: first!, group }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 8.64e15
}
