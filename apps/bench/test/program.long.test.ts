import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { bundleProgram } from '../../../bundle-program.ts'

const PROGRAM = fileURLToPath(new URL('../src/main.ts', import.meta.url))

const run = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, [bundleProgram(PROGRAM), ...args])

it('runs rounds in processes of their own and prints one table', { timeout: 240_000 }, async () => {
  const { stdout, stderr } = await run(
    '--scale',
    '0.002',
    '--rounds',
    '2',
    '--only',
    'enqueue',
    '--contenders',
    'mq,bullmq',
  )
  expect(stdout).toContain('`pnpm bench --scale 0.002 --rounds 2 --only enqueue --contenders mq,bullmq`')
  expect(stdout).toMatch(/\| enqueue, 1,000 callers at once, tasks\/s \| [\d,]+ \([\d.]+×\) \| [\d,]+ \|/)
  const own = 'CPU of the program a task, enqueue \\(1,000 callers\\)'
  expect(stdout).toMatch(new RegExp(`\\| ${own} \\| [\\d.]*[1-9][\\d.]* µs`))
  const order = stderr.split('\n').flatMap((line) => /^(\d) +enqueue +(\S+)/.exec(line)?.slice(1, 3).join(' ') ?? [])
  expect(order).toEqual(['1 mq', '1 bullmq', '2 bullmq', '2 mq'])
})

it('says how it is used when it is not understood', async () => {
  await expect(run('--only', 'nothing')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--contenders A,B'),
  })
})
