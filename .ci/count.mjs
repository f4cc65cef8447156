// The last line of .ci/run. A step that ended badly and counted no failure counts as one: a file that does not load,
// an error between two tests, a crash before the report was written. So does a step that counted nothing at all.
import { readFileSync } from 'node:fs'

const exits = process.argv.slice(2).map(Number)
const { MQ_TEST_REPORT, MQ_CHECK_REPORT, MQ_MUTANTS_REPORT, MQ_CHAOS_REPORT } = process.env
const reports = [MQ_TEST_REPORT, MQ_CHECK_REPORT, MQ_MUTANTS_REPORT, MQ_CHAOS_REPORT].map(read)

const counts = exits.map((exit, step) => {
  const report = reports[step]
  const passed = report?.passed ?? report?.numPassedTests ?? 0
  const failed = (report?.failed ?? report?.numFailedTests) || (exit === 0 && passed > 0 ? 0 : 1)
  return { passed, failed }
})
const sum = (what) => counts.reduce((total, each) => total + each[what], 0)

console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') > 0 ? 1 : 0

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
