import type { Recorder } from '../history/recorder.ts'

const ASK_EVERY_MS = 250
const ANSWER_WITHIN_MS = 1_000

/** Throws, when it is not ready within the time, or why it will not be. */
export type Ready = (withinMs: number) => Promise<void>

/** Asks again and again, as a supervisor does, whether the answers before have come or not, and writes down each. */
export function askHealth(recorder: Recorder, ready: Ready): { stop(): void } {
  let stopped = false
  const ask = async (): Promise<void> => {
    const from = recorder.now()
    const why = await ready(ANSWER_WITHIN_MS).then(() => undefined, String)
    if (!stopped) recorder.write({ ev: 'health', ready: why === undefined, from, why })
  }
  const timer = setInterval(() => void ask(), ASK_EVERY_MS)
  return {
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}
