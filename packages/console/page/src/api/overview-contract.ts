import type { GroupSummary } from './channel-contract.ts'
import type { Percentiles, PerSecond, QueueSummary } from './contract.ts'

export interface Flow {
  readonly state: 'flowing' | 'idle' | 'stuck' | 'paused' | 'away'
  readonly because:
    | 'no-workers'
    | 'no-members'
    | 'schedules-stand'
    | 'quiet'
    | 'silent'
    | 'unreadable'
    | 'paused'
    | 'storage-away'
    | 'backlog-grows'
    | 'failing'
    | 'none'
  readonly queue?: string
  /** Of a consumer group. */
  readonly channel?: string
  readonly group?: string
  readonly perMinute?: number
  readonly silentMs?: number
  /** Tasks that wait, delayed ones that are due, and those that workers hold that are gone. */
  readonly waiting?: number
  readonly overdue?: number
  readonly held?: number
  readonly schedules?: number
  readonly dueForMs?: number
}

export interface Unreadable {
  readonly what: 'queue' | 'queues' | 'workers' | 'channels' | 'groups' | 'group'
  readonly name?: string
  readonly channel?: string
  readonly code: string
}

export interface Overview {
  readonly at: number
  readonly storage: { readonly state: 'up' | 'away'; readonly sinceAt?: number }
  readonly flow: Flow
  readonly waiting: number
  readonly delayed: number
  readonly blocked: number
  readonly overdue: number
  readonly running: number
  readonly dead: number
  readonly oldestWaitMs?: number
  readonly workers: number
  readonly perSecond?: PerSecond
  readonly waitMs?: Percentiles
  readonly runMs?: Percentiles
  readonly lag: number
  readonly oldestMessageMs?: number
  readonly deadMessages: number
  readonly queues: readonly QueueSummary[]
  readonly groups: readonly GroupSummary[]
  readonly unreadable: readonly Unreadable[]
  readonly more: boolean
  readonly moreGroups: boolean
}
