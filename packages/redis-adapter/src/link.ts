import type { Environment } from '@mq/core'
import { MqError, toError } from '@mq/core'
import type { RedisClient, Role } from './client.ts'
import { discard, quit } from './end-client.ts'
import { isReplica, wrapError } from './errors.ts'
import { Waiters } from './waiters.ts'

/** A command without its reply for so long: its end is unknown, and the connection is suspect. */
const COMMAND_TIMEOUT_MS = 5_000
const WATCH_MS = 500
/** A client that did not become ready, or did not try, for so long is thrown away. ioredis can wedge in "reconnecting". */
const WEDGED_MS = 10_000
const QUIET_PING_MS = 5_000
/** A subscriber that hears nothing cannot tell a quiet channel from a dead path, and has to tell a loss within 5 s. */
const SUBSCRIBER_TIMEOUT_MS = 3_500
const SUBSCRIBER_PING_MS = 500
/** Between two clients that are of no use. */
const MAX_PAUSE_MS = 2_000

export interface LinkParts {
  readonly role: Role
  /** For logs: where it leads, without a password. */
  readonly target: string
  readonly make: () => RedisClient
  /** False for a lent client: it is neither replaced nor closed. */
  readonly owned: boolean
  readonly environment: Environment
  /** Before the link counts as up, on every connection. What it throws with `server-unsupported` is final. */
  readonly prepare: (client: RedisClient) => Promise<void>
  readonly onUp?: (() => void) | undefined
}

/**
 * One connection, supervised. Up means connected and prepared; while it is down, calls fail at once with `unavailable`, and
 * nothing is queued. A client that hangs is replaced by a new one. An outage is logged twice: when it begins and, with its
 * length, when it ends.
 */
export class Link {
  readonly #parts: LinkParts
  #client: RedisClient
  #up = false
  #closed = false
  #downSince: number | undefined
  #changedAt: number
  #answeredAt = 0
  #fatal: MqError | undefined
  #lastError: string | undefined
  #givenUpFor = ''
  #watch: ReturnType<typeof setInterval>
  #failures = 0
  #later: ReturnType<typeof setTimeout> | undefined
  readonly #waiters = new Waiters()
  #unhook = (): void => undefined

  constructor(parts: LinkParts) {
    this.#parts = parts
    this.#changedAt = performance.now()
    this.#client = this.#hook(parts.make())
    this.#watch = setInterval(() => this.#inspect(), WATCH_MS)
  }

  get up(): boolean {
    return this.#up
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Resolves when the link is up; rejects when it never will be. */
  whenUp(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    if (this.#up) return Promise.resolve()
    if (this.#fatal) return Promise.reject(this.#fatal)
    if (this.#closed) return Promise.reject(new MqError('closed', 'the connection is closed'))
    return this.#waiters.wait(signal)
  }

  /** Throws MqErrors only. `unavailable` after 5 s without a reply: it may have been executed. */
  async run<T>(what: string, command: (client: RedisClient) => Promise<T>): Promise<T> {
    if (this.#closed) throw new MqError('closed', `${what}: the connection is closed`)
    if (!this.#up) throw this.#fatal ?? this.#notSent(what)
    const client = this.#client
    const timeoutMs = this.#parts.role === 'subscriber' ? SUBSCRIBER_TIMEOUT_MS : COMMAND_TIMEOUT_MS
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const timeout = new Promise<never>((_, reject) => {
      const giveUp = (): void => {
        if (isOver) return
        reject(new MqError('unavailable', `${what}: no reply within ${timeoutMs} ms`))
        if (client === this.#client) this.#suspect('a command got no reply')
      }
      // In a process that stood still the reply may be there, unread: it gets one look before it counts as missing.
      timer = setTimeout(() => setImmediate(giveUp), timeoutMs)
    })
    try {
      const reply = await Promise.race([command(client), timeout])
      this.#answeredAt = performance.now()
      return reply
    } catch (thrown) {
      // The server became a replica: a name or an address may lead to the new master.
      if (isReplica(thrown) && client === this.#client && performance.now() - this.#changedAt > MAX_PAUSE_MS) {
        this.#suspect('the server is a replica')
      }
      // Whoever reads "connection is closed" wants to know why this side closed it.
      throw wrapError(thrown, client === this.#client ? what : `${what} (given up: ${this.#givenUpFor})`)
    } finally {
      isOver = true
      clearTimeout(timer)
    }
  }

  /** Resolves when the server has closed the connection too, or did not answer soon. */
  async close(): Promise<void> {
    if (this.#closed) return
    const wasUp = this.#up
    this.#closed = true
    this.#up = false
    clearInterval(this.#watch)
    clearTimeout(this.#later)
    this.#unhook()
    this.#waiters.reject(new MqError('closed', 'the connection is closed'))
    if (!this.#parts.owned) return
    if (wasUp) await quit(this.#client)
    discard(this.#client)
  }

  #hook(client: RedisClient): RedisClient {
    const onReady = (): void => void this.#prepare(client)
    const onDown = (): void => this.#down()
    const onError = (thrown: unknown): void => {
      const { code, message } = wrapError(thrown, 'connecting')
      this.#lastError = message
      if (code === 'server-unsupported') this.#refuse(new MqError(code, message))
      this.#down()
    }
    const onAny = (): void => void (this.#changedAt = performance.now())
    client.on('ready', onReady)
    client.on('error', onError)
    for (const event of ['close', 'end']) client.on(event, onDown)
    for (const event of ['connect', 'close', 'end', 'reconnecting', 'ready']) client.on(event, onAny)
    this.#unhook = () => {
      client.off('ready', onReady)
      client.off('error', onError)
      // A client of ours may still fail while it goes down: nobody is interested, but without a listener ioredis prints it.
      if (this.#parts.owned) client.on('error', () => undefined)
      for (const event of ['close', 'end']) client.off(event, onDown)
      for (const event of ['connect', 'close', 'end', 'reconnecting', 'ready']) client.off(event, onAny)
    }
    if (client.status === 'ready') onReady()
    else if (client.status === 'wait') client.connect().catch(onError)
    return client
  }

  #notSent(what: string): MqError {
    const why = this.#lastError === undefined ? '' : ` (${this.#lastError})`
    return new MqError('unavailable', `${what}: not connected to ${this.#parts.target}${why}`, {
      details: { sent: false },
    })
  }

  async #prepare(client: RedisClient): Promise<void> {
    try {
      await this.#parts.prepare(client)
    } catch (thrown) {
      if (client !== this.#client || this.#closed) return
      const error = wrapError(thrown, 'connecting')
      this.#lastError = error.message
      if (error.code === 'server-unsupported') this.#refuse(error)
      else this.#suspect('a new connection could not be used')
      return
    }
    if (client !== this.#client || this.#closed || client.status !== 'ready') return
    const { environment, role, target, onUp } = this.#parts
    this.#up = true
    this.#failures = 0
    this.#fatal = undefined
    this.#lastError = undefined
    this.#answeredAt = performance.now()
    if (this.#downSince !== undefined) {
      const downMs = Math.round(performance.now() - this.#downSince)
      environment.logger.info({ role, target, downMs }, 'connected to Redis again')
      this.#downSince = undefined
    }
    this.#waiters.resolve()
    onUp?.()
  }

  #down(): void {
    this.#up = false
    if (this.#closed || this.#downSince !== undefined) return
    this.#downSince = performance.now()
    const { environment, role, target } = this.#parts
    environment.logger.warn(
      { role, target, reason: this.#lastError },
      'not connected to Redis; trying until it is there',
    )
  }

  #refuse(error: MqError): void {
    if (this.#fatal?.message !== error.message) {
      const { environment, role, target } = this.#parts
      environment.logger.error({ role, target, reason: error.message }, 'this server cannot be used')
      environment.onError(error)
    }
    this.#fatal = error
    this.#waiters.reject(error)
  }

  #inspect(): void {
    const now = performance.now()
    if (this.#up) {
      const quietMs = this.#parts.role === 'subscriber' ? SUBSCRIBER_PING_MS : QUIET_PING_MS
      if (now - this.#answeredAt < quietMs) return
      // A peer that vanished sends nothing: only asking tells.
      this.#answeredAt = now
      this.run('PING', (client) => client.ping()).catch((thrown: unknown) => {
        this.#parts.environment.logger.debug({ err: toError(thrown) }, 'a ping got no reply')
      })
    } else if (now - this.#changedAt > WEDGED_MS) this.#suspect('it did not connect')
  }

  /** Away with it, after a pause that grows. A lent client is its owner's, and may be all right: it is only tried again. */
  #suspect(reason: string): void {
    this.#lastError ??= reason
    this.#givenUpFor = reason
    this.#down()
    this.#changedAt = performance.now()
    if (this.#closed) return
    if (this.#parts.owned) {
      this.#unhook()
      discard(this.#client)
    }
    const pauseMs = this.#failures === 0 ? 0 : Math.min(50 * 2 ** this.#failures, MAX_PAUSE_MS)
    this.#failures++
    clearTimeout(this.#later)
    this.#later = setTimeout(() => {
      if (this.#parts.owned) this.#client = this.#hook(this.#parts.make())
      else if (this.#client.status === 'ready') void this.#prepare(this.#client)
    }, pauseMs)
  }
}
