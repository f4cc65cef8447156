import type { Clock } from '../clock.ts'
import type { AheadMessage, GroupDriver, GroupTurnReply, MessageKey } from '../ports/group-driver.ts'
import type { Hint } from '../ports/hint.ts'
import type { Note } from '../ports/note.ts'
import type { LeaseState, Turn } from '../ports/queue-driver.ts'
import type { Subscription } from '../ports/subscription.ts'

/** What a message's key is waited for, at the most: those of all that follow it are not told before. */
export const MOST_UNREAD_MS = 30_000

/** The calls of a group that its members make. */
type MemberCalls = Pick<GroupDriver, 'settleAndClaim' | 'extend' | 'note' | 'listen'>

/** A message that is ahead. */
interface Ahead {
  /** Undefined until it is known. */
  key: string | undefined
  /** Until then it is waited for. */
  readonly until: number
}

export interface OrderedMemberParts {
  readonly group: MemberCalls
  /** Of a message as it is stored; throws, or rejects, where it has none. */
  readonly keyOf: (payload: string) => string | Promise<string>
  readonly clock: Pick<Clock, 'now'>
  /** For how long a key is waited for, ms. */
  readonly unreadMs: number
}

/**
 * A member of an ordered group. Reads the keys of messages that a reply brought ahead, and tells them with the next
 * turn of any lane; to its worker that is work, which it passes on where it claims nothing any more. A message whose
 * key cannot be read, or not in time, gets one of its own: it is given, and fails where it is read.
 */
export class OrderedMember {
  readonly #parts: OrderedMemberParts
  /** By id, in the order of the storage. At most one reply's. */
  #ahead = new Map<string, Ahead>()
  #listener: ((hint: Hint) => void) | undefined

  constructor(parts: OrderedMemberParts) {
    this.#parts = parts
  }

  async settleAndClaim(turn: Turn): Promise<GroupTurnReply> {
    const reply = await this.#parts.group.settleAndClaim({ ...turn, order: { keys: this.#take() } })
    const isLeft = reply.claimed.length < turn.want
    // The reply to a repeated turn does not say again what was ahead.
    if (reply.ahead === undefined) return turn.repeat && isLeft && !reply.paused ? { ...reply, nextDueInMs: 0 } : reply
    this.#read(reply.ahead)
    const first = this.#first
    if (first !== undefined && first.key === undefined) {
      const leftMs = first.until - this.#parts.clock.now()
      return { ...reply, nextDueInMs: Math.min(leftMs, reply.nextDueInMs ?? leftMs) }
    }
    if (isLeft) this.#hint()
    return { ...reply, nextDueInMs: 0 }
  }

  extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    return this.#parts.group.extend(leases, leaseMs)
  }

  note(notes: readonly Note[]): Promise<readonly boolean[]> {
    return this.#parts.group.note(notes)
  }

  listen(listener: (hint: Hint) => void): Promise<Subscription> {
    this.#listener = listener
    return this.#parts.group.listen(listener)
  }

  /** Those that are known, up to the first that is not. Where this turn does not arrive, they are ahead again. */
  #take(): readonly MessageKey[] {
    const keys: MessageKey[] = []
    for (const [id, { key }] of this.#ahead) {
      if (key === undefined) break
      keys.push({ id, key })
      this.#ahead.delete(id)
    }
    return keys
  }

  get #first(): Ahead | undefined {
    const [first] = this.#ahead.values()
    return first
  }

  /** To its own worker. */
  #hint(): void {
    this.#listener?.({ kind: 'work' })
  }

  #read(messages: readonly AheadMessage[]): void {
    const before = this.#ahead
    this.#ahead = new Map(messages.map(({ id, payload }) => [id, before.get(id) ?? this.#begin(id, payload)]))
    const now = this.#parts.clock.now()
    for (const [id, ahead] of this.#ahead) {
      if (ahead.key === undefined && now < ahead.until) return
      ahead.key ??= alone(id)
    }
  }

  #begin(id: string, payload: string): Ahead {
    const { keyOf, clock, unreadMs } = this.#parts
    const ahead: Ahead = { key: undefined, until: clock.now() + unreadMs }
    const know = (key: string): void => {
      ahead.key ??= key
      // All turns wait for this one.
      if (this.#first === ahead) this.#hint()
    }
    try {
      const key = keyOf(payload)
      if (typeof key === 'string') ahead.key = key
      else Promise.resolve(key).then(know, () => know(alone(id)))
    } catch {
      ahead.key = alone(id)
    }
    return ahead
  }
}

/** A key that no other message has. */
function alone(id: string): string {
  return `!${id}`
}
