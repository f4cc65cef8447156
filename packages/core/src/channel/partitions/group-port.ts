import type { ClaimedTask } from '../../ports/claimed-task.ts'
import type {
  AheadMessage,
  GroupCommand,
  GroupDriver,
  GroupStart,
  GroupStats,
  GroupTurn,
  GroupTurnReply,
} from '../../ports/group-driver.ts'
import type { Hint } from '../../ports/hint.ts'
import type { Note } from '../../ports/note.ts'
import type { CommandReply, DeadTask, ListQuery } from '../../ports/queue-admin.ts'
import type { LeaseState } from '../../ports/queue-driver.ts'
import type { Subscription } from '../../ports/subscription.ts'
import type { ChannelPort } from './channel-port.ts'

/** What stands before a body: an epoch and a number. */
const HEAD = /^(\S+) \d+ /

/** A group in one partition: where it begins there may have to be asked for, and messages say where they are. */
export class GroupPort implements GroupDriver {
  readonly #port: ChannelPort
  readonly #name: string
  readonly #from: () => GroupStart | Promise<GroupStart>
  /** For calls that do not create it. */
  readonly #any: GroupDriver

  constructor(port: ChannelPort, name: string, from: () => GroupStart | Promise<GroupStart>) {
    this.#port = port
    this.#name = name
    this.#from = from
    this.#any = port.driver.group(name, { from: 'latest' })
  }

  async settleAndClaim(turn: GroupTurn): Promise<GroupTurnReply> {
    const from = this.#from()
    const start = from instanceof Promise ? await from : from
    const group = start === 'latest' ? this.#any : this.#port.driver.group(this.#name, { from: start })
    const reply = await group.settleAndClaim(turn)
    if (reply.claimed.length === 0 && reply.ahead === undefined) return reply
    const claimed = reply.claimed.map((task) => this.#outer(task))
    return reply.ahead === undefined
      ? { ...reply, claimed }
      : { ...reply, claimed, ahead: reply.ahead.map((message) => this.#outer(message)) }
  }

  extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    return this.#any.extend(leases, leaseMs)
  }

  note(notes: readonly Note[]): Promise<readonly boolean[]> {
    return this.#any.note(notes)
  }

  listen(listener: (hint: Hint) => void): Promise<Subscription> {
    return this.#any.listen(listener)
  }

  stats(): Promise<GroupStats | undefined> {
    return this.#any.stats()
  }

  list(query: ListQuery): Promise<readonly DeadTask[]> {
    return this.#any.list(query)
  }

  apply(command: GroupCommand): Promise<CommandReply> {
    return this.#any.apply(command)
  }

  /** What another program wrote stays as it is. */
  #outer<Message extends ClaimedTask | AheadMessage>(message: Message): Message {
    const { payload } = message
    const own = HEAD.exec(payload)?.[1]
    if (own === undefined) return message
    return { ...message, payload: `${this.#port.outerEpoch(own)}${payload.slice(own.length)}` }
  }
}
