// The last line of .ci/run. A step that ended badly and counted no failure counts as one: a file that does not load,
// an error between two tests, a crash before the report was written.
import { readFileSync } from 'node:fs'

const [testsExit, checksExit] = process.argv.slice(2).map(Number)
const tests = read(process.env.MQ_TEST_REPORT)
const checks = read(process.env.MQ_CHECK_REPORT)

const passed = (tests?.numPassedTests ?? 0) + (checks?.passed ?? 0)
const failedTests = tests?.numFailedTests || (testsExit === 0 ? 0 : 1)
const failedChecks = checks?.failed || (checksExit === 0 ? 0 : 1)
const failed = failedTests + failedChecks + (tests?.numPassedTests > 0 ? 0 : 1) // no test at all is a failure too

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
