// What each step of .ci/run left behind, in one form: { passed, failed, failures, flaky, again }. `failures` are lines for
// people; `again` names what can be run once more by itself.
import { readFileSync } from 'node:fs'

/**
 * Reads a step's report. A step that ended badly and counted no failure counts as one: a file that does not load, an error between
 * two tests, a crash before the report was written. So does a step that counted nothing at all.
 */
export function readReport(file, exit) {
  return normalise(parse(file), exit)
}

export function normalise(report, exit) {
  const passed = report?.passed ?? report?.numPassedTests ?? 0
  const counted = report?.failed ?? report?.numFailedTests ?? 0
  const failed = counted || (exit === 0 && passed > 0 ? 0 : 1)
  const { failures, again } = report?.testResults ? ofVitest(report) : ofOurs(report)
  return { passed, failed, failures, flaky: [], again: failed > 0 ? again : [] }
}

/** Those of the static checks, the mutants, and the chaos runs. */
function ofOurs(report) {
  return { failures: report?.failures ?? [], again: report?.again ?? [] }
}

/** Vitest's own: a file that did not load has a message and no tests. */
function ofVitest(report) {
  const files = report.testResults.filter(({ status }) => status === 'failed')
  const failures = files.flatMap(({ name, message, assertionResults = [] }) => {
    const failed = assertionResults.filter((each) => each.status === 'failed')
    if (failed.length === 0) return [`${name}: ${firstLines(message || 'failed outside a test, see above')}`]
    return failed.map(
      ({ fullName, failureMessages }) => `${name}: ${fullName}: ${firstLines((failureMessages ?? []).join('\n'))}`,
    )
  })
  return { failures, again: files.map(({ name }) => name) }
}

function firstLines(text) {
  return text.split('\n').slice(0, 6).join('\n    ')
}

function parse(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
