import { describe, expect, it } from 'vitest'
import { TimeHeap } from '../src/time-heap.ts'
import type { Timed } from '../src/time-heap.ts'

/** The same numbers each time. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

describe('a time heap', () => {
  it('agrees with a sorted list, whatever is done to it', () => {
    // Compared without `expect`, which costs more than the heap.
    const differences: unknown[] = []
    for (let seed = 1; seed <= 50; seed++) {
      const random = randomNumbers(seed)
      const heap = new TimeHeap<Timed>()
      let model: Timed[] = []
      for (let step = 0; step < 400; step++) {
        const some = model[Math.floor(random() * model.length)]
        const act = random()
        if (act < 0.5 || some === undefined) {
          const item = { at: Math.floor(random() * 40), order: step, slot: -1 }
          heap.add(item)
          model.push(item)
        } else if (act < 0.7) {
          heap.remove(some)
          model = model.filter((item) => item !== some)
        } else if (act < 0.85) heap.move(some, Math.floor(random() * 40))
        else {
          const now = Math.floor(random() * 40)
          const due = heap.takeDue(now)
          if (due) model = model.filter((item) => item !== due)
          else if (model.some(({ at }) => at <= now)) differences.push({ seed, step, dueIs: 'missed' })
        }
        model.sort((one, other) => one.at - other.at || one.order - other.order)
        if (heap.first !== model[0]) differences.push({ seed, step, firstIs: heap.first })
        if (heap.size !== model.length) differences.push({ seed, step, sizeIs: heap.size })
      }
      const drained = Array.from({ length: model.length }, () => heap.takeDue(1_000))
      expect(drained).toEqual(model)
    }
    expect(differences).toEqual([])
  })
})
