import { writeFile } from 'node:fs/promises'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { chaos } from './chaos.ts'
import { judge, JUDGE_ROLE } from './judge-process.ts'
import type { Case } from './judge-process.ts'
import { parseOptions, USAGE, UsageError } from './options.ts'
import type { Host } from './programs/host.ts'
import { programsBeside } from './programs/programs.ts'
import { PROGRAM_ROLE, runProgram } from './programs/run-program.ts'
import type { Order, ProgramSettings } from './programs/settings.ts'
import { answersOf, complaintsOf, failuresOf, isolationOf, skipsOf, summaryOf, tableOf } from './report.ts'
import type { Run } from './run-experiment.ts'

/** The tables go to stdout, what happens meanwhile to stderr. */
const say = (text: string): void => void process.stderr.write(`${text}\n`)
const now = (): number => Number(process.hrtime.bigint()) / 1e6

const onRun = ({ experiment, contender, seed, tookMs, verdict }: Run): void => {
  const { operations, duplicates, bound } = verdict.figures
  const bad = verdict.violations.length
  const what = `${contender.name.padEnd(10)} ${experiment.name.padEnd(22)} seed ${seed}  ${(tookMs / 1_000).toFixed(1)} s`
  say(
    `${bad === 0 ? 'ok ' : 'BAD'} ${what}  ${operations} operations, ${duplicates} of ${bound} duplicates  ${bad || ''}`,
  )
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args)
  const { execPath, execArgv, platform } = process
  const keep = options.keep
  const programs = programsBeside(fileURLToPath(import.meta.url), { execPath, execArgv, platform, now, keep })
  const { runs, skips } = await chaos(options, programs, onRun)
  for (const name of options.contenders) {
    const own = runs.filter(({ contender }) => contender.name === name)
    const settings = own[0]?.contender.settings ?? ''
    process.stdout.write(`\n## ${name}\n\n${settings}\n\n${tableOf(own)}\n\n`)
    for (const figures of [isolationOf(own), answersOf(own)]) if (figures) process.stdout.write(`${figures}\n\n`)
    const complaints = complaintsOf(own)
    if (complaints) process.stdout.write(`${complaints}\n\n`)
  }
  const ours = runs.filter(({ contender }) => contender.name === 'mq')
  const summary = summaryOf(ours)
  process.stdout.write(`${skipsOf(skips)}seeds ${options.seeds.join(', ')}; ${['pnpm chaos', ...args].join(' ')}\n`)
  process.stdout.write(`${summary.passed} runs passed, ${summary.failed} failed\n`)
  const report = process.env['MQ_CHAOS_REPORT']
  if (report) await writeFile(report, JSON.stringify({ ...summary, ...failuresOf(ours) }))
  process.exitCode = summary.failed > 0 ? 1 : 0
}

function hostOf(): Host {
  return {
    now,
    tell: (report) => void process.send?.(report),
    onOrder: (listener) => void process.on('message', (order) => listener(order as Order)),
    onTerminate: (listener) => void process.once('SIGTERM', listener),
    exit: (code) => process.exit(code),
    usage() {
      const open = process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate')
      return { rssBytes: process.memoryUsage.rss(), handles: open.length }
    },
  }
}

/** Ends by itself when nothing is left to do: a program that hangs has left something open. */
async function program(settings: ProgramSettings): Promise<void> {
  process.on('disconnect', () => process.exit())
  await runProgram(settings, hostOf())
  process.removeAllListeners('disconnect')
  process.disconnect?.()
}

const fail = (error: unknown): void => {
  say(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : `${(error as Error).stack}`)
  process.exitCode = 1
}
/** Ends when the process that asked has ended, or has the answer. */
function beJudge(): void {
  process.once('disconnect', () => process.exit())
  process.once('message', (given) => process.send?.(judge(given as Case), () => process.disconnect()))
}

if (process.argv[2] === JUDGE_ROLE) beJudge()
else if (process.argv[2] === PROGRAM_ROLE) await program(JSON.parse(process.argv[3]!) as ProgramSettings).catch(fail)
else await main(process.argv.slice(2)).catch(fail)
