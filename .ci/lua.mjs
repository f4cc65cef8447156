// The Lua scripts as they run, as files: `pnpm lua` writes packages/redis-adapter/lua anew, the check compares.
// Run with `--conditions=@mq/source --import tsx`, since it reads the scripts from their source.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { partComplaints, scriptComplaints } from './lua-parts.mjs'

const FOLDER = fileURLToPath(new URL('../packages/redis-adapter/lua', import.meta.url))
const SOURCE = fileURLToPath(new URL('../packages/redis-adapter/src/scripts', import.meta.url))
const MEND = 'pnpm lua writes them anew'

/** The scripts, with their sources, and the parts that they are made of. */
async function composed() {
  const scripts = []
  for (const file of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const source = file.endsWith('.ts') ? readFileSync(join(SOURCE, file), 'utf8') : ''
    if (!source.includes('defineScript({')) continue
    const { name, lua } = Object.values(await import(join(SOURCE, file))).find((value) => value?.sha && value.lua)
    scripts.push({ name, lua, source })
  }
  const { definedParts } = await import(join(SOURCE, 'define-part.ts'))
  return { scripts: scripts.toSorted((a, b) => (`${a.name}.` < `${b.name}.` ? -1 : 1)), parts: definedParts() }
}

/** What the folder has to hold, by name: a file for each script, to the byte what runs, and what each takes and returns. */
function wantedFiles(scripts) {
  const files = new Map(scripts.map(({ name, lua }) => [`${name}.lua`, lua]))
  const sections = scripts.map(({ name, lua, source }) => sectionOf(name, lua, source))
  return files.set('README.md', [INTRODUCTION, ...sections].join('\n'))
}

/** A sentence for each file that is missing, differs, or belongs to no script. */
export function complaints(wanted, present) {
  const found = []
  for (const [name, text] of wanted) {
    const there = present.get(name)
    if (there === undefined) found.push(`${name} is missing (${MEND})`)
    else if (there !== text)
      found.push(`${name} differs from what runs, from line ${firstDifference(text, there)} on (${MEND})`)
  }
  for (const name of present.keys()) if (!wanted.has(name)) found.push(`${name} belongs to no script (${MEND})`)
  return found
}

function firstDifference(text, other) {
  const [lines, others] = [text, other].map((each) => each.split('\n'))
  const longest = lines.length > others.length ? lines : others
  return 1 + longest.findIndex((_line, index) => lines[index] !== others[index])
}

const INTRODUCTION = `# The scripts of mq

Written by \`pnpm lua\`; not to be changed by hand. Each file is, to the byte, what \`@mq/redis-adapter\` of this version sends to the server,
so its SHA1 is the one of \`EVALSHA\`, and \`on @user_script:123\` in a Redis error is line 123 of the file. Its first lines give
each of \`KEYS\` a name; [redis-layout.md](../../../docs/redis-layout.md) says what is stored under it, and what of this other programs may
rely on. With \`allow-oom\` a script also runs when the server's memory is full.
`

/** The header is the docstring of the source: it is no part of what runs. */
function sectionOf(name, lua, source) {
  const [comment] = /\/\*\*\n \* KEYS[^]*?\*\//.exec(source) ?? []
  if (comment === undefined) throw new Error(`${name} does not say its KEYS, ARGV and RETURNS`)
  const header = comment
    .split('\n')
    .slice(1, -1)
    .map((line) => line.replace(/^ \* ?/, ''))
  const shapes =
    header
      .join('\n')
      .match(/^ARGV[^]*?(?=^RETURNS)/m)?.[0]
      .match(/\b[A-Z]{2,}(?:_[A-Z]+)*\b/g) ?? []
  header.push(...shapes.slice(1).flatMap((shape) => ['', ...shapeOf(shape, source)]))
  const flag = lua.startsWith('#!lua flags=allow-oom\n') ? ' · allow-oom' : ''
  return `## ${name}\n[${name}.lua](${name}.lua)${flag}\n\n\`\`\`text\n${header.join('\n')}\n\`\`\`\n`
}

/** The arguments behind a name in a header, in their order, and what the source says of them. */
function shapeOf(name, source) {
  const shared = () =>
    [
      'group/group-turn-lua',
      'queue/enqueue-arguments',
      'queue/page-arguments',
      'queue/settle',
      'queue/turn-arguments',
      'parts/ends',
      'schedules/tick-parts',
      'schedules/read-schedule',
    ]
      .map((file) => readFileSync(join(SOURCE, `${file}.ts`), 'utf8'))
      .join('\n')
  const declared = new RegExp(`((?:/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?)(?:export )?const ${name} = {([^}]*)} as const`)
  const [, comment, members] = declared.exec(source) ?? declared.exec(shared()) ?? []
  if (members === undefined) throw new Error(`the arguments ${name} are not declared`)
  const read = { text: '', number: '', flag: ' 0|1' }
  const order = [...members.matchAll(/(\w+): '(\w+)'/g)].map(([, local, kind]) => local + read[kind])
  const said = comment.replace(/^\/\*\*\s*|\s*\*\/\n$/g, '').split(/\n \* ?/)
  return [`${name.padEnd(8)} ${order.join(', ')}`, ...said.filter(Boolean).map((line) => `         ${line}`)]
}

function presentFiles() {
  mkdirSync(FOLDER, { recursive: true })
  return new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { scripts, parts } = await composed()
  const wanted = wantedFiles(scripts)
  if (process.argv.includes('--check')) {
    const found = [
      ...complaints(wanted, presentFiles()),
      ...partComplaints(parts),
      ...scripts.flatMap((script) => scriptComplaints(script, parts)),
    ]
    if (found.length > 0) console.error(found.join('\n'))
    process.exitCode = found.length > 0 ? 1 : 0
  } else {
    for (const name of presentFiles().keys()) if (!wanted.has(name)) rmSync(join(FOLDER, name))
    for (const [name, text] of wanted) writeFileSync(join(FOLDER, name), text)
  }
}
