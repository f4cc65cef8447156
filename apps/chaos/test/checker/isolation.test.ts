import { describe, expect, it } from 'vitest'
import type { IsolationBounds } from '../../src/checker/isolation.ts'
import { Written } from './written.ts'

const MIB = 2 ** 20
const isolation: IsolationBounds = { factor: 1.2, slackMs: 2, serverBytes: 16 * MIB, publisherBytes: 64 * MIB }

interface Played {
  /** From publish to the fast subscriber, by window; undefined for a message that never comes. */
  readonly alone?: readonly (number | undefined)[]
  readonly beside?: readonly (number | undefined)[]
  readonly usedBytes?: number
  readonly rssBytes?: number
  readonly stuckIsTold?: boolean
}

/** Windows of ten messages each, in turns without and with a stuck peer. */
function played({
  alone = [5, 5, 5],
  beside = [5, 5, 5],
  usedBytes = 9 * MIB,
  rssBytes = 120 * MIB,
  stuckIsTold = true,
}: Played = {}): Written {
  const written = new Written()
  for (const session of ['fast', 'stuck']) written.say(session, { ev: 'session.begin', session })
  written.say('publisher-1', { ev: 'usage', when: 'begin', rssBytes: 100 * MIB, handles: 4 })
  let n = 0
  const window = (stuck: readonly string[], latencyMs: number | undefined, from: number): void => {
    written.at(from).say('faults', { ev: 'window.begin', stuck })
    for (let i = 0; i < 10; i++) {
      const message = `m${++n}`
      written.at(from + 100 * i + 10).say('publisher-1', { ev: 'publish.invoke', message })
      written.say('publisher-1', { ev: 'publish.ok', message, epoch: 'e', n })
      if (latencyMs === undefined) written.say('fast', { ev: 'gap', session: 'fast', size: 1 })
      else written.at(from + 100 * i + 10 + latencyMs).say('fast', received('fast', n))
      if (stuck.length === 0) written.say('stuck', received('stuck', n))
      else if (stuckIsTold) written.say('stuck', { ev: 'gap', session: 'stuck', size: 1 })
      written.say('faults', { ev: 'memory', usedBytes: stuck.length === 0 ? 2 * MIB : usedBytes })
    }
    written.say('publisher-1', { ev: 'usage', when: 'meanwhile', rssBytes, handles: 4 })
    written.at(from + 1_500).say('faults', { ev: 'window.end' })
  }
  alone.forEach((latencyMs, i) => window([], latencyMs, 10_000 + 4_000 * i))
  beside.forEach((latencyMs, i) => window(['stuck'], latencyMs, 12_000 + 4_000 * i))
  written.events.sort((a, b) => a.at - b.at)
  return written
}

const received = (session: string, n: number) => ({ ev: 'receive', session, message: `m${n}`, epoch: 'e', n }) as const

const complaintsOf = (play: Played): string[] =>
  played(play)
    .complaints({}, { isolation })
    .filter((complaint) => complaint.startsWith('K3'))

describe('K3, isolation', () => {
  it('is content with a fast one that is as fast beside a stuck one, and measures it', () => {
    expect(complaintsOf({})).toEqual([])
    expect(complaintsOf({ beside: [8, 8, 8] })).toEqual([])
    expect(played({ beside: [8, 8, 8] }).verdict({}, { isolation }).figures.isolation).toEqual({
      aloneP99Ms: 5,
      besideP99Ms: 8,
      serverBytes: 7 * MIB,
      publisherBytes: 20 * MIB,
    })
  })

  it('sees a fast subscriber that a stuck one slows down, and ignores a single slow window', () => {
    expect(complaintsOf({ beside: [9, 5, 9] })).toEqual([
      'K3: p99 of fast is 9.0 ms beside stuck subscribers, 5.0 ms without',
    ])
    expect(complaintsOf({ beside: [90, 5, 5] })).toEqual([])
    expect(complaintsOf({ alone: [5, 90, 90], beside: [90, 90, 90] })).toEqual([])
    expect(complaintsOf({ alone: [5, 5, 5], beside: [90, 90, 5] })).toHaveLength(1)
  })

  it('counts what the fast one lost as infinitely late', () => {
    expect(complaintsOf({ beside: [undefined, undefined, 5] })).toEqual([
      'K3: p99 of fast is Infinity ms beside stuck subscribers, 5.0 ms without',
    ])
  })

  it('sees a stuck one for which everything was kept', () => {
    expect(complaintsOf({ stuckIsTold: false })).toEqual([
      'K3: stuck was stuck and lost nothing: its messages were kept without bound',
    ])
  })

  it('sees a server and a publisher that grow', () => {
    expect(complaintsOf({ usedBytes: 40 * MIB })).toEqual(['K3: Redis used 38.0 MiB more beside stuck subscribers'])
    expect(complaintsOf({ rssBytes: 190 * MIB })).toEqual(['K3: a publisher grew by 90.0 MiB'])
  })

  it('is not content with a run that measured nothing', () => {
    const nothing = new Written().enqueued(1).done('worker-1', 1)
    expect(nothing.complaints({}, { isolation })).toEqual([
      'K3: there was no subscriber that was never stuck',
      'K3: Redis used NaN MiB more beside stuck subscribers',
      'K3: a publisher grew by NaN MiB',
    ])
    expect(complaintsOf({ beside: [] })).toContain('K3: p99 of fast is NaN ms beside stuck subscribers, 5.0 ms without')
  })
})
