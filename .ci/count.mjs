// The end of .ci/run: what failed, each in a line or a few, then how many of all passed. A step that ended badly and counted
// no failure counts as one: a file that does not load, an error between two tests, a crash before the report was written. So
// does a step that counted nothing at all.
import { readFileSync } from 'node:fs'

const exits = process.argv.slice(2).map(Number)
const { MQ_TEST_REPORT, MQ_CHECK_REPORT, MQ_MUTANTS_REPORT, MQ_CHAOS_REPORT } = process.env
const reports = [MQ_TEST_REPORT, MQ_CHECK_REPORT, MQ_MUTANTS_REPORT, MQ_CHAOS_REPORT].map(read)
const names = ['the tests', 'the static checks', 'the mutants', 'the chaos runs']

const counts = exits.map((exit, step) => {
  const report = reports[step]
  const passed = report?.passed ?? report?.numPassedTests ?? 0
  const failed = (report?.failed ?? report?.numFailedTests) || (exit === 0 && passed > 0 ? 0 : 1)
  if (failed > 0) console.log(`${names[step]}: ${failed} failed, exit code ${exit}`)
  for (const line of failuresOf(report)) console.log(`  ${line}`)
  return { passed, failed }
})
const sum = (what) => counts.reduce((total, each) => total + each[what], 0)

console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') > 0 ? 1 : 0

/** The tests' report is vitest's own; in it a file that did not load has a message and no tests. */
function failuresOf(report) {
  if (Array.isArray(report?.failures)) return report.failures
  return (report?.testResults ?? []).flatMap(({ name, message, status, assertionResults = [] }) => {
    const failed = assertionResults.filter((each) => each.status === 'failed')
    if (failed.length === 0)
      return status === 'failed' ? [`${name}: ${firstLines(message || 'failed outside a test, see above')}`] : []
    return failed.map(
      ({ fullName, failureMessages }) => `${name}: ${fullName}: ${firstLines((failureMessages ?? []).join('\n'))}`,
    )
  })
}

function firstLines(text) {
  return text.split('\n').slice(0, 6).join('\n    ')
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
