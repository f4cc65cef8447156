import { checkName } from './check.ts'
import { tryReading } from '../values/try-reading.ts'

/** Whether this is a valid name of a queue, channel or group; another program may have written any text. */
export function isName(text: unknown): boolean {
  return tryReading(() => checkName('queue', text)) !== undefined
}
