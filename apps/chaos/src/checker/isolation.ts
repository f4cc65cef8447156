import type { HistoryEvent } from '../history/event.ts'
import { quantile } from './quantile.ts'
import type { Violation } from './violation.ts'

export interface IsolationBounds {
  /** p99 of a subscriber that is not stuck may be `factor` times what it is without stuck ones, and `slackMs` more. */
  readonly factor: number
  readonly slackMs: number
  /** How much more memory Redis may use while subscribers are stuck. */
  readonly serverBytes: number
  /** By how much a publisher's memory may have grown since its begin, at any time. */
  readonly publisherBytes: number
}

export interface IsolationFigures {
  /** Medians over the windows, of the subscriber whose latency stuck ones raised the most. */
  readonly aloneP99Ms: number
  readonly besideP99Ms: number
  readonly serverBytes: number
  readonly publisherBytes: number
}

export interface Isolation {
  readonly figures: IsolationFigures
  readonly violations: readonly Violation[]
}

/** A period in which these sessions were stuck. */
interface Window {
  readonly from: number
  readonly until: number
  readonly stuck: readonly string[]
}

/**
 * K3: stuck subscribers hardly slow the others down, and what they do not take is not kept without bound. A lost
 * message counts as infinitely late. A window with stuck subscribers is compared with the slower of its neighbours
 * without, since the machine is busier at times, and the majority of the windows decides.
 */
export function checkIsolation(events: readonly HistoryEvent[], bounds: IsolationBounds): Isolation {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'K3', what })
  const windows = windowsIn(events)
  const alone = windows.filter(({ stuck }) => stuck.length === 0)
  const beside = windows.filter(({ stuck }) => stuck.length > 0)
  const everStuck = new Set(windows.flatMap(({ stuck }) => stuck))
  const gaps = new Set(events.flatMap((event) => (event.ev === 'gap' ? [event.session] : [])))
  for (const session of everStuck) {
    if (!gaps.has(session)) say(`${session} was stuck and lost nothing: its messages were kept without bound`)
  }

  const lateness = latenessIn(events)
  let worst = { session: 'none', aloneP99Ms: 0, besideP99Ms: 0 }
  for (const session of sessionsIn(events)) {
    if (everStuck.has(session)) continue
    const p99s = new Map(windows.map((window) => [window, quantile(lateness(session, window), 0.99)]))
    const median = (of: readonly Window[]): number =>
      quantile(
        of.map((window) => p99s.get(window)!),
        0.5,
      )
    const [aloneP99Ms, besideP99Ms] = [median(alone), median(beside)]
    if (worst.session === 'none' || besideP99Ms - aloneP99Ms > worst.besideP99Ms - worst.aloneP99Ms)
      worst = { session, aloneP99Ms, besideP99Ms }
    const slow = beside.filter((window) => {
      const usual = Math.max(...neighboursOf(window, windows).map((neighbour) => p99s.get(neighbour)!))
      return !(p99s.get(window)! <= bounds.factor * usual + bounds.slackMs)
    })
    if (beside.length > 0 && slow.length <= beside.length / 2) continue
    say(
      `p99 of ${session} is ${besideP99Ms.toFixed(1)} ms beside stuck subscribers, ${aloneP99Ms.toFixed(1)} ms without`,
    )
  }
  if (worst.session === 'none') say('there was no subscriber that was never stuck')

  const usedBytes = (during: readonly Window[]): number[] =>
    events.flatMap((event) => (event.ev === 'memory' && during.some(isIn(event.at)) ? [event.usedBytes] : []))
  const serverBytes = quantile(usedBytes(beside), 1) - quantile(usedBytes(alone), 0.5)
  if (!(serverBytes <= bounds.serverBytes)) say(`Redis used ${mebibytes(serverBytes)} more beside stuck subscribers`)
  const publisherBytes = publisherGrowthIn(events)
  if (!(publisherBytes <= bounds.publisherBytes)) say(`a publisher grew by ${mebibytes(publisherBytes)}`)
  const { aloneP99Ms, besideP99Ms } = worst
  return { figures: { aloneP99Ms, besideP99Ms, serverBytes, publisherBytes }, violations }
}

function windowsIn(events: readonly HistoryEvent[]): Window[] {
  const windows: Window[] = []
  let begun: { readonly from: number; readonly stuck: readonly string[] } | undefined
  for (const event of events) {
    if (event.ev === 'window.begin') begun = { from: event.at, stuck: event.stuck }
    else if (event.ev === 'window.end' && begun) windows.push({ ...begun, until: event.at })
  }
  return windows
}

/** The windows just before and after it, where those have no stuck subscribers. */
function neighboursOf(window: Window, windows: readonly Window[]): Window[] {
  const at = windows.indexOf(window)
  return [windows[at - 1], windows[at + 1]].filter((each) => each !== undefined && each.stuck.length === 0) as Window[]
}

const isIn =
  (at: number) =>
  ({ from, until }: Window): boolean =>
    at >= from && at <= until

function sessionsIn(events: readonly HistoryEvent[]): string[] {
  return events.flatMap((event) => (event.ev === 'session.begin' ? [event.session] : []))
}

/** ms from the call of publish to the handler, for what was published in a window. */
function latenessIn(events: readonly HistoryEvent[]): (session: string, window: Window) => number[] {
  const invokedAt = new Map<string, number>()
  const confirmed: string[] = []
  const receivedAt = new Map<string, number>()
  for (const event of events) {
    if (event.ev === 'publish.invoke') invokedAt.set(event.message, event.at)
    else if (event.ev === 'publish.ok') confirmed.push(event.message)
    else if (event.ev === 'receive') receivedAt.set(`${event.session} ${event.message}`, event.at)
  }
  return (session, window) =>
    confirmed.flatMap((message) => {
      const at = invokedAt.get(message)!
      return isIn(at)(window) ? [(receivedAt.get(`${session} ${message}`) ?? Number.POSITIVE_INFINITY) - at] : []
    })
}

function publisherGrowthIn(events: readonly HistoryEvent[]): number {
  const publishers = new Set(events.flatMap(({ ev, proc }) => (ev === 'publish.invoke' ? [proc] : [])))
  const begins = new Map<string, number>()
  let most = Number.NaN
  for (const event of events) {
    if (event.ev !== 'usage' || !publishers.has(event.proc)) continue
    const begin = begins.get(event.proc)
    if (begin === undefined) begins.set(event.proc, event.rssBytes)
    else most = Math.max(Number.isNaN(most) ? 0 : most, event.rssBytes - begin)
  }
  return most
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
