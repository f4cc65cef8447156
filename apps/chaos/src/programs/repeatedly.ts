import type { Recorder } from '../history/recorder.ts'

/** Answers whether it is known to have happened; failures are recorded. */
export async function repeatedly(recorder: Recorder, most: number, act: () => Promise<void>): Promise<boolean> {
  for (let i = 0; i < most; i++) {
    try {
      await act()
      return true
    } catch (error) {
      recorder.write({ ev: 'error', code: 'operator', message: String(error).slice(0, 200) })
    }
  }
  return false
}
