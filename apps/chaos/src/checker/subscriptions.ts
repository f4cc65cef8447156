import type { HistoryEvent } from '../history/event.ts'
import type { Violation } from './violation.ts'

/** The time within which the loss of the last message is announced. */
export const ANNOUNCED_WITHIN_MS = 5_000

interface Session {
  readonly name: string
  readonly beginAt: number
  /** Undefined when its process died: its last messages are not judged. */
  endAt: number | undefined
  epoch: string | undefined
  /** The last number received. */
  n: number
  /** Announced since the last message; Infinity where the number is unknown. */
  announced: number
}

export interface Subscriptions {
  readonly published: number
  readonly acknowledged: number
  readonly received: number
  readonly announcedGaps: number
  readonly silentLoss: number
  readonly violations: readonly Violation[]
}

/** K2: a subscriber receives what was published, in order, each message once, and every loss is announced. */
export function checkSubscriptions(events: readonly HistoryEvent[]): Subscriptions {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'K2', what })
  const invoked = new Map<string, number>()
  const confirmed: { readonly epoch: string; readonly n: number; readonly invokedAt: number; readonly at: number }[] =
    []
  const sessions = new Map<string, Session>()
  const seen = new Set<string>()
  let received = 0
  let announcedGaps = 0
  let silentLoss = 0

  const missing = (session: Session, count: number, where: string): void => {
    const unannounced = count - session.announced
    session.announced = 0
    if (unannounced <= 0) return
    silentLoss += unannounced
    say(`${session.name} lost ${unannounced} messages ${where}, without a gap`)
  }
  for (const event of events) {
    if (event.ev === 'publish.invoke') invoked.set(event.message, event.at)
    else if (event.ev === 'publish.ok') {
      confirmed.push({ epoch: event.epoch, n: event.n, at: event.at, invokedAt: invoked.get(event.message)! })
    } else if (event.ev === 'session.begin') {
      const { session: name, at: beginAt } = event
      sessions.set(name, { name, beginAt, endAt: undefined, epoch: undefined, n: 0, announced: 0 })
    } else if (event.ev === 'session.end') sessions.get(event.session)!.endAt = event.at
    else if (event.ev === 'gap') {
      announcedGaps++
      sessions.get(event.session)!.announced += event.size ?? Number.POSITIVE_INFINITY
    } else if (event.ev === 'receive') {
      received++
      const session = sessions.get(event.session)!
      if (!invoked.has(event.message)) say(`${session.name} received ${event.message}, which was not published`)
      if (seen.has(`${session.name} ${event.message}`)) say(`${session.name} received ${event.message} twice`)
      seen.add(`${session.name} ${event.message}`)
      if (session.epoch === event.epoch) {
        if (event.n <= session.n) say(`${session.name} received ${event.n} after ${session.n}`)
        else missing(session, event.n - session.n - 1, `before ${event.n}`)
      } else if (session.epoch !== undefined) missing(session, Number.MAX_SAFE_INTEGER, 'with the numbering')
      session.epoch = event.epoch
      session.n = event.n
    }
  }
  for (const session of sessions.values()) {
    const { endAt, beginAt, epoch, n } = session
    if (endAt === undefined) continue
    const due = confirmed.filter(({ at, invokedAt }) => invokedAt > beginAt && at < endAt - ANNOUNCED_WITHIN_MS)
    const tail = due.filter((message) => message.epoch === epoch && message.n > n).length
    missing(session, epoch === undefined ? due.length : tail, 'at the end')
  }
  return { published: invoked.size, acknowledged: confirmed.length, received, announcedGaps, silentLoss, violations }
}
