import { describe, expect, it } from 'vitest'
import type { AheadMessage, GroupDriver, GroupTurn, GroupTurnReply, MessageKey } from '../ports/group-driver.ts'
import type { Turn } from '../ports/queue-driver.ts'
import { OrderedMember } from './ordered-member.ts'

const UNREAD_MS = 1_000
const TURN: Turn = {
  lane: 'm.1',
  seq: 1,
  repeat: false,
  settlements: [],
  want: 2,
  maxBytes: 1_000,
  leaseMs: 1_000,
  keepResults: false,
  awaitWork: true,
}

/** A member whose storage answers what is asked for next, and what it told and was told. */
function bench(keyOf: (payload: string) => string | Promise<string>) {
  const told: (readonly MessageKey[])[] = []
  const hints: string[] = []
  let reply: Partial<GroupTurnReply> = {}
  const clock = { at: 0, now: () => clock.at }
  const group: Pick<GroupDriver, 'settleAndClaim' | 'extend' | 'note' | 'listen'> = {
    settleAndClaim: async ({ order }: GroupTurn) => {
      told.push(order?.keys ?? [])
      return { stale: [], claimed: [], ...reply }
    },
    extend: async () => [],
    note: async () => [],
    listen: async () => ({ live: true, close: async () => undefined }),
  }
  const member = new OrderedMember({ group, keyOf, clock, unreadMs: UNREAD_MS })
  void member.listen(({ kind }) => hints.push(kind))
  const turn = (next: Partial<GroupTurnReply>, how: Partial<Turn> = {}): Promise<GroupTurnReply> => {
    reply = next
    return member.settleAndClaim({ ...TURN, ...how })
  }
  return { turn, told, hints, clock }
}

const ahead = (...ids: string[]): { readonly ahead: readonly AheadMessage[] } => ({
  ahead: ids.map((id) => ({ id, payload: id })),
})

describe('a member of an ordered group', () => {
  it('comes back at once with the keys of what is ahead, and hints so, that a worker that closes passes it on', async () => {
    const { turn, told, hints } = bench((payload) => `k${payload}`)
    expect((await turn(ahead('1', '2'))).nextDueInMs).toBe(0)
    expect(hints).toEqual(['work'])
    await turn({})
    expect(told).toEqual([
      [],
      [
        { id: '1', key: 'k1' },
        { id: '2', key: 'k2' },
      ],
    ])
  })

  it('waits for a schema that answers later without asking again, and hints once it did', async () => {
    const answer = resolvers()
    const { turn, told, hints } = bench((payload) => (payload === '1' ? answer.promise : payload))
    expect((await turn(ahead('1', '2'))).nextDueInMs).toBe(UNREAD_MS)
    expect((await turn({ ...ahead('1', '2'), nextDueInMs: 10 })).nextDueInMs).toBe(10)
    expect(hints).toEqual([])
    answer.resolve('k')
    await answer.promise
    expect(hints).toEqual(['work'])
    await turn({})
    expect(told.at(-1)?.map(({ key }) => key)).toEqual(['k', '2'])
  })

  it('gives a message a key of its own whose schema never answers, whatever comes of it later', async () => {
    const answer = resolvers()
    const { turn, told, clock } = bench((payload) => (payload === '1' ? answer.promise : payload))
    await turn(ahead('1', '2'))
    clock.at = UNREAD_MS - 1
    expect((await turn(ahead('1', '2'))).nextDueInMs).toBe(1)
    clock.at = UNREAD_MS
    expect((await turn(ahead('1', '2'))).nextDueInMs).toBe(0)
    answer.resolve('late')
    await answer.promise
    await turn({})
    expect(told.map((keys) => keys.map(({ key }) => key))).toEqual([[], [], [], ['!1', '2']])
  })

  it('asks again at once where the reply to a repeated turn had less than it wanted', async () => {
    const { turn } = bench((payload) => payload)
    expect((await turn({ nextDueInMs: 500 }, { repeat: true })).nextDueInMs).toBe(0)
    expect((await turn({ nextDueInMs: 500 }, { repeat: true, want: 0 })).nextDueInMs).toBe(500)
    expect((await turn({ paused: true }, { repeat: true })).nextDueInMs).toBeUndefined()
    expect((await turn({ nextDueInMs: 500 })).nextDueInMs).toBe(500)
  })
})

function resolvers(): { readonly promise: Promise<string>; readonly resolve: (key: string) => void } {
  let resolve!: (key: string) => void
  const promise = new Promise<string>((settle) => (resolve = settle))
  return { promise, resolve }
}
