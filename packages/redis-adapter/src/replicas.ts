import { MqError, toError } from '@mq/core/adapter'
import type { Link } from './link.ts'
import type { Durability } from './options.ts'
import type { ServerFacts } from './server-check.ts'

/**
 * Waits until replicas have what was written, on a connection of its own, because WAIT blocks the commands after it.
 * Calls that arrive while one round is under way share the next. A PUBLISH without listeners is sent before it: WAIT
 * waits for the writes of its own connection, and this one is in the replication stream after everything that was
 * answered before.
 */
export class Replicas {
  readonly #link: Link
  readonly #topic: string
  readonly #replicas: number
  readonly #timeoutMs: number
  #runId = ''
  #next: Promise<string> | undefined
  #under: Promise<unknown> = Promise.resolve()

  constructor(link: Link, topic: string, { replicas, timeoutMs = 1_000 }: Durability) {
    this.#link = link
    this.#topic = topic
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
      const [, count] = await Promise.all([
        client.call('publish', [this.#topic, '']),
        client.call('wait', [this.#replicas, this.#timeoutMs]),
      ])
      return Number(count)
    })
    if (had >= this.#replicas) return asked
    throw new Error(`${had} of ${this.#replicas} within ${this.#timeoutMs} ms`)
  }
}

/**
 * The nodes of a cluster have replicas of their own, and WAIT would ask any of them. Without a run id it cannot be
 * noticed that, after a failover, another server confirms than the one that was written to.
 */
export function checkReplicable({ clustered, runId }: ServerFacts): void {
  if (clustered) throw new MqError('server-unsupported', 'durability does not work in a cluster')
  if (runId !== '') return
  throw new MqError(
    'server-unsupported',
    'durability needs a server whose INFO has run_id: without it a failover is not noticed',
  )
}
