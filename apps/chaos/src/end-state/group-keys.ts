import { GROUP_PART } from './documented-keys.ts'
import type { RawKeys } from './raw-keys.ts'

/** All groups that have a key of their own. */
export function groupsOf(raw: RawKeys): string[] {
  const groups = raw.parts.flatMap((part) => GROUP_PART.exec(part)?.[1] ?? [])
  return [...new Set(groups)].toSorted()
}

/** The keys of one group among those of its channel. */
export function groupKeys(channel: RawKeys, group: string): Pick<RawKeys, 'hash' | 'zset' | 'list'> {
  const part = (name: string): string => `group.${group}:${name}`
  return {
    hash: (name) => channel.hash(part(name)),
    zset: (name) => channel.zset(part(name)),
    list: (name) => channel.list(part(name)),
  }
}

/** Of a hand: `first id from the log or nothing|id,id,…`. */
export function idsIn(hand: string): string[] {
  return hand.slice(hand.indexOf('|') + 1).split(',')
}

/** Of an id `ms-n`. */
export function numberOf(id: string): string {
  return id.slice(id.indexOf('-') + 1)
}

/** A message in a hand, leased. */
export interface Held {
  readonly id: string
  readonly hand: string
  /** The log alone has it. */
  readonly isFresh: boolean
}

export function heldIn({ hash }: Pick<RawKeys, 'hash'>): Held[] {
  return [...hash('hands')].flatMap(([hand, text]) => {
    const digits = hash('held').get(hand) ?? ''
    return idsIn(text).flatMap((id, i) => (digits[i] === '0' ? [] : [{ id, hand, isFresh: digits[i] === '1' }]))
  })
}
