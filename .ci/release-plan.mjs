// What the next release is called and says: from the version in the manifests, CHANGELOG.md, and the changes in .changeset/.

/** The one list of what is published, in an order in which each can be installed as soon as it is there. */
export const PUBLIC_PACKAGES = [
  'core',
  'conformance',
  'memory-adapter',
  'redis-adapter',
  'prometheus',
  'opentelemetry',
  'isolate',
  'scheduler',
  'console',
]

/** By the kind of a change, largest first. */
const SECTIONS = { major: 'Changed', minor: 'Added', patch: 'Fixed' }

/** `changesets`: by file name, their texts. Throws a sentence for whoever releases. */
export function planRelease({ version, changelog, changesets, date }) {
  const changes = Object.entries(changesets).map(([file, text]) => parseChangeset(file, text))
  const unreleased = sectionOf(changelog, 'Unreleased')
  if (unreleased === undefined) throw new Error('CHANGELOG.md has no ## [Unreleased]')
  const isReleased = sectionOf(changelog, version) !== undefined
  if (isReleased && unreleased !== '')
    throw new Error('lines under [Unreleased] have no kind: make changesets of them (pnpm changeset)')
  if (changes.length === 0 && unreleased === '')
    throw new Error(`nothing has changed since ${version}: .changeset/ is empty`)
  const next = isReleased ? raise(version, changes) : version
  const notes = notesOf(unreleased, changes)
  const heading = '## [Unreleased]\n'
  const [before, after] = changelog.split(heading)
  const rest = after.slice(after.search(/^## /m) < 0 ? after.length : after.search(/^## /m))
  const sections = [`${before}${heading}`, `## [${next}] - ${date}\n`, `${notes}\n`, ...(rest ? [rest] : [])]
  return { version: next, notes, changelog: sections.join('\n') }
}

/** The text under a heading of its own, or undefined. */
export function sectionOf(changelog, name) {
  const lines = changelog.split('\n')
  const from = lines.findIndex((line) => line.startsWith(`## [${name}]`))
  if (from < 0) return undefined
  const length = lines.slice(from + 1).findIndex((line) => line.startsWith('## '))
  return lines
    .slice(from + 1, length < 0 ? undefined : from + 1 + length)
    .join('\n')
    .trim()
}

export function parseChangeset(file, text) {
  const [, head, body] = /^---\n([\s\S]*?)---\n([\s\S]*)$/.exec(text) ?? []
  const lines = (head ?? '').split('\n').filter((line) => line.trim() !== '')
  const kinds = lines.map((line) => {
    const [, name, kind] = /^['"]@mq\/([\w-]+)['"]: (major|minor|patch)$/.exec(line) ?? []
    if (!PUBLIC_PACKAGES.includes(name)) throw new Error(`.changeset/${file}: not a package and a kind: ${line}`)
    return kind
  })
  const summary = (body ?? '').trim()
  if (kinds.length === 0 || summary === '')
    throw new Error(`.changeset/${file} is not a changeset: see the README there`)
  return { kind: Object.keys(SECTIONS).find((kind) => kinds.includes(kind)), summary }
}

/** The sections that are there, each followed by what the changes add to it. */
function notesOf(unreleased, changes) {
  const sections = new Map()
  for (const part of unreleased.split(/^(?=### )/m).filter((text) => text.trim() !== '')) {
    const [, title, lines] = /^### (.*)\n([\s\S]*)$/.exec(part) ?? []
    if (title === undefined) throw new Error('CHANGELOG.md: under [Unreleased], each line is in a section (###)')
    sections.set(title, lines.trim())
  }
  for (const [kind, title] of Object.entries(SECTIONS)) {
    const lines = changes.filter((change) => change.kind === kind).map(({ summary }) => item(summary))
    if (lines.length > 0) sections.set(title, [sections.get(title), ...lines].filter(Boolean).join('\n'))
  }
  return [...sections].map(([title, lines]) => `### ${title}\n\n${lines}`).join('\n\n')
}

function item(summary) {
  return `- ${summary.split('\n').join('\n  ')}`
}

/** Semantic versioning; before 1.0 the second number is the one that says "your program may need a change". */
function raise(version, changes) {
  const numbers = version.split('.').map(Number)
  const kind = Object.keys(SECTIONS).findIndex((kind) => changes.some((change) => change.kind === kind))
  const at = numbers[0] === 0 ? Math.max(kind, 1) : kind
  return numbers.map((number, i) => (i < at ? number : i === at ? number + 1 : 0)).join('.')
}
