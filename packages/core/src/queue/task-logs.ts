import type { StoredLog } from '../ports/task-content.ts'
import { valueOf } from './task-entry.ts'

/** A line that a handler logged. */
export interface LogLine {
  /** When it was stored, ms since 1970 by the storage's clock. */
  readonly at: number
  readonly line: string
}

export interface TaskLogs {
  /** The last 100, 8 KiB at the most, oldest first. */
  readonly lines: readonly LogLine[]
  /** How many lines are missing: older ones, and those that could not be stored. */
  readonly dropped: number
}

/** A line that another program wrote is shown as it is. */
export function logsOf({ lines, dropped }: StoredLog): TaskLogs {
  return {
    lines: lines.map(({ at, line }) => {
      const { value } = valueOf(line)
      return { at, line: typeof value === 'string' ? value : line }
    }),
    dropped,
  }
}
