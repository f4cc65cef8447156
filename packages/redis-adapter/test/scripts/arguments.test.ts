// Lua and TypeScript go by one order of a script's arguments.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startRedis } from '@mq/redis-server'
import { argumentsOf, lengthOf, readArguments } from '../../src/scripts/arguments.ts'
import { Redis } from 'ioredis'

const SHAPE = { name: 'text', count: 'number', isLast: 'flag', most: 'number', more: 'flag' } as const
const FOLDER = join(import.meta.dirname, '../../src/scripts')

describe('the arguments of a script', () => {
  it('arrive in Lua under the names under which TypeScript hands them over, wherever they begin', async () => {
    const server = await startRedis()
    const redis = new Redis(server.url)
    const values = { most: '', more: false, isLast: true, count: 7, name: "a'b" } as const
    const seen = (first: number | string): string => `${readArguments(SHAPE, first)}
      return { name, count, tostring(isLast), tostring(most), tostring(more) }`
    const expected = ["a'b", 7, 'true', 'nil', 'false']
    expect(await redis.eval(seen(1), 0, ...argumentsOf(SHAPE, values))).toEqual(expected)
    expect(await redis.eval(`local at = 3\n${seen('at')}`, 0, 'x', 'y', ...argumentsOf(SHAPE, values))).toEqual(
      expected,
    )
    await redis.quit()
    await server.stop()
  })

  it('can be read one by one', () => {
    expect(readArguments(SHAPE, 'at', 'isLast')).toBe("local isLast = ARGV[at + 2] == '1'")
    expect(lengthOf(SHAPE)).toBe(5)
  })

  it('are read by their names in every script that has more than one', () => {
    const sources = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
    const byPlace = sources.filter((path) =>
      /ARGV\[[2-9]|ARGV\[(?!BODY)\w+ \+ \d+\]/.test(readFileSync(join(FOLDER, path), 'utf8')),
    )
    expect(byPlace).toEqual([])
  })
})
