import type { ChildrenPage, ChildRef } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { readArguments } from '../arguments.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { META } from '../parts/meta.ts'

/** `after`: the member of the last one before, without its task, or ''. */
export const CHILDREN = { n: 'text', after: 'text', limit: 'number' } as const

/**
 * KEYS     meta edges
 * ARGV     CHILDREN
 * RETURNS  children, each "queue", a newline, "number.index": one more than the limit where there are more
 * O(log n + limit).
 */
export const childrenScript: Script = defineScript({
  name: 'children',
  parts: ['meta', 'edges'],
  allowOom: true,
  lua: lua`
${readArguments(CHILDREN)}
if not string.find(n, '^%d+$') or not (limit and limit >= 1 and limit <= 1000 and limit % 1 == 0) then
  return redis.error_reply('MQARGS a page of children is not right')
end
${arrangeParts(META)}
local found = redis.call('ZRANGE', flow.edges, '(' .. n .. ':' .. after, '(' .. n .. ';', 'BYLEX', 'LIMIT', 0, limit + 1)
for i = 1, #found do found[i] = string.sub(found[i], #n + 2) end
return found
`,
})

/** Undefined where another program wrote it. */
export function parseChild(text: string): ChildRef | undefined {
  const [, queue, n, index] = /^([\w.-]+)\n(\d+)\.(\d+)$/.exec(text) ?? []
  return queue === undefined ? undefined : { queue, n: n!, index: Number(index) }
}

export function parseChildren(reply: unknown, limit: number): ChildrenPage {
  const texts = reply as string[]
  const children = texts.slice(0, limit).flatMap((text) => parseChild(text) ?? [])
  return texts.length > limit ? { children, next: texts[limit - 1] } : { children }
}
