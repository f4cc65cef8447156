import { setTimeout as pause } from 'node:timers/promises'

const STEP_MS = 5
/** Counted, not timed: on a busy machine as many looks take longer, as does what they look for. */
const MOST_LOOKS = 3_000

/** Asks again until the answer is truthy, and gives it. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  what: string,
): Promise<Exclude<T, false | null | undefined>> {
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const answer = await ask()
    if (answer) return answer as Exclude<T, false | null | undefined>
    await pause(STEP_MS)
  }
  throw new Error(`after ${MOST_LOOKS} looks there should have been ${what}`)
}
