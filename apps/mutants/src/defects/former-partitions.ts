import { core, memory, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

const LET_GO = 'takes none of a key that it let go, though a letter of it is redriven there, or others are delayed'
const REMEMBERED = 'keeps a key without tasks until its rate and its holds are over, unless it let it go before'

/** Defects of partitions that a queue had before its number changed. */
export const formerPartitionMutants: readonly Mutant[] = [
  {
    name: 'redriven-letter-brings-key-home',
    says: 'after a redrive in a former partition new tasks of its key are stored there, beside those elsewhere',
    edits: [
      {
        in: 'redis-adapter',
        find: 'if key and not isLive(key) then home.strayed[key] = true end',
        replace: '',
      },
    ],
    killedBy: redis(LET_GO),
  },
  {
    name: 'redriven-letter-brings-key-home-in-memory',
    says: 'the same, in memory',
    edits: [{ in: 'memory-adapter', find: 'this.stray(buried.key, now)', replace: 'void 0' }],
    killedBy: memory(LET_GO),
  },
  {
    name: 'delayed-tasks-bring-keys-home',
    says: 'keys come back to a former partition when many of its tasks are retried later',
    edits: [
      {
        in: 'redis-adapter',
        within: 'IS_LIVE',
        find: ' and not hasLooked then return true end',
        replace: ' then return true end',
      },
    ],
    killedBy: redis(LET_GO),
  },
  {
    name: 'replaced-task-brings-key-home',
    says: 'a task that replaces one of another key brings its key back to a former partition',
    edits: [
      {
        in: 'redis-adapter',
        find: 'elseif id and replaced[i] then',
        replace: 'elseif id and replaced[i] and false then',
      },
    ],
    killedBy: redis(
      'lets a task of another key take the place of one that waits, and that key does not come home by it',
    ),
  },
  {
    name: 'letter-runs-under-a-foreign-id',
    says: 'a letter is redriven in a former partition though its own id is of a task elsewhere',
    edits: [
      {
        in: 'redis-adapter',
        find: "redis.call('HGET', ids, id) or m[16] and '0' or n",
        replace: "redis.call('HGET', ids, id) or n",
      },
    ],
    killedBy: redis('redrives no letter whose own id is of a task elsewhere'),
  },
  {
    name: 'rate-begins-anew-elsewhere',
    says: 'a key whose rate lets none through yet goes to a new partition, where it does',
    edits: [
      {
        in: 'redis-adapter',
        within: 'IS_LIVE',
        find: 'state.running > 0 or endOf(state) > now or',
        replace: 'state.running > 0 or',
      },
    ],
    killedBy: redis(REMEMBERED),
  },
  {
    name: 'rate-is-retired',
    says: 'a partition is deleted with the rates that hold its keys back',
    edits: [
      {
        in: 'redis-adapter',
        find: 'if fading and tonumber(fading) > ${FADING} + now then left = left + 1 end',
        replace: '',
      },
    ],
    killedBy: redis('is not retired before the rate of each of its keys is over'),
  },
  {
    name: 'retired-at-once',
    says: 'a former partition is deleted while a process may take it for one of now',
    edits: [{ in: 'redis-adapter', find: 'left > 0 or now - sealedAt < ${WIDTH_KEPT_MS}', replace: 'left > 0' }],
    killedBy: redis('is retired a minute after it was sealed, which is asked for anew when a failover lost that'),
  },
  {
    name: 'retired-at-once-in-memory',
    says: 'the same, in memory',
    edits: [{ in: 'memory-adapter', find: 'if (now - sealedAt < WIDTH_KEPT_MS) return false', replace: '' }],
    killedBy: core('as many numbers as there is room for, until former ones are empty'),
  },
  {
    name: 'seal-without-replicas',
    says: 'with durability, a failover loses that a partition is a former one',
    edits: [
      { in: 'redis-adapter', find: "const isDurable = command.kind === 'retire'", replace: 'const isDurable = false' },
    ],
    killedBy: redis('a partition is sealed, or deleted, when a replica knows it'),
  },
  {
    name: 'schedule-in-a-former-partition',
    says: 'a schedule that is set while the queue is divided never ticks',
    edits: [{ in: 'redis-adapter', find: "if sealed and not before then return { now, 'm' } end", replace: '' }],
    killedBy: redis('keeps those of a partition that is sealed, and takes no other'),
  },
  {
    name: 'moved-schedule-not-set',
    says: 'a schedule that is set while the queue is divided is refused, or never set',
    edits: [
      {
        in: 'core',
        within: 'PartitionedSchedules',
        find: 'await newerOr({ partitions: this.#partitions, lookAgain: this.#home.lookAgain }, port.made)',
        replace: 'return set',
      },
    ],
    killedBy: core(
      'a schedule that is set while the queue is divided is where others find it, also when the former are gone',
    ),
  },
]
