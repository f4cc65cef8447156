import type { Services } from '../services/services.ts'
import { describeLimits } from '../define/limits.ts'
import { MqError } from '../errors.ts'
import type { DefinedLimits } from '../ports/queue-limits.ts'
import type { TurnReply } from '../ports/queue-driver.ts'
import { BurstReport, describeForeign, describeLetters } from './burst-report.ts'
import type { Tally } from './tally.ts'

/** An inbox that cannot be read is reported so often. */
const INBOX_AGAIN_MS = 60_000

export interface TurnReportsParts {
  readonly queue: string
  readonly services: Services
  readonly tally: Tally
  /** Of the worker's definition. */
  readonly limits: DefinedLimits | undefined
}

/** Reports what the reply of a turn contains besides claimed tasks: stale settlements, and what was dropped. */
export class TurnReports {
  readonly #parts: TurnReportsParts
  readonly #dropped: BurstReport
  readonly #foreign: BurstReport
  /** Each is reported once. */
  #otherLimits = ''
  #inboxReportedAt = Number.NEGATIVE_INFINITY

  constructor(parts: TurnReportsParts) {
    this.#parts = parts
    this.#dropped = new BurstReport(parts.queue, parts.services, describeLetters)
    this.#foreign = new BurstReport(parts.queue, parts.services, describeForeign)
  }

  add({ stale, deadDropped, foreign, otherLimits, unreadableLimits, unreadableInbox }: TurnReply): void {
    if (otherLimits !== undefined) this.#other(otherLimits)
    if (unreadableLimits) this.#unreadable()
    if (unreadableInbox) this.#noInbox()
    if (stale.length > 0) this.#stale(stale.length)
    if (deadDropped) this.#dropped.add(deadDropped)
    if (foreign) this.#foreign.add(foreign)
  }

  /** Reports now what was not reported yet. */
  flush(): void {
    this.#dropped.flush()
    this.#foreign.flush()
  }

  #other(limits: DefinedLimits): void {
    const { queue, services, limits: own } = this.#parts
    const [here, there] = [describeLimits(own), describeLimits(limits)]
    if (this.#otherLimits === there) return
    this.#otherLimits = there
    const text = 'two definitions of a queue have different limits: those of the worker that began last hold'
    services.logger.warn({ queue, here, there }, text)
  }

  #unreadable(): void {
    const { queue, services, limits } = this.#parts
    const holds = describeLimits(limits)
    const message = `what is stored as limits of queue ${queue} cannot be read; those of its definition hold: ${holds}`
    services.logger.error({ queue, limits: holds }, 'the stored limits cannot be read')
    services.onError(new MqError('unreadable-limits', message, { details: { queue } }))
  }

  /** Every look at it says so. */
  #noInbox(): void {
    const { queue, services } = this.#parts
    const now = services.clock.now()
    if (now - this.#inboxReportedAt < INBOX_AGAIN_MS) return
    this.#inboxReportedAt = now
    services.logger.error({ queue }, 'nothing can be taken from the inbox')
    const message = `nothing can be taken from the inbox of queue ${queue}: its key holds no list, or may not be read`
    services.onError(new MqError('invalid-inbox', message, { details: { queue } }))
  }

  #stale(count: number): void {
    const { queue, services, tally } = this.#parts
    tally.wereStale(count)
    services.logger.warn({ queue, count }, 'settlements refused: their leases were lost')
  }
}
