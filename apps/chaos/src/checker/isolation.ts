import type { HistoryEvent } from '../history/event.ts'
import { quantile } from './quantile.ts'
import type { Violation } from './violation.ts'

export interface IsolationBounds {
  /** Of one that is not stuck, p99 may be `factor` times what it is without stuck peers, and `slackMs` more. */
  readonly factor: number
  readonly slackMs: number
  /** What Redis may use more while peers are stuck. */
  readonly serverBytes: number
  /** What a publisher may have gained since its begin, at any time. */
  readonly publisherBytes: number
}

export interface IsolationFigures {
  /** Medians over the windows, of the one that stuck peers cost the most. */
  readonly aloneP99Ms: number
  readonly besideP99Ms: number
  readonly serverBytes: number
  readonly publisherBytes: number
}

export interface Isolation {
  readonly figures: IsolationFigures
  readonly violations: readonly Violation[]
}

/** A time in which these sessions were stuck. */
interface Window {
  readonly from: number
  readonly until: number
  readonly stuck: readonly string[]
}

/**
 * K3: stuck subscribers cost the others next to nothing, and nobody keeps without bound what they do not take. A loss
 * counts as a message that comes infinitely late. A window with stuck ones is compared with the slower of those without
 * beside it, for the machine is busier at times, and most of the windows decide.
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
    if (!gaps.has(session)) say(`${session} was stuck and has lost nothing: somebody kept it all`)
  }

  const lateness = latenessIn(events)
  let worst = { session: 'nobody', aloneP99Ms: 0, besideP99Ms: 0 }
  for (const session of sessionsIn(events)) {
    if (everStuck.has(session)) continue
    const p99s = new Map(windows.map((window) => [window, quantile(lateness(session, window), 0.99)]))
    const median = (of: readonly Window[]): number =>
      quantile(
        of.map((window) => p99s.get(window)!),
        0.5,
      )
    const [aloneP99Ms, besideP99Ms] = [median(alone), median(beside)]
    if (worst.session === 'nobody' || besideP99Ms - aloneP99Ms > worst.besideP99Ms - worst.aloneP99Ms)
      worst = { session, aloneP99Ms, besideP99Ms }
    const slow = beside.filter((window) => {
      const usual = Math.max(...neighboursOf(window, windows).map((neighbour) => p99s.get(neighbour)!))
      return !(p99s.get(window)! <= bounds.factor * usual + bounds.slackMs)
    })
    if (beside.length > 0 && slow.length <= beside.length / 2) continue
    say(`p99 of ${session} is ${besideP99Ms.toFixed(1)} ms beside stuck ones, ${aloneP99Ms.toFixed(1)} ms without`)
  }
  if (worst.session === 'nobody') say('there was no subscriber that was never stuck')

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

/** Just before and after it, without stuck ones. */
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

/** From the call of publish to the handler, for what was published in a window. */
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
