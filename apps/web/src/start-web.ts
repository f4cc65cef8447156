import { explainListen } from '@mq/app-kit'
import type { AppLogger, Service } from '@mq/app-kit'
import { prodcons } from '@mq/contracts'
import type { Broker } from '@mq/core'
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
    readonly GROUP: string
    readonly ALLOWED_HOSTS: readonly string[]
  }
}

/** The begin of the line with the URL. `demo` reads it. */
export const LISTENING = 'listening on'

const LOOPBACK = /^(localhost|127\..*|::1)$/

/** Builds the app and listens. Throws a StartError when the port cannot be used. */
export async function startWeb({ broker, logger, signal, env }: StartWebOptions): Promise<Service> {
  const app = await buildApp({
    broker,
    logger,
    stopping: signal,
    queues: [bounded(env.QUEUE_CAPACITY)],
    group: env.GROUP,
    allowedHosts: [env.HOST.toLowerCase(), ...env.ALLOWED_HOSTS],
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
  return { close: () => app.close() }
}

function bounded(size: number | undefined): typeof prodcons {
  return size === undefined ? prodcons : { ...prodcons, capacity: { size, whenFull: 'reject' } }
}
