import { checkChores, checkDone, checkEdges, checkNews } from '../ports/check-flows.ts'
import type {
  ChildrenPage,
  ChildrenQuery,
  Chore,
  DoneChore,
  Edge,
  FamilyPage,
  FamilyQuery,
  FlowDriver,
  LinkReply,
  News,
  Standing,
} from '../ports/flows.ts'
import type { TaskRef } from '../ports/task-ref.ts'
import type { Knowing } from './knowing.ts'
import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'
import { askedOver } from './reading.ts'
import { gathered, portionsByNumber } from './spread-out.ts'

/** The flows of a queue: what concerns a task is kept with it. */
export class PartitionedFlows implements FlowDriver {
  readonly #partitions: Partitions
  readonly #knowing: Knowing

  constructor(partitions: Partitions, knowing: Knowing) {
    this.#partitions = partitions
    this.#knowing = knowing
  }

  async look(tasks: readonly TaskRef[]): Promise<readonly Standing[]> {
    return this.#knowing.tasks(tasks, () =>
      askedOver(this.#partitions, tasks, async (port, some) => {
        const standings = await flowsOf(port).look(some.map(port.ownRef))
        return standings.map((each) => (each.state === 'unknown' ? each : { ...each, n: port.outer(each.n) }))
      }),
    )
  }

  /** Those before the first that a partition had no room for. */
  async link(edges: readonly Edge[]): Promise<readonly LinkReply[]> {
    checkEdges(edges)
    await this.#knowing.numbers(edges.map(({ parent }) => parent))
    const portions = portionsByNumber(
      edges,
      this.#partitions,
      ({ parent }) => parent,
      (edge, own) => ({ ...edge, parent: own }),
    )
    const all: readonly (LinkReply | undefined)[] = await gathered(portions, (port, items) => {
      return flowsOf(port).link(items)
    })
    const end = all.indexOf(undefined)
    return (end === -1 ? all : all.slice(0, end)) as LinkReply[]
  }

  async tell({ ends, children }: News): Promise<readonly boolean[]> {
    checkNews({ ends, children })
    await this.#knowing.numbers(children.map(({ n }) => n))
    const portions = portionsByNumber(
      children,
      this.#partitions,
      ({ n }) => n,
      (child, own) => ({ ...child, n: own }),
    )
    return gathered(portions, (port, items) => {
      const used = [...new Set(items.map(({ end }) => end))]
      const told = flowsOf(port).tell({
        ends: used.map((end) => ends[end]!),
        children: items.map((child) => ({ ...child, end: used.indexOf(child.end) })),
      })
      return port.adds(told)
    })
  }

  /** A share of each partition; of those that cannot be reached another call gets them. */
  async chores(limit: number): Promise<readonly Chore[]> {
    checkChores(limit)
    await this.#knowing.numbers([])
    const ports = this.#partitions.all
    const share = Math.ceil(limit / ports.length)
    const ends = await Promise.allSettled(ports.map((port) => this.#choresOf(port, share)))
    const answered = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
    const failed = ends.find((end) => end.status === 'rejected')
    if (answered.length === 0 && failed !== undefined) throw failed.reason
    return answered.flat()
  }

  async finish(chores: readonly DoneChore[]): Promise<void> {
    checkDone(chores)
    await this.#knowing.numbers(chores.map(({ n }) => n))
    const portions = portionsByNumber(
      chores,
      this.#partitions,
      ({ n }) => n,
      (chore, own) => ({ ...chore, n: own }),
    )
    await Promise.all(portions.map(({ port, items }) => flowsOf(port).finish(items)))
  }

  async children(query: ChildrenQuery): Promise<ChildrenPage> {
    await this.#knowing.numbers([query.n])
    const { port, own } = this.#partitions.placeOfNumber(query.n)
    return flowsOf(port).children({ ...query, n: own })
  }

  async family(query: FamilyQuery): Promise<FamilyPage | undefined> {
    await this.#knowing.numbers('n' in query.task ? [query.task.n] : [])
    const found = await familyIn(this.#partitions.placeOfTask(query.task), query)
    if (found !== undefined || 'n' in query.task) return found
    const others = await Promise.all(this.#partitions.all.map((port) => familyIn(port, query)))
    return others.find((page) => page !== undefined)
  }

  async #choresOf(port: PartitionPort, limit: number): Promise<Chore[]> {
    const chores = await flowsOf(port).chores(limit)
    return chores.map((chore) => ({ ...chore, n: port.outer(chore.n) }))
  }
}

async function familyIn(port: PartitionPort, query: FamilyQuery): Promise<FamilyPage | undefined> {
  const page = await flowsOf(port).family({ ...query, task: port.ownRef(query.task) })
  return page && { ...page, n: port.outer(page.n) }
}

function flowsOf({ driver }: PartitionPort): FlowDriver {
  return driver.flows!
}
