// What `deploy/` says fits the apps: its files are well-formed, and every variable, path, port and target in them is there.
import { DockerfileParser } from 'dockerfile-ast'
import type { Instruction } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { APPS, expectTaken, filesIn, read, stopMsOf } from './deployed.ts'
import type { App } from './deployed.ts'

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

interface Stage {
  readonly name: string
  readonly from: string
  readonly env: Readonly<Record<string, string>>
  readonly instructions: readonly Instruction[]
}

/** Each with the environment of those that it begins from. */
const stages = stagesOf(read('Dockerfile'))

function stagesOf(dockerfile: string): ReadonlyMap<string, Stage> {
  const found = new Map<string, Stage>()
  let current: { name: string; from: string; env: Record<string, string>; instructions: Instruction[] } | undefined
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const words = instruction.getArguments().map((argument) => argument.getValue())
    if (instruction.getKeyword() === 'FROM') {
      const [from, , name] = words
      current = { name: name!, from: from!, env: { ...found.get(from!)?.env }, instructions: [] }
      found.set(name!, current)
    }
    current!.instructions.push(instruction)
    if (instruction.getKeyword() === 'ENV') {
      for (const word of words) current!.env[word.slice(0, word.indexOf('='))] = word.slice(word.indexOf('=') + 1)
    }
  }
  return found
}

/** Of a stage and those that it begins from, the nearest first. */
function last(stage: Stage | undefined, keyword: string): string | undefined {
  if (stage === undefined) return undefined
  const own = stage.instructions.findLast((instruction) => instruction.getKeyword() === keyword)
  return own?.getRawArgumentsContent() ?? last(stages.get(stage.from), keyword)
}

describe('the Dockerfile', () => {
  it('is well-formed', () => {
    const faults = validate(read('Dockerfile')).map(({ message, range }) => [range.start.line + 1, message])
    expect(faults).toEqual([])
  })

  it.each(APPS)('has a target %s that is that app, not as root, with variables that it takes', (app) => {
    const stage = stages.get(app)!
    expectTaken(app, stage.env)
    expect(last(stage, 'USER')).toBe('node')
    expect(JSON.parse(last(stage, 'CMD')!)).toEqual(['node', 'dist/main.js'])
    expect(last(stage, 'COPY')).toBe(`/out/${app} /app`)
    expect(read('Dockerfile')).toContain(`--filter=@mq/${app} --prod --legacy deploy /out/${app}`)
    const manifest = JSON.parse(readFileSync(root(`apps/${app}/package.json`), 'utf8')) as {
      readonly name: string
      readonly files: readonly string[]
    }
    expect(manifest.name).toBe(`@mq/${app}`)
    expect(manifest.files).toContain('dist')
  })

  it('begins from images with a version, and uses the package manager of the repository', () => {
    for (const { from } of stages.values()) if (!stages.has(from)) expect(from).toMatch(/:\d+/)
    const { packageManager } = JSON.parse(readFileSync(root('package.json'), 'utf8')) as { packageManager: string }
    expect(read('Dockerfile')).toContain(`npm install --global ${packageManager}`)
  })
})

it('CI builds each image, and asks it for its variables', () => {
  const { jobs } = parse(readFileSync(root('.github/workflows/ci.yml'), 'utf8')) as {
    readonly jobs: { readonly images: { readonly strategy: { readonly matrix: { readonly target: readonly App[] } } } }
  }
  expect(jobs.images.strategy.matrix.target).toEqual(APPS)
})

interface Service {
  readonly build?: { readonly dockerfile: string; readonly target: string; readonly context: string }
  readonly image?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly depends_on?: Readonly<Record<string, unknown>>
  readonly volumes?: readonly string[]
  readonly stop_grace_period?: string
  readonly ports?: readonly string[]
}

describe('compose.yaml', () => {
  const { services, volumes } = parse(read('compose.yaml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>
    readonly volumes: object
  }

  it.each(APPS)('builds %s, with variables that it takes and time to stop', (app) => {
    const { build, environment = {}, stop_grace_period: stop } = services[app]!
    expect(build).toEqual({ context: '..', dockerfile: 'deploy/Dockerfile', target: app })
    expect(existsSync(root(build!.dockerfile))).toBe(true)
    expectTaken(app, environment)
    expect(Number(/^(\d+)s$/.exec(stop!)![1]) * 1_000).toBeGreaterThan(
      stopMsOf(app, { ...stages.get(app)!.env, ...environment }),
    )
  })

  it('names services, volumes and files that are there, and opens nothing to the network', () => {
    for (const { image, build, depends_on: needs = {}, volumes: mounts = [], ports = [] } of Object.values(services)) {
      if (build === undefined) expect(image).toMatch(/:v?\d/)
      for (const need of Object.keys(needs)) expect(services).toHaveProperty([need])
      for (const mount of mounts) {
        const [from] = mount.split(':')
        if (from!.startsWith('.')) expect(existsSync(root(`deploy/${from}`)), from).toBe(true)
        else expect(volumes).toHaveProperty([from!])
      }
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    }
  })
})

describe('the systemd units', () => {
  /** By section; a variable that is set several times is one list. */
  const unit = (file: string): Readonly<Record<string, Readonly<Record<string, string>>>> => {
    const sections: Record<string, Record<string, string>> = {}
    let section = ''
    for (const line of read(`systemd/${file}`).split('\n')) {
      if (line === '' || line.startsWith('#')) continue
      const [, name] = /^\[(\w+)\]$/.exec(line) ?? []
      if (name !== undefined) sections[(section = name)] = {}
      else {
        const [, key, value] = /^(\w+)=(.*)$/.exec(line)!
        sections[section]![key!] = [sections[section]![key!], value].filter(Boolean).join('\n')
      }
    }
    return sections
  }

  it('are one for each app', () => {
    expect(filesIn('systemd').toSorted()).toEqual([
      'mq-web.service',
      'mq-worker-pubsub@.service',
      'mq-worker-queue@.service',
    ])
  })

  it.each(filesIn('systemd'))('%s starts its app with variables that it takes, and gives it time to stop', (file) => {
    const app = /^mq-([a-z-]+?)@?\.service$/.exec(file)![1] as App
    const { Unit, Service, Install } = unit(file)
    const environment = Object.fromEntries(Service!['Environment']!.split(/\s/).map((word) => word.split('=')))
    expectTaken(app, environment)
    expect(Service).toMatchObject({
      Type: 'exec',
      Restart: 'always',
      ExecStart: `/usr/bin/node /opt/mq/${app}/dist/main.js`,
    })
    expect(Service!['EnvironmentFile']).toContain(`-/etc/mq/${app}.env`)
    expect(Number(Service!['TimeoutStopSec']) * 1_000).toBeGreaterThan(stopMsOf(app, environment))
    expect(Unit!['Description']).toContain(app)
    expect(Install!['WantedBy']).toBe('multi-user.target')
  })
})

describe('every YAML file', () => {
  it.each(filesIn('').filter((file) => /\.ya?ml$/.test(file)))('%s is well-formed', (file) => {
    for (const document of parseAllDocuments(read(file), { merge: true, uniqueKeys: true })) {
      expect([...document.errors, ...document.warnings]).toEqual([])
    }
  })
})
