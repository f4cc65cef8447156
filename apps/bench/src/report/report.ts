import type { Machine } from '../machine.ts'

export interface ReportParts {
  readonly command: string
  readonly machine: Machine
  /** As Markdown; the first is the one that the README shows parts of. */
  readonly tables: readonly string[]
}

/** The run as Markdown: how and where it was made, and its tables. */
export function report({ command, machine, tables }: ReportParts): string {
  const { date, cpus, cpu, node, load } = machine
  return [
    `\`${command}\` · ${date} · ${cpus} × ${cpu}, Node ${node}; before the run the machine's load was ${load.toFixed(1)}.`,
    '',
    ...tables,
  ].join('\n')
}
