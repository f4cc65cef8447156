import { memory, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of inboxes, outboxes and raw channels. */
export const programMutants: readonly Mutant[] = [
  {
    name: 'inbox-is-a-stack',
    says: 'what another program pushed first is done last, or never',
    edits: [{ in: 'redis-adapter', find: "inboxEnd == 'left'", replace: "inboxEnd == 'right'" }],
    killedBy: redis('claims what another program pushed, first in first out for those who LPUSH'),
  },
  {
    name: 'inbox-taken-while-paused',
    says: 'a paused queue fills with what was to wait outside',
    edits: [{ in: 'redis-adapter', find: 'want > 0 and not m[6] and isFree() then', replace: 'want > 0 then' }],
    killedBy: redis('leaves the inbox alone while the queue is paused, and when it is purged or obliterated'),
  },
  {
    name: 'inbox-taken-whole',
    says: 'one turn moves a list of millions, and Redis stands still',
    edits: [{ in: 'redis-adapter', find: 'receive(want)', replace: 'receive(1000)' }],
    killedBy: redis('takes no more than a claim has room for, and nothing for who claims nothing'),
  },
  {
    name: 'large-entry-is-a-task',
    says: 'a worker is given a payload larger than any may be',
    edits: [{ in: 'redis-adapter', find: 'if #$text > inboxMost then', replace: 'if false then' }],
    killedBy: redis('makes what is too large a payload that is no JSON, and says its size'),
  },
  {
    name: 'inbox-looked-at-never',
    says: 'a task that another program pushes waits a quarter of a minute',
    edits: [{ in: 'redis-adapter', find: 'm[6] and -1 or inboxMs()', replace: '-1' }],
    killedBy: redis('looks so often, that all together look no oftener; each at least once a second'),
  },
  {
    name: 'no-list-ends-the-turn',
    says: 'whoever sets a key of that name stops the queue',
    edits: [
      {
        in: 'redis-adapter',
        find: "return redis.pcall('RPOP', inbox, $count)",
        replace: "return redis.call('RPOP', inbox, count)",
      },
    ],
    killedBy: redis('leaves what a turn settles settled'),
  },
  {
    name: 'slot-of-an-inbox-unchecked',
    says: 'in a cluster every turn of such a queue fails, and nobody knows why',
    edits: [{ in: 'redis-adapter', find: 'isClustered && tagOf($key) !== $queue', replace: 'false' }],
    killedBy: redis('is in another slot of a cluster, at the definition or at the first turn'),
  },
  {
    name: 'one-key-for-both',
    says: 'what is handed over comes in again, for ever',
    edits: [{ in: 'core', find: '$lists.inbox.key !== $lists.outbox?.key', replace: 'true' }],
    killedBy: memory('refuses what cannot be: one key for both, no outbox, an adapter that knows no other programs'),
  },
  {
    name: 'raw-text-read-as-json',
    says: 'every text of another program is reported as garbage',
    edits: [{ in: 'core', find: "$format === 'text' ? $text : decode($text,", replace: 'decode(text,' }],
    killedBy: memory('carries any text on a raw channel that says so, and nothing else'),
  },
]
