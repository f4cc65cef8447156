import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { HistoryEvent } from './event.ts'

const CHUNK_BYTES = 2 ** 20

/** All files of a run together, by time, read anew each time that it is walked through, and never as a whole. */
export interface History extends Iterable<HistoryEvent> {
  readonly bytes: number
}

export function historyIn(directory: string): History {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(directory, name))
  return {
    bytes: files.reduce((sum, file) => sum + statSync(file).size, 0),
    [Symbol.iterator]: () => merged(files.map(eventsIn)),
  }
}

/** A process writes its events in the order of their times. */
function* merged(sources: readonly Iterator<HistoryEvent>[]): Iterator<HistoryEvent> {
  const heads = sources.map((source) => ({ source, next: source.next() })).filter(({ next }) => !next.done)
  while (heads.length > 0) {
    let first = 0
    for (let i = 1; i < heads.length; i++) if (heads[i]!.next.value.at < heads[first]!.next.value.at) first = i
    const head = heads[first]!
    yield head.next.value
    head.next = head.source.next()
    if (head.next.done) heads.splice(first, 1)
  }
}

/** The last line of a killed process may be torn: it is left out. */
function* eventsIn(file: string): Generator<HistoryEvent, undefined> {
  const decoder = new StringDecoder('utf8')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  const fd = openSync(file, 'r')
  try {
    let rest = ''
    for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, length))).split('\n')
      rest = lines.pop()!
      for (const line of lines) if (line !== '') yield JSON.parse(line) as HistoryEvent
    }
    return undefined
  } finally {
    closeSync(fd)
  }
}
