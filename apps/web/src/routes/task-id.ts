import { createHash, randomUUID } from 'node:crypto'
import { Refusal } from '../plugins/refusal.ts'

const MOST_CHARACTERS = 255

/**
 * Every task gets an id before it is sent, so that a client can ask for it when the storage does not answer: its own,
 * one made of its Idempotency-Key (the same key is the same task), or a random one.
 */
export function idOf(id: string | undefined, key: string | string[] | undefined): string {
  if (key === undefined) return id ?? randomUUID()
  if (id !== undefined) throw new Refusal(400, 'invalid-request', 'either an id or an Idempotency-Key, not both')
  if (typeof key !== 'string' || key.length === 0 || key.length > MOST_CHARACTERS) {
    throw new Refusal(400, 'invalid-request', `an Idempotency-Key has 1 to ${MOST_CHARACTERS} characters`)
  }
  return `key:${createHash('sha256').update(key).digest('base64url')}`
}
