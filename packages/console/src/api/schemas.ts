import { z } from 'zod'

type Said = {
  readonly id?: string | undefined
  readonly description?: string | undefined
  readonly examples?: unknown[] | undefined
}

/**
 * What the API's description says of the schemas here. Not zod's global registry: a host may use the same names there
 * for schemas of its own.
 */
export const API_SCHEMAS: z.core.$ZodRegistry<Said> = z.registry<Said>()

/** The schema is a component of this name. */
export function named<T extends z.ZodType>(id: string, schema: T): T {
  API_SCHEMAS.add(schema, { id })
  return schema
}

/** With words for people, and examples. */
export function said<T extends z.ZodType>(description: string, schema: T, ...examples: unknown[]): T {
  const copy = schema.clone() as T
  API_SCHEMAS.add(copy, { description, ...(examples.length > 0 && { examples }) })
  return copy
}

/** A whole number in a query: decimal digits. `Number` would take "0x10", "1e3" and nothing at all as numbers, too. */
export function wholeNumber(least: number, most: number): z.ZodPreprocess<z.ZodInt> {
  const digits = (text: unknown): unknown => (typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : text)
  return z.preprocess(digits, z.int().min(least).max(most))
}

export const at = said('ms since 1970 by the storage’s clock', z.number(), 1_795_912_345_678)
export const ms = said('milliseconds', z.number())
export const count = z.int().min(0)

const name = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/)
export const queueName = said('the name of a queue', name, 'mails')
export const afterName = said('the last name of the page before', name)
export const channelName = said('the name of a channel', name, 'orders')
export const sourceName = said(
  'the name of a channel, or that of a queue and `:outcomes` for how its tasks end',
  z.string().regex(/^[A-Za-z0-9._-]{1,128}(?::outcomes)?$/),
  'orders',
)
export const groupName = said('the name of a group', name, 'billing')
export const taskId = said('the id of a task', z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/), 'order:17')

/** Of a body with a payload or a message: 1 MiB, and what JSON adds to it. */
export const MAX_BODY: number = 2 << 20

export const A_YEAR_MS = 31_536_000_000
/** A time that a client gives. */
export const duration = z.int().min(0).max(A_YEAR_MS)
export const waitMs = said(
  'how long to wait for the end of the task before answering, ms',
  wholeNumber(0, 30_000).default(0),
  5_000,
)
export const reason = said('why, for whoever waits for the task and for the list of changes', z.string().max(1_000))
const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** A parameter that is `true` or `false`. */
export function flagOf(description: string): z.ZodOptional<typeof flag> {
  return said(description, flag.optional())
}
/** The name of what is meant, typed by whoever means it. */
export const confirmName = said('the name once more, so that nothing else is meant', z.string().max(128))

/** `limit` of a page. */
export function limitOf(most: number, normal: number): z.ZodDefault<z.ZodPreprocess<z.ZodInt>> {
  return said('the most to return', wholeNumber(1, most).default(normal))
}

export const headers = said('at most 8 KiB as JSON', z.record(z.string().max(1_000), z.string().max(8_192)), {
  tenant: 'blue',
})
export const percentiles = named('Percentiles', z.object({ p50: z.number(), p95: z.number(), p99: z.number() }))
export const perSecond = named(
  'PerSecond',
  z.object({ enqueued: z.number(), completed: z.number(), failed: z.number() }),
)
