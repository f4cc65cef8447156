import type { ChildrenQuery, DoneChore, Edge, FamilyQuery, News, TaskFamily } from './flows.ts'
import { checkCount, checkInteger, checkText, refuse } from './check-values.ts'
import { MAX_BATCH, MAX_DEPTH, MAX_PARENTS } from './limits.ts'

/** The longest time after which a chore may be done again. */
const MAX_AGAIN_MS = 86_400_000
const ON_DEAD: readonly string[] = ['bury', 'run', 'cancel']
/** Those of another queue may name a partition. */
const NUMBER = /^\d{1,18}$/
const QUEUE = /^[\w.-]+$/

/** The `after` of a new task. */
export function checkFamily({ depth, onDead, parents }: TaskFamily): void {
  checkInteger('depth', depth, 1, MAX_DEPTH)
  if (!ON_DEAD.includes(onDead)) refuse(`no onDead is called ${String(onDead)}`)
  checkInteger('the number of parents', parents.length, 1, MAX_PARENTS)
  for (const { queue, n, id } of parents) {
    checkQueue(queue)
    checkNumber(n)
    if (id !== undefined) checkText('an id', id)
  }
}

/** The arguments of `link`. */
export function checkEdges(edges: readonly Edge[]): void {
  checkCount('edges', edges.length)
  for (const { parent, child } of edges) {
    checkNumber(parent)
    checkQueue(child.queue)
    checkNumber(child.n)
    checkInteger('an index', child.index, 0, MAX_PARENTS - 1)
  }
}

/** The arguments of `tell`. */
export function checkNews({ ends, children }: News): void {
  checkCount('children', children.length)
  checkCount('ends', ends.length)
  for (const { why } of ends) checkText('a reason', why)
  for (const { n, index, end } of children) {
    checkNumber(n)
    checkInteger('an index', index, 0, MAX_PARENTS - 1)
    checkInteger('an end', end, 0, ends.length - 1)
  }
}

/** The argument of `chores`. */
export function checkChores(limit: number): void {
  checkInteger('limit', limit, 1, MAX_BATCH)
}

/** The argument of `finish`. */
export function checkDone(chores: readonly DoneChore[]): void {
  for (const { kind, n, againInMs } of chores) {
    checkNumber(n)
    if (againInMs === undefined) continue
    if (kind !== 'check') refuse(`a ${kind} is not done again`)
    checkInteger('againInMs', againInMs, 1, MAX_AGAIN_MS)
  }
}

/** The argument of `children`. */
export function checkChildren({ n, after, limit }: ChildrenQuery): void {
  checkNumber(n)
  if (after !== undefined) checkText('a cursor', after)
  checkInteger('limit', limit, 1, MAX_BATCH)
}

/** The argument of `family`. */
export function checkFamilyQuery({ task, from, limit }: FamilyQuery): void {
  if ('id' in task) checkText('an id', task.id)
  else checkNumber(task.n)
  checkInteger('from', from, 0, MAX_PARENTS)
  checkInteger('limit', limit, 1, MAX_BATCH)
}

function checkNumber(n: string): void {
  checkText('a number', n)
  if (!NUMBER.test(n)) refuse('a number of a task has 1–18 digits')
}

function checkQueue(queue: string): void {
  checkText('a queue', queue)
  if (!QUEUE.test(queue)) refuse('a queue has a name of A–Z a–z 0–9 . _ -')
}
