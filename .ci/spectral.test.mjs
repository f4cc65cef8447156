import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spectralVerdict } from './spectral.mjs'

const ended = (given) => ({ status: 0, stdout: '', stderr: '', tookTooLong: false, ...given })
const finding = {
  code: 'oas3-schema',
  message: 'must be a string',
  path: ['info', 'title'],
  source: '/tmp/x/console.json',
}

void test('documents without a finding pass, and one with any does not', () => {
  assert.deepEqual(spectralVerdict(ended({ stdout: '[]' })), { ok: true, text: '' })
  assert.deepEqual(spectralVerdict(ended({ status: 1, stdout: JSON.stringify([finding]) })), {
    ok: false,
    text: 'oas3-schema: must be a string (console.json, info title)',
  })
})

void test('where npm cannot bring Spectral it is left out, with the reason', () => {
  const stderr = 'npm error code ENOTFOUND\nnpm error network request failed\n'
  assert.deepEqual(spectralVerdict(ended({ status: 1, stderr })), { leftOut: 'npm error code ENOTFOUND' })
  assert.match(spectralVerdict(ended({ status: null, tookTooLong: true })).leftOut, /too long/)
})

void test('where Spectral itself fails, the check does', () => {
  const stderr = 'Error running Spectral!\nCould not read ruleset'
  assert.equal(spectralVerdict(ended({ status: 2, stderr })).ok, false)
  assert.match(spectralVerdict(ended({ status: 2, stderr })).text, /Could not read ruleset/)
  assert.equal(spectralVerdict(ended({ status: 1, stdout: '[]' })).ok, false)
})
