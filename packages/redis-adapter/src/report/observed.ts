import type { ServerInfo } from './server-info.ts'

/** What was found out of a server in one look. */
export interface Observed {
  readonly info: ServerInfo
  /** Some of its settings; undefined where it does not let this user read them. */
  readonly settings: ReadonlyMap<string, string> | undefined
  /** Times at which it stood still; undefined where it does not let this user read them. */
  readonly stalls: readonly Stall[] | undefined
  /** How many slow commands its log has; undefined where it does not let this user ask. */
  readonly slowCommands: number | undefined
  /** From the question to the answer, ms. */
  readonly roundTripMs: number
  /** Replicas that have to confirm each enqueue; 0 without `durability`. */
  readonly awaited: number
}

/** One kind of stall that the server's latency monitor saw. */
export interface Stall {
  /** The monitor's word: `command`, `fork`, `aof-fsync-always`. */
  readonly event: string
  readonly worstMs: number
}

/** `noeviction`, where the server does not say. */
export function evictionOf({ info }: Observed): string {
  return info.text('maxmemory_policy') ?? 'noeviction'
}
