import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { mutants } from './defects/all.ts'
import { findPlace } from './find-place.ts'
import type { KillerOrder } from './killer-bench.ts'
import { KillerBench } from './killer-bench.ts'
import type { Mutant } from './mutant.ts'
import { partOf } from './part-of.ts'
import { prove } from './prove.ts'
import { KILLER_ROLE, Killers, root } from './run-killer.ts'
import { sourcesOf } from './sources.ts'

const TIMEOUT_MS = 180_000
/** They wait about as long as they compute. */
const AT_ONCE = 3

if (process.argv[2] === KILLER_ROLE) await beKiller()
else await main(process.argv.slice(2))

/**
 * `pnpm mutants [name…]`: puts defects into core and the adapters, one at a time, and counts those that a test finds.
 * `pnpm mutants --part 2/3`: of three parts that are about equal, the second.
 */
async function main(args: readonly string[]): Promise<void> {
  const [option, part = ''] = args
  const chosen = option === '--part' ? partOf(mutants, part) : named(args)

  console.log(`${'mutant'.padEnd(34)}${'s'.padStart(5)}  what a user would suffer, and the test that sees it`)
  const failures: string[] = []
  const again: string[] = []
  await using killers = new Killers(AT_ONCE, {
    main: fileURLToPath(import.meta.url),
    timeoutMs: TIMEOUT_MS,
    endGroup: (leader) => process.kill(-leader, 'SIGKILL'),
  })
  const result = await prove(chosen, AT_ONCE, {
    locate: (edit) => findPlace(sourcesOf(root, edit.in), edit),
    run: (some, places) => killers.run(some, places),
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
}

/** None: all. */
function named(names: readonly string[]): readonly Mutant[] {
  const unknown = names.filter((name) => !mutants.some((mutant) => mutant.name === name))
  if (unknown.length > 0) throw new Error(`no such mutants: ${unknown.join(' ')}`)
  return names.length === 0 ? mutants : mutants.filter(({ name }) => names.includes(name))
}

/** Ends with the process that orders. */
async function beKiller(): Promise<void> {
  const orders: KillerOrder[] = []
  let onOrder = (order: KillerOrder): void => void orders.push(order)
  process.on('message', (order) => onOrder(order as KillerOrder))
  process.once('disconnect', () => process.exit())
  const bench = await KillerBench.open(root, fileURLToPath(new URL('./killers.config.ts', import.meta.url)))
  onOrder = (order) => void bench.run(order).then((report) => process.send?.(report))
  orders.forEach(onOrder)
}
