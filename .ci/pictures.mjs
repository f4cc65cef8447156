// The pictures of the documents, drawn from the imports. `node .ci/pictures.mjs` writes them into the documents; the check compares.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FLOORS } from '../.dependency-cruiser.mjs'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CORE = join(ROOT, 'packages/core/src')

/** Each picture by the name in its marker, `<!-- picture: name -->`, with the document that shows it. */
export const PICTURES = {
  workspace: { document: 'README.md', draw: drawWorkspace },
  core: { document: 'docs/internals.md', draw: drawCore },
}

/** What of a document is a picture: the lines between the fences after its marker. */
export function shown(name, document = readFileSync(join(ROOT, PICTURES[name].document), 'utf8')) {
  const [, before, lines, after] = placeOf(name).exec(document) ?? []
  if (before === undefined) throw new Error(`${PICTURES[name].document} has no <!-- picture: ${name} -->`)
  return { before, lines: lines.trimEnd().split('\n'), after }
}

function placeOf(name) {
  return new RegExp(`^([\\s\\S]*<!-- picture: ${name} -->\n\`\`\`mermaid\n)([\\s\\S]*?)(\`\`\`\n[\\s\\S]*)$`)
}

function drawWorkspace() {
  const workspaces = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => existsSync(join(ROOT, folder, name, 'src'))) // what has only tests is no part of the picture
      .map((name) => {
        const manifest = JSON.parse(readFileSync(join(ROOT, folder, name, 'package.json'), 'utf8'))
        return { name, folder, group: manifest.private ? folder : 'published' }
      }),
  )
  const needs = new Map(
    workspaces.map(({ name, folder }) => {
      const imports = importsOf(join(ROOT, folder, name, 'src')).map(({ what }) => /^@mq\/([\w-]+)/.exec(what)?.[1])
      return [name, new Set(imports.filter((what) => what !== undefined && what !== name))]
    }),
  )
  const group = (title, wanted) => [
    `  subgraph ${title}`,
    ...workspaces.filter((workspace) => workspace.group === wanted).map(({ name }) => `    ${name}`),
    '  end',
  ]
  return [
    'flowchart TD',
    ...group('apps', 'apps'),
    ...group('private', 'packages'),
    ...group('published', 'published'),
    ...arrowsOf(needs),
  ]
}

function drawCore() {
  const floorOf = (path) => FLOORS.find((floor) => floor.includes(path.split('/')[0]))
  const idOf = (floor) => floor[0].replace('.ts', '')
  const needs = new Map(FLOORS.map((floor) => [idOf(floor), new Set()]))
  for (const { file, what } of importsOf(CORE)) {
    if (!what.startsWith('.')) continue
    const [from, to] = [relative(CORE, file), relative(CORE, join(dirname(file), what))].map(floorOf)
    if (from !== to) needs.get(idOf(from)).add(idOf(to))
  }
  const boxes = FLOORS.map(
    (floor) => `  ${idOf(floor)}["${floor.map((place) => place.replace('.ts', '')).join(', ')}"]`,
  )
  return ['flowchart TD', ...boxes.toReversed(), ...arrowsOf(needs)]
}

/** Shipped code only, types included. */
function importsOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => {
      const file = join(folder, name)
      const code = readFileSync(file, 'utf8')
      return [...code.matchAll(/(?:\bfrom|^import|\bimport\() ?'([^']+)'/gm)].map(([, what]) => ({ file, what }))
    })
}

/** Without those that follow from others: who needs an adapter needs core. */
function arrowsOf(needs) {
  const reaches = (from, to) => needs.get(from).has(to) || [...needs.get(from)].some((next) => reaches(next, to))
  return [...needs]
    .flatMap(([from, all]) =>
      [...all].filter((to) => ![...all].some((other) => reaches(other, to))).map((to) => `  ${from} --> ${to}`),
    )
    .toSorted()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, { document, draw }] of Object.entries(PICTURES)) {
    const { before, after } = shown(name)
    writeFileSync(join(ROOT, document), `${before}${draw().join('\n')}\n${after}`)
  }
}
