import { setTimeout as delay } from 'node:timers/promises'
import type { Broker } from '@mq/core'
import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'

/** Opens a broker, uses all of it, and closes it. Nothing ends the process but having nothing left to do. */
export interface Life {
  readonly url: string
  /** With a server; with none that answers; with one that stops answering after the connection was made. */
  readonly kind: 'whole' | 'unanswered' | 'stalling'
  readonly serverPid?: number | undefined
}

const { url, kind, serverPid } = JSON.parse(process.argv[2]!) as Life
const ignore = (): void => undefined
const broker = createBroker(redisAdapter({ url }), { logger: silentLogger, operationTimeoutMs: 2_000 })

const LIVES: Readonly<Record<Life['kind'], (broker: Broker) => Promise<void>>> = {
  async whole({ queue, channel }) {
    const heard: unknown[] = []
    await channel('c').subscribe(({ payload }) => void heard.push(payload))
    queue('q').process((payload) => payload)
    const task = await queue('q').enqueue('done')
    await task.result({ timeoutMs: 10_000 })
    await channel('c').publish('heard')
    while (heard.length === 0) await delay(10)
    // Still waited for when all ends.
    const later = await queue('q').enqueue('later', { delayMs: 600_000 })
    later.result().catch(ignore)
    later.outcome({ timeoutMs: 600_000 }).catch(ignore)
  },

  async unanswered({ queue, channel, ready }) {
    ready().catch(ignore)
    ready({ timeoutMs: 600_000 }).catch(ignore)
    channel('c').subscribe(ignore).catch(ignore)
    queue('q').process((payload) => payload)
    queue('q').task('mine').result({ timeoutMs: 600_000 }).catch(ignore)
    await queue('q').stats().catch(ignore)
    queue('q').enqueue('lost').catch(ignore)
  },

  async stalling({ queue, channel, ready }) {
    await ready({ timeoutMs: 20_000 })
    await queue('q').enqueue('before')
    process.kill(serverPid!, 'SIGSTOP')
    channel('c').subscribe(ignore).catch(ignore)
    queue('q').process((payload) => payload)
    queue('q').task('mine').result().catch(ignore)
    queue('q').enqueue('lost').catch(ignore)
    await delay(100)
  },
}

await LIVES[kind](broker)
await broker.close({ deadlineMs: 500 })
console.log('closed')
