import { inspect } from 'node:util'
import type { BrokerOptions, LogFields, Logger } from '@mq/core'

export interface LogLine {
  readonly level: keyof Logger
  readonly message: string
  readonly fields: LogFields
}

export interface Recorder {
  /** For `createBroker`. */
  readonly options: Required<Pick<BrokerOptions, 'logger' | 'onError'>>
  readonly lines: readonly LogLine[]
  /** Without the losses of a connection: faults are meant to cause these. */
  readonly errors: readonly Error[]
  readonly losses: readonly Error[]
  /** Lines of warnings and above whose message matches. */
  said(pattern: RegExp, role?: string): readonly LogLine[]
  /** All that was logged or reported, with every property of every error, as text. */
  everything(): string
}

/** Keeps what a broker says, for a test to read. */
export function createRecorder(): Recorder {
  const lines: LogLine[] = []
  const errors: Error[] = []
  const losses: Error[] = []
  const at =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void =>
      void lines.push({ level, fields, message })
  return {
    options: {
      logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
      onError: (error) => void (/ connection to .* was lost: /.test(error.message) ? losses : errors).push(error),
    },
    lines,
    errors,
    losses,
    said: (pattern, role) =>
      lines.filter(
        ({ level, message, fields }) =>
          level !== 'debug' && pattern.test(message) && (role === undefined || fields['role'] === role),
      ),
    everything: () => textOf([lines, errors, losses]),
  }
}

/** As two careless programs would print it: by `JSON.stringify` and by `util.inspect`. */
export function textOf(value: unknown): string {
  const inspected = inspect(value, {
    depth: Infinity,
    showHidden: true,
    maxStringLength: Infinity,
    maxArrayLength: null,
  })
  return `${JSON.stringify(value, (_, part: unknown) => (part instanceof Error ? ownParts(part) : part))}\n${inspected}`
}

function ownParts(error: Error): object {
  return Object.fromEntries(Object.getOwnPropertyNames(error).map((name) => [name, Reflect.get(error, name)]))
}
