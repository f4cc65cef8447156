import { core, memory } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of handlers that get many tasks in one call. */
export const batchMutants: readonly Mutant[] = [
  {
    name: 'batch-waits-for-ever',
    says: 'a batch that does not get full is never begun',
    edits: [{ in: 'core', within: 'Gathering', find: 'if (leftMs <= 0) return true', replace: '' }],
    killedBy: core('begins when the first of its tasks has waited long enough, whenever the others came'),
  },
  {
    name: 'batch-without-waiting',
    says: 'each task is a batch by itself',
    edits: [{ in: 'core', within: 'Gathering', find: 'if (leftMs <= 0) return true', replace: 'return true' }],
    killedBy: core('begins when the first of its tasks has waited long enough, whenever the others came'),
  },
  {
    name: 'failed-batch-charged',
    says: 'one bad task buries its neighbours',
    edits: [{ in: 'core', find: 'return this.#parts.rules.retriesAlone && this.size > 1', replace: 'return false' }],
    killedBy: memory('runs each task of a batch that throws alone, so that one cannot bury its neighbours'),
  },
  {
    name: 'mark-of-a-failed-batch-ignored',
    says: 'the tasks of a batch that failed meet again, and fail without end',
    edits: [{ in: 'core', find: 'rules?.retriesAlone ? isMarked : undefined', replace: 'undefined' }],
    killedBy: core('keeps for its tasks that they are to be alone, also in another worker'),
  },
  {
    name: 'mark-overwrites-steps',
    says: 'steps that were done in a batch that failed are done again',
    edits: [
      {
        in: 'core',
        find: 'if (memos === undefined) await notes.begins(',
        replace: 'await notes.begins(',
      },
      { in: 'core', find: 'else await memos.mark(MARK)', replace: '' },
    ],
    killedBy: memory('keeps steps, progress and logs of each task, also over a batch that failed'),
  },
  {
    name: 'hanging-batch-charged',
    says: 'a handler that hangs with one task buries all others of its batch',
    edits: [{ in: 'core', find: 'if (execution.batch?.failsApart)', replace: 'if (false)' }],
    killedBy: core('by its time runs each of its tasks alone, and only the one that hangs is dead'),
  },
  {
    name: 'too-many-answers-taken',
    says: 'answers are dealt to the wrong tasks',
    edits: [
      {
        in: 'core',
        within: 'fromArray',
        find: 'if (count === ids.length && missing === -1)',
        replace: 'if (count >= ids.length)',
      },
    ],
    killedBy: memory('refuses answers that are too many, and loses nothing'),
  },
  {
    name: 'batch-slot-freed-early',
    says: 'more batches run at once than the worker may',
    edits: [
      {
        in: 'core',
        find: 'if (execution.batch !== undefined && --execution.batch.open > 0) this.#sharing--',
        replace: 'if (execution.batch !== undefined) this.#sharing--',
      },
    ],
    killedBy: core('holds its slot until the last of its tasks has ended'),
  },
  {
    name: 'batch-signal-at-the-first-cancel',
    says: 'the cancel of one task stops its neighbours',
    edits: [
      {
        in: 'core',
        find: 'if (!this.#wanted.delete(execution) || this.#wanted.size > 0) return',
        replace: 'this.#wanted.delete(execution)',
      },
    ],
    killedBy: memory('cancels one of a batch, and aborts the batch when none of it is wanted'),
  },
  {
    name: 'batch-in-the-context-of-a-task',
    says: 'what a batch does is in the trace of its last task',
    edits: [
      {
        in: 'core',
        find: 'if (this.#missing.delete(execution) && this.#missing.size === 0) this.#full()',
        replace:
          'if (this.#missing.delete(execution) && this.#missing.size === 0) void this.#awaitTaskHandler(Promise.resolve())',
      },
    ],
    killedBy: core('does not run in the asynchronous context of one of its tasks'),
  },
]
