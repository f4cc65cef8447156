// The files of `lua/` are for other languages, and where an error of a script points. `.ci/lua.test.mjs` holds them to the source.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { extendScript } from '../../src/scripts/queue/extend.ts'
import { failedInScript } from '../../src/failed-in-script.ts'
import { Lab } from '../lab/lab.ts'

const FOLDER = join(import.meta.dirname, '../../lua')
const lab = await Lab.start()

const scripts = readdirSync(FOLDER).filter((name) => name.endsWith('.lua'))
const textOf = (name: string): string => readFileSync(join(FOLDER, name), 'utf8')

it.each(scripts)('%s is a script that the server takes', async (name) => {
  expect(await lab.redis.script('LOAD', textOf(name))).toMatch(/^[0-9a-f]{40}$/)
})

it('a file with a fault in its syntax would be refused, with its line', async () => {
  const broken = textOf('extend.lua').replace('local tokens', 'locl tokens')
  await expect(lab.redis.script('LOAD', broken)).rejects.toThrow(/user_script:\d+:/)
})

/** The line that an error names, of the file that it names. */
function pointedAt(error: unknown): string | undefined {
  const [, file = '', line] = /\(([\w-]+\.lua):(\d+)\)$/.exec((error as Error).message) ?? []
  expect((error as MqError).details).toEqual({ script: file.replace('.lua', ''), line: Number(line) })
  return textOf(file).split('\n')[Number(line) - 1]
}

describe('the error of a script points at the line of its file', () => {
  it('that met a key of a wrong type', async () => {
    const queue = await lab.queue()
    await queue.offer(['1'])
    for (const key of ['runs', 'leases', 'crashes']) {
      const path = `mq:{${queue.name}}:${key}`
      await lab.redis.set(path, 'not what it was')
      const error: unknown = await queue
        .worker()
        .claim()
        .catch((thrown: unknown) => thrown)
      expect(MqError.is(error, 'storage-refused')).toBe(true)
      expect((error as Error).message).toMatch(/^settle-and-claim: WRONGTYPE .* \(settle-and-claim\.lua:\d+\)$/)
      expect(pointedAt(error)).toMatch(new RegExp(`redis\\.call\\('[HZ]\\w+', ${key}\\b`))
      await lab.redis.del(path)
    }
  })

  it('that calls a command wrongly, also the first time that the server sees the script', async () => {
    await lab.redis.script('FLUSH')
    const keys = ['mq:{q}:meta', 'mq:{q}:leases', 'mq:{q}:results']
    const error = failedInScript(await thrownBy(extendScript.lua, keys, '1000'), extendScript)
    expect(error?.message).toMatch(/^extend: ERR Wrong number of args.*[^)] \(extend\.lua:\d+\)$/)
    expect(pointedAt(error)).toContain('ZMSCORE')
  })

  it('that Lua itself refuses, and names its place once', async () => {
    const error = failedInScript(await thrownBy('#!lua\n\nlocal a\nreturn a < 1', []), extendScript)
    expect(error?.message).toBe('extend: ERR attempt to compare nil with number (extend.lua:4)')
  })
})

async function thrownBy(lua: string, keys: string[], ...args: string[]): Promise<unknown> {
  return lab.redis.eval(lua, keys.length, ...keys, ...args).catch((thrown: unknown) => thrown)
}

it.each(['OOM command not allowed', 'READONLY no writes', 'MISCONF no disk', 'NOREPLICAS none', 'BUSY wait'])(
  '%s is of the server, whatever line of a script met it',
  (message) => {
    expect(failedInScript(replyError(`${message} script: abc, on @user_script:5.`), extendScript)).toBeUndefined()
  },
)

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' })
}
