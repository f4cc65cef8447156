import { s } from './en-plural.ts'

/** English, about tasks that run after others. */
export const onFlows = {
  title: 'Flow',
  before: 'Runs after',
  after: 'What runs after it',
  beside: 'Others of this flow',
  below: (n: string) => `${n} behind it`,
  others: (n: string) => `and after ${n} more`,
  waitsFor: (tasks: string, more: string) => `waits for ${tasks}${more === '0' ? '' : ` and ${more} more`}`,
  rows: (n: string, left: string) => `Show ${n} of ${left} more`,
  more: (n: string) => `These are the nearest ${n}: show more`,
  tooMany: (n: string) => `The flow has more than ${n} tasks: these are the nearest.`,
  cancel: 'Cancel the tree…',
  cancelGo: 'Cancel all',
  counting: 'Counting what runs after it…',
  uncounted: 'This task and all that run after it, directly or not, are cancelled. How many is not known now.',
  cancelText: (n: string, count: number) =>
    `This task, and before it the ${n} ${s(count, 'task')} that ${count === 1 ? 'runs' : 'run'} after it, directly or not, are cancelled. Those that have ended stay as they are.`,
  cancelMore: (n: string) =>
    `This task, and before it all that run after it, directly or not, are cancelled: more than ${n} tasks.`,
  cancelled: (n: string, count: number) => `${n} ${s(count, 'task')} cancelled.`,
  tooLate: (n: string, count: number) =>
    `${n} had ended before, and ${count === 1 ? 'stays as it is' : 'stay as they are'}.`,
}
