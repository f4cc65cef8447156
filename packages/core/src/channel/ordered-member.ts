import type { AheadMessage, GroupDriver, GroupTurnReply, MessageKey } from '../ports/group-driver.ts'
import type { Hint } from '../ports/hint.ts'
import type { Note } from '../ports/note.ts'
import type { LeaseState, Turn } from '../ports/queue-driver.ts'
import type { Subscription } from '../ports/subscription.ts'

/** While a schema that answers later has not said what is ahead, the storage is asked again after this. */
const UNREAD_PAUSE_MS = 20

/** The calls of a group that its members make. */
type MemberCalls = Pick<GroupDriver, 'settleAndClaim' | 'extend' | 'note' | 'listen'>

/** A message that is ahead. `key`: undefined until it is known. */
interface Ahead {
  key: string | undefined
}

/**
 * A member of an ordered group. Reads the keys of messages that a reply brought ahead, and tells them with the next
 * turn of any lane. A message whose key cannot be read gets one of its own: it is given, and fails where it is read.
 */
export class OrderedMember {
  readonly #group: MemberCalls
  readonly #keyOf: (payload: string) => string | Promise<string>
  /** By id, in the order of the storage. At most one reply's. */
  #ahead = new Map<string, Ahead>()

  /** `keyOf`: of a message as it is stored; throws, or rejects, where it has none. */
  constructor(group: MemberCalls, keyOf: (payload: string) => string | Promise<string>) {
    this.#group = group
    this.#keyOf = keyOf
  }

  async settleAndClaim(turn: Turn): Promise<GroupTurnReply> {
    const reply = await this.#group.settleAndClaim({ ...turn, order: { keys: this.#take() } })
    if (reply.ahead === undefined) return reply
    this.#read(reply.ahead)
    const [first] = this.#ahead.values()
    const isKnown = first === undefined || first.key !== undefined
    return { ...reply, nextDueInMs: isKnown ? 0 : Math.min(UNREAD_PAUSE_MS, reply.nextDueInMs ?? UNREAD_PAUSE_MS) }
  }

  extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    return this.#group.extend(leases, leaseMs)
  }

  note(notes: readonly Note[]): Promise<readonly boolean[]> {
    return this.#group.note(notes)
  }

  listen(listener: (hint: Hint) => void): Promise<Subscription> {
    return this.#group.listen(listener)
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

  #read(messages: readonly AheadMessage[]): void {
    const before = this.#ahead
    this.#ahead = new Map(messages.map(({ id, payload }) => [id, before.get(id) ?? this.#begin(id, payload)]))
  }

  #begin(id: string, payload: string): Ahead {
    const ahead: Ahead = { key: undefined }
    const alone = (): void => void (ahead.key = `!${id}`)
    try {
      const key = this.#keyOf(payload)
      if (key instanceof Promise) key.then((known) => void (ahead.key = known), alone)
      else ahead.key = key
    } catch {
      alone()
    }
    return ahead
  }
}
