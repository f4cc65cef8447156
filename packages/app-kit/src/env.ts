import { z } from 'zod'

/**
 * The variables that every app reads. An app adds its own with `sharedEnv.extend({ … })`, each described: `--help` and
 * docs/deploying.md show what is said here.
 */
export const sharedEnv = z.object({
  /** The adapter checks the rest. */
  REDIS_URL: z
    .string()
    .regex(/^(?:rediss?|unix|redis\+unix):\/\/./, 'must be a URL that begins with redis://, rediss:// or unix://')
    .default('redis://127.0.0.1:6379')
    .describe('where Redis or Valkey is: redis://, rediss:// (TLS) or unix://, with user, password and database'),
  PREFIX: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be 1–64 characters of A–Z a–z 0–9 . _ -')
    .default('mq')
    .describe('begins every key: apps with different prefixes share a Redis and see nothing of each other'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('fatal, error, warn, info, debug, trace or silent'),
  GRACE_PERIOD_MS: wholeNumber(0, 3_600_000)
    .default(10_000)
    .describe('how long a stop may take before the process exits in any case'),
  STORAGE_TIMEOUT_MS: wholeNumber(100, 60_000)
    .default(2_000)
    .describe('how long one call is repeated while Redis is unavailable'),
})
export type SharedEnv = z.infer<typeof sharedEnv>

/** The variables of an app that has workers: what a handler's own file does not say. */
export const workerEnv = {
  CONCURRENCY: wholeNumber(1, 10_000)
    .default(10)
    .describe('how many tasks of each queue, or messages of each group, run at once'),
  LEASE_MS: wholeNumber(1_000, 3_600_000)
    .default(30_000)
    .describe('how long a worker that no longer answers keeps its tasks before others get them'),
}

/** The name of a list or a channel that programs without mq use, too. */
const foreignName = z.string().regex(/^[\x21-\x7e]{1,512}$/, 'must have 1 to 512 characters without spaces')

/** The variables of an app whose queue may take its tasks from other programs, or give them away. */
export const listsEnv = {
  INBOX: foreignName
    .optional()
    .describe('the key of a list: what any program LPUSHes there is a task of prodcons, first in, first out'),
  OUTBOX: foreignName
    .optional()
    .describe('the key of a list: tasks of prodcons are RPUSHed there for other programs, and not handled here'),
}

/** Both are one key: what is handed over would come in again. */
export const otherLists = {
  check: ({ INBOX, OUTBOX }: { readonly INBOX?: string | undefined; readonly OUTBOX?: string | undefined }): boolean =>
    INBOX === undefined || INBOX !== OUTBOX,
  path: ['OUTBOX'],
  error: 'must not be INBOX',
}

/** The variable of an app whose channel may be one of other programs. */
export const rawEnv = {
  RAW_CHANNEL: foreignName
    .optional()
    .describe('a channel of Redis: pubsub is that, as other programs PUBLISH and SUBSCRIBE'),
}

/** The text of an environment variable, as a whole number. */
export function wholeNumber(least: number, most: number): z.ZodType<number, string> {
  const error = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,15}$/, error)
    .transform(Number)
    .refine((value) => value >= least && value <= most, error)
}

/** Shown to the person who set the variables. It never quotes a value, which may contain a password. */
export class EnvError extends Error {
  override readonly name = 'EnvError'
}

/** Parses the environment; an empty variable counts as not set. Throws an EnvError of one line. */
export function readEnv<Env>(schema: z.ZodType<Env>, source: Readonly<Record<string, string | undefined>>): Env {
  const set = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(set)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${sayFault(issue)}`)
  throw new EnvError(faults.join('; '))
}

function sayFault(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_value' ? `must be one of ${issue.values.join(', ')}` : issue.message
}
