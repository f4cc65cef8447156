import { argumentsOf } from './scripts/arguments.ts'
import type {
  CommandReply,
  GroupCommand,
  GroupDriver,
  GroupStart,
  Hint,
  LeaseState,
  Logger,
  Subscription,
} from '@mq/core/adapter'
import { checkExtend, checkGroupCommand, checkGroupTurn, checkList, checkNotes } from '@mq/core/adapter'
import { queueTopic } from './keys.ts'
import { MOST_READ_BYTES } from './read-limit.ts'
import { listenToAll } from './listen-to-all.ts'
import type { Participant } from './participant.ts'
import { groupKeysFor } from './script.ts'
import type { Script } from './script.ts'
import { discardScript } from './scripts/queue/discard.ts'
import { parseLeaseStates } from './scripts/queue/extend.ts'
import { groupApplyScript, parseRuled, RULE, ruleArguments } from './scripts/group/group-apply.ts'
import { GROUP_EXTEND, groupExtendScript } from './scripts/group/group-extend.ts'
import { GROUP_NOTE, groupNoteScript, parseHeld } from './scripts/group/group-note.ts'
import { groupRedriveArguments, groupRedriveScript } from './scripts/group/group-redrive.ts'
import { groupStatsScript, parseGroupStats } from './scripts/group/group-stats.ts'
import { groupTurnOrderedScript, orderedTurnArguments } from './scripts/group/group-turn-ordered.ts'
import { groupTurnArguments, groupTurnScript } from './scripts/group/group-turn.ts'
import { parseGroupTurn, parseOrderedTurn } from './scripts/group/parse-group-turn.ts'
import { listArguments, listDeadScript, parseDead } from './scripts/queue/list-dead.ts'
import { parseRedriven } from './scripts/queue/redrive.ts'

/** As core checks them: a group's name becomes part of keys. */
const NAME = /^[A-Za-z0-9._-]{1,128}$/

/** A consumer group's verbs, one script each. Its hints reach the participant under "channel/group". */
export function createRedisGroup(
  participant: Participant,
  channel: string,
  group: string,
  from: GroupStart,
): GroupDriver {
  const bind = (script: Script): ((args: readonly (string | number)[]) => Promise<unknown>) => {
    let keys: readonly string[] | undefined
    return (args) =>
      participant.evaluate(script, (keys ??= groupKeysFor(script, participant.prefix, channel, group)), args)
  }
  const name = `${channel}/${group}`
  const listeners = queueTopic(participant, name)
  const turn = bind(groupTurnScript)
  const orderedTurn = bind(groupTurnOrderedScript)
  const extend = bind(groupExtendScript)
  const stats = bind(groupStatsScript)
  // A grave is written as for a queue.
  const list = bind(listDeadScript)
  const discard = bind(discardScript)
  const note = bind(groupNoteScript)
  const redrive = bind(groupRedriveScript)
  const rule = bind(groupApplyScript)

  async function apply(command: GroupCommand): Promise<CommandReply> {
    checkGroupCommand(command)
    switch (command.kind) {
      case 'redrive':
        if (command.tasks.length === 0) return { changed: 0, refused: [] }
        return parseRedriven(await redrive(groupRedriveArguments(command.tasks)))
      case 'discard':
        return { changed: command.tasks.length === 0 ? 0 : Number(await discard(command.tasks)) }
      default:
        return parseRuled(await rule(ruleArguments(group, command, listeners)))
    }
  }

  return {
    async settleAndClaim(next) {
      checkGroupTurn(next)
      const args = groupTurnArguments(next, participant.hintsOf(name), group, from)
      if (next.order === undefined) return parseGroupTurn(await turn(args))
      return parseOrderedTurn(await orderedTurn(orderedTurnArguments(args, next.order)))
    },

    async extend(leases, leaseMs): Promise<readonly LeaseState[]> {
      checkExtend(leases, leaseMs)
      return leases.length === 0
        ? []
        : parseLeaseStates(await extend([...argumentsOf(GROUP_EXTEND, { leaseMs, group }), ...leases]))
    },

    async note(notes) {
      checkNotes(notes)
      return notes.length === 0 ? [] : parseHeld(await note(notes.flatMap((note) => argumentsOf(GROUP_NOTE, note))))
    },

    async listen(listener: (hint: Hint) => void): Promise<Subscription> {
      const onInterruption = (): void => listener({ kind: 'reconnected' })
      const onMessage = (text: string): void => {
        if (text.startsWith('s')) listener({ kind: 'paused' })
      }
      const leave = await listenToAll([
        participant.hearQueue(name, () => listener({ kind: 'work' }), onInterruption),
        participant.topics.listen(listeners, { onMessage, onInterruption }),
      ])
      return participant.topics.subscription(leave, participant.hintsInSlot(name))
    },

    stats: async () => parseGroupStats(await stats([])),

    async list(query) {
      checkList(query)
      return query.limit === 0 || query.only?.length === 0
        ? []
        : parseDead(await list(listArguments(query, MOST_READ_BYTES)))
    },

    apply,
  }
}

/**
 * Removes a group that had no member for this long, unless one called meanwhile. Not awaited: until it is done, each
 * append names the group again.
 */
export function removeSilent(
  participant: Participant,
  channel: string,
  { group, afterMs }: { readonly group: string; readonly afterMs: number },
  logger: Logger,
): void {
  if (!NAME.test(group)) return
  ruleOnce(participant, channel, { group, what: 'expire', detail: afterMs }).then(
    (done) => done === 1 && logger.warn({ channel, group }, 'a group without members was removed'),
    (thrown: unknown) => logger.warn({ channel, group, err: thrown }, 'a group could not be removed'),
  )
}

/** Removes a group of which there is no handle. */
export async function removeGroup(participant: Participant, channel: string, group: string): Promise<void> {
  await ruleOnce(participant, channel, { group, what: 'remove', detail: '' })
}

/** What its members hold or wait for. */
export async function useOfGroup(
  participant: Participant,
  channel: string,
  group: string,
): Promise<'messages' | 'members' | undefined> {
  const use = await ruleOnce(participant, channel, { group, what: 'unused', detail: '' })
  return use === -1 ? 'messages' : use === -2 ? 'members' : undefined
}

/** For a group of which there is no handle. */
function ruleOnce(
  participant: Participant,
  channel: string,
  rule: { readonly group: string; readonly what: 'expire' | 'remove' | 'unused'; readonly detail: string | number },
): Promise<unknown> {
  const keys = groupKeysFor(groupApplyScript, participant.prefix, channel, rule.group)
  return participant.evaluate(groupApplyScript, keys, argumentsOf(RULE, rule))
}
