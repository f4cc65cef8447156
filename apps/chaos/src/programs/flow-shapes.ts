import type { Dice } from '../seeded.ts'
import type { FlowPayload, FlowPlan, FlowStep, OnDead } from './flow-payload.ts'
import { padding } from './payload.ts'

/** So many tasks a flow has at the most. */
export const FLOW_SIZE = 128

/** More than what the storage forgets of a child at once. */
const MANY = 70
const ALL_ENDS: readonly OnDead[] = ['bury', 'run', 'cancel']

/** A flow, over queues, in the order in which its tasks can be enqueued. `firstTask`: its numbers begin there. */
export function flowOf(firstTask: number, queues: readonly string[], dice: Dice): FlowPlan[] {
  let task = firstTask
  const step = (more: Partial<FlowPayload> = {}): FlowStep => {
    const fails = dice.next() < 0.08 ? { fails: dice.between(1, 2) } : undefined
    const payload = { task: task++, pad: padding(dice, dice.between(0, 6)), workMs: dice.between(2, 40) }
    return { queue: dice.oneOf(queues), payload: { ...payload, ...fails, ...more } }
  }
  const plan = (
    after: readonly FlowPlan[],
    more: Partial<FlowPayload> = {},
    onDead = dice.oneOf(ALL_ENDS),
  ): FlowPlan => {
    const delayMs = after.length > 0 && dice.next() < 0.2 ? dice.between(20, 300) : undefined
    return { ...step({ ...more, ...(after.length > 0 && { asks: true }) }), after, onDead, delayMs }
  }
  const several = (count: number, make: (place: number) => FlowPlan): FlowPlan[] =>
    Array.from({ length: count }, (_, i) => make(i))
  const dies = (chance: number): Partial<FlowPayload> => (dice.next() < chance ? { dies: true } : {})

  switch (dice.between(0, 9)) {
    case 0:
    case 1:
    case 2: {
      // Many to one, and one after that.
      const isBad = dice.next() < 0.4
      const parents = several(dice.between(2, 6), (i) => plan([], isBad && i === 0 ? { dies: true } : {}))
      const child = plan(parents)
      return [...parents, child, plan([child])]
    }
    case 3:
    case 4:
    case 5: {
      // One to many, and one after all of them.
      const parent = plan([], dies(0.25))
      const children = several(dice.between(2, 6), () => plan([parent], dies(0.1)))
      return [parent, ...children, plan(children, {}, 'run')]
    }
    case 6: {
      const parents = several(MANY, () => plan([], { workMs: 0, ...dies(0.01) }))
      return [...parents, plan(parents)]
    }
    case 7: {
      // One after the other, and one that runs after the first of them.
      let next = step()
      for (let left = dice.between(0, 2); left > 0; left--) next = step({ next })
      const first = plan([], { next, ...dies(0.1) })
      return [first, plan([first])]
    }
    default: {
      const adds = Array.from({ length: dice.between(1, 3) }, () => step())
      const parent = plan([])
      return [parent, plan([parent], { adds, ...dies(0.2) }), plan([parent], { next: step({ adds: [step()] }) })]
    }
  }
}
