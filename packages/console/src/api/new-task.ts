import type { EnqueueOptions } from '@mq/core'
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Problem } from '../problems/problem.ts'
import { A_YEAR_MS, duration, headers, named, said, taskId } from './schemas.ts'

const backoff = z.strictObject({
  kind: z.enum(['fixed', 'exponential']).optional(),
  baseMs: duration.optional(),
  factor: z.number().min(1).max(1_000).optional(),
  maxMs: duration.optional(),
  jitter: z.number().min(0).max(1).optional(),
})

/** Of each task of a schedule. */
export const scheduledOptions = z.strictObject({
  delayMs: duration.optional(),
  priority: said('9 first', z.int().min(0).max(9).optional()),
  timeoutMs: z.int().min(1).max(A_YEAR_MS).optional(),
  expiresInMs: z.int().min(1).max(A_YEAR_MS).optional(),
  attempts: z.int().min(1).max(1_000).optional(),
  backoff: backoff.optional(),
  keep: said('whether its result is kept', z.strictObject({ results: z.boolean() }).optional()),
  headers: headers.optional(),
  key: said('whose it is: keys are served in turn', z.string().min(1).max(256).optional(), 'tenant-17'),
  weight: said('of a task with a key: its share', z.int().min(1).max(1_000).optional()),
})

export const newTask = named(
  'NewTask',
  z.strictObject({
    payload: said('any JSON', z.unknown(), { to: 'ann@example.com' }),
    id: taskId.optional(),
    ...scheduledOptions.shape,
    existing: z.enum(['keep', 'replace']).optional(),
    dedupe: z.strictObject({ key: z.string().min(1).max(128), windowMs: z.int().min(1).max(A_YEAR_MS) }).optional(),
  }),
)
type NewTask = z.infer<typeof newTask>

export const idempotencyKey = z.object({
  'idempotency-key': said('the same key is the same task', z.string().min(1).max(255).optional(), 'order-17'),
})

/** The name of the header by which a task carries the id of the request that made it. */
const REQUEST_ID = 'request-id'
const OWN_ID = /^(?!n\d{15,}$)[A-Za-z0-9._:-]{1,128}$/

/** `requestId` follows the task into the log of its worker, unless the client has a header of this name. */
export function optionsOf(task: Omit<NewTask, 'payload'>, requestId: string): EnqueueOptions {
  return { ...task, headers: { [REQUEST_ID]: requestId, ...task.headers } }
}

/** The id that a key stands for: the key itself where it can be one. */
export function idOfKey(key: string): string {
  return OWN_ID.test(key) ? key : `key:${createHash('sha256').update(key).digest('base64url')}`
}

/** A task has an id before it is sent, so that its client can ask for it when the storage does not answer. */
export function chooseId({ id, dedupe }: NewTask, key: string | undefined, random: () => string): string | undefined {
  if (key === undefined) return id ?? (dedupe === undefined ? random() : undefined)
  if (dedupe !== undefined) throw new Problem(400, 'invalid-request', 'either dedupe or an Idempotency-Key, not both')
  const chosen = idOfKey(key)
  if (id !== undefined && id !== chosen) {
    throw new Problem(400, 'invalid-request', 'id and Idempotency-Key name two tasks')
  }
  return chosen
}
