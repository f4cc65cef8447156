import type { NamesQuery } from '@mq/core/adapter'
import { argumentsOf, readArguments } from '../arguments.ts'
import { lua } from '../lua.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { memberOf } from './note-news.ts'

/** `first`, `last`: as ZRANGE BYLEX takes them. */
const PAGE = { first: 'text', last: 'text', limit: 'number' } as const

/**
 * KEYS     names
 * ARGV     PAGE
 * RETURNS  members
 * O(limit).
 */
export const listNamesScript: Script = defineScript({
  name: 'list-names',
  parts: ['names'],
  allowOom: true,
  lua: lua`
${readArguments(PAGE)}
if not (limit and limit >= 1 and limit <= 1000) then return redis.error_reply('MQARGS a page is not right') end
return redis.call('ZRANGE', names, first, last, 'BYLEX', 'LIMIT', 0, limit)
`,
})

export function pageArguments({ kind, after = '', limit }: NamesQuery): (string | number)[] {
  const before = memberOf({ kind, name: '' })
  // A colon, then a semicolon: what comes next in ASCII.
  return argumentsOf(PAGE, { first: `(${before}${after}`, last: `(${before.slice(0, -1)};`, limit })
}

export function parseNames(reply: unknown): readonly string[] {
  return (reply as string[]).map((member) => member.slice(2))
}
