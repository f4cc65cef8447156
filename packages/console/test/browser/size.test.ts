import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const BUILT = join(import.meta.dirname, '../../dist/page')

it('is at most 150 KB for a browser, with its charts', () => {
  const files = readdirSync(join(BUILT, 'assets')).filter((name) => name.endsWith('.gz'))
  const total = files.reduce((sum, name) => sum + statSync(join(BUILT, 'assets', name)).size, 0)
  expect(files.length).toBeGreaterThanOrEqual(4)
  expect(total).toBeLessThan(150_000)
  // Without them it is what the first view needs.
  const first = files.filter((name) => name.startsWith('index-'))
  expect(first.reduce((sum, name) => sum + statSync(join(BUILT, 'assets', name)).size, 0)).toBeLessThan(75_000)
})

it('has neither scripts nor styles in its HTML, and no address of another place', () => {
  const html = readFileSync(join(BUILT, 'index.html'), 'utf8')
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)|\son\w+=/)
  const places = readdirSync(join(BUILT, 'assets'))
    .filter((name) => /\.(js|css)$/.test(name))
    .flatMap((name) => readFileSync(join(BUILT, 'assets', name), 'utf8').match(/https?:\/\/[\w.-]+/g) ?? [])
  expect(
    [html.match(/https?:\/\/[\w.-]+/g) ?? [], places].flat().filter((place) => place !== 'http://www.w3.org'),
  ).toEqual([])
})
