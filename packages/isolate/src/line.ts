import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Context, LogFields } from '@mq/core'
import { LEVELS } from './messages.ts'
import type { FromHandler, Level, Settled, ToHandler } from './messages.ts'
import { thrownError, unsettle } from './settled.ts'

/** So long after a thread's port closed its answer, or why it ended, may still come. */
const LAST_WORDS_MS = 500

/** The way to the handler, of one run: a port for a thread, the channel of its own for a process. */
export interface Line {
  send(message: ToHandler): void
  close(): void
  readonly forJob: { readonly port?: MessagePort; readonly run?: number }
  readonly forRun: object
}

/** `onBegin`: the handler's side is there. `onEnd`: it is gone although nobody closed this one. */
export interface Ends {
  readonly context: Context | undefined
  readonly onBegin: () => void
  readonly onEnd: () => void
}

/** Does what the handler asks of its context. */
export function openLine(kind: 'thread' | 'process', { context, onBegin, onEnd }: Ends): Line {
  /** Steps of `once` under way: what settles each. */
  const steps = new Map<number, (outcome: Settled) => void>()

  const obey = (context: Context, message: FromHandler): void => {
    switch (message.mq) {
      case 'progress':
        return context.progress(message.value)
      case 'log':
        return context.log(message.line)
      case 'logger':
        return context.logger[levelOf(message.level)](fieldsOf(message.fields), String(message.message))
      case 'step':
        return steps.get(message.ask)?.(message.outcome)
      case 'once':
        return void answerOnce(context, message.ask, message.key)
      case 'parents':
        return void answerParents(context, message.ask)
    }
  }
  /** A process of the handler may send what it likes, and what a value throws here concerns the handler, not us. */
  const hear = (message: FromHandler): void => {
    if (message.mq === 'began') return onBegin()
    if (context === undefined) return
    try {
      obey(context, message)
    } catch (thrown) {
      const reason = thrownError(thrown).message
      context.logger.warn({ reason, what: message.mq }, 'what an isolated handler reported was dropped')
    }
  }
  const line = kind === 'thread' ? toThread(hear, onEnd) : toProcess(hear)

  const answerOnce = async (context: Context, ask: number, key: string): Promise<void> => {
    let outcome: Settled
    try {
      const value = await context.once(key, async () => {
        const done = new Promise<Settled>((resolve) => steps.set(ask, resolve))
        line.send({ mq: 'act', ask })
        return unsettle(await done)
      })
      outcome = { is: 'value', value }
    } catch (thrown) {
      outcome = { is: 'error', error: thrownError(thrown) }
    }
    steps.delete(ask)
    line.send({ mq: 'memo', ask, outcome })
  }

  const answerParents = async (context: Context, ask: number): Promise<void> => {
    let outcome: Settled
    try {
      outcome = { is: 'value', value: await context.parents() }
    } catch (thrown) {
      outcome = { is: 'error', error: thrownError(thrown) }
    }
    line.send({ mq: 'memo', ask, outcome })
  }
  return line
}

function levelOf(level: Level): Level {
  return LEVELS.includes(level) ? level : 'info'
}

function fieldsOf(fields: unknown): LogFields {
  return typeof fields === 'object' && fields !== null ? (fields as LogFields) : {}
}

function isOurs(message: unknown, run: number): message is FromHandler {
  return typeof message === 'object' && message !== null && 'mq' in message && 'run' in message && message.run === run
}

function toThread(hear: (message: FromHandler) => void, onEnd: () => void): Line {
  const { port1, port2 } = new MessageChannel()
  let isOpen = true
  port1.on('message', hear)
  // A thread that exits is no error to the pool, which would wait for ever. Its last words, and its answer, come first.
  port1.on('close', () => {
    if (isOpen) setTimeout(() => isOpen && onEnd(), LAST_WORDS_MS)
  })
  return {
    send: (message) => port1.postMessage(message),
    close() {
      isOpen = false
      port1.close()
    },
    forJob: { port: port2 },
    forRun: { transferList: [port2] },
  }
}

let runs = 0

function toProcess(hear: (message: FromHandler) => void): Line {
  const run = ++runs
  let isOpen = true
  let post: ((message: object) => void) | undefined
  let early: ToHandler[] = []
  return {
    send(message) {
      if (post === undefined) early.push(message)
      else if (isOpen) post({ ...message, run })
    },
    close() {
      isOpen = false
    },
    forJob: { run },
    forRun: {
      channel: {
        onMessage(listener: (message: object) => void) {
          post = listener
          for (const message of early) post({ ...message, run })
          early = []
        },
        postMessage(message: unknown) {
          if (isOpen && isOurs(message, run)) hear(message)
        },
      },
    },
  }
}
