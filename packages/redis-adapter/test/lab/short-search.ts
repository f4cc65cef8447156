import { createHash } from 'node:crypto'
import type { Script } from '../../src/script.ts'

/**
 * From now on these scripts look for a number among the first and the last few of its list only, so that a list of three
 * has a middle. What it answers brings them back.
 */
export function shortenSearch(...scripts: readonly Script[]): () => void {
  const before = scripts.map((script) => ({ ...script }))
  for (const script of scripts) {
    const lua = script.lua
      .replaceAll("'MAXLEN', 1000", "'MAXLEN', 1")
      .replaceAll("LLEN', key) > 2000", "LLEN', key) > 2")
    if (lua === script.lua) throw new Error(`${script.name} searches otherwise`)
    Object.assign(script, { lua, sha: createHash('sha1').update(lua).digest('hex') })
  }
  return () => scripts.forEach((script, i) => Object.assign(script, before[i]))
}
