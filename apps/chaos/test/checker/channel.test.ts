import { describe, expect, it } from 'vitest'
import { Written } from './written.ts'

/** Three messages, and a subscriber that hears those of them. */
function heard(numbers: readonly number[], then?: (written: Written) => void): Written {
  const written = new Written().say('subscriber-1', { ev: 'session.begin', session: 's' })
  for (const n of [1, 2, 3]) {
    const message = `m${n}`
    written.say('publisher-1', { ev: 'publish.invoke', message }, { ev: 'publish.ok', message, epoch: 'e', n })
  }
  for (const n of numbers) {
    written.say('subscriber-1', { ev: 'receive', session: 's', message: `m${n}`, epoch: 'e', n })
  }
  then?.(written)
  return written.at(20_000).say('subscriber-1', { ev: 'session.end', session: 's' })
}

describe('K2, ephemeral channels', () => {
  it('is content with all messages in order', () => {
    expect(heard([1, 2, 3]).complaints()).toEqual([])
  })

  it('sees a loss that was not announced', () => {
    expect(heard([1, 3]).complaints()).toEqual(['K2: s lost 1 messages before 3, without a gap'])
    expect(heard([1]).complaints()).toEqual(['K2: s lost 2 messages at the end, without a gap'])
    expect(heard([1, 3]).verdict().figures.lost).toBe(1)
  })

  it('is content with a loss that was announced, and not with half of it', () => {
    const gap = (size: number) => (written: Written) =>
      void written.say('subscriber-1', { ev: 'gap', session: 's', size })
    expect(heard([1], gap(2)).complaints()).toEqual([])
    expect(heard([1], gap(1)).complaints()).toEqual(['K2: s lost 1 messages at the end, without a gap'])
  })

  it('sees a message twice, out of order, or never published', () => {
    expect(heard([1, 2, 2, 3]).complaints()).toContain('K2: s received m2 twice')
    expect(heard([2, 1, 3]).complaints()).toContain('K2: s received 1 after 2')
    expect(heard([1, 2, 3, 4]).complaints()).toContain('K2: s received m4, which was not published')
  })

  it('asks for an announcement when the numbering begins anew', () => {
    const anew = (written: Written): void => {
      written.say('publisher-1', { ev: 'publish.invoke', message: 'm9' })
      written.say('publisher-1', { ev: 'publish.ok', message: 'm9', epoch: 'f', n: 1 })
      written.say('subscriber-1', { ev: 'receive', session: 's', message: 'm9', epoch: 'f', n: 1 })
    }
    expect(heard([1, 2, 3], anew).complaints()[0]).toMatch(/with the numbering/)
    const announced = (written: Written): void => anew(written.say('subscriber-1', { ev: 'gap', session: 's' }))
    expect(heard([1, 2, 3], announced).complaints()).toEqual([])
  })
})
