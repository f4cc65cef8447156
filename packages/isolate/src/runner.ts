/** Runs in a thread or a process of the pool: one handler at a time, whose context speaks to the worker. */
import process from 'node:process'
import { deserialize, serialize } from 'node:v8'
import { parentPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Context } from '@mq/core'
import { LEVELS } from './messages.ts'
import type { FromHandler, Job, Settled, ToHandler } from './messages.ts'
import { thrownError, toError, unsettle, verdictIn } from './settled.ts'

/** The way to the worker, of one run. */
interface Line {
  send(message: FromHandler): void
  close(): void
}

// The pool takes what comes by these for its own: what a handler posts there by itself would end its thread, or all.
if (parentPort !== null) guardPort(parentPort)
// The worker is gone: nobody would get the answer, and another worker has the task by now, or soon.
else process.once('disconnect', () => process.exit(1))

/**
 * Called by the pool. Never rejects: what could be thrown is settled, so that a verdict or an error keeps what it is.
 */
export default async function run(job: Job): Promise<Settled> {
  const { url, name, payload, facts } = job
  const asked = new Map<number, Asked>()
  const controller = new AbortController()
  const line = openLine(job, (message) => {
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
    if (facts === undefined) return { is: 'value', value: undefined }
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
    if (parentPort === null) deserialize(serialize(settled))
    else structuredClone(settled)
    return settled
  } catch (thrown) {
    return {
      is: 'not-cloneable',
      message: `what the handler returned cannot be passed on: ${thrownError(thrown).message}`,
    }
  }
}

type Speech = Pick<Context, 'logger' | 'progress' | 'log' | 'once' | 'parents' | 'enqueue'>

function speaking(line: Line, asked: Map<number, Asked>): Speech {
  let last = 0
  const nothing = (): void => undefined
  const ask = <T>(act: () => void, send: (ask: number) => void): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const number = ++last
      const answer = (outcome: Settled): void => {
        try {
          resolve(unsettle(outcome) as T)
        } catch (thrown) {
          // oxlint-disable-next-line prefer-promise-reject-errors
          reject(thrown)
        }
      }
      asked.set(number, { act, answer })
      send(number)
    })
  const levels = LEVELS.map((level) => [
    level,
    (fields: unknown, message: string) =>
      line.send({ mq: 'logger', level, fields: plain(fields), message: String(message) }),
  ])
  return {
    logger: Object.fromEntries(levels) as unknown as Context['logger'],
    progress: (value) => line.send({ mq: 'progress', value }),
    log: (text) => line.send({ mq: 'log', line: String(text) }),
    once: <T>(key: string, act: () => T | Promise<T>) => {
      let step: number
      return ask<T>(
        () => void settle(act).then((outcome) => line.send({ mq: 'step', ask: step, outcome: checked(outcome) })),
        (number) => {
          step = number
          line.send({ mq: 'once', ask: number, key })
        },
      )
    },
    parents: () => ask(nothing, (number) => line.send({ mq: 'parents', ask: number })),
    // A queue is in the other thread or process.
    enqueue: () => Promise.reject(new TypeError('an isolated handler has no queues: let what it returns be enqueued')),
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

function openLine({ port, run }: Job, hear: (message: ToHandler) => void): Line {
  if (port !== undefined) {
    port.on('message', (message) => hear(message as ToHandler))
    return { send: (message) => port.postMessage(message), close: () => port.close() }
  }
  const listener = (message: unknown): void => {
    if (typeof message !== 'object' || message === null) return
    if ('mq' in message && 'run' in message && message.run === run) hear(message as unknown as ToHandler)
  }
  process.on('message', listener)
  return {
    // Another run may be here by now.
    send: (message) => void process.send!({ ...message, run }),
    close: () => process.off('message', listener),
  }
}

/** Lets the pool's own word through, that the thread is ready, and no other. */
function guardPort(port: MessagePort): void {
  const post = port.postMessage.bind(port)
  let isReady = false
  port.postMessage = (message: unknown) => {
    if (!isReady) post(message)
    isReady = true
  }
}
