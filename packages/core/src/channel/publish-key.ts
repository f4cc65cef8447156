import { checkText } from '../define/check-call.ts'
import { MqError } from '../errors.ts'
import { homeOf } from '../partitions/places.ts'
import { MAX_KEY } from '../ports/limits.ts'

/** Throws `invalid-options`. */
export function publishKey(key: unknown): string {
  return checkText('key', key, 1, MAX_KEY)
}

/** The partition of messages with these keys; undefined: any. Throws `partitions-apart` where there are several. */
export function homeOfKeys(keys: readonly string[], of: number): number | undefined {
  const [first, ...others] = keys
  if (first === undefined) return undefined
  const home = homeOf(first, of)
  if (others.every((key) => homeOf(key, of) === home)) return home
  throw new MqError(
    'partitions-apart',
    'messages of one call are published together or not at all, and the keys of these belong to several partitions: publish them one by one',
  )
}
