import { readFile, rm, writeFile } from 'node:fs/promises'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { bench } from './bench.ts'
import { proxyRole } from './helpers/delay-proxy.ts'
import { serveHelper } from './helpers/helper.ts'
import { webRole } from './helpers/web-role.ts'
import { workerRole } from './helpers/worker-role.ts'
import { CONTENDER_ROLE, serveContender } from './contender-process.ts'
import { USAGE, UsageError, parseOptions } from './options.ts'
import type { ChartPoint } from './report/chart-points.ts'
import { drawChart } from './report/chart.ts'
import type { Theme } from './report/chart.ts'
import { renewReadme } from './report/readme.ts'
import type { Failure, Sample } from './rounds.ts'

const REPORT = new URL('../../../docs/benchmarks.md', import.meta.url)
const CHARTS: Readonly<Record<Theme, URL>> = {
  light: new URL('../../../docs/pictures/benchmark.svg', import.meta.url),
  dark: new URL('../../../docs/pictures/benchmark-dark.svg', import.meta.url),
}
const README = new URL('../../../README.md', import.meta.url)
const INTRODUCTION = `# Benchmarks

Made by the command below, with the numbers of one run and nothing else. Rates move with the machine and with what else it
does: compare only inside one table. Who would take more than a minute and a half to fill a backlog is not asked for it, in a
quick run more than a quarter of a minute.

`

/** The table goes to stdout, what happens meanwhile to stderr. */
const say = (text: string): void => void process.stderr.write(`${text}\n`)

const onMeasured = ({ round, scenario, contender, measures, tookMs }: Sample): void => {
  const shown = Object.entries(measures).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
  say(`${round}  ${scenario.padEnd(12)} ${contender.padEnd(12)} ${(tookMs / 1_000).toFixed(1)} s  ${shown.join('  ')}`)
}

const onFailed = ({ scenario, contender, message }: Failure): void => {
  say(`-  ${(scenario ?? 'everything').padEnd(12)} ${contender.padEnd(12)} no figure: ${message}`)
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args)
  const command = ['pnpm bench', ...args].join(' ')
  const program = fileURLToPath(import.meta.url)
  const { text, points } = await bench({ options, command, program, node: process.versions.node, onMeasured, onFailed })
  process.stdout.write(`\n${text}`)
  if (options.write) await write(text, points)
}

/** The document, the chart of it or none, and what the README shows of both. */
async function write(text: string, points: readonly ChartPoint[]): Promise<void> {
  await writeFile(REPORT, INTRODUCTION + text)
  for (const [theme, file] of Object.entries(CHARTS)) {
    if (points.length === 0) await rm(file, { force: true })
    else await writeFile(file, `${await drawChart(points, theme as Theme)}\n`)
  }
  const renewed = renewReadme(await readFile(README, 'utf8'), text, points.length > 0)
  if (renewed === undefined) say('README.md is as it was: this run did not measure all that it shows')
  else await writeFile(README, renewed)
}

const role = process.argv[2]
if (role === CONTENDER_ROLE) serveContender(process, fileURLToPath(import.meta.url))
else if (role === 'worker') serveHelper(process, workerRole)
else if (role === 'proxy') serveHelper(process, proxyRole)
else if (role === 'web') serveHelper(process, webRole(process))
else {
  main(process.argv.slice(2)).catch((error: unknown) => {
    say(
      error instanceof UsageError
        ? `${error.message}\n\n${USAGE}`
        : `\nthe benchmark failed: ${(error as Error).message}`,
    )
    process.exitCode = 1
  })
}
