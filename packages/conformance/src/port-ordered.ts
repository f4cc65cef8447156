import type {
  AheadMessage,
  ChannelDriver,
  ClaimedTask,
  GroupDriver,
  GroupTurn,
  GroupTurnReply,
  MessageKey,
} from '@mq/core'
import assert from 'node:assert/strict'
import { bodiesOf } from './port-group.ts'
import { PortWorker } from './port-queue.ts'

/** The members of these cases read the key from a body: "a1" and "a2" are of key "a". */
export function keyOf({ id, payload }: AheadMessage): MessageKey {
  const body = payload.slice(payload.lastIndexOf(' ') + 1)
  return { id, key: body.replace(/\d+$/, '') }
}

/** A member of an ordered group, which tells the keys of what was ahead with its next turn. */
export class KeyedMember extends PortWorker {
  ahead: readonly AheadMessage[] = []

  override next(turn: Partial<GroupTurn> = {}): GroupTurn {
    const keys = this.ahead.map(keyOf)
    this.ahead = []
    return super.next({ order: { keys }, ...turn })
  }

  override async turn(turn: Partial<GroupTurn> = {}): Promise<GroupTurnReply> {
    const reply = await super.turn(turn)
    this.ahead = reply.ahead ?? []
    return reply
  }

  /** As a worker goes on: until it has all that it wants, or nothing is ahead. */
  override async claim(want = 100, turn: Partial<GroupTurn> = {}): Promise<readonly ClaimedTask[]> {
    const all: ClaimedTask[] = []
    for (;;) {
      const { claimed } = await this.turn({ want: want - all.length, ...turn })
      all.push(...claimed)
      if (all.length >= want || this.ahead.length === 0) return all
    }
  }

  async bodies(want = 100, turn: Partial<GroupTurn> = {}): Promise<string[]> {
    return bodiesOf(await this.claim(want, turn))
  }

  /** Claims all that may be given, as one message of each key after the other ends. */
  async consumeAll(): Promise<string[]> {
    const all: string[] = []
    for (;;) {
      const claimed = await this.claim()
      if (claimed.length === 0) return all
      all.push(...bodiesOf(claimed))
      await this.complete(...claimed)
    }
  }

  async complete(...claimed: readonly ClaimedTask[]): Promise<void> {
    assert.deepEqual(await this.settle(...claimed.map(({ lease }) => ({ kind: 'complete', lease }) as const)), [])
  }

  async bury({ lease }: ClaimedTask): Promise<void> {
    await this.settle({ kind: 'bury', lease, reason: 'bad', detail: '', charge: true })
  }
}

export function orderedGroup(channel: ChannelDriver): GroupDriver {
  return channel.group('audit', { from: 'latest' })
}

/** A member of an ordered group that exists. */
export async function beginOrdered(channel: ChannelDriver): Promise<KeyedMember> {
  const worker = new KeyedMember(orderedGroup(channel))
  assert.deepEqual(await worker.claim(), [])
  return worker
}
