import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { onlyOneProcess } from '../src/only-one-process.ts'

let directory: string
let lock: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mq-lock-'))
  lock = join(directory, 'lock')
})

afterEach(() => rm(directory, { recursive: true }))

describe('a lock between processes', () => {
  it('lets one in at a time', async () => {
    let inside = 0
    const seen: number[] = []
    const visit = (): Promise<void> =>
      onlyOneProcess(lock, async () => {
        seen.push(++inside)
        await delay(5)
        inside--
      })
    await Promise.all([visit(), visit(), visit()])
    expect(seen).toEqual([1, 1, 1])
  })

  it('takes over from a process that died with it', async () => {
    const dead = spawnSync('true').pid
    await writeFile(lock, String(dead))
    let ran = false
    await onlyOneProcess(lock, async () => {
      ran = true
    })
    expect(ran).toBe(true)
  })

  it('is free again after work that failed', async () => {
    const failing = onlyOneProcess(lock, () => Promise.reject(new Error('no network')))
    await expect(failing).rejects.toThrow('no network')
    await onlyOneProcess(lock, async () => {})
  })
})
