/** What one request changed, or tried to. */
export interface AuditEntry {
  /** ms since 1970, by the clock of this process. */
  readonly at: number
  readonly who: string
  readonly role: string
  /** The `operationId` of the route. */
  readonly action: string
  /** The path below the API. */
  readonly target: string
  /** What of it, where the path does not say it. */
  readonly note?: string | undefined
  /** `done`, the code of the problem that was answered, or `unfinished`: the client left, or it is not over yet. */
  readonly outcome: string
  readonly requestId: string
}

/** How many changes are kept. */
export const MOST_CHANGES = 1_000

/** The last changes that were made through this process, in its memory. Older ones are in its log only. */
export class AuditLog {
  readonly #most: number
  readonly #entries: AuditEntry[] = []

  constructor(most = MOST_CHANGES) {
    this.#most = most
  }

  /** Returns the function to call when it is known how it ended. */
  begin(entry: Omit<AuditEntry, 'outcome' | 'note'>): (outcome: string, note?: string) => AuditEntry {
    const kept = { ...entry, outcome: 'unfinished' }
    this.#entries.push(kept)
    if (this.#entries.length > this.#most) this.#entries.shift()
    return (outcome, note) => Object.assign(kept, { outcome, ...(note !== undefined && { note }) })
  }

  /** Newest first. */
  newest(limit: number): readonly AuditEntry[] {
    return this.#entries
      .slice(-limit)
      .reverse()
      .map((entry) => ({ ...entry }))
  }
}
