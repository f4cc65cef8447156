// The manifests for Kubernetes fit the apps and each other.
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { APPS, expectTaken, filesIn, read, stopMsOf } from './deployed.ts'
import type { App } from './deployed.ts'

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
  readonly periodSeconds?: number
  readonly failureThreshold?: number
}

interface Container {
  readonly image: string
  readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[]
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
  readonly securityContext: Readonly<Record<string, unknown>>
}

type Texts = Readonly<Record<string, string>>
interface Selector {
  readonly matchLabels: Texts
}

interface Deployment {
  readonly replicas?: number
  readonly selector: Selector
  readonly template: {
    readonly metadata: { readonly labels: Texts; readonly annotations: Texts }
    readonly spec: { readonly terminationGracePeriodSeconds: number; readonly containers: readonly Container[] }
  }
}

type Manifest = { readonly metadata: { readonly name: string } } & (
  | { readonly kind: 'ConfigMap'; readonly data: Texts }
  | { readonly kind: 'Deployment'; readonly spec: Deployment }
  | { readonly kind: 'Service'; readonly spec: { selector: Texts; ports: readonly { targetPort: string }[] } }
  | { readonly kind: 'PodDisruptionBudget'; readonly spec: { readonly selector: Selector } }
  | { readonly kind: 'ScaledObject'; readonly spec: { readonly scaleTargetRef: { readonly name: string } } }
)

const files = filesIn('kubernetes').filter((file) => file !== 'kustomization.yaml')
const all = files.flatMap((file) =>
  parseAllDocuments(read(`kubernetes/${file}`)).map((document) => document.toJS() as Manifest),
)

function find<Kind extends Manifest['kind']>(kind: Kind, name: string): Extract<Manifest, { kind: Kind }> {
  return all.find((manifest) => manifest.kind === kind && manifest.metadata.name === name) as Extract<
    Manifest,
    { kind: Kind }
  >
}

function podOf(app: App) {
  const { template, selector } = find('Deployment', `mq-${app}`).spec
  const container = template.spec.containers[0]!
  const config = find('ConfigMap', container.envFrom[0]!.configMapRef.name).data
  const own = Object.fromEntries(container.env.map(({ name, value = '' }) => [name, value]))
  return { template, selector, container, environment: { ...config, ...own } }
}

it('the kustomization lists every file', () => {
  const { resources } = parse(read('kubernetes/kustomization.yaml')) as { readonly resources: readonly string[] }
  expect(resources.toSorted()).toEqual(files.toSorted())
})

describe.each(APPS)('the deployment of %s', (app) => {
  const { template, selector, container, environment } = podOf(app)

  it('has variables that the app takes, the URL of Redis from a secret, and time to stop', () => {
    expectTaken(app, environment)
    expect(container.env.find(({ name }) => name === 'REDIS_URL')?.valueFrom).toEqual({
      secretKeyRef: { name: 'mq', key: 'redis-url' },
    })
    expect(template.spec.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(stopMsOf(app, environment))
  })

  it('selects its own pods, and none of them is root', () => {
    expect(template.metadata.labels).toEqual(selector.matchLabels)
    expect(container.image).toMatch(new RegExp(`^mq-${app}:`))
    expect(container.securityContext).toMatchObject({ runAsNonRoot: true, readOnlyRootFilesystem: true })
  })

  it('is probed where the app answers: only what is ready gets requests, and only what is not live is started anew', () => {
    const ports = new Map(container.ports.map(({ name, containerPort }) => [name, containerPort]))
    expect(ports.get('metrics')).toBe(Number(environment['HEALTH_PORT']))
    if (app === 'web') expect(ports.get('http')).toBe(Number(environment['PORT']))
    const { startupProbe, livenessProbe, readinessProbe } = container
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) expect(ports.has(probe.httpGet.port)).toBe(true)
    expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
      '/health/live',
      '/health/live',
      '/health/ready',
    ])
    expect(template.metadata.annotations).toMatchObject({
      'prometheus.io/port': environment['HEALTH_PORT'],
      'prometheus.io/path': '/metrics',
    })
  })
})

it('web serves on for longer than the readiness probe needs to see that it stops', () => {
  const { container, environment } = podOf('web')
  const { periodSeconds = 10, failureThreshold = 3 } = container.readinessProbe
  expect(Number(environment['DRAIN_MS'])).toBeGreaterThanOrEqual(2 * periodSeconds * failureThreshold * 1_000)
})

it('services, budgets and the scaler name what is there', () => {
  const labels = APPS.map((app) => podOf(app).template.metadata.labels)
  for (const manifest of all) {
    if (manifest.kind === 'Service') {
      expect(labels).toContainEqual(manifest.spec.selector)
      for (const { targetPort } of manifest.spec.ports) expect(['http', 'metrics']).toContain(targetPort)
    }
    if (manifest.kind === 'PodDisruptionBudget') expect(labels).toContainEqual(manifest.spec.selector.matchLabels)
    if (manifest.kind === 'ScaledObject') {
      const target = find('Deployment', manifest.spec.scaleTargetRef.name)
      expect(target.spec.replicas, 'two that set the number of pods would fight').toBeUndefined()
    }
  }
  expect(all.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['Service', 'PodDisruptionBudget', 'ScaledObject']),
  )
})
