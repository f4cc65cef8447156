import { setTimeout as pause } from 'node:timers/promises'

const STEP_MS = 5
const PATIENCE_MS = 15_000

/** Asks again until the answer is truthy, and gives it. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  what: string,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const answer = await ask()
    if (answer) return answer as Exclude<T, false | null | undefined>
    if (Date.now() > deadline) throw new Error(`within ${PATIENCE_MS} ms there should have been ${what}`)
    await pause(STEP_MS)
  }
}
