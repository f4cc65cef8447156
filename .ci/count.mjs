// The end of .ci/run: runs once more what failed, prints what is flaky and what failed, then how many of all passed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runAgain } from './again.mjs'
import { readReport } from './reports.mjs'

const exits = process.argv.slice(2).map(Number)
const { MQ_TEST_REPORT, MQ_TOOLS_REPORT, MQ_CHECK_REPORT, MQ_MUTANTS_REPORT, MQ_CHAOS_REPORT } = process.env
const scratch = mkdtempSync(join(tmpdir(), 'mq-again-'))

const vitest = { variable: 'MQ_TEST_REPORT', command: (file) => ['exec', 'vitest', 'run', file] }
const steps = [
  { name: 'the tests', report: MQ_TEST_REPORT, ...vitest },
  { name: "the tools' tests", report: MQ_TOOLS_REPORT, ...vitest },
  { name: 'the static checks', report: MQ_CHECK_REPORT },
  {
    name: 'the mutants',
    report: MQ_MUTANTS_REPORT,
    variable: 'MQ_MUTANTS_REPORT',
    command: (name) => ['mutants', name],
  },
  {
    name: 'the chaos runs',
    report: MQ_CHAOS_REPORT,
    variable: 'MQ_CHAOS_REPORT',
    command: (name) => ['chaos', '--profile', 'short', '--lanes', '1', ...chaosArguments(name)],
  },
]

const reports = steps.map((step, i) => {
  const first = readReport(step.report, exits[i])
  const report = step.command ? runAgain(first, (name) => passesAlone(step, name)) : first
  if (report.failed > 0) console.log(`${step.name}: ${report.failed} failed, exit code ${exits[i]}`)
  for (const line of report.failures) console.log(`  ${line}`)
  return report
})
rmSync(scratch, { recursive: true, force: true })

const flaky = reports.flatMap((report) => report.flaky)
if (flaky.length > 0) console.log(`\nflaky, ${flaky.length}: failed once, passed when run once more, alone`)
for (const line of flaky) console.log(`  ${line}`)

const sum = (what) => reports.reduce((total, each) => total + each[what], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') > 0 ? 1 : 0

function passesAlone({ variable, command }, name) {
  const file = join(scratch, 'report.json')
  console.log(`once more, alone: ${name}`)
  const { status } = spawnSync('npx', ['-y', 'pnpm@12.21.0', ...command(name)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, [variable]: file },
    timeout: 300_000,
  })
  return status === 0 && readReport(file, status).failed === 0
}

/** "EXPERIMENT seed N" */
function chaosArguments(name) {
  const [experiment, , seed] = name.split(' ')
  return ['--only', experiment, '--seeds', `${seed},`]
}
