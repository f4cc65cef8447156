import { describe, expect, it } from 'vitest'
import type { Consumed } from '../../src/history/event.ts'
import { Written } from './written.ts'

const expected = { groups: ['mail'] }

const published = (n: number): Written =>
  new Written().say(
    'publisher-1',
    { ev: 'publish.invoke', message: `m${n}` },
    { ev: 'publish.ok', message: `m${n}`, epoch: 'e', n },
  )

interface Given {
  readonly name?: string
  readonly attempt?: number
  readonly failures?: number
  readonly crashes?: number
}

function given(written: Written, proc: string, n: number, fence: number, more: Given = {}): Written {
  const { name = `m${n}`, attempt = 1, failures = attempt - 1, crashes = 0 } = more
  const lease = `${fence}.1`
  return written
    .say(proc, {
      ev: 'group.claim',
      group: 'mail',
      from: 1_000,
      given: [{ n: `${n}`, lease, fence, failures, crashes }],
    })
    .say(proc, { ev: 'consume', group: 'mail', message: name, n, fence, attempt })
}

function settled(
  written: Written,
  proc: string,
  fence: number,
  kind: 'complete' | 'retry' | 'bury' = 'complete',
): Written {
  const message = written.events.findLast((event) => event.ev === 'consume' && event.fence === fence) as Consumed
  const how = kind === 'complete' ? 'returned' : 'threw'
  written.say(proc, { ev: 'consume.end', group: 'mail', message: message.message, fence, how })
  const from = written.events.at(-1)!.at
  return written.say(proc, {
    ev: 'group.settled',
    group: 'mail',
    from,
    settled: [{ lease: `${fence}.1`, kind }],
    stale: [],
  })
}

// No subscriber is there: what is asked of ephemeral channels does not apply.
describe('K1, consumer groups', () => {
  it('is content when each message was given once', () => {
    expect(settled(given(published(1), 'member-1', 1, 1), 'member-1', 1).complaints({}, expected)).toEqual([])
  })

  it('sees a message that a group was never given', () => {
    const written = given(published(1), 'member-1', 1, 1)
    expect(written.complaints({}, { groups: ['mail', 'audit'] })).toEqual(['K1: group audit was never given m1'])
    expect(written.verdict({}, { groups: ['mail', 'audit'] }).figures.lost).toBe(1)
  })

  it('sees one that nobody published, and one under another number', () => {
    expect(given(given(published(1), 'member-1', 1, 1), 'member-1', 7, 2).complaints({}, expected)).toEqual([
      'K1: group mail was given m7, and nobody published it',
    ])
    expect(given(published(1), 'member-1', 2, 1, { name: 'm1' }).complaints({}, expected)).toEqual([
      'K1: group mail was given m1 as 2, published as 1',
    ])
  })

  it('lets a message come again that a member had in its hands when it was killed', () => {
    const written = given(published(1), 'member-1', 1, 1).fault(['member-1']).healed()
    given(written, 'member-2', 1, 2)
    expect(written.complaints({}, expected)).toEqual([])
    expect(written.verdict({}, expected).figures).toMatchObject({ duplicates: 1, bound: 1, beyondBound: 0 })
  })

  it('sees one that comes again without a fault, or though it was settled before', () => {
    const again = 'K1: group mail was given m1 again by member-2, and no fault had struck member-1'
    expect(given(given(published(1), 'member-1', 1, 1), 'member-2', 1, 2).complaints({}, expected)).toEqual([again])
    const done = settled(given(published(1), 'member-1', 1, 1), 'member-1', 1)
      .fault(['member-1'])
      .healed()
    expect(given(done, 'member-2', 1, 2).complaints({}, expected)).toEqual([again])
  })
})
