import { writeFile } from 'node:fs/promises'
import { mutants } from './defects/all.ts'
import { findPlace } from './find-place.ts'
import { prove } from './prove.ts'
import { root, runKillers } from './run-killer.ts'
import { sourcesOf } from './sources.ts'

const CONTROL_TIMEOUT_MS = 180_000
const TIMEOUT_MS = 100_000

/**
 * `pnpm mutants [name…]`: puts defects into core and the adapters, one at a time, and counts those that a test finds.
 */
const names = process.argv.slice(2)
const unknown = names.filter((name) => !mutants.some((mutant) => mutant.name === name))
if (unknown.length > 0) throw new Error(`no such mutants: ${unknown.join(' ')}`)
const chosen = names.length === 0 ? mutants : mutants.filter(({ name }) => names.includes(name))

console.log(`${'mutant'.padEnd(34)}${'s'.padStart(5)}  what a user would suffer, and the test that sees it`)
const failures: string[] = []
const again: string[] = []
const result = await prove(chosen, {
  locate: (edit) => findPlace(sourcesOf(root, edit.in), edit),
  run(killers, places) {
    const timeoutMs = places.length === 0 ? CONTROL_TIMEOUT_MS : TIMEOUT_MS
    return runKillers(killers, { places, timeoutMs, node: process.execPath, env: process.env })
  },
  onVerdict({ name, says, killedBy }, { killed, word }, seconds) {
    console.log(`${killed ? '✓' : '✗'} ${name.padEnd(32)}${seconds.toFixed(1).padStart(5)}  ${says}`)
    if (!killed) {
      failures.push(`${name}: ${word}`)
      again.push(name)
    }
    console.log(`${' '.repeat(41)}${word} by ${killedBy.in}: ${killedBy.test}`)
  },
})
console.log(`\nmutants killed ${result.passed} of ${chosen.length}`)
const report = process.env['MQ_MUTANTS_REPORT']
if (report) await writeFile(report, JSON.stringify({ ...result, failures, again }))
process.exitCode = result.failed > 0 || result.passed === 0 ? 1 : 0
