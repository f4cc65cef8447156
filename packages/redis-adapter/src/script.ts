import { createHash } from 'node:crypto'
import { channelPartOf, groupKeysOf, INBOX_PARTS, isOfFlow, keysOf, widthOf } from './keys.ts'
import type { Part } from './keys.ts'

/** A Lua script, with the keys that it declares. */
export interface Script {
  readonly name: string
  readonly lua: string
  readonly sha: string
  readonly parts: readonly Part[]
}

export interface ScriptSource {
  readonly name: string
  /** In the order of KEYS. In Lua each part is a local of its name; `ready` and `later` give `KEYS[READY + level]`. */
  readonly parts: readonly Part[]
  /** May run when the server is out of memory, as scripts that free memory must. */
  readonly allowOom: boolean
  readonly lua: string
}

export function defineScript({ name, parts, allowOom, lua }: ScriptSource): Script {
  const text = `#!lua${allowOom ? ' flags=allow-oom' : ''}\n${keyLocals(parts)}\n${lua}`
  return { name, parts, lua: text, sha: createHash('sha1').update(text).digest('hex') }
}

/** A script bound to one queue or channel: its keys never change. */
export function keysFor(script: Script, prefix: string, name: string): readonly string[] {
  return keysOf(prefix, name, script.parts)
}

/** A script bound to one group of a channel. */
export function groupKeysFor(script: Script, prefix: string, channel: string, group: string): readonly string[] {
  return groupKeysOf(prefix, channel, group, script.parts)
}

/**
 * Lua allows 200 locals at once: the inbox is the last, and named where it is used, and those of flows and of outcomes
 * are in tables.
 */
function keyLocals(parts: readonly Part[]): string {
  let next = 1
  const tables = new Map<string, string[]>()
  const locals = parts
    .filter((part) => part !== INBOX_PARTS[0])
    .flatMap((part) => {
      const first = next
      next += widthOf(part)
      const [table, name] = tableOf(part)
      if (table !== undefined) {
        tables.set(table, [...(tables.get(table) ?? []), `${name} = KEYS[${first}]`])
        return []
      }
      // Lua counts from 1, levels from 0.
      return widthOf(part) === 1 ? `local ${part} = KEYS[${first}]` : `local ${part.toUpperCase()} = ${first}`
    })
  const inTables = [...tables].map(([name, entries]) => `local ${name} = { ${entries.join(', ')} }`)
  return [...locals, ...inTables].join('\n')
}

/** The table that a part stands in, and by which name. */
function tableOf(part: Part): readonly [string | undefined, string] {
  if (isOfFlow(part)) return ['flow', part]
  const name = channelPartOf(part)
  return name === undefined ? [undefined, part] : ['outcomeKeys', name]
}
