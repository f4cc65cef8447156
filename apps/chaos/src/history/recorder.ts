import { closeSync, openSync, writeSync } from 'node:fs'
import type { Happening } from './event.ts'
import type { OfQueue } from './flow-event.ts'

/** ms of the monotonic clock that all processes of this machine share. */
export type SharedClock = () => number

export interface Recorder {
  readonly proc: string
  readonly now: SharedClock
  write(happening: Happening & OfQueue): void
  close(): void
}

/** The same, for what concerns a queue of flows. */
export function recorderOf(recorder: Recorder, queue: string): Recorder {
  return { ...recorder, write: (happening) => recorder.write({ ...happening, queue }) }
}

/** Appends one line per act, by a write of its own: what was written before a SIGKILL stays written. */
export function createRecorder(file: string, proc: string, now: SharedClock): Recorder {
  const fd = openSync(file, 'a')
  return {
    proc,
    now,
    write: (happening) => void writeSync(fd, `${JSON.stringify({ at: now(), proc, ...happening })}\n`),
    close: () => closeSync(fd),
  }
}
