import { expect, it } from 'vitest'
import { joined, outer } from '../src/end-state/partition-states.ts'
import { endStateOf } from '../src/end-state/queue-state.ts'
import { raw } from './raw.ts'

const RECORD = '17955483174924\n{"task":1,"pad":""}'

it('tells of the tasks of a queue with partitions as its users see them', () => {
  const state = (n: string) =>
    endStateOf(
      raw({
        meta: { layout: '2', n: '9' },
        tasks: { [n]: RECORD },
        'ready:4': [n],
        results: { '5': '5|C|1795548317492|"done"' },
      }),
    )
  const one = joined([outer(0, state('1')), outer(12, state('1'))], [])
  expect(one.tasks.map(({ n, place }) => `${n} ${place}`)).toEqual(['100 waiting', '112 waiting'])
  expect(one.ended.map(({ n }) => n)).toEqual(['500', '512'])
  expect(one.defects).toEqual([])
})

it('says in which partition something is not as documented', () => {
  const state = endStateOf(raw({ meta: { layout: '2', n: '9' }, tasks: { '1': RECORD } }))
  expect(joined([outer(3, state)], ['and beside it']).defects).toEqual([
    'and beside it',
    'partition 3: 1 is in no place',
    'partition 3: 1 tasks should wait, 0 do',
  ])
})
