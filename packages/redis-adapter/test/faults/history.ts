import { existsSync, readFileSync } from 'node:fs'

/** A line that a worker process wrote. `at`: the machine's monotonic clock, ms, the same in all processes. */
export interface HistoryEvent {
  readonly ev: 'start' | 'end' | 'aborted'
  /** The payload: which task the test meant. */
  readonly task: number
  /** The storage's number of the task. */
  readonly n: string
  readonly fence: number
  readonly pid: number
  readonly at: number
  readonly code?: string | undefined
}

/** All files together, by time. The last line of a process that was killed may be torn. */
export function readHistory(files: readonly string[]): HistoryEvent[] {
  const events: HistoryEvent[] = []
  for (const file of files) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line !== '') events.push(JSON.parse(line) as HistoryEvent)
    }
  }
  return events.sort((a, b) => a.at - b.at)
}

/** What was leased at the moment when a process had died. */
export interface Death {
  readonly pid: number
  readonly leased: ReadonlySet<string>
}

export interface Account {
  readonly starts: number
  readonly ends: number
  /** Tasks of 0 … count − 1 that no handler ended. */
  readonly lost: readonly number[]
  /** Starts beyond the first of each task. */
  readonly duplicates: number
  /** Of those, the ones that no death explains: their last runner was not killed while it held them. */
  readonly unexplained: readonly HistoryEvent[]
  /** Started by dead processes and leased at their deaths: the most that may run again. */
  readonly inFlight: number
  /** Starts whose fence is not above the one before it. */
  readonly unfenced: readonly HistoryEvent[]
  /** Tasks that have more than one number. */
  readonly doubled: readonly number[]
}

/** Pure: what the history says of `count` tasks. */
export function accountFor(events: readonly HistoryEvent[], count: number, deaths: readonly Death[] = []): Account {
  const starts = events.filter(({ ev }) => ev === 'start')
  const ended = new Set(events.filter(({ ev }) => ev === 'end').map(({ task }) => task))
  const deathOf = new Map(deaths.map((death) => [death.pid, death]))
  const last = new Map<string, HistoryEvent>()
  const numbers = new Map<number, Set<string>>()
  const unexplained: HistoryEvent[] = []
  const unfenced: HistoryEvent[] = []
  let duplicates = 0
  for (const start of starts) {
    const before = last.get(start.n)
    if (before !== undefined) {
      duplicates++
      if (!deathOf.get(before.pid)?.leased.has(start.n)) unexplained.push(start)
      if (start.fence <= before.fence) unfenced.push(start)
    }
    last.set(start.n, start)
    numbers.set(start.task, (numbers.get(start.task) ?? new Set()).add(start.n))
  }
  const held = starts.filter(({ pid, n }) => deathOf.get(pid)?.leased.has(n))
  return {
    starts: starts.length,
    ends: events.filter(({ ev }) => ev === 'end').length,
    lost: Array.from({ length: count }, (_, task) => task).filter((task) => !ended.has(task)),
    duplicates,
    unexplained,
    inFlight: new Set(held.map(({ pid, n }) => `${pid} ${n}`)).size,
    unfenced,
    doubled: [...numbers].filter(([, ns]) => ns.size > 1).map(([task]) => task),
  }
}
