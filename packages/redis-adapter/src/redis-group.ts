import type { GroupDriver, GroupStart, Hint, LeaseState, Subscription } from '@mq/core'
import { MqError } from '@mq/core'
import type { Participant } from './participant.ts'
import { groupKeysFor } from './script.ts'
import type { Script } from './script.ts'
import { parseLeaseStates } from './scripts/extend.ts'
import { commandArguments, groupApplyScript } from './scripts/group-apply.ts'
import { groupExtendScript } from './scripts/group-extend.ts'
import { groupNoteScript, parseHeld } from './scripts/group-note.ts'
import { groupStatsScript, parseGroupStats } from './scripts/group-stats.ts'
import { groupTurnArguments, groupTurnScript, parseGroupTurn } from './scripts/group-turn.ts'
import { listArguments, listDeadScript, parseDead } from './scripts/list-dead.ts'

const MOST_AT_ONCE = 1_000
const MOST_BYTES = 4_194_304

/** A consumer group's verbs, one script each. Its hints come to the participant under "channel/group". */
export function createRedisGroup(
  participant: Participant,
  channel: string,
  group: string,
  from: GroupStart,
): GroupDriver {
  const bind = (script: Script): ((args: readonly (string | number)[]) => Promise<unknown>) => {
    const keys = groupKeysFor(script, participant.prefix, channel, group)
    return (args) => participant.evaluate(script, keys, args)
  }
  const turn = bind(groupTurnScript)
  const extend = bind(groupExtendScript)
  const stats = bind(groupStatsScript)
  // A grave is written as a queue's.
  const list = bind(listDeadScript)
  const note = bind(groupNoteScript)
  const apply = bind(groupApplyScript)

  return {
    async settleAndClaim(next) {
      checkCount(next.settlements.length)
      checkCount(next.want)
      checkWhole('seq', next.seq)
      return parseGroupTurn(await turn(groupTurnArguments(next, participant.topic, group, from)))
    },

    async extend(leases, leaseMs): Promise<readonly LeaseState[]> {
      checkCount(leases.length)
      return leases.length === 0 ? [] : parseLeaseStates(await extend([leaseMs, ...leases]))
    },

    async note(notes) {
      checkCount(notes.length)
      return notes.length === 0
        ? []
        : parseHeld(await note(notes.flatMap(({ lease, kind, body }) => [lease, kind, body])))
    },

    async listen(listener: (hint: Hint) => void): Promise<Subscription> {
      const leave = await Promise.all([
        participant.hearQueue(`${channel}/${group}`, () => listener({ kind: 'work' })),
        participant.hints.listen(participant.topic, {
          onMessage: () => undefined,
          onInterruption: () => listener({ kind: 'reconnected' }),
        }),
      ])
      return participant.hints.together(leave)
    },

    stats: async () => parseGroupStats(await stats([])),

    async list(query) {
      checkCount(query.limit)
      return query.limit === 0 ? [] : parseDead(await list(listArguments(query, MOST_BYTES)))
    },

    apply: async (command) => ((await apply([group, ...commandArguments(command)])) === 1 ? 'done' : 'unknown'),
  }
}

/** Removes a group whose members have been away for so long, unless one came meanwhile. */
export async function expireGroup(
  participant: Participant,
  channel: string,
  group: string,
  expiresMs: number,
): Promise<boolean> {
  const keys = groupKeysFor(groupApplyScript, participant.prefix, channel, group)
  return (await participant.evaluate(groupApplyScript, keys, [group, 'expire', expiresMs])) === 1
}

function checkWhole(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new MqError('storage-refused', `${what} is no whole number: ${value}`)
  }
}

function checkCount(size: number): void {
  if (!(size >= 0 && size <= MOST_AT_ONCE)) {
    throw new MqError('storage-refused', `at most ${MOST_AT_ONCE} at once, not ${size}`)
  }
}
