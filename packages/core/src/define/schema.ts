import { isThenable } from '../values/is-thenable.ts'
import { messageOf, MqError, textOf, toError } from '../errors.ts'
import type { MqErrorCode } from '../errors.ts'
import { tryReading } from '../values/try-reading.ts'
import { show } from './check.ts'

/** Any validator that implements Standard Schema v1 (https://standardschema.dev): zod, valibot, arktype and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The input of a schema, before it is parsed: what is enqueued, what a handler returns, what is stored. */
export type InputOf<S> = S extends StandardSchema<infer Input, infer _> ? Input : TypeOf<S>
/** The output of a schema, after it is parsed: what a handler gets, what `result()` gives. */
export type OutputOf<S> = S extends StandardSchema<infer _, infer Output> ? Output : TypeOf<S>
/** `defineQueue<Email>({ name })` names the type itself, unchecked. */
type TypeOf<S> = [S] extends [undefined] ? unknown : S

/** The schema, or any schema of a type that was named: `defineQueue<Email>({ name, payload: emailSchema })`. */
export type SchemaOf<S> = S extends StandardSchema<any, any> | undefined ? S : StandardSchema<NoInfer<S>, NoInfer<S>>

/** A type without a check, where validation is done elsewhere: `defineQueue({ name, payload: unchecked<Email>() })`. */
export function unchecked<T>(): StandardSchema<T, T> {
  return uncheckedSchema as StandardSchema<T, T>
}

export function checkSchema(option: string, schema: unknown): StandardSchema<any, any> | undefined {
  const given = schema as StandardSchema<any, any> | undefined
  if (given === undefined || tryReading(() => typeof given['~standard'].validate === 'function')) return given
  throw new TypeError(
    `${option} must be a Standard Schema (of zod, valibot, arktype, …) or unchecked<T>(), not ${show(schema)}`,
  )
}

const uncheckedSchema: StandardSchema = {
  '~standard': { version: 1, vendor: 'mq', validate: (value) => ({ value }) },
}

/** Nothing to check, so nothing to parse. */
export function isUnchecked(schema: StandardSchema<any, any> | undefined): boolean {
  return schema === undefined || schema === uncheckedSchema
}

/**
 * Parses `value`. Returns synchronously where the schema does, so that the hot path makes no promise. Whatever the
 * schema does (it throws, or returns something that is not a result, or a hostile one), only an MqError with `code` is
 * thrown; when `value` is refused, its `details.issues` has messages and paths, never the value.
 */
export function parse<Output>(
  schema: StandardSchema<any, Output> | undefined,
  value: unknown,
  code: MqErrorCode,
  what: string,
): Output | Promise<Output> {
  if (schema === undefined || isUnchecked(schema)) return value as Output
  try {
    const result: unknown = schema['~standard'].validate(value)
    if (!isThenable(result)) return accept(result as SchemaResult<Output>, code, what)
    return follow(result as PromiseLike<SchemaResult<Output>>, code, what)
  } catch (thrown) {
    throw refusal(thrown, code, what)
  }
}

/** A native promise, whatever kind of thenable it was. */
async function follow<Output>(
  result: PromiseLike<SchemaResult<Output>>,
  code: MqErrorCode,
  what: string,
): Promise<Output> {
  try {
    return accept(await result, code, what)
  } catch (thrown) {
    throw refusal(thrown, code, what)
  }
}

function refusal(thrown: unknown, code: MqErrorCode, what: string): MqError {
  if (MqError.is(thrown, code)) return thrown
  return new MqError(code, `the schema of ${what} failed: ${messageOf(thrown)}`, { cause: toError(thrown) })
}

function accept<Output>(result: SchemaResult<Output>, code: MqErrorCode, what: string): Output {
  if (typeof result !== 'object' || result === null)
    throw new TypeError(`it returned ${show(result)}, which is not a result of Standard Schema`)
  const { issues: found } = result
  if (found === undefined) {
    const { value } = result as { readonly value: Output }
    // Every caller will read this, so a value that throws when it is read is refused here.
    void (value instanceof Promise)
    return value
  }
  const issues = Array.from(found, ({ message, path }) => ({ message: textOf(message), path: pathOf(path) }))
  const first = issues[0]
  const where = first?.path ? ` at ${first.path}` : ''
  const details = { issues }
  throw new MqError(code, `${what} does not fit its schema${where}: ${first?.message ?? 'refused'}`, { details })
}

function pathOf(path: SchemaIssue['path']): string {
  return Array.from(path ?? [], (step) => textOf(typeof step === 'object' ? step.key : step)).join('.')
}
