import { groupKeys, heldIn, idsIn, numberOf } from './group-keys.ts'
import type { Held } from './group-keys.ts'
import type { RawKeys } from './raw-keys.ts'

const MOST_DEAD = 10_000
const ID = /^\d+-\d+$/

/** What contradicts docs/redis-layout.md in a consumer group, in words. */
export function auditGroup(channel: RawKeys, group: string): string[] {
  const raw = groupKeys(channel, group)
  const held = heldIn(raw)
  return [
    ...counters(channel, raw, group, held),
    ...hands(raw),
    ...places(channel, raw, held),
    ...companions(raw, held),
    ...graves(raw),
  ]
}

type RawGroup = Pick<RawKeys, 'hash' | 'zset' | 'list'>

function counters(channel: RawKeys, { hash, zset }: RawGroup, group: string, held: readonly Held[]): string[] {
  const defects: string[] = []
  const meta = hash('meta')
  const newest = Number(channel.hash('seq').get('n') ?? 0)
  if (meta.get('layout') !== '2') defects.push(`the layout is ${meta.get('layout')}`)
  for (const field of ['cursor', 'floor']) {
    if (!ID.test(meta.get(field) ?? '')) defects.push(`the ${field} is ${meta.get(field)}`)
  }
  for (const field of ['read', 'lost', 'out', 'fence']) {
    if (!/^\d{1,16}$/.test(meta.get(field) ?? '')) defects.push(`${field} is ${meta.get(field)}`)
  }
  if (meta.has('paused') && meta.get('paused') !== '1') defects.push(`paused is ${meta.get('paused')}`)
  const read = Number(meta.get('read'))
  if (read > newest) defects.push(`${read} was read, the newest is ${newest}`)
  if (Number(meta.get('out')) !== held.length) defects.push(`out is ${meta.get('out')}, ${held.length} are leased`)
  const floor = channel.hash('floors').get(group)
  if (floor !== meta.get('floor')) defects.push(`its floor is ${meta.get('floor')}, the channel knows ${floor}`)
  const needed = Math.min(read, ...[...zset('open').values()].map((n) => n - 1))
  const reader = channel.zset('readers').get(group)
  // Where it passed over messages that were dropped, the channel may think it behind them.
  const isKnown = reader === needed || (Number(meta.get('lost')) > 0 && reader !== undefined && reader < needed)
  if (!isKnown) defects.push(`it needs what follows ${needed}, the channel keeps what follows ${reader}`)
  return defects
}

/** What one claim took is in all keys or in none. */
function hands({ hash, zset }: RawGroup): string[] {
  const defects: string[] = []
  const stored = hash('hands')
  const digitsOf = hash('held')
  const open = zset('open')
  for (const [hand, text] of stored) {
    const ids = idsIn(text)
    const digits = digitsOf.get(hand)
    const first = text.slice(0, text.indexOf('|'))
    if (!zset('leases').has(hand)) defects.push(`hand ${hand} has no lease`)
    if (ids.some((id) => !ID.test(id))) defects.push(`hand ${hand} is ${text}`)
    if (digits === undefined || !/^[0-3]+$/.test(digits) || digits.length !== ids.length) {
      defects.push(`hand ${hand} of ${ids.length} holds ${digits}`)
    } else if (!/[1-3]/.test(digits)) defects.push(`hand ${hand} is settled, and still there`)
    if (first !== '' && open.get(hand) !== Number(numberOf(first))) defects.push(`hand ${hand} is not open at ${first}`)
    if (first === '' && open.has(hand)) defects.push(`hand ${hand} is open, and has nothing from the log`)
  }
  for (const hand of [...zset('leases').keys(), ...digitsOf.keys(), ...open.keys()]) {
    if (!stored.has(hand)) defects.push(`there is no hand ${hand}`)
  }
  return defects
}

/** A message is in one place at most, and none before the cursor. */
function places(channel: RawKeys, { hash, zset, list }: RawGroup, held: readonly Held[]): string[] {
  const defects: string[] = []
  const found = new Map<string, string[]>()
  const put = (id: string, place: string): void => void found.set(id, [...(found.get(id) ?? []), place])
  for (const { id, hand } of held) put(id, `hand ${hand}`)
  for (const part of ['back', 'suspects']) for (const id of list(part)) put(id, part)
  for (const id of zset('delays').keys()) put(id, 'delays')
  const cursor = hash('meta').get('cursor') ?? '0-0'
  const dead = zset('dead')
  for (const [id, where] of found) {
    if (dead.has(numberOf(id)) || dead.has(id)) where.push('dead')
    if (where.length > 1) defects.push(`${id} is in ${where.join(' and ')}`)
    if (isAfter(id, cursor)) defects.push(`${id} is in ${where.join(' and ')}, and the cursor is at ${cursor}`)
  }
  const log = channel.stream('log')
  const kept = new Set(log.map(({ id }) => id))
  for (const { id, isFresh } of held) {
    // Past its hard bound the log drops entries, delivered or not.
    if (isFresh && !kept.has(id) && log[0] && isAfter(id, log[0].id))
      defects.push(`${id} is leased, and not in the log`)
  }
  return defects
}

/** What came back has a copy, and what is stored about a message is removed with it. */
function companions({ hash, zset, list }: RawGroup, held: readonly Held[]): string[] {
  const defects: string[] = []
  const waiting = [...list('back'), ...list('suspects'), ...zset('delays').keys()]
  const again = new Set([...waiting, ...held.filter(({ isFresh }) => !isFresh).map(({ id }) => id)])
  const returned = hash('returned')
  for (const id of again) if (!returned.has(id)) defects.push(`${id} came back, and has no copy`)
  for (const [id, copy] of returned) {
    if (!again.has(id)) defects.push(`there is a copy of ${id}, which is over`)
    if (!/^\d+\|\d+\|/.test(copy)) defects.push(`the copy of ${id} is not as documented`)
  }
  const living = new Set([...again, ...held.map(({ id }) => id)])
  for (const id of hash('notes').keys()) if (!living.has(id)) defects.push(`there is a memo of ${id}, which is over`)
  for (const [lane, last] of hash('lanes')) {
    if (!/^\d+\|\d+\|[\d,]*\|\d+\|\d+$/.test(last)) defects.push(`the last turn of ${lane} is ${last}`)
  }
  return defects
}

function graves({ hash, zset }: RawGroup): string[] {
  const defects: string[] = []
  const dead = zset('dead')
  const stored = hash('graves')
  for (const n of dead.keys()) if (!stored.has(n)) defects.push(`${n} is dead and has no grave`)
  for (const [n, grave] of stored) {
    if (!dead.has(n)) defects.push(`${n} has a grave and is not dead`)
    const [, number] = /^\d+\|\d+\|0\|\[.*\]\n\d{13}0\n\d+ (\d+) /.exec(grave) ?? []
    if (ID.test(n) ? number !== undefined : number !== n) defects.push(`the grave of ${n} is not as documented`)
  }
  if (dead.size > MOST_DEAD) defects.push(`${dead.size} are dead`)
  return defects
}

function isAfter(id: string, other: string): boolean {
  const [ms, n] = id.split('-').map(BigInt) as [bigint, bigint]
  const [otherMs, otherN] = other.split('-').map(BigInt) as [bigint, bigint]
  return ms > otherMs || (ms === otherMs && n > otherN)
}
