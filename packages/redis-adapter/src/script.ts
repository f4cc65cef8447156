import { createHash } from 'node:crypto'
import { groupKeysOf, INBOX_PARTS, keysOf, widthOf } from './keys.ts'
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

/** The inbox is the last, and named where it is used: Lua allows 200 locals at once. */
function keyLocals(parts: readonly Part[]): string {
  let next = 1
  return parts
    .filter((part) => part !== INBOX_PARTS[0])
    .map((part) => {
      const first = next
      next += widthOf(part)
      // Lua counts from 1, levels from 0.
      return widthOf(part) === 1 ? `local ${part} = KEYS[${first}]` : `local ${part.toUpperCase()} = ${first}`
    })
    .join('\n')
}
