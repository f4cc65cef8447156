import type { ErrorFacts } from './contract.ts'

export interface ChannelEntry {
  readonly name: string
  readonly groups: readonly string[]
  readonly unreadable?: string
}

export interface GroupStats {
  readonly name: string
  readonly unread: number
  readonly ahead: number
  readonly blocked: number
  readonly returned: number
  readonly delayed: number
  readonly overdue: number
  readonly oldestWaitMs?: number
  readonly running: number
  readonly dead: number
  readonly lost: number
  readonly deadDropped: number
  readonly foreign: number
  readonly paused: boolean
}

/** One of those of all channels. */
export interface GroupSummary extends GroupStats {
  readonly channel: string
  readonly members: number
}

export interface GroupPage {
  readonly groups: readonly GroupStats[]
  readonly unreadable?: readonly { readonly name: string; readonly code: string; readonly detail?: string }[]
  readonly next?: string
}

/** Of a message in its channel. */
export interface Position {
  readonly epoch: string
  readonly n: number
}

/** Why a group delivers nothing, or not a message. */
export interface GroupWhy {
  readonly because: string
  readonly text: string
  readonly members: number
  readonly concurrency: number
  readonly newest?: Position
}

/** A message that a group buried. */
export interface GroupLetter {
  readonly id: string
  readonly reason: string
  readonly error?: ErrorFacts
  readonly payload?: unknown
  readonly headers?: unknown
  readonly diedAt: number
  readonly enqueuedAt: number
  readonly failures: number
  readonly crashes: number
}

/** What the tail of a channel sends. */
export interface TailMessage {
  readonly n: number
  readonly epoch: string
  /** Missing where it is too large for the feed. */
  readonly payload?: unknown
  readonly tooLarge?: boolean
  readonly bytes?: number
  readonly headers?: Readonly<Record<string, string>>
}
