import { SETTINGS } from './settings.ts'

/** The text of `--help`. */
export function helpText(): string {
  const rows = SETTINGS.map((setting) => {
    const value = 'value' in setting ? ` ${setting.value}` : ''
    const initial = 'initial' in setting && setting.initial !== '' ? ` (default ${setting.initial})` : ''
    return [`--${setting.name}${value}`, setting.variable, `${setting.what}${initial}`] as const
  })
  const [first, second] = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const lines = rows.map(
    ([option, variable, what]) => `  ${option.padEnd(first ?? 0)}  ${variable.padEnd(second ?? 0)}  ${what}`,
  )
  return [
    'Shows and operates the queues and channels of mq in a Redis or Valkey.',
    '',
    'Usage: mq-console [options]',
    '',
    ...lines,
    '',
    '  --help, --version',
    '',
    'Each option has a variable; the option wins. Without a token only this machine has access, as an operator.',
    '',
  ].join('\n')
}
