import { checkName } from '../define/check.ts'
import { tryReading } from '../values/try-reading.ts'

/** Whether a queue, channel or group can be called so; another program may have written anything. */
export function isName(text: unknown): boolean {
  return tryReading(() => checkName('queue', text)) !== undefined
}
