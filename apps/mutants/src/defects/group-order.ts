import { memory, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

const ONE_AT_A_TIME = 'gives one message of a key at a time, in order, whichever member asks'

/** Defects of consumer groups that are ordered by key. */
export const groupOrderMutants: readonly Mutant[] = [
  {
    name: 'order-lets-all-through',
    says: 'two messages of an account are handled at once',
    edits: [
      {
        in: 'redis-adapter',
        find: 'local $to = $before and $waits or $first',
        within: 'PLACE_TOLD',
        replace: 'local $to = $first',
      },
    ],
    killedBy: redis(ONE_AT_A_TIME),
  },
  {
    name: 'order-lets-none-through',
    says: 'of each account one message is handled, and the others wait for ever',
    edits: [
      {
        in: 'redis-adapter',
        find: 'if $keys[$i] and $nexts[$i] then',
        replace: 'if false then',
      },
    ],
    killedBy: redis(ONE_AT_A_TIME),
  },
  {
    name: 'order-redriven-beside-its-key',
    says: 'a dead letter that is redriven runs beside another message of its account',
    edits: [
      {
        in: 'redis-adapter',
        find: 'elseif $text and not cut and not $names[$i] then',
        replace: 'elseif false then',
      },
    ],
    killedBy: redis('gives a redriven letter its turn again, never beside another of its key'),
  },
  {
    name: 'order-plain-members-too',
    says: 'a member of an older deployment takes messages of accounts that others have',
    edits: [
      {
        in: 'redis-adapter',
        find: "isOrdered ? '' : ' and not m[13]'} then hand",
        replace: "''} then hand",
      },
    ],
    killedBy: redis('gives a member without keys nothing, and says so; what it held it may settle'),
  },
  {
    name: 'order-lets-the-log-go',
    says: 'what waits for its account is dropped although the history keeps it',
    edits: [
      {
        in: 'redis-adapter',
        find: 'local from, fromN = waitsFrom(cursor, readN)',
        replace: 'local from, fromN = cursor, readN',
      },
    ],
    killedBy: redis('keeps what waits behind its key in the channel, within the hard cap'),
  },
  {
    name: 'order-waits-for-a-dropped-one',
    says: 'a message that the channel dropped keeps its account waiting for ever',
    edits: [{ in: 'redis-adapter', find: 'letThrough($gone)', within: 'TAKE_FIRSTS', replace: '' }],
    killedBy: redis('counts what the channel dropped of what waited behind its key, and goes on'),
  },
  {
    name: 'order-forgotten-in-memory',
    says: 'two messages of an account are handled at once',
    edits: [
      {
        in: 'memory-adapter',
        find: 'if ($tail === undefined) return this.#giveNext(n)',
        replace: 'return this.#giveNext(n)',
      },
    ],
    killedBy: memory(ONE_AT_A_TIME),
  },
  {
    name: 'order-tells-no-keys',
    says: 'members of an ordered group read ahead, and are never given a message',
    edits: [{ in: 'core', find: '$keys.push({ id, key })', replace: '' }],
    killedBy: { ...memory('reads keys by a schema that answers later'), sees: 'within 8000 ms' },
  },
]
