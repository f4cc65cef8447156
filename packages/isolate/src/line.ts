import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Context, LogFields } from '@mq/core'
import type { FromHandler, Settled, ToHandler } from './messages.ts'
import { thrownError, unsettle } from './settled.ts'

/** So long after a thread's port closed its answer, or why it ended, may still come. */
const LAST_WORDS_MS = 500

/** The way to the handler, of one run: a port for a thread, the channel of its own for a process. */
export interface Line {
  send(message: ToHandler): void
  close(): void
  readonly forJob: { readonly port?: MessagePort }
  readonly forRun: object
}

/** `onBegin`: the handler's side is there. `onEnd`: it is gone although nobody closed this one. */
export interface Ends {
  readonly context: Context
  readonly onBegin: () => void
  readonly onEnd: () => void
}

/** Does what the handler asks of its context. */
export function openLine(kind: 'thread' | 'process', { context, onBegin, onEnd }: Ends): Line {
  /** Steps of `once` under way: what settles each. */
  const steps = new Map<number, (outcome: Settled) => void>()

  const hear = (message: FromHandler): void => {
    switch (message.mq) {
      case 'began':
        return onBegin()
      case 'progress':
        // What the value would throw here concerns the handler, which is not here.
        try {
          return context.progress(message.value)
        } catch (thrown) {
          const { message: reason } = thrownError(thrown)
          return context.logger.warn({ reason }, 'the progress of an isolated handler was not reported')
        }
      case 'log':
        return context.log(message.line)
      case 'logger':
        return context.logger[message.level](message.fields as LogFields, message.message)
      case 'step':
        return steps.get(message.ask)?.(message.outcome)
      case 'once':
        return void answerOnce(message.ask, message.key)
    }
  }
  const line = kind === 'thread' ? toThread(hear, onEnd) : toProcess(hear)

  const answerOnce = async (ask: number, key: string): Promise<void> => {
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
  return line
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

function toProcess(hear: (message: FromHandler) => void): Line {
  let isOpen = true
  let post: ((message: ToHandler) => void) | undefined
  let early: ToHandler[] = []
  return {
    send(message) {
      if (post === undefined) early.push(message)
      else if (isOpen) post(message)
    },
    close() {
      isOpen = false
    },
    forJob: {},
    forRun: {
      channel: {
        onMessage(listener: (message: ToHandler) => void) {
          post = listener
          for (const message of early) post(message)
          early = []
        },
        postMessage(message: FromHandler) {
          if (isOpen && typeof message === 'object' && message !== null && 'mq' in message) hear(message)
        },
      },
    },
  }
}
