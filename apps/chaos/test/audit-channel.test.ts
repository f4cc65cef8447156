import { describe, expect, it } from 'vitest'
import { auditChannel } from '../src/end-state/audit-channel.ts'
import { typeInChannel } from '../src/end-state/documented-keys.ts'
import { groupStatesOf } from '../src/end-state/group-state.ts'
import { raw } from './raw.ts'
import type { Parts } from './raw.ts'

const entry = (n: number, offset = 5 * (n - 1), epoch = 7): { id: string; fields: string[] } => {
  return { id: `10-${n}`, fields: ['m', `${offset} ${epoch} ${n} "m.${n}"`] }
}
const GRAVE = '3|0|0|["attempts-exhausted","Error"]\n00000000000100\n7 2 "m.2"'

/** Nine messages. Read are eight: 1 and 4 to 7 are done, 2 is dead, 3 came back, 8 is leased. */
const SOUND: Parts = {
  seq: { epoch: '7', n: '9', run: 'r', at: '10', bytes: '45', epochs: '7:1' },
  publishers: { p: '4|10|7|9', q: '4|10|7|8|3|7|6' },
  log: Array.from({ length: 9 }, (_, i) => entry(i + 1)),
  readers: { mail: 6 },
  floors: { mail: '10-6' },
  alive: { mail: 10 },
  bells: { mail: 'topic' },
  'group.mail:meta': { layout: '2', cursor: '10-8', read: '8', lost: '0', out: '1', floor: '10-6', fence: '101' },
  'group.mail:leases': { 100: 50 },
  'group.mail:hands': { 100: '10-7|10-7,10-8' },
  'group.mail:held': { 100: '01' },
  'group.mail:open': { 100: 7 },
  'group.mail:returned': { '10-3': '1|0|10 7 3 "m.3"' },
  'group.mail:delays': { '10-3': 60 },
  'group.mail:lanes': { lane: '3|10|1,2|100|0' },
  'group.mail:dead': { 2: 40 },
  'group.mail:graves': { 2: GRAVE },
  'group.mail:notes': { '10-3': 'memo', '10-8': 'memo' },
}

const defects = (parts: Parts): readonly string[] => auditChannel(raw({ ...SOUND, ...parts }))
const meta = (more: Readonly<Record<string, string>>): Parts => ({
  'group.mail:meta': { ...(SOUND['group.mail:meta'] as Readonly<Record<string, string>>), ...more },
})
const seq = (more: Readonly<Record<string, string>>): Parts => ({
  seq: { ...(SOUND['seq'] as Readonly<Record<string, string>>), ...more },
})

describe('the reader of a channel with history', () => {
  it('finds nothing wrong where nothing is, and in a channel that nobody used', () => {
    expect(defects({})).toEqual([])
    expect(auditChannel(raw({}))).toEqual([])
  })

  it('tells what a group has not done, and what it gave up', () => {
    expect(groupStatesOf(raw(SOUND))).toEqual([
      {
        group: 'mail',
        unread: 1,
        left: [
          { n: '3', place: 'delayed' },
          { n: '8', place: 'running' },
        ],
        dead: [{ n: '2', reason: 'attempts-exhausted', failures: 3, body: '"m.2"' }],
      },
    ])
  })

  it('knows the documented keys and no other', () => {
    expect(typeInChannel('log')).toBe('stream')
    expect(typeInChannel('group.a.b:back')).toBe('list')
    for (const part of ['tasks', 'group.mail', 'group.mail:tasks', 'groups.mail:back']) {
      expect(typeInChannel(part)).toBeUndefined()
    }
  })

  it.each<[string, Parts, string]>([
    ['no numbering', { seq: {} }, 'there is no numbering'],
    ['another newest epoch', seq({ epoch: '8' }), 'the newest epoch is not 8'],
    ['an epoch before its predecessor', seq({ epochs: '6:5,7:1' }), 'epoch 7 begins with 1'],
    ['a publish from nowhere', { publishers: { p: '4|10|7|12' } }, 'p published 12, the newest is 9'],
    ['an entry of another number', { log: [{ ...entry(8), id: '10-9' }] }, 'the entry 10-9 is number 8'],
    ['an entry of another form', { log: [{ id: '10-9', fields: ['x', '1'] }] }, 'the entry 10-9 is not as documented'],
    ['numbers that fall', { log: [entry(9), entry(8)] }, '8 comes after 9'],
    ['a wrong epoch', { log: [entry(9, 40, 6)] }, '9 is of epoch 6, not 7'],
    ['bytes miscounted between', { log: [entry(8, 34), entry(9)] }, '39 bytes are before 9, it says 40'],
    ['bytes miscounted at the end', seq({ bytes: '44' }), 'bytes is 44, not 45'],
    ['another newest entry', seq({ at: '11' }), 'the newest entry is 10-9'],
    ['a group that the channel does not know', { readers: {} }, 'readers does not know group mail'],
    ['a group that is gone', { alive: { mail: 1, old: 1 } }, 'alive knows old, which is gone'],
    ['a bell of a group that is gone', { bells: { old: 't' } }, 'bells knows old, which is gone'],
  ])('sees %s', (_, parts, defect) => {
    expect(defects(parts)).toContain(defect)
  })

  it.each<[string, Parts, string]>([
    ['a newer layout', meta({ layout: '3' }), 'the layout is 3'],
    ['a cursor of another form', meta({ cursor: '10' }), 'the cursor is 10'],
    ['a counter of another form', meta({ lost: '-1' }), 'lost is -1'],
    ['a message read before it was published', meta({ read: '12' }), '12 was read, the newest is 9'],
    ['a wrong count of leases', meta({ out: '2' }), 'out is 2, 1 are leased'],
    ['two floors', { floors: { mail: '10-5' } }, 'its floor is 10-6, the channel knows 10-5'],
    ['too high a floor', { readers: { mail: 8 } }, 'it needs what follows 6, the channel keeps what follows 8'],
    ['a hand without a lease', { 'group.mail:leases': {} }, 'hand 100 has no lease'],
    ['a lease without a hand', { 'group.mail:leases': { 100: 50, 200: 50 } }, 'there is no hand 200'],
    ['digits of another length', { 'group.mail:held': { 100: '1' } }, 'hand 100 of 2 holds 1'],
    ['a hand that is settled', { 'group.mail:held': { 100: '00' } }, 'hand 100 is settled, and still there'],
    ['a hand that is not open', { 'group.mail:open': {} }, 'hand 100 is not open at 10-7'],
    ['a message twice', { 'group.mail:back': ['10-3'] }, '10-3 is in back and delays'],
    ['a dead message alive', { 'group.mail:dead': { 2: 4, 8: 4 } }, '10-8 is in hand 100 and dead'],
    ['a message before it was given', meta({ cursor: '10-7' }), '10-8 is in hand 100, and the cursor is at 10-7'],
    [
      'a leased message that the log dropped',
      { log: [entry(6), entry(7), entry(9)] },
      '10-8 is leased, and not in the log',
    ],
    ['one that came back without a copy', { 'group.mail:returned': {} }, '10-3 came back, and has no copy'],
    ['a copy of what is over', { 'group.mail:delays': {} }, 'there is a copy of 10-3, which is over'],
    ['a copy of another form', { 'group.mail:returned': { '10-3': 'x' } }, 'the copy of 10-3 is not as documented'],
    ['a memo of what is over', { 'group.mail:notes': { '10-1': 'm' } }, 'there is a memo of 10-1, which is over'],
    ['a turn of another form', { 'group.mail:lanes': { lane: '3' } }, 'the last turn of lane is 3'],
    ['a death without a grave', { 'group.mail:graves': {} }, '2 is dead and has no grave'],
    ['a grave without a death', { 'group.mail:dead': {} }, '2 has a grave and is not dead'],
    ['a grave of another message', { 'group.mail:graves': { 5: GRAVE } }, 'the grave of 5 is not as documented'],
  ])('sees in a group %s', (_, parts, defect) => {
    expect(defects(parts)).toContain(`group mail: ${defect}`)
  })

  it('lets a log drop what is leased at its head, where its hard bound is reached', () => {
    expect(defects({ log: [entry(9)] })).toEqual([])
  })
})
