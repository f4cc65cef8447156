import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { RedisClient } from '../../src/client.ts'

const HELD_BACK_MS = 20

/** Of all clients: one that comes later finds scripts loaded whose text it never sent. */
const texts = new Map<string, string>()

/** What happens on the server around a call by digest. */
export interface Around {
  /** It forgets all scripts just before. */
  readonly forgets: boolean
  /** Another process has it load this one just after. */
  readonly loadsAgain: boolean
  /** The client holds the call back, as a cluster's does that follows a moved slot. */
  readonly isHeldBack?: boolean
}

/**
 * A client whose server forgets its scripts, as by SCRIPT FLUSH, eviction or failover, exactly where the test says: all of it goes over
 * one connection, in order.
 */
export function forgetfulClient(url: string, around: () => Around): RedisClient {
  const client = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 })
  const call = client.call.bind(client) as (command: string, args: (string | number)[]) => Promise<unknown>
  const forgetful = (command: string, args: (string | number)[]): Promise<unknown> => {
    if (command === 'eval') texts.set(createHash('sha1').update(String(args[0])).digest('hex'), String(args[0]))
    const text = texts.get(String(args[0]))
    if (command !== 'evalsha' || text === undefined) return call(command, args)
    const { forgets, loadsAgain, isHeldBack } = around()
    if (isHeldBack) return pause(HELD_BACK_MS).then(() => call(command, args))
    if (forgets) void call('script', ['flush'])
    const reply = call(command, args)
    if (loadsAgain) void call('script', ['load', text])
    return reply
  }
  return Object.assign(client, { call: forgetful }) as unknown as RedisClient
}
