import type { EndState } from '../end-state/end-state.ts'
import type { HistoryEvent } from '../history/event.ts'
import { takeAccount } from './account.ts'
import { checkAnswers } from './answers.ts'
import type { TaskFindings } from './check-tasks.ts'
import { checkTasks } from './check-tasks.ts'
import type { Circumstances, Fault } from './circumstances.ts'
import { strikes, takeCircumstances } from './circumstances.ts'
import type { Expectations } from './expectations.ts'
import { checkFlows } from './flows.ts'
import { checkGroups } from './groups.ts'
import { checkHealth } from './health.ts'
import { checkIdleBeside } from './idle-beside.ts'
import { checkIsolation } from './isolation.ts'
import { checkLiveness } from './liveness.ts'
import { checkSequence } from './order.ts'
import { checkPaused } from './pauses.ts'
import { checkResources } from './resources.ts'
import { isOfTask, Shards } from './shards.ts'
import { checkFairness } from './fairness.ts'
import { checkShares } from './shares.ts'
import { checkStarts } from './starts.ts'
import { checkSchedules } from './schedules.ts'
import { checkStructure } from './structure.ts'
import { checkSubscriptions } from './subscriptions.ts'
import type { Verdict } from './verdict.ts'

/**
 * Judges a history and the end state by the promises; a pure function. It knows only what the processes of the system
 * under test recorded; where a system shows no leases or has no end state, what cannot be seen is not judged. The
 * history is read once, and once more for each of `count` shards, so that only the tasks of one shard are in memory at
 * a time, unless an expectation compares all tasks with each other.
 */
export function check(
  all: Iterable<HistoryEvent>,
  state: EndState | undefined,
  expected: Expectations,
  count = 1,
): Verdict {
  const shards = new Shards(count)
  const history = { [Symbol.iterator]: () => only(all, ({ queue }) => queue === undefined) }
  const ofFlows = [...only(all, ({ queue }) => queue !== undefined)]
  const { events, progress, lastAt } = survey(history, ofFlows, expected, shards)
  if (state) shards.seeState(state)
  const circumstances = takeCircumstances(events, lastAt)
  const found: TaskFindings[] = []
  for (let shard = 0; shard < count; shard++) {
    const own = [...only(history, (event) => shards.has(shard, event))]
    const stored = state && shards.stateOf(shard, state)
    found.push(checkTasks(takeAccount(own, circumstances), stored, shards.expectedOf(shard, expected)))
  }
  if (expected.flows) found.push(...checkFlows(ofFlows, state?.flows ?? [], circumstances, expected))
  const restarts = latestOf(found.map((each) => each.restarts))
  const account = takeAccount(events, circumstances)
  const liveness = checkLiveness(account, progress, state, restarts, expected)
  const subscriptions = checkSubscriptions(events)
  const isolation = expected.isolation && checkIsolation(events, expected.isolation)
  const answers = expected.answers && checkAnswers(account, expected.answers)
  const groups = checkGroups(account, state, expected)
  const sum = (figure: Countable): number => found.reduce((total, each) => total + each[figure], 0)
  return {
    violations: [
      ...found.flatMap(({ violations }) => violations),
      ...(expected.clockSteps || !expected.ordered ? [] : checkSequence(account)),
      ...(expected.pauseHeardWithinMs === undefined ? [] : checkPaused(account)),
      ...checkStructure(state),
      ...(expected.schedules === undefined ? [] : checkSchedules(state?.schedules ?? [], expected.schedules)),
      ...liveness.violations,
      ...(expected.healthWithinMs === undefined ? [] : checkHealth(account, expected.healthWithinMs)),
      ...checkResources(account, expected),
      ...(expected.idleBeside === undefined ? [] : checkIdleBeside(account, expected.idleBeside)),
      ...(expected.starts === undefined ? [] : checkStarts(account, expected.starts)),
      ...(expected.shares === undefined ? [] : checkShares(events, expected.shares)),
      ...(expected.fairness === undefined ? [] : checkFairness(events, account.faults, expected.fairness)),
      ...(answers?.violations ?? []),
      ...subscriptions.violations,
      ...groups.violations,
      ...(isolation?.violations ?? []),
    ],
    figures: {
      operations: sum('operations') + subscriptions.published,
      acknowledged: sum('acknowledged') + subscriptions.acknowledged,
      unknown:
        sum('operations') - sum('acknowledged') - sum('failed') + subscriptions.published - subscriptions.acknowledged,
      failed: sum('failed'),
      lost: sum('lost') + subscriptions.silentLoss + groups.missed,
      unsynced: sum('unsynced'),
      unexpected: sum('unexpected'),
      starts: sum('starts') + subscriptions.received + groups.received,
      duplicates: sum('duplicates') + groups.duplicates,
      bound: sum('bound') + groups.bound,
      beyondBound: sum('beyondBound') + groups.beyondBound,
      staleAttempts: sum('staleAttempts') + groups.staleAttempts,
      staleRefused: sum('staleRefused') + groups.staleRefused,
      faults: circumstances.faults.length,
      stalls: circumstances.stalls.filter((stall) => !isOrdered(circumstances, stall)).length,
      unavailableMs: liveness.unavailableMs,
      recoveryMs: liveness.recoveryMs,
      isolation: isolation?.figures,
      answers: answers?.figures,
    },
  }
}

type Countable = Exclude<keyof TaskFindings, 'violations' | 'restarts'>

interface Survey {
  /** About the run; also about its tasks, where an expectation compares them with each other. */
  readonly events: readonly HistoryEvent[]
  /** The times at which a task or message was done. */
  readonly progress: readonly number[]
  readonly lastAt: number
}

function survey(
  history: Iterable<HistoryEvent>,
  ofFlows: readonly HistoryEvent[],
  expected: Expectations,
  shards: Shards,
): Survey {
  const { ordered, idleBeside, shares, fairness, starts, answers, silent } = expected
  const isForAll =
    ordered === true || [idleBeside, shares, fairness, starts, answers].some((bounds) => bounds !== undefined)
  const events: HistoryEvent[] = []
  const progress: number[] = []
  let lastAt = 0
  for (const event of history) {
    const { ev, at } = event
    shards.see(event)
    if (isForAll || !isOfTask(event) || (silent && FAILURES.has(ev))) events.push(event)
    if (ev === 'end' || ev === 'receive' || ev === 'consume') progress.push(at)
    lastAt = at
  }
  for (const { ev, at } of ofFlows) if (ev === 'end') progress.push(at)
  if (ofFlows.length > 0) progress.sort((a, b) => a - b)
  return { events, progress, lastAt: Math.max(lastAt, ofFlows.at(-1)?.at ?? 0) }
}

const FAILURES: ReadonlySet<HistoryEvent['ev']> = new Set(['enqueue.unknown', 'enqueue.failed'])

function* only(history: Iterable<HistoryEvent>, isIt: (event: HistoryEvent) => boolean): Generator<HistoryEvent> {
  for (const event of history) if (isIt(event)) yield event
}

function latestOf(all: readonly ReadonlyMap<Fault, number>[]): ReadonlyMap<Fault, number> {
  const latest = new Map<Fault, number>()
  for (const [fault, at] of all.flatMap((each) => [...each])) latest.set(fault, Math.max(latest.get(fault) ?? 0, at))
  return latest
}

/** A stall that is part of a fault, such as of a process that the harness stopped, is not counted again. */
function isOrdered({ faults }: Circumstances, stall: Fault): boolean {
  return faults.some(
    (fault) =>
      stall.targets !== '*' &&
      stall.targets.some((proc) => strikes(fault, proc)) &&
      fault.beginAt <= stall.endAt &&
      fault.endAt >= stall.beginAt,
  )
}
