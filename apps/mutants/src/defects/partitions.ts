import { core, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of queues with partitions. */
export const partitionMutants: readonly Mutant[] = [
  {
    name: 'sleeper-looks-everywhere',
    says: 'a worker that sleeps costs as many calls as there are partitions',
    edits: [
      {
        in: 'core',
        within: 'WorkerView',
        find: 'setIn(this.#registered, index, sleeps && !this.#hinted.has(index))',
        replace: 'setIn(this.#registered, index, false)',
      },
    ],
    killedBy: core('what a worker that sleeps costs does not grow with the partitions'),
  },
  {
    name: 'full-partition-keeps-its-worker',
    says: 'a worker claims where it settles, for ever, while tasks wait elsewhere',
    edits: [
      {
        in: 'core',
        within: 'WorkerView',
        find: 'settling.length === 0 || ++this.#turns % ROTATE_EACH === 0',
        replace: 'settling.length === 0',
      },
    ],
    killedBy: core('claims from all partitions in turn, however much waits in each'),
  },
  {
    name: 'busy-worker-keeps-a-hint',
    says: 'a hint to a busy worker is lost for the one that is free',
    edits: [{ in: 'core', within: 'Claims', find: 'void turns.at(index)?.touch()', replace: 'void 0' }],
    killedBy: core('a hint that a busy worker gets goes on to one that is free'),
  },
  {
    name: 'stalled-partition-holds-up-all',
    says: 'a node that hangs stops the workers at the other nodes',
    edits: [
      { in: 'core', within: 'PartitionTurns', find: 'await inTime(this.#parts.clock, call)', replace: 'await call' },
    ],
    killedBy: core('what was running there when it stopped to answer is settled once it does'),
  },
  {
    name: 'late-claims-kept',
    says: 'tasks that a partition gave late run when their lease is over',
    edits: [{ in: 'core', within: 'PartitionTurns', find: 'return this.#giveBack(reply)', replace: 'return' }],
    killedBy: core('what a partition gives late is given back'),
  },
  {
    name: 'partitions-not-compared',
    says: 'two deployments that differ store tasks where the other does not look',
    edits: [
      {
        in: 'core',
        find: 'if (has === undefined || !isNumberOf(has, of)) throw partitionsDiffer(queue, numberIn(has), of, kind)\n      this.#learn(has)',
        replace: '',
      },
    ],
    killedBy: core('another number of partitions is refused, and stores nothing'),
  },
  {
    name: 'limits-not-shared',
    says: 'each partition has the limits of the whole queue',
    edits: [{ in: 'core', find: '  if (of === 1) return whole\n', replace: '  if (of > 0) return whole\n' }],
    killedBy: core('as many run at once as the limit says, and no more'),
  },
  {
    name: 'marks-not-read',
    says: 'what a lost worker left is found after as many looks as there are partitions',
    edits: [
      {
        in: 'core',
        within: 'Round',
        find: '(await marks.read()) ?? turns.places',
        replace: '[] as number[]',
      },
    ],
    killedBy: core('a task whose hint went to the lost one begins within a look'),
  },
  {
    name: 'leases-not-marked',
    says: 'what a lost worker ran is found by the marks of who stored it, or after many looks',
    edits: [
      { in: 'core', within: 'Round', find: 'this.#parts.marks.held(index, turn.leaseMs)', replace: 'void 0' },
      { in: 'core', within: 'extendOver', find: 'marks.held(port.index, leaseMs)', replace: 'void 0' },
    ],
    killedBy: core('where the marks of who stored it did not arrive, those of who ran it did'),
  },
  {
    name: 'worker-closes-before-partitions',
    says: 'a worker that closes alone leaves what a partition did not answer yet',
    edits: [{ in: 'core', find: 'await driver.settledBy?.(lanes.worker)', replace: 'void 0' }],
    killedBy: core(
      'a worker that closes waits no longer than its deadline, says so, and what it settled is settled later',
    ),
  },
  {
    name: 'refused-for-ever',
    says: 'what a partition refuses for good is sent again for ever, and nothing else',
    edits: [
      {
        in: 'core',
        find: "return isLate || !MqError.is(error, 'storage-refused')",
        replace: 'return false as boolean',
      },
    ],
    killedBy: core(
      'what a partition refuses for good is said once and asked again each second, and its tasks run again',
    ),
  },
  {
    name: 'number-not-confirmed',
    says: 'a task that is stored just after an obliterate elsewhere is where nobody looks a minute later',
    edits: [{ in: 'core', within: 'Home', find: 'this.#width.stored()', replace: 'void 0' }],
    killedBy: core('a producer that stores a task just after the queue was obliterated elsewhere keeps the number'),
  },
  {
    name: 'names-store-by-one-call',
    says: 'a producer that uses the name of a queue stops while one of its partitions hangs',
    edits: [{ in: 'core', find: 'return isNamed ?', replace: 'return isNamed && (false as boolean) ?' }],
    killedBy: core('of tasks that are stored by the name of the queue, those of a partition that hangs wait alone'),
  },
  {
    name: 'witnesses-not-asked',
    says: 'a failover that loses the number lets another deployment store where nobody else looks',
    edits: [
      {
        in: 'redis-adapter',
        find: 'const said = await saying',
        replace: 'const said: (Said | undefined)[] = (await saying, [])',
      },
    ],
    killedBy: redis('a number that its place lost is found again by a witness, and another is not decided'),
  },
  {
    name: 'an-earlier-layout-counts',
    says: 'a failover brings the number of before back, and tasks are stored where nobody looks',
    edits: [
      {
        in: 'redis-adapter',
        find: 'return all.reduce((one, other) => (isLater(other, one) ? other : one))',
        replace: 'return all[0]!',
      },
    ],
    killedBy: redis('a change that one witness alone knows counts'),
  },
  {
    name: 'first-layouts-are-the-same',
    says: 'a queue that is made anew is refused for a day, since the one before was divided anew',
    edits: [
      {
        in: 'memory-adapter',
        find: 'const layout = wanted.revision > 0 ? wanted : firstLayout(wanted.generations[0].of, this.#now)',
        replace: 'const layout = wanted',
      },
    ],
    killedBy: core('a queue that was obliterated after a change begins anew with its first number'),
  },
  {
    name: 'old-knowledge-counts',
    says: 'a process that slept brings the partitions of an obliterated queue back, and what is in the new ones is not seen',
    edits: [
      {
        in: 'core',
        find: 'const wanted = this.#isTrusted ? layout() : firstLayout(of)',
        replace: 'const wanted = layout()',
      },
      {
        in: 'core',
        find: 'if (has.revision > layout().revision || !this.#isTrusted) adopt(has)',
        replace: 'if (has.revision > layout().revision) adopt(has)',
      },
    ],
    killedBy: core('who was idle while the queue was obliterated brings none of its partitions back'),
  },
  {
    name: 'late-release-takes-all',
    says: 'an obliterate that is late takes the newer number of partitions away',
    edits: [{ in: 'redis-adapter', find: 'if layout ~= had then return 0 end', replace: '' }],
    killedBy: redis('a release that comes late takes away no other number'),
  },
  {
    name: 'former-home-not-asked',
    says: 'a key is in two places after the number of partitions changed',
    edits: [
      {
        in: 'core',
        find: 'partitions.hasFormer ? waysOf(partitions, name)[0]! : partitions.home(name)',
        replace: 'partitions.home(name)',
      },
    ],
    killedBy: core(
      'a key that has tasks stays where it is until it has none, and each of its tasks comes after the one before',
    ),
  },
  {
    name: 'orders-not-carried',
    says: 'a queue that is paused while it is divided goes on in its new partitions',
    edits: [
      {
        in: 'core',
        find: '    await this.#carry([])\n    await this.#retire()',
        replace: '    await this.#retire()',
      },
    ],
    killedBy: core('pause: given between any two steps of a change, it is known in all partitions'),
  },
  {
    name: 'orders-not-looked-after',
    says: 'an order by a process that does not know of new partitions does not reach them',
    edits: [{ in: 'core', within: 'Pausing', find: 'await lookAgain()', replace: '' }],
    killedBy: core(
      'pause: given while the queue is divided between any two steps of that, it is known in all partitions',
    ),
  },
  {
    name: 'obliterated-queue-retired',
    says: 'an idle process brings back a queue that was obliterated',
    edits: [{ in: 'core', within: 'Dividing', find: '!released && ', replace: '' }],
    killedBy: core('an idle process does nothing with former partitions of a queue that was obliterated'),
  },
]
