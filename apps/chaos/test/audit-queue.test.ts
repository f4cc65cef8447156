import { describe, expect, it } from 'vitest'
import { endStateOf } from '../src/end-state/queue-state.ts'
import { raw } from './raw.ts'
import type { Parts } from './raw.ts'

const RECORD = '17955483174924\n{"task":1,"pad":""}'

const META = { layout: '2', n: '9' }
const GRAVE = `1|3|3|["crash-limit",""]\n${RECORD}`
const defects = (parts: Parts): readonly string[] => endStateOf(raw({ meta: META, ...parts })).defects

describe('the reader of the end state', () => {
  it('tells where each task is, and what became of the others', () => {
    const state = endStateOf(
      raw({
        meta: { ...META, deadBytes: String(GRAVE.length) },
        tasks: { '1': RECORD, '2': RECORD, '3': RECORD },
        'ready:4': ['1'],
        'later:4': { '2': 5 },
        leases: { '3#2': 5 },
        runs: { '3': '2' },
        dead: { '4': 5 },
        graves: { '4': GRAVE },
        results: { '5': '5|C|1795548317492|"done"', '6': '6|K|1795548317492|why' },
      }),
    )
    expect(state.defects).toEqual([])
    expect(state.tasks.map(({ n, place }) => `${n} ${place}`)).toEqual(['1 waiting', '2 delayed', '3 running'])
    expect(state.dead).toEqual([{ n: '4', reason: 'crash-limit', payload: '{"task":1,"pad":""}' }])
    expect(state.ended).toEqual([
      { n: '5', state: 'completed' },
      { n: '6', state: 'cancelled' },
    ])
  })

  it.each<[string, Parts, string]>([
    ['no place', { tasks: { '1': RECORD } }, '1 is in no place'],
    ['two places', { tasks: { '1': RECORD }, 'ready:4': ['1'], leases: { '1#0': 5 } }, '1 is in ready:4 and leases'],
    ['the same list twice', { tasks: { '1': RECORD }, 'ready:4': ['1', '1'] }, '1 is in ready:4 and ready:4'],
    ['a lease without a record', { leases: { '1#0': 5 } }, '1 is in leases without a record'],
    [
      'a lease of another run',
      { tasks: { '1': RECORD }, leases: { '1#0': 5 }, runs: { '1': 1 } },
      'lease 1#0 is not of run 1',
    ],
    ['another level', { tasks: { '1': RECORD }, 'ready:5': ['1'] }, '1 of level 4 waits in ready:5'],
    ['a count of what is over', { crashes: { '1': 1 } }, 'crashes knows 1, which is no task any more'],
    ['a death without a grave', { dead: { '1': 5 } }, '1 is dead and has no grave'],
    ['an id for ever', { ids: { a: `1|${'0'.repeat(40)}` } }, 'id a stands for 1 for ever, which is over'],
    ['a number from nowhere', { tasks: { '12': RECORD }, 'ready:4': ['12'] }, '12 is above the last number given, 9'],
    ['a result of another task', { results: { '2': '1|C|1795548317492|' } }, 'the result of 2 is not as documented'],
    ['a newer layout', { meta: { layout: '3', n: '9' } }, 'the layout is 3'],
    [
      'bytes miscounted',
      { dead: { '1': 5 }, graves: { '1': GRAVE } },
      `graves are ${GRAVE.length} bytes, and counted as 0`,
    ],
    [
      'a suspect in two places',
      { tasks: { '1': RECORD }, suspects: ['1'], leases: { '1#0': 5 } },
      '1 is in suspects and leases',
    ],
  ])('sees %s', (_, parts, defect) => {
    expect(defects(parts)).toContain(defect)
  })

  it('knows the suspects that wait apart, and that they wait', () => {
    const state = endStateOf(raw({ meta: META, tasks: { '1': RECORD }, suspects: ['1'] }))
    expect(state.defects).toEqual([])
    expect(state.tasks.map(({ n, place }) => `${n} ${place}`)).toEqual(['1 waiting'])
  })

  it('skips the number of a cancelled task', () => {
    expect(defects({ 'ready:4': ['1'] })).toEqual([])
  })
})
