import { checkInteger, checkName, checkOptions } from '../define/check-call.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import type { RegisteredKind, Registry } from '../ports/registry.ts'
import type { Services } from '../services/services.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { isName } from '../define/is-name.ts'
import type { Noter } from './noter.ts'
import type { OrderReply } from './remote-worker.ts'
import { readWorker } from './worker-entry.ts'
import type { WorkerEntry } from './worker-entry.ts'
import { textOfOrder } from './worker-order.ts'
import type { WorkerOrder } from './worker-order.ts'

export interface NamesPage {
  /** Only names after this one: the last of the page before. */
  readonly after?: string | undefined
  /** The most names to return, 1–1,000. Default 1,000. */
  readonly limit?: number | undefined
}

/** Lists what the brokers on a storage have noted. */
export class Listing {
  readonly #registry: Registry
  readonly #services: Services
  readonly #noter: Noter

  constructor(registry: Registry, services: Services, noter: Noter) {
    this.#registry = registry
    this.#services = services
    this.#noter = noter
  }

  async names(kind: RegisteredKind, page: NamesPage): Promise<string[]> {
    const { after, limit = MAX_BATCH } = checkOptions(`${kind}s`, page, ['after', 'limit'])
    checkInteger('limit', limit, 1, MAX_BATCH)
    const names: string[] = []
    // A page may be full of entries of other programs.
    for (let from = after === undefined ? undefined : checkName(kind, after); names.length < limit;) {
      const query = { kind, after: from, limit: limit - names.length }
      const found = await this.#ask(() => this.#registry.names(query))
      names.push(...found.filter(isName))
      if (found.length < query.limit) break
      from = found.at(-1)
    }
    return names
  }

  /** Workers that began last are first. */
  async workers(): Promise<WorkerEntry[]> {
    const noted = await this.#ask(() => this.#registry.workers())
    const entries = noted.flatMap((worker) => readWorker(worker) ?? [])
    return entries.sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1))
  }

  async order(id: string, order: WorkerOrder): Promise<OrderReply> {
    return (await this.#ask(() => this.#registry.order(id, textOfOrder(order)))) ? 'asked' : 'unknown'
  }

  /** The entries of this broker itself are noted first. */
  async #ask<T>(call: () => Promise<T>): Promise<T> {
    await this.#noter.flush()
    return repeatUntilKnown(this.#services, call, { timeoutMs: this.#services.operationTimeoutMs })
  }
}
