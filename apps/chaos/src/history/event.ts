import type { FlowParents, FlowPlanned, OfQueue } from './flow-event.ts'

/** The process of the fault maker, and of the network that some runs go through. */
export const HARNESS = 'faults'

/**
 * `at`: ms of the machine's monotonic clock, the same in all processes. `proc`: a process of the run; names are not
 * used twice.
 */
export type HistoryEvent = { readonly at: number; readonly proc: string } & OfQueue & Happening

/**
 * What a process writes down before and after each act. A `task` is the payload's number, which the harness gave; `n`
 * is the storage's name of the task. *unknown*: it may have happened. *failed*: a reply proved that it did not.
 */
export type Happening =
  | EnqueueInvoked
  /** `n`: undefined where another program pushed it. */
  | { readonly ev: 'enqueue.ok'; readonly task: number; readonly n?: string | undefined }
  | { readonly ev: 'enqueue.unknown' | 'enqueue.failed'; readonly task: number; readonly why: string }
  | Claimed
  /** `from`: when it was asked. */
  | { readonly ev: 'extend.ok'; readonly n: string; readonly lease: string; readonly from: number }
  | Started
  | { readonly ev: 'end'; readonly task: number; readonly n: string; readonly how: HowEnded }
  | { readonly ev: 'abort'; readonly task: number; readonly n: string; readonly code: string }
  | SettleEvent
  | CancelEvent
  | RedriveEvent
  /** `group`: of that consumer group; else of the queue. */
  | { readonly ev: 'pause.invoke' | 'pause.ok' | 'resume.invoke' | 'resume.ok'; readonly group?: string | undefined }
  | { readonly ev: 'await'; readonly task: number }
  | Answered
  /** A caller's other call was answered, or failed. `from`: when it was asked. */
  | { readonly ev: 'probe'; readonly from: number; readonly why?: string | undefined }
  | FaultBegun
  | { readonly ev: 'fault.end'; readonly fault: string }
  /** Measured by the process itself: its event loop stood still from … until. */
  | { readonly ev: 'stall'; readonly from: number; readonly until: number }
  | {
      readonly ev: 'usage'
      readonly when: 'begin' | 'meanwhile' | 'end'
      readonly rssBytes: number
      readonly handles: number
    }
  /** A time in which latency is measured, and the sessions that are stuck all the while. */
  | { readonly ev: 'window.begin'; readonly stuck: readonly string[] }
  | { readonly ev: 'window.end' }
  /** What Redis says that it uses. */
  | { readonly ev: 'memory'; readonly usedBytes: number }
  /** A failure that no caller waited for. */
  | { readonly ev: 'error'; readonly code: string; readonly message: string }
  | { readonly ev: 'closed'; readonly tookMs: number; readonly deadlineMs: number; readonly abandoned: number }
  /** `from`: when it was asked. */
  | { readonly ev: 'health'; readonly ready: boolean; readonly from: number; readonly why?: string | undefined }
  /** `fails`: how often its handler throws in each group. */
  | { readonly ev: 'publish.invoke'; readonly message: string; readonly fails?: number | undefined }
  | { readonly ev: 'publish.ok'; readonly message: string; readonly epoch: string; readonly n: number }
  | { readonly ev: 'publish.unknown' | 'publish.failed'; readonly message: string; readonly why: string }
  | { readonly ev: 'session.begin' | 'session.end'; readonly session: string }
  | Received
  | { readonly ev: 'gap'; readonly session: string; readonly size?: number | undefined }
  | GroupClaimed
  | GroupSettled
  | GroupSought
  | GroupRedriven
  | Consumed
  | ConsumeEnded
  | Step
  | FlowPlanned
  | FlowParents

/** `again`: asked for an uncharged retry; `buried`: asked to be given up. */
export type HowEnded = 'returned' | 'threw' | 'stopped' | 'again' | 'buried'

export interface EnqueueInvoked {
  readonly ev: 'enqueue.invoke'
  readonly task: number
  /** sha256 of the payload's text. */
  readonly sha: string
  /** The caller's own id. */
  readonly id?: string | undefined
  readonly delayMs?: number | undefined
}

export interface Claimed {
  readonly ev: 'claim'
  readonly n: string
  readonly lease: string
  readonly fence: number
  readonly key?: string | undefined
  /** By the server's clock, ms since 1970; of a repeated turn that of the repetition. */
  readonly givenAt?: number | undefined
  /** When it was asked, for the first time: the server may have done it then, whichever reply came. */
  readonly from: number
  /** Of one that came before, or was to: when the storage first gave it. */
  readonly firstGivenAt?: number | undefined
}

export interface Started {
  readonly ev: 'start'
  readonly task: number
  readonly n: string
  readonly fence: number
  readonly attempt: number
  readonly sha: string
}

export interface SettleEvent {
  readonly ev: 'settle.invoke' | 'settle.ok' | 'settle.stale' | 'settle.unknown'
  readonly n: string
  readonly lease: string
  readonly kind: 'complete' | 'retry' | 'release' | 'bury' | 'expire'
  /** When it was done by the server's clock; 0 where that is not known. */
  readonly servedAt?: number | undefined
}

export interface CancelEvent {
  readonly ev: 'cancel.invoke' | 'cancel.ok' | 'cancel.too-late' | 'cancel.unknown'
  readonly task: number
  readonly n: string
}

/** Of one dead letter. A repeated command names the same death. */
export interface RedriveEvent {
  readonly ev: 'redrive.invoke' | 'redrive.ok' | 'redrive.refused'
  readonly n: string
  readonly diedAt: number
}

/** What a member of a consumer group was given by one turn. */
export interface GroupClaimed {
  readonly ev: 'group.claim'
  readonly group: string
  readonly from: number
  readonly given: readonly GivenMessage[]
}

export interface GivenMessage {
  readonly n: string
  readonly lease: string
  readonly fence: number
  /** As the storage counts: failures and lost leases before this. */
  readonly failures: number
  readonly crashes: number
}

/** The reply to a member's settlements. */
export interface GroupSettled {
  readonly ev: 'group.settled'
  readonly group: string
  /** When it was asked, for the first time. */
  readonly from: number
  readonly settled: readonly { readonly lease: string; readonly kind: SettleEvent['kind'] }[]
  /** Leases that were reported to it as lost. */
  readonly stale: readonly string[]
}

/** A handler of a group begins with a message. */
export interface Consumed {
  readonly ev: 'consume'
  readonly group: string
  readonly message: string
  readonly n: number
  readonly fence: number
  readonly attempt: number
}

export interface ConsumeEnded {
  readonly ev: 'consume.end'
  readonly group: string
  readonly message: string
  readonly fence: number
  readonly how: 'returned' | 'threw'
}

/** The group was sent to what follows number `to`. It is repeated until it is known to be done. */
export interface GroupSought {
  readonly ev: 'seek.invoke' | 'seek.ok'
  readonly group: string
  readonly to: number
}

/** Of one dead letter of a group. */
export interface GroupRedriven {
  readonly ev: 'group.redrive.invoke' | 'group.redrive.ok' | 'group.redrive.refused'
  readonly group: string
  readonly n: string
  readonly diedAt: number
}

/** A step that is to be done `once()` in a life of its message: it is done, and it is known that it was noted. */
export interface Step {
  readonly ev: 'once.do' | 'once.kept'
  readonly group: string
  readonly fence: number
}

/** What a caller learnt of a task that it awaits: its result, or the code of an error. */
export interface Answered {
  readonly ev: 'answer'
  readonly task: number
  readonly result?: unknown
  readonly code?: string | undefined
}

export interface FaultBegun {
  readonly ev: 'fault.begin'
  readonly fault: string
  readonly kind: string
  /** The processes it strikes; `*` for all. */
  readonly targets: readonly string[] | '*'
  /** What was confirmed in this many ms before it may be forgotten: the durability class says so. */
  readonly forgetsMs: number
}

export interface Received {
  readonly ev: 'receive'
  readonly session: string
  readonly message: string
  readonly epoch: string
  readonly n: number
}
