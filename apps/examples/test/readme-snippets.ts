/** A fence that is a copy of an example: what stands in the document, and what stands in the file. */
export interface Snippet {
  readonly line: number
  readonly file: string
  readonly region: string | undefined
  readonly text: string
}

const MARKER = /^<!-- example: (?<file>[^\s#]+)(?:#(?<region>[\w-]+))? -->$/

/** All fences under a marker `<!-- example: path -->` or `<!-- example: path#region -->`. */
export function snippetsOf(markdown: string): Snippet[] {
  const lines = markdown.split('\n')
  return lines.flatMap((line, i) => {
    if (!line.includes('<!-- example:')) return []
    const { file, region } = MARKER.exec(line)?.groups ?? {}
    if (file === undefined) throw new Error(`line ${i + 1}: not a marker: ${line}`)
    const opens = lines.findIndex((later, at) => at > i && later.trim() !== '')
    if (!/^```\w/.test(lines[opens] ?? '')) throw new Error(`line ${i + 1}: no fence follows the marker of ${file}`)
    const closes = lines.indexOf('```', opens + 1)
    if (closes < 0) throw new Error(`line ${opens + 1}: the fence of ${file} does not end`)
    return [{ line: opens + 1, file, region, text: lines.slice(opens + 1, closes).join('\n') }]
  })
}

/** What of a file is shown: all of it, or what stands between `// #region name` and `// #endregion`, moved left. */
export function shownOf(source: string, region: string | undefined): string {
  const lines = source.trimEnd().split('\n')
  if (region === undefined) return lines.filter((line) => !/^\s*\/\/ #(end)?region\b/.test(line)).join('\n')
  const begins = lines.findIndex((line) => line.trim() === `// #region ${region}`)
  if (begins < 0) throw new Error(`there is no region ${region}`)
  const ends = lines.findIndex((line, i) => i > begins && line.trim() === '// #endregion')
  if (ends < 0) throw new Error(`region ${region} does not end`)
  const shown = lines.slice(begins + 1, ends)
  const indent = Math.min(...shown.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return shown.map((line) => line.slice(indent)).join('\n')
}

/** The document as it should be. `read` gives the text of an example by the path in its marker. */
export function embed(markdown: string, read: (file: string) => string): string {
  const lines = markdown.split('\n')
  for (const { line, file, region, text } of snippetsOf(markdown).toReversed()) {
    const length = text === '' && lines[line] === '```' ? 0 : text.split('\n').length
    lines.splice(line, length, ...shownOf(read(file), region).split('\n'))
  }
  return lines.join('\n')
}
