import { checkCount, checkInteger, checkText, refuse } from './check-values.ts'
import { MAX_LOG_LINE, MAX_LOG_LINES } from './limits.ts'
import type { Note } from './note.ts'

const NOTES: readonly Note['kind'][] = ['progress', 'memo', 'start', 'log']

/** The arguments of `note`, of a queue and of a group. */
export function checkNotes(notes: readonly Note[]): void {
  checkCount('notes', notes.length)
  for (const { lease, kind, body, dropped = 0 } of notes) {
    if (!NOTES.includes(kind)) refuse(`no note is called ${String(kind)}`)
    checkText('a lease', lease)
    checkText('what is noted', body)
    if (kind === 'log') checkLog(body, dropped)
  }
}

function checkLog(body: string, dropped: number): void {
  checkInteger('dropped', dropped, 0, Number.MAX_SAFE_INTEGER)
  const lines = body.split('\n')
  if (lines.length > MAX_LOG_LINES) refuse(`at most ${MAX_LOG_LINES} lines at once, not ${lines.length}`)
  const isLong = lines.some(({ length }) => length > MAX_LOG_LINE)
  if (isLong) refuse(`a line has at most ${MAX_LOG_LINE} characters`)
  if (lines.includes('') || body.includes('\t')) refuse('a line is not empty, and has no tab')
}
