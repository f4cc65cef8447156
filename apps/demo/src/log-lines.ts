import { LISTENING } from '@mq/web'

/** One line of an app's log. */
export interface LogRecord {
  readonly app: string
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

const LEFT_OUT = new Set(['app', 'level', 'msg', 'time', 'err'])

/** Splits the output of an app into records. Text that is not a record (a crash of Node itself) becomes one. */
export function createRecordReader(app: string, onRecord: (record: LogRecord) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line) onRecord(read(line))
  }

  function read(line: string): LogRecord {
    try {
      return JSON.parse(line) as LogRecord
    } catch {
      return { app, level: 'error', msg: line }
    }
  }
}

/** The URL of web, if the record contains it. */
export function listeningUrl({ msg }: LogRecord): string | undefined {
  return msg.startsWith(LISTENING) ? msg.slice(LISTENING.length + 1) : undefined
}

/** A record for people to read. */
export function toLine({ app, level, msg, ...fields }: LogRecord): string {
  const loud = level === 'info' ? '' : `${level}: `
  const facts = Object.entries(fields).filter(([name]) => !LEFT_OUT.has(name))
  const err = fields['err'] as { message?: string } | undefined
  const aside = [...(err?.message ? [err.message] : []), ...facts.map(([name, value]) => `${name}=${String(value)}`)]
  return `${app.padEnd(14)}${loud}${msg}  ${aside.join(' ')}`.trimEnd()
}
