import type { FlowGraph, FlowState, FlowTask } from './api/flow-contract.ts'

/** A task in the tree of those before, or after, another. */
export interface Branch {
  readonly task: FlowTask
  readonly branches: readonly Branch[]
  /** In this tree and below it, itself included. */
  readonly size: number
  /** Those that it runs after, which have not all completed, as far as the graph has them. */
  readonly waitsFor: readonly FlowTask[]
  /** Of what it runs after, which is not above it in the tree. */
  readonly others: number
}

export interface FlowTrees {
  /** What the task runs after, the nearest first. */
  readonly before: readonly Branch[]
  /** What runs after it. */
  readonly after: readonly Branch[]
  /** Those of the same flow that are neither: what its children run after, say. */
  readonly beside: readonly Branch[]
  readonly counts: ReadonlyMap<FlowState, number>
  /** Of those that run after it, directly or not, those that have not ended. */
  readonly pendingAfter: number
}

/** What waits longest for somebody to look at it comes first. */
const ORDER: readonly FlowState[] = [
  'dead',
  'running',
  'waiting',
  'blocked',
  'delayed',
  'expired',
  'cancelled',
  'unknown',
  'completed',
]
const PENDING: readonly FlowState[] = ['waiting', 'blocked', 'delayed', 'running']

/** Each task once, where it is nearest, however many ways lead to it: a tree can be read where a graph cannot. */
export function treesOf({ tasks, edges }: FlowGraph): FlowTrees {
  const parents: number[][] = tasks.map(() => [])
  const children: number[][] = tasks.map(() => [])
  for (const { from, to } of edges) {
    if (tasks[from] === undefined || tasks[to] === undefined) continue
    parents[to]!.push(from)
    children[from]!.push(to)
  }
  const before = treeFrom(parents)
  const after = treeFrom(children)
  const isIn = (i: number): boolean => i === 0 || before.found.has(i) || after.found.has(i)
  const counts = new Map<FlowState, number>()
  for (const { state } of tasks) counts.set(state, (counts.get(state) ?? 0) + 1)
  return {
    before: before.branches,
    after: after.branches,
    beside: sorted(tasks.flatMap((_, i) => (isIn(i) ? [] : [branchOf(i, [], undefined)]))),
    counts: new Map(ORDER.flatMap((state) => (counts.has(state) ? [[state, counts.get(state)!] as const] : []))),
    pendingAfter: [...after.found].filter((i) => PENDING.includes(tasks[i]!.state)).length,
  }

  /** A chain may be a thousand tasks long, so nothing here calls itself. */
  function treeFrom(next: readonly (readonly number[])[]): { branches: Branch[]; found: Set<number> } {
    const above = new Map<number, number>()
    const order = [0]
    for (let at = 0; at < order.length; at++) {
      for (const i of next[order[at]!] ?? []) {
        if (i === 0 || above.has(i)) continue
        above.set(i, order[at]!)
        order.push(i)
      }
    }
    const below = new Map<number, Branch[]>()
    // The last first, so that each has its own before it is put below another.
    for (const i of order.slice(1).reverse()) {
      const its = above.get(i)!
      const branch = branchOf(i, sorted((below.get(i) ?? []).reverse()), its)
      if (!below.get(its)?.push(branch)) below.set(its, [branch])
    }
    return { branches: sorted((below.get(0) ?? []).reverse()), found: new Set(above.keys()) }
  }

  function branchOf(i: number, branches: readonly Branch[], above: number | undefined): Branch {
    const runsAfter = parents[i]!
    return {
      task: tasks[i]!,
      branches,
      size: branches.reduce((sum, { size }) => sum + size, 1),
      waitsFor: runsAfter.map((one) => tasks[one]!).filter(({ state }) => state !== 'completed'),
      others: runsAfter.filter((one) => one !== above).length,
    }
  }
}

function sorted(branches: readonly Branch[]): Branch[] {
  const rank = ({ task }: Branch): number => ORDER.indexOf(task.state)
  return branches.toSorted((one, other) => rank(one) - rank(other))
}
