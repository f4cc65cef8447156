// A script's header is its contract: this holds each to its code.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  channelPartOf,
  HISTORY_PARTS,
  INBOX_PARTS,
  isOfFlow,
  OUTCOME_PARTS,
  SCHEDULE_PARTS,
  widthOf,
} from '../../src/keys.ts'
import type { Part } from '../../src/keys.ts'
import type { Script } from '../../src/script.ts'

const FOLDER = join(import.meta.dirname, '../../src/scripts')

interface ScriptFile {
  readonly name: string
  readonly source: string
  readonly script: Script
}

/** Files that define a script; the others hold parts of scripts. */
const files: ScriptFile[] = []
const all: string[] = []
for (const path of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })) {
  if (!path.endsWith('.ts')) continue
  const source = readFileSync(join(FOLDER, path), 'utf8')
  all.push(source)
  if (!source.includes('defineScript({')) continue
  const exports = (await import(join(FOLDER, path))) as Record<string, unknown>
  const script = Object.entries(exports).find(([key]) => key.endsWith('Script'))?.[1] as Script
  files.push({ name: basename(path, '.ts'), source, script })
}

/** What the header says of a word, up to the next word. */
function said(source: string, word: string): string | undefined {
  const comment = /\/\*\*\n \* KEYS[^]*?\*\//.exec(source)?.[0] ?? ''
  const found = new RegExp(`^ \\* ${word} +([^]*?)(?=\\n \\* [A-Z]| \\*\\/|$)`, 'm').exec(comment)
  return found?.[1]?.replace(/\n \*\s*/g, ' ').trim()
}

describe.each(files)('the script $name', ({ name, source, script }) => {
  it('is named after its file and stands alone in it', () => {
    expect(script.name).toBe(name)
    expect(source.match(/defineScript\({/g)?.length).toBe(1)
  })

  it('says what it takes and what it returns', () => {
    for (const word of ['KEYS', 'ARGV', 'RETURNS']) expect(said(source, word), word).toBeTruthy()
  })

  it('declares in its header the keys that it has', () => {
    const keys = said(source, 'KEYS')!
    const all =
      /^all parts of the queue(?:, (of its history and schedules)| but ([\w, ]+))?(; those of its outcomes)?(; its inbox)?(; its schedules)?$/.exec(
        keys,
      )
    const more = [
      ...(all?.[1] ? [...HISTORY_PARTS, ...SCHEDULE_PARTS] : []),
      ...(all?.[3] ? OUTCOME_PARTS : []),
      ...(all?.[4] ? INBOX_PARTS : []),
      ...(all?.[5] ? SCHEDULE_PARTS : []),
    ]
    const declared = all
      ? [...queueParts().filter((part) => !all[2]?.split(', ').includes(part)), ...more]
      : keys.split(' ').map((part) => part.replace('×10', ''))
    expect([...script.parts].sort()).toEqual(declared.sort())
    if (!all) expect(keys.match(/(\w+)(?=×10)/g) ?? []).toEqual(script.parts.filter((part) => widthOf(part) === 10))
  })

  it('uses every key that it has', () => {
    const lua = script.lua.slice(script.lua.indexOf('\n\n'))
    for (const part of script.parts) {
      const local = widthOf(part) === 1 ? nameInLua(part) : part.toUpperCase()
      expect(new RegExp(`\\b${local}\\b`).test(lua), part).toBe(true)
    }
  })

  it('names its keys by its parts, and calls nothing on any other', () => {
    const levelled = script.parts.filter((part) => widthOf(part) === 10).map((part) => part.toUpperCase())
    const aliases = [...script.lua.matchAll(/local ([\w, ]+) = ([\w., ]+)\n/g)].flatMap(([, names = '', values = '']) =>
      values.split(', ').every((value) => script.parts.some((part) => nameInLua(part) === value))
        ? names.split(', ')
        : [],
    )
    const calls = /redis\.p?call\('(\w+)'(?:, 'STREAM')?(?:, ([^,)]+))?/g
    for (const [call, command = '', target = ''] of script.lua.matchAll(calls)) {
      if (['TIME', 'PUBLISH', 'SPUBLISH', 'PUBSUB', 'CLUSTER'].includes(command)) continue
      const level = /^KEYS\[(\w+) \+ level/.exec(target)?.[1]
      // `key` is a parameter; a queue's outcomes are named as the parts of a channel.
      const names = script.parts.map(nameInLua)
      const known = level ? levelled.includes(level) : [...names, ...aliases, 'key'].includes(target)
      expect(known, call).toBe(true)
    }
  })

  it('writes no global, and no number in exponent form', () => {
    expect(script.lua).not.toMatch(/^(?!\s*local\b)\s*(?:function\s+\w)/m)
    expect(script.lua).not.toContain('tostring(now')
    expect(script.lua).not.toContain('tostring(n)')
  })
})

/** Those of flows and of outcomes are in tables. */
function nameInLua(part: Part): string {
  if (isOfFlow(part)) return `flow.${part}`
  const ofChannel = channelPartOf(part)
  return ofChannel === undefined ? part : `outcomeKeys.${ofChannel}`
}

/** The union of what a queue's scripts declare. */
function queueParts(): string[] {
  const ofQueues = files.filter(
    ({ name }) =>
      !/^(?:publish|end-publisher|mark|append|channel-.*|group-.*|note-news|give-order|list-(?:names|groups)|(?:list|read)-workers)$/.test(
        name,
      ),
  )
  const parts = new Set<string>(ofQueues.flatMap(({ script }) => [...script.parts]))
  for (const part of [...HISTORY_PARTS, ...INBOX_PARTS, ...OUTCOME_PARTS, ...SCHEDULE_PARTS]) parts.delete(part)
  return [...parts]
}

describe('no script holds up the server', () => {
  const calls = [...all.join('\n').matchAll(/redis\.p?call\('(\w+)'([^\n]*)/g)].map(([, command = '', rest = '']) => ({
    command,
    rest,
  }))

  it('with a command whose cost grows with what is stored', () => {
    const costly =
      /^(KEYS|SCAN|[HSZ]SCAN|SMEMBERS|SUNION|SINTER|SDIFF|SORT|HGETALL|HKEYS|HVALS|LREM|LPOS|LINSERT|LINDEX|LSET|LTRIM|ZREMRANGE\w*|ZRANGESTORE|ZUNION\w*|ZINTER\w*|ZDIFF\w*|FLUSH\w*|COPY|RENAME|DUMP|DEBUG|WAIT|EVAL\w*|B[LRZ]\w+|GETRANGE|MEMORY|OBJECT|SWAPDB|MOVE)$/
    expect(calls.length).toBeGreaterThan(80)
    // Searched for within bounds, and removed where it was found.
    const isBounded = (rest: string): boolean =>
      /^, key, n, .*'MAXLEN'|^, key, -?1, n\)|^, (?:leases|busy), scan, 'COUNT', |^, paced, pace\.retry, 'COUNT', /.test(
        rest,
      )
    expect(calls.filter(({ command, rest }) => costly.test(command) && !isBounded(rest))).toEqual([])
  })

  it('with a range that has no bound', () => {
    for (const { command, rest } of calls) {
      if (command.endsWith('RANGEBYSCORE')) expect(rest).toContain("'LIMIT'")
      if (command === 'LRANGE' || command === 'ZRANGE' || command === 'ZREVRANGE') expect(rest).not.toMatch(/, -1[,)]/)
      if (['LPOP', 'RPOP', 'ZPOPMIN', 'HRANDFIELD'].includes(command)) expect(rest).not.toContain('-1')
    }
  })

  it('and none deletes a key but in the background, or lets one end by itself', () => {
    expect(calls.filter(({ command }) => command === 'DEL')).toEqual([])
    // Of a queue that was obliterated, how many partitions it had. Of a partition that ran empty, that it is sealed.
    const ending = calls.filter(({ command }) => /EXPIRE|SETEX|GETEX|PERSIST/.test(command))
    expect(ending.map(({ command, rest }) => `${command}${rest}`)).toEqual([
      'PEXPIRE, meta, ${WIDTH_KEPT_MS})',
      ...['meta', 'producers', 'lanes'].map((key) => `PEXPIRE, ${key}, \${RETIRED_KEPT_MS})`),
    ])
  })
})
