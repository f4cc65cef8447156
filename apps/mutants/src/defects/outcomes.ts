import { memory, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of the channel in which every end of a task is a message. */
export const outcomeMutants: readonly Mutant[] = [
  {
    name: 'purged-without-a-word',
    says: 'whoever follows the outcomes waits for ever for tasks that somebody purged',
    edits: [{ in: 'redis-adapter', within: 'purgeScript', find: 'if ends then appendEnds() end', replace: '' }],
    killedBy: redis('appends what is purged, replaced and displaced, and the end of every life'),
  },
  {
    name: 'outcome-without-its-own-id',
    says: 'an outcome has a number that the program that enqueued the task does not know',
    edits: [
      {
        in: 'redis-adapter',
        find: 'addEnd(owners[over[$i]], outcomes[$i],',
        replace: 'addEnd(nil, outcomes[$i],',
      },
    ],
    killedBy: redis('appends each way in which a task ends, once, with what it ended with'),
  },
  {
    name: 'frame-measured-in-bytes',
    says: 'subscribers cannot read outcomes whose results are not plain ASCII',
    edits: [{ in: 'redis-adapter', find: 'return #text - following + astral', replace: 'return #text' }],
    killedBy: redis('reaches listeners as messages of a channel, in order, and a member of a group that sleeps'),
  },
  {
    name: 'old-worker-appends-nothing',
    says: 'while an old version of a program is still running, the outcomes of its tasks are missing',
    edits: [{ in: 'redis-adapter', find: "if count > 0 and m[13] and m[13] ~= 'off' then", replace: 'if false then' }],
    killedBy: redis('appends nothing before a call with outcomes, nor after one with false'),
  },
  {
    name: 'outcomes-wake-the-wrong-group',
    says: 'a group of outcomes that has caught up finds the next one by polling, seconds later',
    edits: [{ in: 'redis-adapter', within: 'RING', find: "'w' .. queue .. outcomes", replace: "'w' .. queue" }],
    killedBy: redis('reaches listeners as messages of a channel, in order, and a member of a group that sleeps'),
  },
  {
    name: 'outcomes-outlive-their-queue',
    says: 'a queue that was obliterated goes on to take memory, and its name brings old outcomes back',
    edits: [{ in: 'redis-adapter', find: 'await this.#outcomes.obliterate({ force: true })', replace: '' }],
    killedBy: redis('is apart from a channel of the same name, and goes with its queue'),
  },
  {
    name: 'kept-as-the-others',
    says: 'the one result that a caller comes back for is gone, since its queue keeps none',
    edits: [
      {
        in: 'redis-adapter',
        find: '$isKept, act = not keep, string.sub(act, 2)',
        replace: '$isKept, act = keep, string.sub(act, 2)',
      },
    ],
    killedBy: redis('keeps the result of a task as its settlement says, whatever the turn does with the others'),
  },
  {
    name: 'memory-end-not-appended',
    says: 'in memory, nothing is heard of how tasks end',
    edits: [
      { in: 'memory-adapter', find: 'if (this.endsKept) this.ends.publish', replace: 'if (false) this.ends.publish' },
    ],
    killedBy: memory('appends each way in which a task ends, once, with what it ended with'),
  },
]
