import type { GroupStart, GroupStats } from '../ports/group-driver.ts'
import type { DeadLetter } from '../queue/dead-letter.ts'

/** A consumer group as people who run it see it. Throws `unknown-group` for one that is not there. */
export interface ConsumerGroup {
  readonly name: string
  /** How many messages were published and not given to any member yet. */
  lag(): Promise<number>
  stats(): Promise<GroupStats>
  /** No member is given anything until `resume`; it stays so over restarts. What runs goes on. */
  pause(): Promise<void>
  resume(): Promise<void>
  /**
   * Reads on from there. What members hold is taken from them (their signals abort with `lease-lost`), and retries that
   * wait are forgotten; both come again if they stand behind the place.
   */
  seek(to: GroupStart): Promise<void>
  /** Messages that were given up, newest first: `limit` (default 100, at most 1,000), those after the last of a page before. */
  dead(page?: { readonly after?: DeadLetter | undefined; readonly limit?: number | undefined }): Promise<DeadLetter[]>
  /** The group and all it holds are gone. Close its members before: one that lives begins it anew. */
  remove(): Promise<void>
}
