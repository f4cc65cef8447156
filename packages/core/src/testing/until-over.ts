import { systemClock } from '../clock.ts'
import { pause } from '../waiting/pause.ts'
import type { GivenTasks } from './given-tasks.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** The real time that a handler gets before the clock advances: it may await something real. */
const GRACE_MS = 200
const LOOK_MS = 2

/** Lets time pass until a handler has ended. Throws an error after `patienceMs` of real time. */
export async function untilOver(
  isOver: () => boolean,
  driver: GivenTasks,
  clock: VirtualClock,
  patienceMs: number,
): Promise<void> {
  const begunAt = systemClock.now()
  let steps = -1
  let graceUntil = 0
  await clock.advance(0)
  while (!isOver()) {
    const now = systemClock.now()
    if (now - begunAt > patienceMs) throw new Error(`the handler did not end within ${patienceMs} ms: ${WHY}`)
    if (steps !== driver.steps) {
      steps = driver.steps
      graceUntil = now + GRACE_MS
    }
    const { nextInMs } = clock
    if (nextInMs !== undefined && now >= graceUntil) await clock.advance(nextInMs)
    else {
      await pause(systemClock, LOOK_MS)
      await clock.advance(0)
    }
  }
}

const WHY = 'it awaits something that does not depend on the clock, and has no timeoutMs'
