import type { Logger, OutcomeLimits, Turn, TurnReply } from '@mq/core/adapter'
import { MqError } from '@mq/core/adapter'
import { channelTopic, OUTCOMES } from './keys.ts'
import type { Participant } from './participant.ts'
import { removeSilent } from './redis-group.ts'
import type { Script } from './script.ts'
import type { Values } from './scripts/arguments.ts'
import { endBoundsArgument } from './scripts/parts/ends.ts'
import type { ENDS } from './scripts/parts/ends.ts'
import { parseAppendingTurn, parseTurn } from './scripts/queue/parse-turn.ts'
import { settleAndClaimAppendingScript } from './scripts/queue/settle-and-claim-appending.ts'
import { KEEPS_OUTCOMES } from './scripts/queue/settle-and-claim-lua.ts'
import { settleAndClaimScript } from './scripts/queue/settle-and-claim.ts'
import { turnArguments } from './scripts/queue/turn-arguments.ts'

/**
 * The turns of a queue's workers, by one of two scripts. Where the worker's definition says nothing of outcomes, and
 * the queue keeps them, the plain one refuses, and the other is taken from then on. A class, since a process may have
 * the handles of thousands of queues.
 */
export class Turns {
  readonly #participant: Participant
  readonly #queue: string
  readonly #logger: Logger
  #appends = false
  #limits: OutcomeLimits | undefined
  #bounds = ''

  constructor(participant: Participant, queue: string, logger: Logger) {
    this.#participant = participant
    this.#queue = queue
    this.#logger = logger
  }

  async send(turn: Turn): Promise<TurnReply> {
    if (this.#appends || turn.outcomes !== undefined) return this.#sendAppending(turn)
    try {
      return parseTurn(await this.#run(settleAndClaimScript, turnArguments(turn, this.#participant.topic)))
    } catch (thrown) {
      if (!MqError.is(thrown, 'storage-refused') || !thrown.message.includes(KEEPS_OUTCOMES)) throw thrown
      this.#appends = true
      return this.#sendAppending(turn)
    }
  }

  /** What scripts that end tasks need to know of the queue's outcomes. */
  endsOf(limits: OutcomeLimits | undefined): Values<typeof ENDS> {
    if (limits !== this.#limits) {
      this.#limits = limits
      this.#bounds = endBoundsArgument(limits, channelTopic(this.#participant, this.#channel))
    }
    return { endBounds: this.#bounds, run: this.#participant.runId }
  }

  async #sendAppending(turn: Turn): Promise<TurnReply> {
    const participant = this.#participant
    const args = turnArguments(turn, participant.topic, this.endsOf(turn.outcomes))
    const { turn: reply, silent } = parseAppendingTurn(await this.#run(settleAndClaimAppendingScript, args))
    if (silent !== undefined) removeSilent(participant, this.#channel, silent, this.#logger)
    return reply
  }

  #run(script: Script, args: readonly (string | number)[]): Promise<unknown> {
    return this.#participant.evaluate(script, this.#participant.keys.of(script, this.#queue), args)
  }

  get #channel(): string {
    return `${this.#queue}${OUTCOMES}`
  }
}
