import type { FaultBegun, HistoryEvent } from '../history/event.ts'

export interface Fault {
  readonly name: string
  readonly kind: string
  readonly beginAt: number
  readonly endAt: number
  readonly targets: readonly string[] | '*'
  readonly forgetsMs: number
}

/** What happened to the run as a whole, and so to every task. */
export interface Circumstances {
  readonly faults: readonly Fault[]
  readonly stalls: readonly Fault[]
  /** Whether what was confirmed at this time may be lost by a later power failure. */
  mayBeForgotten(at: number): boolean
}

/** `lastAt`: when the history ends; a fault that did not end lasts until then. */
export function takeCircumstances(events: readonly HistoryEvent[], lastAt: number): Circumstances {
  const begun: (FaultBegun & { readonly at: number })[] = []
  const ended = new Map<string, number>()
  const stalls: Fault[] = []
  for (const event of events) {
    if (event.ev === 'fault.begin') begun.push(event)
    else if (event.ev === 'fault.end') ended.set(event.fault, event.at)
    else if (event.ev === 'stall') stalls.push(stallFault(event))
  }
  const faults = begun.map(({ fault, kind, at, targets, forgetsMs }) => {
    return { name: fault, kind, beginAt: at, endAt: ended.get(fault) ?? lastAt, targets, forgetsMs }
  })
  const forgetful = faults.filter(({ forgetsMs }) => forgetsMs > 0)
  const mayBeForgotten = (at: number): boolean =>
    forgetful.some(({ beginAt, endAt, forgetsMs }) => at >= beginAt - forgetsMs && at <= endAt)
  return { faults, stalls, mayBeForgotten }
}

function stallFault({ proc, from, until }: Extract<HistoryEvent, { readonly ev: 'stall' }>): Fault {
  return { name: `stall of ${proc}`, kind: 'stall', beginAt: from, endAt: until, targets: [proc], forgetsMs: 0 }
}

export function strikes(fault: Fault, proc: string): boolean {
  return fault.targets === '*' || fault.targets.includes(proc)
}

/** Whether it affects the process at some time between these two, both included. */
export function strikesWithin(fault: Fault, proc: string, from: number, until: number): boolean {
  return strikes(fault, proc) && fault.beginAt <= until && fault.endAt >= from
}
