import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HistoryEvent } from './event.ts'

/** All files of a run together, by time. The last line of a killed process may be torn: it is left out. */
export function readHistory(directory: string): HistoryEvent[] {
  const events: HistoryEvent[] = []
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.jsonl'))) {
    const text = readFileSync(join(directory, file), 'utf8')
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line !== '') events.push(JSON.parse(line) as HistoryEvent)
    }
  }
  return events.toSorted((a, b) => a.at - b.at)
}
