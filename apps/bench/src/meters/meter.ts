/** What a server itself, or the system of its processes, counted since it started. */
export interface Reading {
  /** User and system time of the server, µs. */
  readonly cpuUs: number
  /** Redis only: calls by command, those that scripts made included. */
  readonly calls?: Readonly<Record<string, number>> | undefined
  /** What it holds: memory, and for PostgreSQL its tables. */
  readonly memoryBytes: number
}

export interface Cost {
  readonly cpuUs: number
  readonly calls?: Readonly<Record<string, number>> | undefined
  /** The sum of `calls`. */
  readonly commands?: number | undefined
}

/** Reads what a server has cost so far, and empties it. */
export interface Meter {
  read(): Promise<Reading>
  /** Memory once it no longer changes. */
  settledMemory(): Promise<number>
  /** Redis only: the longest that a single call held it up since this was last asked, ms. */
  longestStallMs?(): Promise<number>
  /** Empties the server. */
  flush(): Promise<void>
  close(): Promise<void>
}

/**
 * `commandstats` and not `total_commands_processed`: both count what scripts call (test/meter.test.ts holds Redis to
 * it), but only the first can leave out the meter's own INFO and count by command.
 */
export function costBetween(before: Reading, after: Reading): Cost {
  const cpuUs = after.cpuUs - before.cpuUs
  if (before.calls === undefined || after.calls === undefined) return { cpuUs }
  const calls: Record<string, number> = {}
  let commands = 0
  for (const [command, count] of Object.entries(after.calls)) {
    const more = count - (before.calls[command] ?? 0)
    if (more === 0 || command === 'info') continue
    calls[command] = more
    commands += more
  }
  return { cpuUs, calls, commands }
}

const SETTLED_WITHIN_BYTES = 4_096
const SETTLE_TRIES = 50
const SETTLE_EVERY_MS = 100

/** For `settledMemory`: a server goes on moving and freeing for a while. */
export async function settled(read: () => Promise<number>): Promise<number> {
  let before = await read()
  for (let tries = 0; tries < SETTLE_TRIES; tries++) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_EVERY_MS))
    const now = await read()
    if (Math.abs(now - before) < SETTLED_WITHIN_BYTES) return now
    before = now
  }
  return before
}
