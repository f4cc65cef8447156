import { expect, it } from 'vitest'
import { redactUrl } from '../src/redact-url.ts'

it.each([
  ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379'],
  ['redis://:hunter2@host:6380/3', 'redis://:***@host:6380/3'],
  ['rediss://user:hunter2@[::1]:6379', 'rediss://user:***@[::1]:6379'],
  ['redis://user@host', 'redis://user@host'],
  ['redis://host?password=hunter2', 'redis://host'],
  ['hunter2', '(not a URL)'],
])('shows %s as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown)
})
