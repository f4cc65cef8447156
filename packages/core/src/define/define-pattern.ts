import { checkOptions, show } from './check.ts'
import { checkSchema } from './schema.ts'
import type { OutputOf, SchemaOf, StandardSchema } from './schema.ts'

/** Which channels, and what their messages are. */
export interface PatternOptions<M = undefined> {
  /**
   * Words separated by dots: `*` matches one word, `>` at the end one or more. Examples: `orders.*`, `orders.>`,
   * `*.done`.
   */
  readonly pattern: string
  /** Parsed before a subscriber gets it. */
  readonly message?: SchemaOf<M> | undefined
  /** Patterns never see sharded channels, and none with partitions. */
  readonly sharded?: undefined
}

export interface PatternDefinition<Out = unknown> {
  readonly pattern: string
  readonly message: StandardSchema<any, Out> | undefined
}

/** Declares a pattern of channel names. No I/O. Throws a TypeError that names the option at fault. */
export function definePattern<M = undefined>(options: PatternOptions<M>): PatternDefinition<OutputOf<M>> {
  options = checkOptions('definePattern', options, ['pattern', 'message', 'sharded'])
  if (options.sharded !== undefined) {
    throw new TypeError('patterns do not match sharded channels: subscribe to each by its name')
  }
  return { pattern: checkPattern(options.pattern), message: checkSchema('message', options.message) }
}

const PATTERN = /^(?:[A-Za-z0-9_-]+|\*)(?:\.(?:[A-Za-z0-9_-]+|\*))*(?:\.>)?$|^>$/

function checkPattern(pattern: unknown): string {
  if (typeof pattern !== 'string' || pattern.length > 128 || !PATTERN.test(pattern)) {
    throw new TypeError(
      `pattern must be words of A–Z a–z 0–9 _ - with dots between, * for a word, > at the end for the rest, not ${show(pattern)}`,
    )
  }
  if (!/[*>]/.test(pattern)) throw new TypeError(`pattern ${pattern} has no * and no >: it is a channel's name`)
  return pattern
}

/** Which names fit. Those of partitions have a `~`, and never do. */
export function patternMatcher(pattern: string): (name: string) => boolean {
  const words = pattern.split('.').map((word) => (word === '*' ? '[^.~]+' : word === '>' ? '[^~]+' : word))
  const fits = new RegExp(`^${words.join('\\.')}$`)
  return (name) => fits.test(name)
}
