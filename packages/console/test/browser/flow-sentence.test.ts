import { describe, expect, it } from 'vitest'
import type { Flow, Overview } from '../../page/src/api/overview-contract.ts'
import { flowSentence } from '../../page/src/flow-sentence.ts'
import { en } from '../../page/src/language/en.ts'
import { zh } from '../../page/src/language/zh.ts'
import { flow } from '../../src/views/overview.ts'

/** All that the server may say. */
const STATES: readonly Flow['state'][] = flow.shape.state.options
const REASONS: readonly Flow['because'][] = flow.shape.because.options

const known = (flow: Flow, more: Partial<Overview> = {}) => ({
  flow,
  waiting: 1_200,
  storage: { state: 'up' as const },
  queues: [{ name: 'mails', waiting: 1 }],
  unreadable: [{ what: 'queue' as const, name: 'bills', code: 'layout-mismatch' }],
  ...more,
})
const group = { channel: 'orders', group: 'audit' } as const
const say = (flow: Flow, more?: Partial<Overview>) => flowSentence(en, known(flow, more), 'en').text

describe('the sentence on top', () => {
  it('names the queue and the reason', () => {
    expect(say({ state: 'stuck', because: 'no-workers', queue: 'mails' })).toBe(
      'Work is stuck in mails: 1 task waits, and no worker is there.',
    )
    expect(say({ state: 'stuck', because: 'no-workers' })).toBe(
      'Work is stuck: 1,200 tasks wait, and no worker is there.',
    )
    const left = { state: 'stuck', because: 'no-workers', queue: 'mails', waiting: 0 } as const
    expect(say({ ...left, overdue: 1_002 })).toBe(
      'Work is stuck in mails: 1,002 delayed tasks are due, and no worker is there.',
    )
    expect(say({ ...left, waiting: 3, overdue: 1, held: 2 })).toBe(
      'Work is stuck in mails: 3 tasks wait, 1 delayed task is due, 2 tasks were left by workers that are gone, and no worker is there.',
    )
    expect(say({ state: 'stuck', because: 'schedules-stand', queue: 'mails', schedules: 2, dueForMs: 61_000 })).toBe(
      'Schedules stand still: 2 of mails have been due for up to 1 min 1 s, and no process ticks them.',
    )
    expect(say({ state: 'paused', because: 'paused', queue: 'mails' })).toBe('mails is paused; 1 task waits in it.')
    expect(say({ state: 'flowing', because: 'backlog-grows', queue: 'mails', perMinute: 118.4 })).toBe(
      'Work is flowing, but the backlog of mails grows by 118 a minute.',
    )
    expect(say({ state: 'flowing', because: 'failing', queue: 'mails', perMinute: 0.2 })).toBe(
      'Work is flowing, but 1 task a minute fails in mails.',
    )
    expect(say({ state: 'flowing', because: 'silent', queue: 'mails', silentMs: 7_300 })).toBe(
      'Tasks of mails wait, and no worker has called for 7 s: all are busy with long tasks, or gone.',
    )
    expect(say({ state: 'stuck', because: 'unreadable', queue: 'bills' })).toBe(
      'bills cannot be read (layout-mismatch): nobody knows whether its work flows.',
    )
    expect(say({ state: 'stuck', because: 'no-members', ...group, waiting: 3, overdue: 1, held: 2 })).toBe(
      'Messages are stuck in the group audit of orders: 3 messages wait, 1 retry is due, 2 messages were left by members that are gone, and it has no member.',
    )
    expect(say({ state: 'paused', because: 'paused', ...group, waiting: 1 })).toBe(
      'Nothing is given to the group audit of orders: it is paused, and 1 message waits.',
    )
    expect(say({ state: 'flowing', because: 'backlog-grows', ...group, perMinute: 60 })).toBe(
      'Work is flowing, but the backlog of the group audit of orders grows by 60 a minute.',
    )
    const broken = { what: 'group', name: 'audit', channel: 'orders', code: 'storage-refused' } as const
    expect(say({ state: 'stuck', because: 'unreadable', ...group }, { unreadable: [broken] })).toBe(
      'Nobody knows whether messages flow to the group audit of orders: it cannot be read (storage-refused).',
    )
    expect(say({ state: 'idle', because: 'none' })).toBe('All is quiet: no task waits.')
    expect(
      say({ state: 'flowing', because: 'none' }, { perSecond: { enqueued: 0, completed: 264.2, failed: 0 } }),
    ).toBe('Work is flowing: 264 a second.')
  })

  it('says that the storage is away, whatever else is known', () => {
    for (const state of STATES) {
      const away = flowSentence(en, known({ state, because: 'none' }, { storage: { state: 'away' } }), 'en')
      expect(away).toEqual({ tone: 'bad', text: en.flow.away })
    }
  })

  it('is there for every state, reason and language, and in the tone of the state', () => {
    const tones = {
      idle: ['plain', 'warn'],
      flowing: ['good', 'warn'],
      paused: ['warn'],
      stuck: ['bad'],
      away: ['bad'],
    }
    for (const [catalog, tag] of [
      [en, 'en'],
      [zh, 'zh-Hans'],
    ] as const) {
      for (const state of STATES) {
        for (const because of REASONS) {
          for (const more of [
            {},
            { queue: 'mails' },
            { queue: 'mails', perMinute: 3 },
            group,
            { ...group, perMinute: 3 },
          ]) {
            const { tone, text } = flowSentence(catalog, known({ state, because, ...more }), tag)
            expect(text).toMatch(tag === 'en' ? /^\S.*\.$/ : /^\S.*。$/)
            expect(text).not.toMatch(/undefined|NaN|\[object/)
            expect(tones[state]).toContain(tone)
          }
        }
      }
    }
  })
})
