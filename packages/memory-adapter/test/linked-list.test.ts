import { describe, expect, it } from 'vitest'
import { LinkedList } from '../src/linked-list.ts'
import type { Linked } from '../src/linked-list.ts'

interface Item extends Linked<Item> {
  readonly name: string
}

function items(names: string): Item[] {
  return names.split('').map((name) => ({ name, previous: undefined, next: undefined }))
}

function drain(list: LinkedList<Item>): string {
  let names = ''
  for (let item = list.shift(); item; item = list.shift()) names += item.name
  return names
}

describe('a linked list', () => {
  it('takes items at both ends, and gives the first', () => {
    const list = new LinkedList<Item>()
    const [a, b, c, d] = items('abcd')
    list.pushBack(b!)
    list.pushBack(c!)
    list.pushFront(a!)
    list.pushBack(d!)
    expect([list.size, list.first, list.last]).toEqual([4, a, d])
    expect(drain(list)).toBe('abcd')
    expect([list.size, list.first, list.last]).toEqual([0, undefined, undefined])
  })

  it('gives up an item from anywhere, which may come back', () => {
    for (const [gone, rest] of [
      ['a', 'bcd'],
      ['b', 'acd'],
      ['d', 'abc'],
      ['ad', 'bc'],
      ['bc', 'ad'],
      ['abcd', ''],
    ] as const) {
      const list = new LinkedList<Item>()
      const all = items('abcd')
      for (const item of all) list.pushBack(item)
      for (const item of all) if (gone.includes(item.name)) list.remove(item)
      expect(list.size).toBe(rest.length)
      for (const item of all) if (gone.includes(item.name)) list.pushBack(item)
      expect(drain(list)).toBe(rest + gone)
    }
  })
})
