import { pause } from '../waiting/pause.ts'
import { systemClock } from '../clock.ts'
import { workLeft } from '../queue/work-left.ts'
import { leftOver } from './left-over.ts'
import type { Left } from './left-over.ts'
import type { Recorder } from './recorder.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** The real time that a running handler gets before the clock advances: it may read a file. */
const GRACE_MS = 200
/** So long it looks away at the most. */
const MOST_LOOK_MS = 10
/** When nothing happens in so much time of the clock, more of it will not help. */
const QUIET_MS = 3_600_000
/** Periods longer than this in which nothing is due are skipped; shorter ones pass step by step. */
const JUMP_FROM_MS = 60_000

/**
 * Lets time pass until no queue has a task that waits, runs or is delayed. Throws an error that names what is left when
 * nothing runs and nothing happens any more, or after `timeoutMs` of real time.
 */
export async function drainQueues(recorder: Recorder, clock: VirtualClock, timeoutMs: number): Promise<void> {
  const startedAt = systemClock.now()
  let steps = -1
  let movedAt = clock.now()
  let graceUntil = 0
  // Each look costs a rest of the clock, so it looks less and less often for what a handler does in real time.
  const nextLookInMs = (): number => {
    const sinceMs = systemClock.now() - (graceUntil - GRACE_MS)
    return Math.min(MOST_LOOK_MS, 1 + sinceMs / 20)
  }
  // Whoever gave the clock time let it rest.
  const look = async (): Promise<void> => {
    await pause(systemClock, nextLookInMs())
    await clock.advance(0)
  }
  await clock.advance(0)
  for (;;) {
    const left = await whatIsLeft(recorder)
    if (left.length === 0) return
    if (steps !== recorder.steps) {
      steps = recorder.steps
      movedAt = clock.now()
      graceUntil = systemClock.now() + GRACE_MS
    }
    const tookMs = systemClock.now() - startedAt
    if (tookMs > timeoutMs)
      throw await leftOver(left, `work is still going on after ${Math.round(tookMs)} ms of real time`)
    const isRunning = recorder.handlers > 0
    const isQuiet = clock.now() - movedAt > QUIET_MS
    // Idle workers poll so seldom that an hour of the clock is over in a moment, but a handler still gets the real time
    // that the caller gave.
    if (isRunning && (isQuiet || systemClock.now() < graceUntil)) {
      await look()
      continue
    }
    const dueAt = nextDue(left)
    if (dueAt !== undefined && dueAt - clock.now() > JUMP_FROM_MS) {
      await clock.jump(dueAt - clock.now())
      movedAt = clock.now()
      continue
    }
    const { nextInMs } = clock
    if (nextInMs === undefined && isRunning) {
      await look()
      continue
    }
    if (nextInMs === undefined || isQuiet) {
      const quietMs = Math.round(clock.now() - movedAt)
      throw await leftOver(left, `nothing happens any more (${quietMs} ms of the clock went by)`)
    }
    await clock.advance(nextInMs)
  }
}

async function whatIsLeft({ queues }: Recorder): Promise<readonly Left[]> {
  const all = await Promise.all(
    [...queues.values()].map(async (record) => {
      const stats = await record.stats()
      return stats === undefined || workLeft(stats) === 0 ? [] : [{ name: record.queue, record, ...stats }]
    }),
  )
  return all.flat()
}

/** When all tasks that are left are delayed and have a worker: the time when the earliest is due. */
function nextDue(left: readonly Left[]): number | undefined {
  let earliest: number | undefined
  for (const { waiting, running, record } of left) {
    if (waiting + running > 0 || record.nextDueAt === undefined) return undefined
    earliest = Math.min(earliest ?? record.nextDueAt, record.nextDueAt)
  }
  return earliest
}
