import { adoptRejection } from '../values/adopt-rejection.ts'
import { MqError, toError } from '../errors.ts'
import type { GroupDriver, GroupTurn, GroupTurnReply } from '../ports/group-driver.ts'
import type { Note } from '../ports/note.ts'
import type { ClaimedTask } from '../ports/claimed-task.ts'
import type { Hint } from '../ports/hint.ts'
import type { LeaseState } from '../ports/queue-driver.ts'
import type { Subscription } from '../ports/subscription.ts'
import type { Services } from '../services/services.ts'
import { headerOfBody } from '../wire/message-body.ts'

export interface GroupWatchParts {
  readonly channel: string
  readonly group: string
  readonly services: Services
  /** Until it answered a turn. */
  readonly first: GroupDriver
  /** From then on. */
  readonly later: GroupDriver
  /** The user's. */
  readonly onLost: ((count: number) => unknown) | undefined
  /** What was said already, of all partitions of the channel. */
  readonly said: { isForbidden: boolean }
}

/**
 * A group as its worker calls it. Reports the losses of each turn. A group that existed and no longer does (the server
 * lost its data, or an operator removed it) is created again at the earliest message: at its `from` it would skip
 * messages that were published meanwhile.
 */
export class GroupWatch {
  readonly #parts: GroupWatchParts
  #driver: GroupDriver

  constructor(parts: GroupWatchParts) {
    this.#parts = parts
    this.#driver = parts.first
  }

  async settleAndClaim(turn: GroupTurn): Promise<GroupTurnReply> {
    const { first, later } = this.#parts
    const isFirst = this.#driver === first
    const reply = await this.#driver.settleAndClaim(turn)
    this.#driver = later
    if (!isFirst && reply.began) this.#vanished()
    if (reply.lost !== undefined && reply.lost > 0) this.#lost(reply.lost)
    if (reply.ordered) this.#forbidden()
    return { ...reply, claimed: reply.claimed.map(withHeader) }
  }

  extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    return this.#parts.first.extend(leases, leaseMs)
  }

  note(notes: readonly Note[]): Promise<readonly boolean[]> {
    return this.#parts.first.note(notes)
  }

  listen(listener: (hint: Hint) => void): Promise<Subscription> {
    return this.#parts.first.listen(listener)
  }

  #lost(count: number): void {
    this.#report(`group ${this.#name} missed ${count} messages: they were dropped before it read them`, count)
    const { onLost, services } = this.#parts
    const surface = (thrown: unknown): void => services.onError(toError(thrown))
    try {
      adoptRejection(onLost?.(count), surface)
    } catch (thrown) {
      surface(thrown)
    }
  }

  #vanished(): void {
    this.#report(
      `group ${this.#name} no longer existed; it was created again and reads all messages that are kept`,
      undefined,
    )
  }

  /** Others told keys, and this member cannot. Reported once. */
  #forbidden(): void {
    const { channel, group, said, services } = this.#parts
    if (said.isForbidden) return
    said.isForbidden = true
    const message = `group ${this.#name} is ordered: this member is given no message, since its consume has no key`
    services.logger.error({ channel, group }, message)
    services.onError(new MqError('ordered-group', message, { details: { channel, group } }))
  }

  #report(message: string, count: number | undefined): void {
    const { channel, group, services } = this.#parts
    services.logger.warn({ channel, group, count }, message)
    services.onError(new MqError('messages-lost', message, { details: { channel, group, count } }))
  }

  get #name(): string {
    return `${this.#parts.channel}/${this.#parts.group}`
  }
}

/** Storages know no headers of messages: they are in the body. A run has them where it has those of a task. */
function withHeader(message: ClaimedTask): ClaimedTask {
  const { payload, malformed } = message
  const header = malformed ? '' : headerOfBody(payload, payload.indexOf(' ', payload.indexOf(' ') + 1) + 1)
  return header === '' ? message : { ...message, header }
}
