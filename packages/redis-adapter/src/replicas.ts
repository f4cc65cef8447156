import { MqError, toError } from '@mq/core/adapter'
import type { Link } from './link.ts'
import type { Durability } from './options.ts'
import type { ServerFacts } from './server-check.ts'

/** The write before a WAIT. */
export type Mark = readonly [verb: string, ...args: string[]]

/** Whose replicas are asked. */
export interface ReplicatedServer {
  /** Of the run that answers now. Empty when it is not known. */
  readonly runId: string
  /** Undefined without `durability`. */
  readonly replicas: Replicas | undefined
}

/**
 * Waits until the replicas of a server have what was written, on a connection of its own, because WAIT blocks the
 * commands after it. Calls that arrive while one round is under way share the next. A write that changes nothing is
 * sent before it: WAIT waits for the writes of its own connection, and this one is in the replication stream after
 * everything that was answered before.
 */
export class Replicas {
  readonly #link: Link
  readonly #mark: () => Mark
  readonly #replicas: number
  readonly #timeoutMs: number
  #runId = ''
  #next: Promise<string> | undefined
  #under: Promise<unknown> = Promise.resolve()

  constructor(link: Link, mark: () => Mark, { replicas, timeoutMs = 1_000 }: Durability) {
    this.#link = link
    this.#mark = mark
    this.#replicas = replicas
    this.#timeoutMs = timeoutMs
  }

  /** The link's `prepare`. */
  connected(runId: string): void {
    this.#runId = runId
  }

  /**
   * `runId`: of the server that answered. Throws `unavailable`: the write was done, and may be lost with the server.
   */
  async confirm(what: string, runId: string): Promise<void> {
    const confirmed = await this.#join().catch((thrown: unknown) => {
      throw new MqError('unavailable', `${what}: no replica confirmed it (${toError(thrown).message})`)
    })
    if (confirmed === runId) return
    throw new MqError('unavailable', `${what}: after a failover, the server is not the one that was written to`)
  }

  #join(): Promise<string> {
    this.#next ??= this.#under.then(async () => {
      this.#next = undefined
      const round = this.#round()
      this.#under = round.catch(() => undefined)
      return round
    })
    return this.#next
  }

  async #round(): Promise<string> {
    let asked = ''
    const had = await this.#link.run('WAIT', async (client) => {
      asked = this.#runId
      const [verb, ...args] = this.#mark()
      const [, count] = await Promise.all([
        client.call(verb, args),
        client.call('wait', [this.#replicas, this.#timeoutMs]),
      ])
      return Number(count)
    })
    if (had >= this.#replicas) return asked
    throw new Error(`${had} of ${this.#replicas} within ${this.#timeoutMs} ms`)
  }
}

/** Without a run id it is not noticed that, after a failover, another server confirms than the one written to. */
export function checkReplicable({ runId }: ServerFacts): void {
  if (runId !== '') return
  throw new MqError(
    'server-unsupported',
    'durability needs a server whose INFO has run_id: without it a failover is not noticed',
  )
}
