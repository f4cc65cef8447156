import { MqError } from '@mq/core/adapter'
import { wrapError } from './errors.ts'
import type { Script } from './script.ts'

const PLACE = /@?user_script:(\d+)/

/**
 * An error inside a script that a retry would not change (a key of a wrong type, a malformed value), with its place in
 * the file in `lua/`; undefined for any other error, also for errors of the server that occurred in a script (OOM,
 * READONLY).
 */
export function failedInScript(thrown: unknown, { name }: Script): MqError | undefined {
  const line = thrown instanceof Error ? PLACE.exec(thrown.message)?.[1] : undefined
  if (line === undefined) return undefined
  const { code, message, details } = wrapError(thrown, name)
  if (code !== 'storage-refused' || details?.['passing'] === true) return undefined
  return new MqError(code, `${message.replaceAll(/@?user_script:\d+: ?/g, '')} (${name}.lua:${line})`, {
    details: { script: name, line: Number(line) },
  })
}
