import type { Inbox, Logger, OutcomeLimits, Settlement, Turn, TurnReply } from '@mq/core/adapter'
import { MqError } from '@mq/core/adapter'
import { definedText } from './limits-text.ts'
import { checkInbox } from './inbox-key.ts'
import { channelTopic, OUTCOMES } from './keys.ts'
import type { Participant, ScriptArguments } from './participant.ts'
import { removeSilent } from './redis-group.ts'
import type { Script } from './script.ts'
import type { Values } from './scripts/arguments.ts'
import { endBoundsArgument } from './scripts/parts/ends.ts'
import type { ENDS } from './scripts/parts/ends.ts'
import { parseAppendingTurn, parseTurn } from './scripts/queue/parse-turn.ts'
import { settleAndClaimAppendingScript } from './scripts/queue/settle-and-claim-appending.ts'
import { KEEPS_OUTCOMES, SHARES_OUT } from './scripts/queue/settle-and-claim-lua.ts'
import { settleAndClaimReceivingScript } from './scripts/queue/settle-and-claim-receiving.ts'
import { settleAndClaimSharingScript } from './scripts/queue/settle-and-claim-sharing.ts'
import { settleAndClaimScript } from './scripts/queue/settle-and-claim.ts'
import { turnArguments } from './scripts/queue/turn-arguments.ts'

/**
 * The turns of a queue's workers, by one of four scripts: that of an inbox where the definition has one. Else, where it
 * says nothing of outcomes, or of limits, and the queue has them, or keys, the plainer one refuses, and the other is
 * taken from then on; flows, too, are the sharing one's. A class, since a process may have the handles of thousands of
 * queues.
 */
export class Turns {
  readonly #participant: Participant
  readonly #queue: string
  readonly #logger: Logger
  readonly inbox: Inbox | undefined
  #appends = false
  #shares = false
  #limits: OutcomeLimits | undefined
  #bounds = ''

  constructor(participant: Participant, queue: string, logger: Logger, inbox?: Inbox) {
    this.#participant = participant
    this.#queue = queue
    this.#logger = logger
    this.inbox = inbox
  }

  async send(turn: Turn): Promise<TurnReply> {
    if (this.inbox !== undefined) return this.#sendReceiving(turn, this.inbox)
    if (this.#shares || turn.limits !== undefined || turn.settlements.some(holds)) return this.#sendSharing(turn)
    try {
      if (this.#appends || turn.outcomes !== undefined) return await this.#sendAppending(turn)
      return parseTurn(await this.#run(settleAndClaimScript, turnArguments(turn, this.#hints)))
    } catch (thrown) {
      if (!MqError.is(thrown, 'storage-refused')) throw thrown
      if (thrown.message.includes(SHARES_OUT)) this.#shares = true
      else if (thrown.message.includes(KEEPS_OUTCOMES)) this.#appends = true
      else throw thrown
      return this.send(turn)
    }
  }

  /** What scripts that end tasks need to know of the queue's outcomes. */
  endsOf(limits: OutcomeLimits | undefined, runId: string): Values<typeof ENDS> {
    if (limits !== this.#limits) {
      this.#limits = limits
      this.#bounds = endBoundsArgument(limits, channelTopic(this.#participant, this.#channel))
    }
    return { endBounds: this.#bounds, run: runId }
  }

  #sendAppending(turn: Turn): Promise<TurnReply> {
    return this.#sendEnding(settleAndClaimAppendingScript, (runId) =>
      turnArguments(turn, this.#hints, this.endsOf(turn.outcomes, runId)),
    )
  }

  #sendSharing(turn: Turn): Promise<TurnReply> {
    return this.#sendEnding(settleAndClaimSharingScript, (runId) =>
      turnArguments(turn, this.#hints, this.endsOf(turn.outcomes, runId), definedText(turn.limits)),
    )
  }

  async #sendReceiving(turn: Turn, inbox: Inbox): Promise<TurnReply> {
    const { keys, prefix, clustered } = this.#participant
    // Known only once it is connected.
    checkInbox(inbox, this.#queue, prefix, clustered)
    const ours = keys.of(settleAndClaimReceivingScript, this.#queue)
    return this.#sendEnding(
      settleAndClaimReceivingScript,
      (runId) => turnArguments(turn, this.#hints, this.endsOf(turn.outcomes, runId), definedText(turn.limits), inbox),
      [...ours.slice(0, -1), inbox.key],
    )
  }

  async #sendEnding(
    script: Script,
    args: ScriptArguments,
    keys: readonly string[] = this.#participant.keys.of(script, this.#queue),
  ): Promise<TurnReply> {
    const { turn: reply, silent } = parseAppendingTurn(await this.#participant.evaluate(script, keys, args))
    if (silent !== undefined) removeSilent(this.#participant, this.#channel, silent, this.#logger)
    return reply
  }

  get #hints(): string {
    return this.#participant.hintsOf(this.#queue)
  }

  #run(script: Script, args: ScriptArguments): Promise<unknown> {
    return this.#participant.evaluate(script, this.#participant.keys.of(script, this.#queue), args)
  }

  get #channel(): string {
    return `${this.#queue}${OUTCOMES}`
  }
}

function holds(settlement: Settlement): boolean {
  if (settlement.kind === 'complete') return settlement.next !== undefined
  return settlement.kind === 'release' && settlement.hold !== undefined
}
