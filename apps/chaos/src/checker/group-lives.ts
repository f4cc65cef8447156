import type { HistoryEvent } from '../history/event.ts'
import type { Account } from './account.ts'
import { remember } from './account.ts'

/** A redrive of one dead letter, or a seek. */
interface Act {
  readonly from: number
  /** When it was certainly over, done or not. */
  until: number
  isDone: boolean
}

/** The group's cursor was set behind number `to`. */
interface Seek extends Act {
  readonly to: number
  /** The server may not have known the position, and then delivers all that is kept. */
  readonly isVague: boolean
}

/** What an operator did to a group: each act begins a new life of messages there, or skips them. */
export interface GroupLives {
  readonly seeks: readonly Seek[]
  /** Whether a new life of that message may have begun between these two times. */
  beganAnew(n: number, from: number, until: number): boolean
  /** Whether its dead letter may have been redriven between these two times. */
  wasRedriven(n: number, from: number, until: number): boolean
  /** Whether a seek of the group may have happened between these two times. */
  mayHaveSought(from: number, until: number): boolean
  /**
   * The time after which the message must be done or buried: -Infinity if no act began its life; undefined if it was
   * skipped.
   */
  demandedSince(n: number): number | undefined
  /** How many lives it may have had. */
  livesOf(n: number): number
}

export function groupLivesOf(events: Account['events'], group: string): GroupLives {
  // After a new epoch has begun, a position in the old one is not known: the group receives all that is kept.
  const isVague = new Set(events.flatMap((event) => (event.ev === 'publish.ok' ? [event.epoch] : []))).size > 1
  const seeks: Seek[] = []
  const redrives = new Map<number, Act[]>()
  const begin = (act: Pick<HistoryEvent, 'at'>): Act => {
    return { from: act.at, until: Number.POSITIVE_INFINITY, isDone: false }
  }
  for (const event of events) {
    if (!('group' in event) || event.group !== group) continue
    if (event.ev === 'seek.invoke') seeks.push({ ...begin(event), to: event.to, isVague })
    else if (event.ev === 'seek.ok') Object.assign(seeks.at(-1)!, { until: event.at, isDone: true })
    else if (event.ev === 'group.redrive.invoke') {
      remember(redrives, Number(event.n), () => []).push(begin(event))
    } else if (event.ev === 'group.redrive.ok' || event.ev === 'group.redrive.refused') {
      const isDone = event.ev === 'group.redrive.ok'
      Object.assign(redrives.get(Number(event.n))!.at(-1)!, { until: event.at, isDone })
    }
  }
  const back = (n: number): Seek[] => seeks.filter(({ to }) => isVague || to < n)
  const redrivesOf = (n: number): readonly Act[] => redrives.get(n) ?? []
  const overlaps = (act: Act, from: number, until: number): boolean => act.from <= until && act.until >= from
  return {
    seeks,
    wasRedriven: (n, from, until) => redrivesOf(n).some((act) => overlaps(act, from, until)),
    beganAnew: (n, from, until) => [...back(n), ...redrivesOf(n)].some((act) => overlaps(act, from, until)),
    mayHaveSought: (from, until) => seeks.some((seek) => overlaps(seek, from, until)),
    demandedSince(n) {
      let since: number | undefined = Number.NEGATIVE_INFINITY
      const acts: (Act | Seek)[] = [...seeks, ...redrivesOf(n)]
      for (const act of acts.toSorted((a, b) => a.from - b.from)) {
        if ('to' in act && act.to >= n) since = undefined
        else if (act.isDone) since = act.from
      }
      return since
    },
    livesOf: (n) => 1 + back(n).length + redrivesOf(n).length,
  }
}
