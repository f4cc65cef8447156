import { MqError, toError } from '@mq/core/adapter'
import { awaitReply } from './await-reply.ts'
import type { RedisClient } from './client.ts'
import { describeClient } from './describe-client.ts'
import { discard, quit } from './end-client.ts'
import { isReplica, wrapError } from './errors.ts'
import { hookClient } from './hook-client.ts'
import type { LinkParts } from './link-parts.ts'
import { Outage } from './outage.ts'
import { Waiters } from './waiters.ts'

/** A command without a reply for this long: its outcome is unknown, and the connection is replaced. */
const COMMAND_TIMEOUT_MS = 5_000
const WATCH_MS = 500
/** A client that is not ready and makes no try for this long is replaced: ioredis can hang in "reconnecting". */
const WEDGED_MS = 10_000
const QUIET_PING_MS = 5_000
/** Silence may be a quiet channel or a dead connection, and a loss has to be reported within 5 s. */
const SUBSCRIBER_TIMEOUT_MS = 3_500
const SUBSCRIBER_PING_MS = 500
/** The pause between two clients that failed. */
const MAX_PAUSE_MS = 2_000

/**
 * One connection, supervised. Up means connected and prepared; while it is down, calls fail at once with `unavailable`,
 * and nothing is queued. A client that hangs is replaced by a new one. An outage is logged twice: when it begins and,
 * with its length, when it ends.
 */
export class Link {
  readonly #parts: LinkParts
  readonly #outage: Outage
  /** Undefined when the last one could not be made. */
  #client: RedisClient | undefined
  #up = false
  #closed = false
  #changedAt: number
  #answeredAt = 0
  #underWay = 0
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
    this.#outage = new Outage(parts)
    this.#changedAt = performance.now()
    this.#make()
    this.#watch = setInterval(() => this.#inspect(), WATCH_MS)
  }

  get up(): boolean {
    return this.#up
  }

  /** For how long the server has answered nothing, though commands are under way. */
  get waitingMs(): number {
    return this.#underWay === 0 ? 0 : performance.now() - this.#answeredAt
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Why it is not up, as far as it is known. */
  get trouble(): MqError | undefined {
    if (this.#up || this.#closed) return undefined
    return this.#fatal ?? new MqError('unavailable', this.#away)
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
    const client = this.#client
    if (!this.#up || client === undefined) throw this.#fatal ?? this.#notSent(what)
    const timeoutMs = this.#parts.role === 'subscriber' ? SUBSCRIBER_TIMEOUT_MS : COMMAND_TIMEOUT_MS
    const giveUp = (): MqError => {
      if (client === this.#client) this.#suspect('a command got no reply')
      return new MqError('unavailable', `${what}: no reply within ${timeoutMs} ms`)
    }
    if (this.#underWay++ === 0) this.#answeredAt = performance.now()
    try {
      const reply = await awaitReply(command(client), timeoutMs, giveUp)
      this.#answeredAt = performance.now()
      return reply
    } catch (thrown) {
      // The server became a replica: after a reconnection the name or address may lead to the new master.
      if (isReplica(thrown) && client === this.#client && performance.now() - this.#changedAt > MAX_PAUSE_MS) {
        this.#suspect('the server is a replica')
      }
      // Why this side closed the connection: "connection is closed" alone does not help.
      throw wrapError(thrown, client === this.#client ? what : `${what} (given up: ${this.#givenUpFor})`, client)
    } finally {
      this.#underWay--
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
    const client = this.#client
    if (!this.#parts.owned || client === undefined) return
    if (wasUp) await quit(client)
    discard(client)
  }

  /** `connect` of the user may throw, now and later. */
  #make(): void {
    this.#client = undefined
    try {
      const client = this.#parts.make()
      this.#unhook = hookClient(client, this.#parts.owned, {
        onReady: () => void this.#prepare(client),
        onDown: () => this.#down(),
        onEnd: () => (this.#parts.owned ? this.#suspect('the client gave up') : this.#down()),
        onError: (thrown) => this.#failed(client, thrown),
        onSign: () => void (this.#changedAt = performance.now()),
      })
      this.#client = client
      if (client.status === 'ready') void this.#prepare(client)
      else if (client.status === 'wait') client.connect().catch((thrown: unknown) => this.#failed(client, thrown))
    } catch (thrown) {
      this.#lastError = wrapError(thrown, 'making a client').message
      this.#suspect('a client could not be made')
    }
  }

  #failed(client: RedisClient, thrown: unknown): void {
    if (client !== this.#client) return
    const { code, message } = wrapError(thrown, this.#up ? 'the connection' : 'connecting')
    this.#lastError = message
    if (code === 'server-unsupported') this.#refuse(new MqError(code, message))
    this.#down()
  }

  #notSent(what: string): MqError {
    // Only its owner can open it again, so there is nothing to wait for.
    if (!this.#parts.owned && this.#client?.status === 'end') {
      return new MqError('closed', `${what}: the client that was passed to redisAdapter is closed`)
    }
    return new MqError('unavailable', `${what}: ${this.#away}`, { details: { sent: false } })
  }

  get #away(): string {
    return `not connected to ${this.#parts.target} (${this.#reason()})`
  }

  #reason(): string {
    return this.#lastError ?? (this.#client === undefined ? 'no client yet' : describeClient(this.#client))
  }

  async #prepare(client: RedisClient): Promise<void> {
    try {
      await this.#parts.prepare(client)
    } catch (thrown) {
      if (client !== this.#client || this.#closed) return
      const error = wrapError(thrown, 'connecting', client)
      this.#lastError = error.message
      if (error.code === 'server-unsupported') this.#refuse(error)
      else this.#suspect('a new connection could not be used', error.details['master'] !== undefined)
      return
    }
    if (client !== this.#client || this.#closed || client.status !== 'ready') return
    this.#up = true
    this.#failures = 0
    this.#fatal = undefined
    this.#lastError = undefined
    this.#answeredAt = performance.now()
    this.#outage.end()
    this.#waiters.resolve()
    this.#parts.onUp?.()
  }

  #down(): void {
    const wasUp = this.#up
    this.#up = false
    if (!this.#closed) this.#outage.begin(this.#reason(), wasUp)
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
      // A peer that vanished sends nothing: only a ping shows it.
      this.#answeredAt = now
      this.run('PING', (client) => client.ping()).catch((thrown: unknown) => {
        this.#parts.environment.logger.debug({ err: toError(thrown) }, 'a ping got no reply')
      })
    } else if (now - this.#changedAt > WEDGED_MS) this.#suspect('it did not connect')
  }

  /**
   * Replaces the client, after a pause that grows. A lent client belongs to its owner, and may be in order: it is only
   * tried again. Many commands that time out on one connection cause one replacement. Whether a replica has become a
   * master is looked at once in a while.
   */
  #suspect(reason: string, isReplica = false): void {
    this.#lastError ??= reason
    this.#givenUpFor = reason
    this.#down()
    this.#changedAt = performance.now()
    if (this.#closed || this.#later !== undefined) return
    if (this.#parts.owned && this.#client !== undefined) {
      const client = this.#client
      this.#client = undefined
      this.#unhook()
      discard(client)
    }
    const growingMs = this.#failures === 0 ? 0 : Math.min(50 * 2 ** this.#failures, MAX_PAUSE_MS)
    const pauseMs = isReplica ? MAX_PAUSE_MS : growingMs
    this.#failures++
    this.#later = setTimeout(() => {
      this.#later = undefined
      if (this.#parts.owned) this.#make()
      else if (this.#client?.status === 'ready') void this.#prepare(this.#client)
    }, pauseMs)
  }
}
