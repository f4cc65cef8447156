import { core } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of channels with partitions. */
export const channelPartitionMutants: readonly Mutant[] = [
  {
    name: 'position-passes-others-by',
    says: 'a group that is sent to a position misses what other partitions got about then',
    edits: [{ in: 'core', within: 'Starts', find: '+ APART_MS', replace: '- 2_000' }],
    killedBy: core('a position is a place in every partition: nothing that came after it is passed by'),
  },
  {
    name: 'quiet-partition-forgets-its-group',
    says: 'a partition in which nothing is published removes a group whose members are busy elsewhere',
    edits: [{ in: 'core', within: 'PartitionedMember', find: 'if (at > before) return', replace: 'return' }],
    killedBy: core('a group whose members are busy elsewhere is forgotten in no partition'),
  },
  {
    name: 'marked-partition-not-asked',
    says: 'the loss of the last message of a partition is not reported',
    edits: [
      {
        in: 'core',
        within: 'PartitionedHub',
        find: 'this.#marked?.has(index) !== false',
        replace: 'this.#marked === undefined',
      },
    ],
    killedBy: core('within five seconds that the last message of a partition was lost, of 8'),
  },
  {
    name: 'pattern-shows-partitions',
    says: 'subscribers of a pattern see the names of partitions',
    edits: [{ in: 'core', find: "word === '>' ? '[^~]+'", replace: "word === '>' ? '.+'" }],
    killedBy: core('no pattern shows a channel with partitions, or their names'),
  },
]
