// What failed is run once more, alone. What passes then is flaky: it is named and counted apart. What fails again is red.
/** More than this is no chance. */
export const MOST = 10

/**
 * `run(name)` says whether it passed this time. Answers the report with what passed moved from `failures` to `flaky`.
 * What failed without a name of its own stays red.
 */
export function runAgain(report, run) {
  const { again, failures } = report
  if (again.length === 0 || again.length > MOST) return report
  const cured = again.filter((name) => run(name))
  const isCured = (line) => cured.some((name) => line.startsWith(`${name}:`))
  const flaky = failures.filter(isCured)
  const failed = Math.max(report.failed - flaky.length, failures.length - flaky.length)
  return {
    ...report,
    failed,
    failures: failures.filter((line) => !isCured(line)),
    passed: report.passed + (report.failed - failed),
    flaky,
  }
}
