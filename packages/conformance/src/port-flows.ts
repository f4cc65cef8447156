import type { Chore, FamilyPage, FlowDriver, LinkReply, NewTask, OnDead, ParentEnd } from '@mq/core'
import { MAX_BATCH } from '@mq/core/adapter'
import assert from 'node:assert/strict'
import { lean } from './lean.ts'
import { PortQueue } from './port-queue.ts'
import type { Scene } from './scene.ts'
import type { OptionalPart } from './topic.ts'

export const FLOWS: OptionalPart = {
  name: 'flows',
  of: async (scene) => (await scene.queue()).driver.flows,
}

/** A queue with its flows, with the words that cases use. */
export class PortFlows {
  readonly name: string
  readonly queue: PortQueue
  readonly driver: FlowDriver

  constructor(name: string, queue: PortQueue) {
    this.name = name
    this.queue = queue
    this.driver = lean(queue.driver.flows!)
  }

  static async of(scene: Scene, name: string): Promise<PortFlows> {
    return new PortFlows(name, await scene.queue(name))
  }

  /** A task of this queue that is to run after those, which know it. */
  async child(parents: readonly Place[], more: Partial<NewTask> & { onDead?: OnDead } = {}): Promise<string> {
    const n = await this.unlinked(parents, more)
    const byQueue = new Set(parents.map(({ flows }) => flows))
    for (const flows of byQueue) {
      const edges = parents.flatMap((parent, index) =>
        parent.flows === flows ? [{ parent: parent.n, child: { queue: this.name, n, index } }] : [],
      )
      await flows.driver.link(edges)
    }
    await this.driver.finish([{ kind: 'check', n, token: '0' }])
    return n
  }

  /** Nobody linked it yet. */
  async unlinked(
    parents: readonly Place[],
    { onDead = 'bury', ...more }: Partial<NewTask> & { onDead?: OnDead } = {},
  ): Promise<string> {
    const after = { depth: 1, onDead, parents: parents.map(({ flows, n }) => ({ queue: flows.name, n })) }
    const [n] = await this.queue.add({ ...more, after })
    return n!
  }

  async add(...tasks: (string | Partial<NewTask>)[]): Promise<Place[]> {
    return (await this.queue.add(...tasks)).map((n) => ({ flows: this, n }))
  }

  /** Claims and completes it: the only one that waits. */
  async complete(result?: string, next?: string): Promise<void> {
    const worker = this.queue.worker()
    const { lease } = await worker.claimOne()
    assert.deepEqual(await worker.settle({ kind: 'complete', lease, result, next }), [])
  }

  async link(parent: Place, child: string, index = 0, queue = 'children'): Promise<LinkReply> {
    const [reply] = await parent.flows.driver.link([{ parent: parent.n, child: { queue, n: child, index } }])
    return reply!
  }

  tell(n: string, index: number, end: Partial<ParentEnd> & { state: ParentEnd['state'] }): Promise<readonly boolean[]> {
    const told = { endedAt: 1, why: 'because', ...end } as ParentEnd & { readonly why: string }
    return this.driver.tell({ ends: [told], children: [{ n, index, end: 0 }] })
  }

  /** Does what workers do: tells the children of this queue's ended tasks, in the queues that are given. */
  async relay(...queues: readonly PortFlows[]): Promise<number> {
    const chores = await this.driver.chores(MAX_BATCH)
    for (const chore of chores) {
      if (chore.kind !== 'relay') continue
      for (const { queue, n, index } of chore.children) {
        const its = queues.find(({ name }) => name === queue)
        if (its !== undefined) await its.tell(n, index, chore.outcome)
      }
      await this.driver.finish([chore])
    }
    return chores.length
  }

  async family(n: string): Promise<FamilyPage | undefined> {
    return this.driver.family({ task: { n }, from: 0, limit: MAX_BATCH })
  }

  async isBlocked(n: string): Promise<boolean> {
    const reading = await this.queue.read(n)
    return reading.state === 'delayed' && reading.blocked === true
  }

  async waiting(): Promise<string[]> {
    return (await this.queue.worker().claim()).map(({ n }) => n)
  }
}

export interface Place {
  readonly flows: PortFlows
  readonly n: string
}

/** The kind and the task of each. */
export function briefly(chores: readonly Chore[]): string[] {
  return chores.map(({ kind, n }) => `${kind} ${n}`).sort()
}
