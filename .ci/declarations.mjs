// Of a package: the declarations for CommonJS, which are those for ES modules but for what they import beside themselves.
// tsup would make both, each as slowly as all the rest of a build.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const RELATIVE = /((?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\.js\2/g

const files = readdirSync('dist', { recursive: true }).map((file) => join('dist', file))
for (const file of files) if (file.endsWith('.d.cts')) rmSync(file)
for (const file of files) {
  if (!file.endsWith('.d.ts')) continue
  const text = readFileSync(file, 'utf8').replaceAll(RELATIVE, '$1$2$3.cjs$2')
  writeFileSync(file.replace(/\.d\.ts$/, '.d.cts'), text)
}
