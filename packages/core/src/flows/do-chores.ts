import { MqError } from '../errors.ts'
import type { Chore, DoneChore } from '../ports/flows.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import type { FlowStore } from './flow-store.ts'
import { linkParents } from './link-parents.ts'
import { lookAgainInMs } from './look-again.ts'
import { enqueueNext } from './next-task.ts'
import { tellChildren, withReason } from './tell-children.ts'
import { familyOf } from './walk.ts'

/** How many are taken over at once. */
const CHORES = 100

type Finish = (done: readonly DoneChore[]) => Promise<void>
type ChoreOf<Kind extends Chore['kind']> = Extract<Chore, { kind: Kind }>

/**
 * Takes over some chores of a queue and does them; answers how many there were. Each may be done twice, by others as
 * well, and whoever dies amid one leaves it to others.
 */
export async function doChores(store: FlowStore, queue: string): Promise<number> {
  const flows = store.flowsOf(queue)
  const chores = await store.call(() => flows.chores(CHORES))
  const of = <Kind extends Chore['kind']>(kind: Kind): ChoreOf<Kind>[] =>
    chores.filter((chore): chore is ChoreOf<Kind> => chore.kind === kind)
  const finish: Finish = (done) => store.call(() => flows.finish(done))
  const unreadable = of('unreadable').length
  if (unreadable > 0) reportUnreadable(store, queue, unreadable)
  const ends = await Promise.allSettled([
    relay(store, queue, of('relay'), finish),
    each(of('check'), (chore) => check(store, queue, chore), finish),
    each(of('next'), (chore) => enqueueNext(store, queue, chore), finish),
    each(of('unreadable'), async () => undefined, finish),
  ])
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return chores.length
}

/** Children of a task whose end cannot be read look for it themselves. */
function reportUnreadable({ services }: FlowStore, queue: string, count: number): void {
  const message = `${count} of what was left to be done for tasks of queue ${queue} that follow others could not be read, and was dropped: another program wrote it`
  services.onError(new MqError('foreign-entries-dropped', message, { details: { queue, count } }))
}

/** `act` answers after how many ms it is to be done again, if it is. */
async function each<C extends Chore>(
  chores: readonly C[],
  act: (chore: C) => Promise<number | void>,
  finish: Finish,
): Promise<void> {
  const ends = await Promise.allSettled(chores.map(act))
  const done = chores.flatMap((chore, i): DoneChore[] => {
    const end = ends[i]!
    return end.status === 'fulfilled' ? [{ ...chore, againInMs: end.value ?? undefined }] : []
  })
  if (done.length > 0) await finish(done)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/** Reports the ends to their children, a page of each at once. */
async function relay(
  store: FlowStore,
  queue: string,
  chores: readonly ChoreOf<'relay'>[],
  finish: Finish,
): Promise<void> {
  let open = chores.map((chore) => ({
    chore,
    end: withReason(chore.outcome, queue, `n${chore.n}`),
    children: chore.children,
    next: chore.next,
  }))
  while (open.length > 0) {
    await tellChildren(
      store,
      open.flatMap(({ end, children }) => children.map((child) => ({ child, end }))),
    )
    const done = open.filter(({ next }) => next === undefined)
    if (done.length > 0) await finish(done.map(({ chore }) => chore))
    const more = open.filter(({ next }) => next !== undefined)
    open = await Promise.all(
      more.map(async ({ chore, end, next }) => {
        const query = { n: chore.n, after: next, limit: MAX_BATCH }
        return { chore, end, next: undefined, ...(await store.call(() => store.flowsOf(queue).children(query))) }
      }),
    )
  }
}

/** Of a child: those parents are linked of which nothing was heard. While it is blocked it is looked at again. */
async function check(store: FlowStore, queue: string, { n, looked }: ChoreOf<'check'>): Promise<number | void> {
  let isBlocked = false
  for await (const { blocked, parents } of familyOf(store, queue, { n })) {
    if (!blocked) return
    isBlocked = true
    const unheard = parents.filter(({ end }) => end === undefined)
    await linkParents(store, [{ queue, n, parents: unheard }])
  }
  return isBlocked ? lookAgainInMs(looked) : undefined
}
