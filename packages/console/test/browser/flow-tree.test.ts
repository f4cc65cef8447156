import { describe, expect, it } from 'vitest'
import type { Branch } from '../../page/src/flow-tree.ts'
import { treesOf } from '../../page/src/flow-tree.ts'
import type { FlowState } from '../../page/src/api/flow-contract.ts'

const graph = (states: readonly FlowState[], edges: readonly (readonly [number, number])[]) => ({
  tasks: states.map((state, i) => ({ queue: 'q', id: String(i), state })),
  edges: edges.map(([from, to]) => ({ from, to })),
  more: false,
})
const shape = (branches: readonly Branch[]): unknown[] =>
  branches.map(({ task: { id }, branches: its }) => (its.length === 0 ? id : [id, ...shape(its)]))

describe('the trees of a flow', () => {
  it('have each task once, and say what else it runs after', () => {
    // 0 before 1 and 2, both before 3; 4 before 3, too; 5 before 0.
    const trees = treesOf(
      graph(
        ['running', 'blocked', 'blocked', 'blocked', 'dead', 'completed'],
        [
          [0, 1],
          [0, 2],
          [1, 3],
          [2, 3],
          [4, 3],
          [5, 0],
        ],
      ),
    )
    expect([shape(trees.before), shape(trees.after), shape(trees.beside)]).toEqual([['5'], [['1', '3'], '2'], ['4']])
    expect(trees.after[0]?.branches[0]).toMatchObject({ others: 2, waitsFor: [{ id: '1' }, { id: '2' }, { id: '4' }] })
    expect(trees.after[0]?.size).toBe(2)
    expect([...trees.counts]).toEqual([
      ['dead', 1],
      ['running', 1],
      ['blocked', 3],
      ['completed', 1],
    ])
    expect(trees.pendingAfter).toBe(3)
  })

  it('are made of a chain of a thousand, and of a dense graph', () => {
    const chain = treesOf(
      graph(
        Array(1_000).fill('blocked'),
        Array.from({ length: 999 }, (_, i) => [i, i + 1]),
      ),
    )
    expect(chain.after[0]?.size).toBe(999)
    const layers = Array.from({ length: 10 }, (_, layer) => Array.from({ length: 30 }, (_, i) => 1 + layer * 30 + i))
    const edges = layers.flatMap((layer, i) =>
      layer.flatMap((to) => (layers[i - 1] ?? [0]).map((from) => [from, to] as const)),
    )
    const dense = treesOf(graph(Array(301).fill('waiting'), edges))
    expect(dense.after.reduce((sum, { size }) => sum + size, 0)).toBe(300)
  })

  it('bear places that are not there', () => {
    const trees = treesOf(
      graph(
        ['waiting', 'blocked'],
        [
          [0, 1],
          [0, 7],
          [9, 1],
        ],
      ),
    )
    expect(shape(trees.after)).toEqual(['1'])
  })
})
