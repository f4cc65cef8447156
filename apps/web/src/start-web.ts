import { explainListen } from '@mq/app-kit'
import type { AppLogger, Service } from '@mq/app-kit'
import type { AuthOptions, TokenOptions } from '@mq/console'
import { prodconsWith, pubsubLog, pubsubWith } from '@mq/contracts'
import type { Broker } from '@mq/core'
import { isIP } from 'node:net'
import { buildApp } from './app.ts'

export interface StartWebOptions {
  readonly broker: Broker
  readonly logger: AppLogger
  /** Aborts when the process has to stop: it is then no longer ready, and serves until it is closed. */
  readonly signal?: AbortSignal | undefined
  readonly env: {
    readonly HOST: string
    readonly PORT: number
    readonly QUEUE_CAPACITY?: number | undefined
    readonly INBOX?: string | undefined
    readonly OUTBOX?: string | undefined
    readonly RAW_CHANNEL?: string | undefined
    readonly GROUP: string
    readonly ALLOWED_HOSTS: readonly string[]
    readonly CONSOLE_TOKEN?: string | undefined
    readonly CONSOLE_VIEWER_TOKEN?: string | undefined
    readonly CONSOLE_READ_ONLY: boolean
  }
}

/** The begin of the line with the URL. `demo` reads it. */
export const LISTENING = 'listening on'

const LOOPBACK = /^(localhost|127\..*|::1)$/

/** Builds the app and listens. Throws a StartError when the port cannot be used. */
export async function startWeb({ broker, logger, signal, env }: StartWebOptions): Promise<Service> {
  const queue = bounded(env)
  const app = await buildApp({
    broker,
    logger,
    stopping: signal,
    queues: [queue],
    channels: [pubsubWith(env), pubsubLog],
    group: env.GROUP,
    allowedHosts: [...hostNames(env.HOST), ...env.ALLOWED_HOSTS],
    console: { auth: consoleAuth(env), readOnly: env.CONSOLE_READ_ONLY },
  })
  if (!LOOPBACK.test(env.HOST)) {
    logger.warn({ host: env.HOST }, 'open to the network without authentication: put a proxy in front')
  }
  try {
    await app.listen({ host: env.HOST, port: env.PORT, listenTextResolver: (url) => `${LISTENING} ${url}` })
  } catch (error) {
    await app.close()
    throw explainListen(error, { host: env.HOST, port: env.PORT, hostVariable: 'HOST', portVariable: 'PORT' })
  }
  // The broker ends it.
  if (queue.outbox) broker.queue(queue).handOver()
  return { close: () => app.close() }
}

function bounded({ QUEUE_CAPACITY: size, ...env }: StartWebOptions['env']): ReturnType<typeof prodconsWith> {
  const queue = prodconsWith(env)
  return size === undefined ? queue : { ...queue, capacity: { size, whenFull: 'reject' } }
}

/** An address is accepted anyway. */
function hostNames(host: string): string[] {
  return isIP(host) === 0 ? [host.toLowerCase()] : []
}

function consoleAuth({ CONSOLE_TOKEN, CONSOLE_VIEWER_TOKEN }: StartWebOptions['env']): AuthOptions | undefined {
  const tokens = [...tokenOf(CONSOLE_TOKEN, 'operator'), ...tokenOf(CONSOLE_VIEWER_TOKEN, 'viewer')]
  return tokens.length > 0 ? { tokens } : undefined
}

function tokenOf(token: string | undefined, role: TokenOptions['role']): TokenOptions[] {
  return token === undefined ? [] : [{ token, role }]
}
