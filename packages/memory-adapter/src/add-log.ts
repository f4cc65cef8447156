import { MAX_LOG_BYTES, MAX_LOG_LINES } from '@mq/core/adapter'
import type { Note, StoredLog } from '@mq/core/adapter'

/** A log and the lines of a note: the last ones, within the bounds. */
export function addLog(log: StoredLog | undefined, { body, dropped = 0 }: Note, at: number): StoredLog {
  const lines = [...(log?.lines ?? []), ...body.split('\n').map((line) => ({ at, line }))]
  let first = Math.max(0, lines.length - MAX_LOG_LINES)
  let bytes = bytesOfLog(lines.slice(first))
  while (first < lines.length - 1 && bytes > MAX_LOG_BYTES) bytes -= bytesOfLog([lines[first++]!])
  return { lines: lines.slice(first), dropped: (log?.dropped ?? 0) + dropped + first }
}

/** Each line with 14 bytes for its time. */
export function bytesOfLog(lines: StoredLog['lines']): number {
  return lines.reduce((bytes, { line }) => bytes + Buffer.byteLength(line) + 14, 0)
}
