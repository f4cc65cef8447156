/** Runs in a thread or a process of the pool: one handler at a time, whose context speaks to the worker. */
import process from 'node:process'
import type { Context } from '@mq/core'
import { LEVELS } from './messages.ts'
import type { FromHandler, Job, Settled, ToHandler } from './messages.ts'
import { thrownError, toError, unsettle, verdictIn } from './settled.ts'

/** The way to the worker, of one run. */
interface Line {
  send(message: FromHandler): void
  close(): void
}

/**
 * Called by the pool. Never rejects: what could be thrown is settled, so that a verdict or an error keeps what it is.
 */
export default async function run(job: Job): Promise<Settled> {
  const { url, name, payload, facts, port } = job
  const asked = new Map<number, Asked>()
  const controller = new AbortController()
  const line = openLine(port, (message) => {
    if (message.mq === 'abort') return controller.abort(toError(message.reason))
    const one = asked.get(message.ask)
    if (message.mq === 'act') return one?.act()
    asked.delete(message.ask)
    one?.answer(message.outcome)
  })
  line.send({ mq: 'began' })
  try {
    const handler = await load(url, name)
    if (typeof handler !== 'function') return handler
    const context: Context = { ...facts, signal: controller.signal, ...speaking(line, asked) }
    return checked(await settle(() => handler(payload, context)))
  } finally {
    line.close()
  }
}

type AnyHandler = (payload: unknown, context: Context) => unknown

async function load(url: string, name: string): Promise<AnyHandler | Settled> {
  let handler: unknown
  try {
    handler = ((await import(url)) as Record<string, unknown>)[name]
  } catch (thrown) {
    const { message } = thrownError(thrown)
    return { is: 'missing', message: `the handler's file cannot be loaded: ${message}` }
  }
  if (typeof handler !== 'function')
    return { is: 'missing', message: `the handler's file exports no function "${name}"` }
  return handler as AnyHandler
}

/** A step that waits for its memo. */
interface Asked {
  act(): void
  answer(outcome: Settled): void
}

async function settle(act: () => unknown): Promise<Settled> {
  try {
    const value = await act()
    return verdictIn(value) ?? { is: 'value', value }
  } catch (thrown) {
    return verdictIn(thrown) ?? { is: 'error', error: thrownError(thrown) }
  }
}

/** A value that cannot be passed would be reported as a fault of the pool. */
function checked(settled: Settled): Settled {
  try {
    structuredClone(settled)
    return settled
  } catch (thrown) {
    return {
      is: 'not-cloneable',
      message: `what the handler returned cannot be passed on: ${thrownError(thrown).message}`,
    }
  }
}

function speaking(line: Line, asked: Map<number, Asked>): Pick<Context, 'logger' | 'progress' | 'log' | 'once'> {
  let last = 0
  const levels = LEVELS.map((level) => [
    level,
    (fields: unknown, message: string) =>
      line.send({ mq: 'logger', level, fields: plain(fields), message: String(message) }),
  ])
  return {
    logger: Object.fromEntries(levels) as unknown as Context['logger'],
    progress: (value) => line.send({ mq: 'progress', value }),
    log: (text) => line.send({ mq: 'log', line: String(text) }),
    once: <T>(key: string, act: () => T | Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        const ask = ++last
        asked.set(ask, {
          act: () => void settle(act).then((outcome) => line.send({ mq: 'step', ask, outcome: checked(outcome) })),
          answer: (outcome) => {
            try {
              resolve(unsettle(outcome) as T)
            } catch (thrown) {
              // oxlint-disable-next-line prefer-promise-reject-errors
              reject(thrown)
            }
          },
        })
        line.send({ mq: 'once', ask, key })
      }),
  }
}

/** Fields of a log line never fail a handler. */
function plain(fields: unknown): unknown {
  try {
    return structuredClone(fields)
  } catch {
    return { fields: 'could not be passed on' }
  }
}

function openLine(port: Job['port'], hear: (message: ToHandler) => void): Line {
  if (port !== undefined) {
    port.on('message', (message) => hear(message as ToHandler))
    return { send: (message) => port.postMessage(message), close: () => port.close() }
  }
  const listener = (message: unknown): void => {
    if (typeof message === 'object' && message !== null && 'mq' in message) hear(message as ToHandler)
  }
  process.on('message', listener)
  return { send: (message) => process.send!(message), close: () => process.off('message', listener) }
}
