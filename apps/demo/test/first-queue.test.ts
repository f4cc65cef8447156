// docs/first-queue.md, done as it says: the file is added to a copy of the app, which is built and started, and a task is run.
import { startRedis } from '@mq/redis-server'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished, vi } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const APP = 'apps/worker-queue'
const run = promisify(execFile)

/** The program that the document shows for this file. */
async function shown(file: string): Promise<string> {
  const text = await readFile(join(ROOT, 'docs/first-queue.md'), 'utf8')
  const [, program] = new RegExp(`^<!-- file: ${file} -->\\n\`\`\`js\\n([^]*?)^\`\`\`$`, 'm').exec(text)!
  return program!
}

/** The app in a folder of its own, beside what its configuration refers to. */
async function copyOfApp(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mq-first-queue-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'apps'))
  const filter = (path: string): boolean => !/\/(node_modules|dist|test|\.turbo)$/.test(path)
  await cp(join(ROOT, APP), join(folder, APP), { recursive: true, filter })
  for (const file of ['tsconfig.base.json', 'tsup.shared.ts']) await cp(join(ROOT, file), join(folder, file))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await symlink(join(ROOT, APP, 'node_modules'), join(folder, APP, 'node_modules'))
  return folder
}

it('runs a task of a queue that is one file more', async () => {
  const [folder, redis] = await Promise.all([copyOfApp(), startRedis()])
  onTestFinished(() => redis.stop())
  const { PATH = '' } = process.env
  const env = { PATH, REDIS_URL: redis.url }
  // The document shows this file, and the type check has seen it.
  await cp(join(ROOT, APP, 'test/handlers/mails.ts'), join(folder, APP, 'src/handlers/mails.ts'))
  // Where the packages are that it imports.
  await writeFile(join(folder, APP, 'enqueue.mjs'), await shown('enqueue.mjs'))

  const cwd = join(folder, APP)
  await run(join(ROOT, 'node_modules/.bin/tsup'), [], { cwd })
  const worker = spawn(process.execPath, ['dist/main.js'], { cwd, env })
  const ended = once(worker, 'exit')
  onTestFinished(async () => {
    worker.kill('SIGKILL')
    await ended
  })
  let said = ''
  worker.stdout.on('data', (text) => (said += String(text)))
  await vi.waitFor(() => expect(said).toContain('"ready"'))
  expect(said).toContain('ready to send mails')

  const { stdout } = await run(process.execPath, ['enqueue.mjs'], { cwd, env })
  expect(stdout).toMatch(/^\S+ \{ sentTo: 'ada@example.org' \}\n$/)
  await vi.waitFor(() => expect(said).toContain('sending \\"Hello\\"'))
  worker.kill('SIGTERM')
  await ended
  expect(worker.exitCode).toBe(0)
})
